"""Answers and forwards as the mail programs of the world write them in HTML."""

import pytest

from deskhand.mail.parse import parse

GMAIL = """<div dir="ltr">At noon.</div><br><div class="gmail_quote gmail_quote_container"
><div class="gmail_attr">On Mon,
Jan 5, 2026 at 9:00\u202fAM Bob &lt;<a href="mailto:b@example.org">b@example.org</a>&gt; wrote:<br></div
><blockquote
class="gmail_quote" style="border-left:1px solid">When?<br><b>Bob</b></blockquote></div>"""
OUTLOOK = """<div>At noon.</div><div id="appendonsend"></div><hr><div id="divRplyFwdMsg"><font face="Calibri"
><b>From:</b> Bob
&lt;b@example.org&gt;<br><b>Sent:</b> Monday<br><b>To:</b> Ann<br><b>Subject:</b> x</font></div><div>When?</div>"""
WORD = """<p class=MsoNormal>At noon.<o:p></o:p></p><div style="border-top:solid 1.0pt"><p class=MsoNormal
><b>Von:</b> Bob<br>
<b>Gesendet:</b> Montag<br><b>An:</b> Ann<br><b>Betreff:</b> x</p></div><p>Wann?</p>"""
APPLE = """<div>At noon.</div><div><br><blockquote type="cite"
><div>On 5 Jan 2026, at 09:00, Bob &lt;b@example.org&gt;
wrote:</div><br><div>When?</div></blockquote></div>"""
YAHOO = """<div>At noon.<br><br><div><a href="https://x.example">Sent from Yahoo Mail</a></div><br><blockquote
><div>On Mon,
5 Jan 2026 at 9:00, Bob</div><div>&lt;b@example.org&gt; wrote:</div><div>When?</div></blockquote></div>"""
BETWEEN = """Hi<div class="moz-cite-prefix">On 05.01.26 09:00, Bob wrote:</div
><blockquote type="cite">When?</blockquote>Noon.
<blockquote type="cite">Where?</blockquote>Here.<div class="moz-signature">-- <br>Ann</div>"""
FORWARD = """<p>FYI</p
><div class="gmail_quote">---------- Forwarded message ---------<br>From: Bob<br>Date: Mon<br>Subject: x
<br><p>the offer</p></div>"""
CASES = [
    ("Gmail", GMAIL, "At noon.", "When?"),
    ("Outlook", OUTLOOK, "At noon.", "When?"),
    ("Outlook through Word, German", WORD, "At noon.", "Wann?"),
    ("Apple", APPLE, "At noon.", "When?"),
    ("Yahoo", YAHOO, "At noon.", "When?"),
    (
        "Thunderbird, between",
        BETWEEN,
        "Hi\nOn 05.01.26 09:00, Bob wrote:\n\n> When?\n\nNoon.\n\n> Where?\n\nHere.",
        "",
    ),
    ("Gmail, forward", FORWARD, "FYI\n\n---------- Forwarded message ---------\nFrom: Bob", ""),
]


@pytest.mark.parametrize(("html", "new", "quoted"), [case[1:] for case in CASES], ids=[case[0] for case in CASES])
def test_only_what_is_new_is_new(html: str, new: str, quoted: str) -> None:
    mail = parse(b"Content-Type: text/html; charset=utf-8\n\n" + html.encode())
    assert mail.new_text.startswith(new)
    assert bool(mail.quoted) == bool(quoted)
    assert quoted in mail.quoted
    assert not quoted or quoted not in mail.new_text


def test_a_forward_that_looks_like_an_answer_is_new_where_the_subject_says_so() -> None:
    raw = b"Subject: WG: x\nContent-Type: text/html; charset=utf-8\n\n" + OUTLOOK.encode()
    assert parse(raw).new_text.endswith("When?")
    assert parse(raw.replace(b"WG:", b"AW:")).new_text == "At noon."
