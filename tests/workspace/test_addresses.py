"""Addresses as people and models see them."""

from deskhand.workspace.address import parse, readable, shown, typed, uri_of


def test_a_name_with_line_breaks_is_told_on_one_line_and_as_an_address_that_works() -> None:
    parts = ("a\nb\t\u202ec.txt",)
    assert shown(parts) == "a\\nb\\t\\u202ec.txt"
    assert readable(uri_of(parts)) == typed(parts) == uri_of(parts)
    assert parse(typed(parts)) == parts
    assert typed(("docs", "ä b.txt")) == "docs/ä b.txt"
