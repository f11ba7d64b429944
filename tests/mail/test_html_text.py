"""HTML of mails as text: what a person sees, and no more."""

import pytest

from deskhand.mail.html_text import html_text

READ = [
    ("paragraphs", "<p>one</p><p>two\n  words</p>", "one\n\ntwo words"),
    ("paragraphs that never end", "<p>one<p>two", "one\n\ntwo"),
    ("lines", "one<br>two<div>three</div>four", "one\ntwo\nthree\nfour"),
    ("headings", "<h1>Big</h1>text<h3>Small</h3>", "# Big\n\ntext\n\n### Small"),
    ("list", "<ul><li>one<li>two</ul>", "- one\n- two"),
    ("numbered list", "<ol start=3><li>one<li>two</ol>", "3. one\n4. two"),
    ("list in a list", "<ul><li>one<ul><li>deep</ul><li>two</ul>", "- one\n  - deep\n- two"),
    ("table of data", "<table><tr><th>a<th>b<tr><td>1<td>2</table>", "a | b\n1 | 2"),
    ("tables that lay out", "<table><tr><td><table><tr><td><p>one<p>two</table><td>three</table>",
     "one\n\ntwo\n\nthree"),
    ("link", '<a href="https://example.org/x">here</a> and', "here (https://example.org/x) and"),
    ("link twice", '<a href="https://x.example/">a</a> <a href="https://x.example/">b</a>', "a (https://x.example/) b"),
    ("link that is its text", '<a href="https://example.org/">example.org</a>', "https://example.org/"),
    ("mail link", '<a href="mailto:a@example.org">a@example.org</a>', "a@example.org"),
    ("link to a script", '<a href="javascript:x()">click</a>', "click"),
    ("link with spaces around", 'see<a href="https://x.example/"> this </a>now', "see this (https://x.example/) now"),
    ("link with line breaks", '<a href="https://x.\nexample/">a</a>', "a (https://x.example/)"),
    ("picture", '<img src="cid:a" alt="Our logo"> text', "[Our logo] text"),
    ("picture without alt", '<img src="cid:a">text', "text"),
    ("tracking pixel", '<img src="https://t.example/" width=1 height=1 alt="open">text', "text"),
    ("tracking pixel by style", '<img style="width:1px" alt="open">text', "text"),
    ("script and style", "<style>p{}</style><script>alert('<p>x')</script>text", "text"),
    ("script that never ends", "text<script>alert(1)", "text"),
    ("comment", "a<!-- hidden <p> -->b", "ab"),
    ("comment that never ends", "a<!-- hidden", "a"),
    ("for Outlook only", "<!--[if mso]><p>old</p><![endif]-->a<!--[if !mso]><!-->b<!--<![endif]-->", "ab"),
    ("title and head", "<html><head><title>T</title></head><body>text</body></html>", "text"),
    ("entities", "&lt;p&gt; &amp;amp; &eacute;&#8364;&nbsp;x &nosuch;", "<p> &amp; é€ x &nosuch;"),
    ("stray angle", "1 < 2 and <3", "1 < 2 and <3"),
    ("unknown tags", "<foo>a</foo><o:p>b</o:p>", "ab"),
    ("pre", "<pre>a\n  b</pre>c", "a\n  b\n\nc"),
    ("line", "a<hr>b", "a\n________________________________\nb"),
    ("quotation, Apple", "new<blockquote type=cite>old<br>older</blockquote>", "new\n\n> old\n> older"),
    ("quotation, Gmail", '<div class="gmail_quote">B wrote:<blockquote class=gmail_quote>old</blockquote></div>',
     "B wrote:\n\n> old"),
    ("quotation, Yahoo", 'new<div class="yahoo_quoted">B wrote:<br>old</div>', "new\n> B wrote:\n> old"),
    ("indented text", "<blockquote style='margin:40px'>mine</blockquote>", "mine"),
    ("hidden characters", "a&#8238;b&#x200b;c", "a\\u202eb\\u200bc"),
    ("filler of previews", "hi" + "&zwnj;&nbsp;" * 90 + "you", "hi you"),
    ("tag that never ends", "text<p class=", "text"),
    ("quote that never ends", 'text<p class="', "text"),
    ("attributes that look like text", '<p title="<b>no</b>">yes', "yes"),
    ("nothing", "", ""),
]  # fmt: skip


@pytest.mark.parametrize(("html", "text"), [case[1:] for case in READ], ids=[case[0] for case in READ])
def test_html_reads_like_the_page(html: str, text: str) -> None:
    assert html_text(html).text == text


HIDDEN = [
    ("display", "<p style='display:none'>OBEY</p>"),
    ("display, important", "<p style='DISPLAY : none !important'>OBEY</p>"),
    ("a comment in the style", "<p style='display:/**/none'>OBEY</p>"),
    ("inside of something hidden", "<div style='display:none'><p style='display:block'>OBEY</p></div>"),
    ("visibility", "<p style='visibility:hidden'>OBEY</p>"),
    ("opacity", "<p style='opacity:0.0'>OBEY</p>"),
    ("no letters", "<p style='font-size:0'>OBEY</p>"),
    ("one pixel", "<p style='font-size:1px'>OBEY</p>"),
    ("white on white", "<p style='color:#fff;background:#ffffff'>OBEY</p>"),
    ("nearly white on white", "<p style='color:#fefefe;background-color:white'>OBEY</p>"),
    ("on the table's colour", "<table bgcolor=#000000><tr><td><font color=#000000>OBEY</font></table>"),
    ("rgb", "<p style='color:rgb(255, 255, 255);background:rgb(255,255,255)'>OBEY</p>"),
    ("transparent", "<p style='color:transparent'>OBEY</p>"),
    ("off screen", "<p style='position:absolute;left:-9999px'>OBEY</p>"),
    ("indented away", "<p style='text-indent:-9999px'>OBEY</p>"),
    ("hidden attribute", "<p hidden>OBEY</p>"),
    ("no height", "<p style='height:0;overflow:hidden'>OBEY</p>"),
    ("preheader", "<div style='max-height:0px;overflow:hidden;mso-hide:all'>OBEY</div>"),
    ("clipped", "<p style='clip: rect(0, 0, 0, 0)'>OBEY</p>"),
    ("scaled to nothing", "<p style='transform:scale(0)'>OBEY</p>"),
    ("by class", "<style>.x{display:none}</style><p class='a x'>OBEY</p>"),
    ("by id", "<style>a{b:c} #x , .y {visibility:hidden}</style><p id=x>OBEY</p>"),
    ("in a cell", "<table><tr><td style='display:none'>OBEY<td>see</table>"),
    ("a hidden link", "<a href='https://x.example/' style='display:none'>OBEY</a>"),
]


@pytest.mark.parametrize("html", [case[1] for case in HIDDEN], ids=[case[0] for case in HIDDEN])
def test_invisible_text_is_left_out_and_counted(html: str) -> None:
    read = html_text(f"<p>before</p>{html}<p>after</p>")
    assert "OBEY" not in read.text
    assert read.text.startswith("before")
    assert read.text.endswith("after")
    assert "Invisible text was left out: 4 characters" in " ".join(read.warnings)


SEEN = [
    ("shown again", "<div style='visibility:hidden'><p style='visibility:visible'>SEE</p></div>"),
    ("letters of a size again", "<td style='font-size:0'><span style='font-size:14px'>SEE</span></td>"),
    ("hidden from screen readers only", "<p aria-hidden=true>SEE</p>"),
    ("white on a dark picture", "<div style='background:#fff url(x.png)'><p style='color:#fff'>SEE</p></div>"),
    ("white on blue", "<p style='color:#fff;background:#00f'>SEE</p>"),
    ("for small screens only", "<style>@media (max-width:9px){.x{display:none}}</style><p class=x>SEE</p>"),
    ("small but there", "<p style='font-size:0.8em'>SEE</p>"),
    ("no height, but what is in it is shown", "<div style='height:0'>SEE</div>"),
]


@pytest.mark.parametrize("html", [case[1] for case in SEEN], ids=[case[0] for case in SEEN])
def test_what_people_see_stays(html: str) -> None:
    read = html_text(html)
    assert (read.text, read.warnings) == ("SEE", ())


LIES = [
    ("another host", '<a href="https://evil.example/">bank.example.org</a>', True),
    ("an address", '<a href="https://evil.example/">https://bank.example.org/login</a>', True),
    ("hidden before an at sign", '<a href="https://bank.example.org@evil.example/">https://bank.example.org</a>', True),
    ("the beginning of a host", '<a href="https://example.org.evil.example/">example.org</a>', True),
    ("the same host", '<a href="https://www.example.org/x?y">example.org</a>', False),
    ("a host of the same", '<a href="https://login.example.org/">www.example.org</a>', False),
    ("words", '<a href="https://evil.example/">click here</a>', False),
    ("the name of a file", '<a href="https://evil.example/">report.pdf</a>', False),
    ("an address that cannot be read", '<a href="https://[::1/">example.org</a>', False),
]


@pytest.mark.parametrize(("html", "lies"), [case[1:] for case in LIES], ids=[case[0] for case in LIES])
def test_a_link_that_shows_another_host_than_it_leads_to_is_marked(html: str, lies: bool) -> None:
    read = html_text(html)
    assert ("leads elsewhere" in read.text) == lies
    assert any("A link shows" in warning for warning in read.warnings) == lies
