"""What is new in a mail, for the ways in which people and programs quote."""

import pytest

from deskhand.mail.quoted import split_quoted

ATTRIBUTIONS = {
    "en, Gmail": "On Mon, Jan 5, 2026 at 9:00 AM Bob <bob@example.org> wrote:",
    "en, Apple": "On 5 Jan 2026, at 09:00, Bob <bob@example.org> wrote:",
    "en, wrapped": "On Mon, Jan 5, 2026 at 9:00 AM Bob With A Long Name\n<bob@example.org> wrote:",
    "en, wrapped twice": "On Mon, Jan 5, 2026 at 9:00 AM\nBob With A Long Name <bob@example.org>\nwrote:",
    "de": "Am Mo., 5. Jan. 2026 um 09:00 Uhr schrieb Bob <bob@example.org>:",
    "de, Thunderbird": "Am 05.01.26 um 09:00 schrieb Bob:",
    "fr": "Le lun. 5 janv. 2026 à 09:00, Bob <bob@example.org> a écrit :",
    "es": "El lun, 5 ene 2026 a las 9:00, Bob (<bob@example.org>) escribió:",
    "it": "Il giorno lun 5 gen 2026 alle ore 09:00 Bob <bob@example.org> ha scritto:",
    "pt": "Em seg., 5 de jan. de 2026 às 09:00, Bob <bob@example.org> escreveu:",
    "nl": "Op ma 5 jan 2026 om 09:00 schreef Bob <bob@example.org>:",
    "sv": "Den mån 5 jan. 2026 kl 09:00 skrev Bob <bob@example.org>:",
    "da": "Den man. 5. jan. 2026 kl. 09.00 skrev Bob <bob@example.org>:",
    "no": "man. 5. jan. 2026 kl. 09:00 skrev Bob <bob@example.org>:",
    "fi": "ma 5. tammik. 2026 klo 9.00 Bob (bob@example.org) kirjoitti:",
    "pl": "pon., 5 sty 2026 o 09:00 Bob <bob@example.org> napisał(a):",
    "cs": "po 5. 1. 2026 v 9:00 odesílatel Bob <bob@example.org> napsal:",
    "ru": "пн, 5 янв. 2026 г. в 09:00, Bob <bob@example.org>:",
    "ru, web": "5 января 2026 г., 09:00, Bob <bob@example.org> написал:",
    "uk": "пн, 5 січ. 2026 р. о 09:00 Bob <bob@example.org> пише:",
    "ja": "2026年1月5日(月) 9:00 Bob <bob@example.org>のメール:",
    "zh": "Bob <bob@example.org> 于2026年1月5日周一 09:00写道：",
    "ko": "2026년 1월 5일 (월) 오전 9:00, Bob <bob@example.org>님이 작성:",
    "tr": "Bob <bob@example.org>, 5 Oca 2026 Pzt, 09:00 tarihinde şunu yazdı:",
    "hu": "Bob <bob@example.org> ezt írta (időpont: 2026. jan. 5., H, 9:00):",
    "nobody": "Bob wrote:",
}


@pytest.mark.parametrize("attribution", ATTRIBUTIONS.values(), ids=ATTRIBUTIONS.keys())
def test_what_stands_above_an_attribution_is_new(attribution: str) -> None:
    quoted = f"{attribution}\n\n> When do we meet?\n> Bob"
    assert split_quoted(f"At noon.\n\nAnn\n\n{quoted}") == ("At noon.\n\nAnn", quoted, "")


BLOCKS = {
    "en": ("From: Bob <bob@example.org>", "Sent: Monday, 5 January 2026", "To: Ann", "Subject: Lunch"),
    "en, bold": ("*From:* Bob <bob@example.org>", "*Sent:* Monday", "*To:* Ann", "*Subject:* Lunch"),
    "de": ("Von: Bob <bob@example.org>", "Gesendet: Montag, 5. Januar 2026", "An: Ann", "Betreff: Lunch"),
    "fr": ("De : Bob <bob@example.org>", "Envoyé : lundi 5 janvier 2026", "À : Ann", "Objet : Lunch"),
    "es": ("De: Bob <bob@example.org>", "Enviado el: lunes", "Para: Ann", "Asunto: Lunch"),
    "it": ("Da: Bob <bob@example.org>", "Inviato: lunedì", "A: Ann", "Oggetto: Lunch"),
    "nl": ("Van: Bob <bob@example.org>", "Verzonden: maandag", "Aan: Ann", "Onderwerp: Lunch"),
    "pl": ("Od: Bob <bob@example.org>", "Wysłano: poniedziałek", "Do: Ann", "Temat: Lunch"),
    "ru": ("От: Bob <bob@example.org>", "Отправлено: понедельник", "Кому: Ann", "Тема: Lunch"),
    "zh": ("发件人: Bob <bob@example.org>", "发送时间: 2026年1月5日", "收件人: Ann", "主题: Lunch"),
    "ja": ("差出人: Bob <bob@example.org>", "送信日時: 2026年1月5日", "宛先: Ann", "件名: Lunch"),
    "under a line": ("________________________________", "From: Bob", "Sent: Monday", "To: Ann", "Subject: Lunch"),
    "under a mark": ("-----Original Message-----", "From: Bob", "Sent: Monday", "Subject: Lunch"),
    "under a German mark": ("-----Ursprüngliche Nachricht-----", "Von: Bob", "Betreff: Lunch"),
    "under a French mark": ("-----Message d'origine-----", "De : Bob", "Objet : Lunch"),
}


@pytest.mark.parametrize("block", BLOCKS.values(), ids=BLOCKS.keys())
def test_what_stands_above_a_header_block_is_new(block: tuple[str, ...]) -> None:
    quoted = "\n".join([*block, "", "When do we meet?", "Bob"])
    assert split_quoted(f"At noon.\n\n{quoted}") == ("At noon.", quoted, "")
    assert split_quoted(f"See below.\n\n{quoted}", forwarded=True) == (f"See below.\n\n{quoted}", "", "")


SPLIT = [
    ("nothing quoted", "Hello\n\nAnn", "Hello\n\nAnn", "", ""),
    ("empty", "", "", "", ""),
    ("signature", "Hello\n-- \nAnn\nExample Ltd", "Hello", "", "Ann\nExample Ltd"),
    ("signature above the quotation", "Hi\n-- \nAnn\n\nBob wrote:\n> x", "Hi", "Bob wrote:\n> x", "Ann"),
    ("telephone", "Hello\n\nSent from my iPhone", "Hello", "", "Sent from my iPhone"),
    ("telephone, German", "Hallo\n\nVon meinem iPhone gesendet", "Hallo", "", "Von meinem iPhone gesendet"),
    ("telephone, Outlook", "Hi\n\nGet Outlook for iOS", "Hi", "", "Get Outlook for iOS"),
    ("telephone, spoken of", "It was\nsent from my phone\nby accident\nyesterday", None, "", ""),
    ("below the quotation", "Bob wrote:\n> When?\n\nAt noon.", "At noon.", "Bob wrote:\n> When?", ""),
    ("between", "Hi,\n\nBob wrote:\n> When?\nNoon.\n> Where?\nHere.",
     "Hi,\n\nBob wrote:\n> When?\nNoon.\n> Where?\nHere.", "", ""),
    ("between, then a tail", "Bob wrote:\n> A?\nYes.\n> B?\nNo.\n> C\n> D", "Bob wrote:\n> A?\nYes.\n> B?\nNo.",
     "> C\n> D", ""),
    ("between, then a signature", "B wrote:\n> A?\nYes.\n> B?\nNo.\n-- \nAnn", "B wrote:\n> A?\nYes.\n> B?\nNo.", "",
     "Ann"),
    ("one excerpt without attribution", "> Can you come?\nYes.", "> Can you come?\nYes.", "", ""),
    ("tail without attribution", "Yes.\n\n> Can you come?", "Yes.", "> Can you come?", ""),
    ("quotation in a quotation", "Yes.\n\nB wrote:\n> C wrote:\n>> x\n> y", "Yes.", "B wrote:\n> C wrote:\n>> x\n> y",
     ""),
    ("footer of a list below", "Yes.\n\nB wrote:\n> x\n____________\nlist mailing list", "Yes.", None, ""),
    ("without marks", "Yes.\n\nOn Jan 5, 2026 at 9:00, B wrote:\nx\ny", "Yes.",
     "On Jan 5, 2026 at 9:00, B wrote:\nx\ny", ""),
    ("only a quotation", "Bob wrote:\n> x", "Bob wrote:\n> x", "", ""),
    ("forward", "FYI\n\n---------- Forwarded message ---------\nFrom: B\nSubject: S\n\nB wrote:\n> x", None, "", ""),
    ("forward, Apple", "FYI\n\nBegin forwarded message:\n\n> From: B\n> Subject: S\n>\n> text", None, "", ""),
    ("forward, German", "-------- Weitergeleitete Nachricht --------\nBetreff: S\n\ntext", None, "", ""),
    ("forward in a reply", "Yes.\n\nB wrote:\n> ---------- Forwarded message ---------\n> x", "Yes.", None, ""),
    ("header block first", "From: B\nSent: Monday\nTo: A\nSubject: S\n\ntext", None, "", ""),
    ("a journey", "From: Rome\nTo: Oslo\nDate: 5 May", None, "", ""),
    ("somebody wrote", "As Bob wrote: be brief.\nI agree.", None, "", ""),
    ("a list after a colon", "I wrote:\n- this\n- that", None, "", ""),
    ("dashes in the text", "a\n--\n" + "b\n" * 40, "a\n--\n" + "b\n" * 39 + "b", "", ""),
    ("greater than", "x\n\nwhere a > b\nholds", None, "", ""),
    ("From at the beginning", "Hi\n>From here on it rains.", None, "", ""),
]  # fmt: skip


@pytest.mark.parametrize(("text", "new", "quoted", "signature"), [c[1:] for c in SPLIT], ids=[c[0] for c in SPLIT])
def test_a_text_is_split(text: str, new: str | None, quoted: str | None, signature: str) -> None:
    found = split_quoted(text)
    assert found[0] == (text if new is None else new)
    assert quoted is None or found[1] == quoted
    assert found[2] == signature
