"""Where fragments are put: an element that a page does not have yet goes into a container, which must be there."""

import re
from pathlib import Path

import pytest

import deskhand.web

TEMPLATES = Path(deskhand.web.__file__).parent / "templates"
SOURCES = {path.relative_to(TEMPLATES).as_posix(): path.read_text() for path in TEMPLATES.rglob("*.html")}
PIECE = "{{ piece.into }}"
"""Of what a conversation is made of; another piece, which holds it, or `turns`."""
NAMED = {(name, into) for name, text in SOURCES.items() for into in re.findall(r'data-into="([^"]+)"', text)}


@pytest.mark.parametrize(("template", "container"), sorted(each for each in NAMED if each[1] != PIECE))
def test_the_container_that_a_template_names_is_in_a_page(template: str, container: str) -> None:
    pages = [name for name, text in SOURCES.items() if f'id="{container}"' in text and name != template]
    assert pages, f"What {template} draws is never shown."
