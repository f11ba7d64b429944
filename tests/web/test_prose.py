"""Markdown as the page shows it: what it may become, where links go, and what is too much."""

import re
from time import process_time

import pytest

from deskhand.web.highlight import LANGUAGES, highlighted
from deskhand.web.prose import prose

LINK = 'rel="noopener noreferrer nofollow" target="_blank"'

SHOWN = {
    "strong": ("**a**", "<p><strong>a</strong></p>"),
    "strikethrough": ("~~a~~", "<p><s>a</s></p>"),
    "html-stays-text": ("<b>a</b>", "<p>&lt;b&gt;a&lt;/b&gt;</p>"),
    "html-block-stays-text": ("<div>\na\n</div>", "<p>&lt;div&gt;\na\n&lt;/div&gt;</p>"),
    "first-heading": ("# a", "<h3>a</h3>"),
    "second-heading": ("a\n---", "<h4>a</h4>"),
    "deepest-heading": ("##### a", "<h6>a</h6>"),
    "link": (
        "[a](https://b.example/c)",
        f'<p><a href="https://b.example/c" title="https://b.example/c" {LINK}>a</a></p>',
    ),
    "autolink": (
        "<https://b.example>",
        f'<p><a href="https://b.example" title="https://b.example" {LINK}>https://b.example</a></p>',
    ),
    "bare-address": (
        "See https://b.example/c.",
        f'<p>See <a href="https://b.example/c" title="https://b.example/c" {LINK}>https://b.example/c</a>.</p>',
    ),
    "mail": (
        "<ann@example.org>",
        f'<p><a href="mailto:ann@example.org" title="mailto:ann@example.org" {LINK}>ann@example.org</a></p>',
    ),
    "code": ("`<a>`", "<p><code>&lt;a&gt;</code></p>"),
    "address-in-code": ("`https://b.example`", "<p><code>https://b.example</code></p>"),
    "quote": ("> a", "<blockquote>\n<p>a</p>\n</blockquote>"),
    "numbers": ("3. a", '<ol start="3">\n<li>a</li>\n</ol>'),
    "hidden-characters": ("a\u202eb&#x200b;c", "<p>a\\u202eb\\u200bc</p>"),
    "windows-lines": ("a\r\nb", "<p>a\nb</p>"),
}


@pytest.mark.parametrize("name", SHOWN)
def test_markdown_is_shown_as(name: str) -> None:
    text, html = SHOWN[name]
    assert prose(text).strip() == html


ELSEWHERE = {
    "text-is-another-host": ("[bank.example](https://evil.example/x)", "(evil.example)"),
    "text-is-another-address": ("[https://bank.example/](https://evil.example/)", "(evil.example)"),
    "user-before-the-host": ("<https://bank.example@evil.example/>", "(evil.example)"),
    "bare-with-a-user": ("https://bank.example@evil.example/", "(evil.example)"),
    "host-as-a-prefix": ("[https://bank.example](https://bank.example.evil.example)", "(bank.example.evil.example)"),
    "letters-that-look-alike": ("<https://b\u0430nk.example>", "(xn--bnk-6cd.example)"),
    "mail-of-another": ("[ann@example.org](mailto:eve@evil.example)", "(eve@evil.example)"),
}


@pytest.mark.parametrize("name", ELSEWHERE)
def test_a_link_whose_text_is_another_address_says_where_it_goes(name: str) -> None:
    text, place = ELSEWHERE[name]
    assert f'<span class="host"> {place}</span>' in prose(text)


@pytest.mark.parametrize(
    "text", ["[Weather](https://w.example)", "[w.example/a](https://w.example/a)", "<https://w.example:80/>"]
)
def test_a_link_that_says_where_it_goes_needs_no_more(text: str) -> None:
    assert "host" not in prose(text)


def test_a_picture_is_a_link_and_never_loaded() -> None:
    html = prose("![A *cat*](https://b.example/cat.png) ![](https://b.example/x.png)")
    assert "<img" not in html
    assert f'<a href="https://b.example/cat.png" title="https://b.example/cat.png" {LINK}>A cat</a>' in html
    assert ">picture</a>" in html


def test_a_picture_in_a_link_is_only_its_words() -> None:
    html = prose("[![cat](https://b.example/cat.png)](https://c.example)")
    assert html.count("<a ") == 1
    assert ">cat</a>" in html


def test_a_table_scrolls_and_has_no_style() -> None:
    html = prose("| a | b |\n|:-:|--:|\n| 1 | 2 |")
    assert '<div class="scroll" tabindex="0" role="region" aria-label="Table"><table class="table">' in html
    assert '<th scope="col" class="center">a</th>' in html
    assert '<td class="right">2</td>' in html
    assert "style" not in html


def test_tasks_have_marks_that_are_read_aloud() -> None:
    html = prose("- [x] done\n- [ ] *open*\n- [y] other\n\n[x] no item")
    assert '<li><span class="task" role="img" aria-label="done">☑</span> done</li>' in html
    assert '<li><span class="task" role="img" aria-label="to do">☐</span> <em>open</em></li>' in html
    assert html.count("task") == 2


def test_code_has_its_language_and_the_kinds_of_its_words() -> None:
    html = prose("```python\ndef f(): # <x>\n```")
    assert '<p class="language">python</p><pre class="code" tabindex="0"><code><span class="k">def</span>' in html
    assert '<span class="c"># &lt;x&gt;</span>' in html
    assert "style" not in html


def test_code_that_grows_or_is_not_known_is_plain() -> None:
    assert "<span" not in prose("```python\ndef f():", growing=True)
    html = prose("```klingon <b>\nqapla'\n```")
    assert '<p class="language">klingon</p>' in html
    assert "<span" not in html


def test_code_keeps_every_character() -> None:
    code = "\n\n  if a < b:\t&amp;\n\n\n"
    for language in set(LANGUAGES.values()):
        assert re.sub("<[^>]+>", "", highlighted(code, language)).replace("&lt;", "<").replace("&amp;", "&") == code


def test_large_code_is_plain() -> None:
    assert "<span" in highlighted("x = 1\n" * 1_000, "python")
    assert "<span" not in highlighted("x = 1\n" * 3_000, "python")
    assert "<span" not in highlighted("x = 1;" * 100, "python")


HARD = {
    "brackets": "[" * 100_000,
    "few-brackets": "[" * 4_900,
    "pairs": "[a](" * 1_200,
    "images": "![" * 2_400,
    "stars": "*" * 100_000,
    "emphasis": "_a*" * 1_600,
    "backticks": "".join("`" * run + "a" for run in range(95)),
    "quotes": ">" * 50_000,
    "lists": "- " * 20_000,
    "steps": "\n".join(" " * depth + "- a" for depth in range(300)),
    "angles": "<a " * 4_900,
    "references": "\n".join(f"[{number}]: /u" for number in range(2_400)),
    "addresses": "https://a.b " * 4_500,
    "table": "|" * 2_400 + "\n" + "|-" * 1_200,
    "code": "```java\n" + ("a b.c " * 48 + "\n") * 40 + "```",
    "blank-lines": "```python\n" + " \n" * 6_000 + "```",
    "words": "a " * 200_000,
}


@pytest.mark.parametrize("name", HARD)
def test_what_is_hard_to_read_is_read_in_bounded_time(name: str) -> None:
    began = process_time()
    html = prose(HARD[name])
    assert process_time() - began < 2, "seconds of this process; most take a tenth"
    assert html


def test_what_is_too_much_is_shown_as_it_was_written() -> None:
    assert prose("*" * 100_000) == f'<p class="plain">{"*" * 100_000}</p>'
    assert prose("<b>" + "a" * 100_000).startswith('<p class="plain">&lt;b&gt;aaa')
