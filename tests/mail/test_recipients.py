"""Addresses as people write them, and what is none."""

import pytest

from deskhand.errors import InvalidInput
from deskhand.mail.address import Address
from deskhand.mail.message_id import bounded_references, message_id_for, message_ids
from deskhand.mail.recipients import check_address, check_recipients, needs_smtputf8, parse_address, parse_addresses

GOOD = {
    "bare": ("ann@example.org", Address("ann@example.org")),
    "with spaces around": ("  ann@example.org ", Address("ann@example.org")),
    "in brackets": ("<ann@example.org>", Address("ann@example.org")),
    "with a name": ("Ann <ann@example.org>", Address("ann@example.org", "Ann")),
    "with a name in quotes": ('"Lee, Ann" <ann@example.org>', Address("ann@example.org", "Lee, Ann")),
    "with an escaped quote": (r'"Ann \"A\" Lee" <ann@example.org>', Address("ann@example.org", 'Ann "A" Lee')),
    "with a name beyond ASCII": ("Änn <ann@example.org>", Address("ann@example.org", "Änn")),
    "domain in capitals": ("Ann@EXAMPLE.org", Address("Ann@example.org")),
    "with a plus": ("ann+tea@example.org", Address("ann+tea@example.org")),
    "odd but right": ("o'hara/x=y@example.org", Address("o'hara/x=y@example.org")),
    "quoted before the @": ('"ann lee"@example.org', Address('"ann lee"@example.org')),
    "an @ in quotes": ('"a@b"@example.org', Address('"a@b"@example.org')),
    "international domain": ("ann@münchen.example", Address("ann@xn--mnchen-3ya.example")),
    "sharp s, which is no ss": ("ann@straße.example", Address("ann@xn--strae-oqa.example")),
    "international before the @": ("jürgen@example.org", Address("jürgen@example.org")),
    "a single word": ("ann@localhost", Address("ann@localhost")),
}
BAD = {
    "nothing": ("", "has no @"),
    "a name alone": ("Ann", "has no @"),
    "no @": ("ann.example.org", "has no @"),
    "a wide @": ("ann＠example.org", "has no @"),
    "nothing before": ("@example.org", "nothing before the @"),
    "nothing after": ("ann@", "nothing after the @"),
    "a space before": ("ann lee@example.org", "holds a space"),
    "a space after": ("ann@example .org", "holds a space"),
    "two addresses": ("ann@example.org bob@example.org", "holds a character|holds a space"),
    "a dot first": (".ann@example.org", "dot too many before"),
    "a dot last": ("ann.@example.org", "dot too many before"),
    "two dots": ("a..b@example.org", "dot too many before"),
    "a dot at the end": ("ann@example.org.", "dot too many after"),
    "two dots in the domain": ("ann@example..org", "dot too many after"),
    "a comma": ("ann,lee@example.org", "not allowed before the @"),
    "a bracket": ("ann<@example.org", "not allowed before the @"),
    "an open quote": ('"ann@example.org', "quotation marks"),
    "a number as domain": ("ann@[192.0.2.1]", "number instead of the name"),
    "an underscore in the domain": ("ann@exam_ple.org", "domain that cannot be one"),
    "a hyphen first": ("ann@-example.org", "domain that cannot be one"),
    "a long label": (f"ann@{'a' * 64}.org", "domain that cannot be one"),
    "too long before": (f"{'a' * 65}@example.org", "64 octets"),
    "too long in octets": (f"{'ä' * 33}@example.org", "64 octets"),
    "too long": (f"ann@{'a.' * 126}org", "254 octets"),
    "a line end": ("ann@example.org\r\nBcc: eve@example.org", "control or invisible"),
    "a line end in the name": ("Ann\nBcc: eve@example.org <ann@example.org>", "control or invisible"),
    "a NUL": ("ann\0@example.org", "control or invisible"),
    "right to left": ("ann\u202e@example.org", "control or invisible"),
    "an endless name": (f"{'a' * 201} <ann@example.org>", "200 letters"),
}


@pytest.mark.parametrize(("text", "address"), GOOD.values(), ids=GOOD)
def test_an_address_is_read(text: str, address: Address) -> None:
    assert parse_address(text) == address
    assert check_address(address) == address


@pytest.mark.parametrize(("text", "why"), BAD.values(), ids=BAD)
def test_what_is_no_address_is_refused_with_the_reason(text: str, why: str) -> None:
    with pytest.raises(InvalidInput, match=why) as caught:
        parse_address(text)
    assert "ann@example.org, or Ann <ann@example.org>" in caught.value.message


def test_many_addresses_come_from_one_text_or_a_list() -> None:
    people = (Address("ann@example.org", "Lee, Ann"), Address("bob@example.org"), Address("c@example.org"))
    assert parse_addresses('"Lee, Ann" <ann@example.org>, bob@example.org; c@example.org,') == people
    assert (
        parse_addresses(['"Lee, Ann" <ann@example.org>', "bob@example.org, BOB@example.org", "c@example.org"]) == people
    )


def test_a_quote_that_is_escaped_does_not_end_the_name() -> None:
    assert parse_addresses(r'"a\", b" <ann@example.org>') == (Address("ann@example.org", 'a", b'),)


def test_nobody_gets_it_twice_and_the_most_visible_place_stays() -> None:
    ann, loud, bob = Address("ann@example.org", "Ann"), Address("ANN@EXAMPLE.ORG"), Address("bob@example.org")
    people = check_recipients([ann, loud], [bob, ann], [loud, bob, Address("c@example.org")])
    assert (people.to, people.cc, people.bcc) == ((ann,), (bob,), (Address("c@example.org"),))
    assert [one.email for one in people.everyone] == ["ann@example.org", "bob@example.org", "c@example.org"]


def test_a_mail_to_nobody_or_to_too_many_is_refused() -> None:
    crowd = [Address(f"p{number}@example.org") for number in range(101)]
    assert len(check_recipients(crowd[:100]).to) == 100
    with pytest.raises(InvalidInput, match="101 people; 100 are the most"):
        check_recipients(crowd[:50], crowd[50:100], crowd[100:])
    with pytest.raises(InvalidInput, match="goes to nobody"):
        check_recipients([])


def test_only_letters_before_the_at_need_smtputf8() -> None:
    assert needs_smtputf8(parse_address("jürgen@example.org").email)
    assert not needs_smtputf8(parse_address("ann@münchen.example").email)


def test_the_message_id_comes_from_person_and_key() -> None:
    ann = Address("ann@example.org")
    found = message_id_for("local", "key-1", ann)
    assert found == "<97d68be325b1948eeb85a2d1628acdb8@example.org>"
    assert message_id_for("local", "key-1", ann) == found
    assert len({found, message_id_for("local", "key-2", ann), message_id_for("loca", "lkey-1", ann)}) == 3
    assert message_id_for("s", "k", Address("ann@münchen.example")).endswith("@xn--mnchen-3ya.example>")


def test_message_ids_of_others_are_taken_only_when_they_are_harmless() -> None:
    text = f"junk <a@b> <with space@c> <ctl\x01@d> <{'x' * 300}@e> <ü@f> <g@h>"
    assert message_ids(text) == ("<a@b>", "<g@h>")


def test_references_keep_the_first_and_the_last() -> None:
    ids = [f"<{number}@example.org>" for number in range(100)]
    kept = bounded_references([*ids, ids[-1]])
    assert len(kept) == 30
    assert kept[0] == ids[0]
    assert kept[1:] == tuple(ids[71:])


def test_only_ascii_letters_are_the_same_in_capitals() -> None:
    assert Address("Ann@example.org").key == Address("ann@example.org").key
    for one, other in (("gro\u00df@example.org", "gross@example.org"), ("\u017fam@example.org", "sam@example.org")):
        assert len(parse_addresses([one, other])) == 2


@pytest.mark.parametrize("text", ["ann@example.org, " * 5_000, ",".join(f"a{n}@b.c" for n in range(501))])
def test_a_list_that_is_too_long_is_refused_before_it_is_looked_at(text: str) -> None:
    with pytest.raises(InvalidInput, match="in parts"):
        parse_addresses(text)
