"""BERT's WordPiece tokenizer for uncased English: text to the numbers of its pieces.

Does what the Hugging Face `tokenizers` library does for the `tokenizer.json` of such a model: `BertNormalizer` (clean,
split Chinese characters, strip accents, lower-case), `BertPreTokenizer` (split at white space and punctuation), then
`WordPiece`, which takes the longest known piece from the left. The tests hold it against that library's answers.
"""

import json
import re
import unicodedata
from collections.abc import Iterator, Mapping
from typing import cast

from deskhand.errors import Unavailable

_LONGEST_WORD = 100
"""Characters (`max_input_chars_per_word`); a longer word is unknown."""
_SPECIAL = re.compile(r"(\[(?:PAD|UNK|CLS|SEP|MASK)\])")
_IDEOGRAPHS = (
    (0x4E00, 0x9FFF),
    (0x3400, 0x4DBF),
    (0x20000, 0x2A6DF),
    (0x2A700, 0x2B73F),
    (0x2B740, 0x2B81F),
    (0x2B920, 0x2CEAF),
    (0xF900, 0xFAFF),
    (0x2F800, 0x2FA1F),
)
"""What `BertNormalizer` calls Chinese characters; its fifth block starts at 2B920, and so it does here."""
_MOST_PER_PIECE, _FEWEST_PER_PIECE = 4.0, 1.5
"""Letters per piece of a word that is as good as known, and of one that fell apart."""
_LAST_LATIN = "\u024f"


class _Cleaned(dict[int, str]):
    """`str.translate` table of the first pass: no control characters, plain spaces, each ideograph alone."""

    def __missing__(self, code: int) -> str:
        character = chr(code)
        if character in "\t\n\r":
            made = " "
        elif code in (0, 0xFFFD) or unicodedata.category(character) in ("Cc", "Cf", "Co", "Cs"):
            made = ""
        elif character.isspace():
            made = " "
        else:
            made = f" {character} " if any(low <= code <= high for low, high in _IDEOGRAPHS) else character
        self[code] = made
        return made


class _Folded(dict[int, str]):
    """Table of the second pass, over decomposed text: no accents, lower case, each punctuation mark alone."""

    def __missing__(self, code: int) -> str:
        character = chr(code)
        kind = unicodedata.category(character)
        if kind == "Mn":
            made = ""
        elif kind[0] == "P" or (character.isascii() and kind[0] == "S"):
            made = f" {character} "
        else:
            made = character.lower()  # one by one: a capital sigma at the end of a word must not become a final one
        self[code] = made
        return made


class WordPiece:
    """The tokenizer of one vocabulary: piece -> its number; a piece inside a word starts with `##`."""

    def __init__(self, vocabulary: Mapping[str, int]) -> None:
        self._vocabulary = vocabulary
        self._unknown, self.start, self.end = (vocabulary[name] for name in ("[UNK]", "[CLS]", "[SEP]"))
        self._cleaned, self._folded = _Cleaned(), _Folded()

    @classmethod
    def from_json(cls, content: bytes) -> "WordPiece":
        """The tokenizer that a `tokenizer.json` describes.

        Raises:
            Unavailable: it describes none of this kind.
        """
        try:
            vocabulary = cast("Mapping[str, int]", json.loads(content)["model"]["vocab"])
            return cls(vocabulary)
        except (ValueError, KeyError, TypeError) as error:
            raise Unavailable(
                "The file tokenizer.json of the embedding model is not a WordPiece vocabulary."
            ) from error

    def ids(self, text: str) -> list[int]:
        """The numbers of the pieces, without the marks of start and end. Special tokens in `text` count as such."""
        found: list[int] = []
        for part in _SPECIAL.split(text):
            if _SPECIAL.fullmatch(part):
                found.append(self._vocabulary[part])
                continue
            for word in self._words(part):
                found += self._pieces(word)
        return found

    def covers(self, text: str) -> float:
        """Share of the letters and digits of `text` in words that the vocabulary knows, from 0 to 1.

        A whole word counts in full, one in pieces by the letters in a piece, and one in a script that the model has not
        learnt not at all. So English is near 1, German and Spanish lie between, Russian and Japanese are 0.
        """
        known = total = 0.0
        for word in self._words(text):
            if word[0].isalnum():
                total += len(word)
                known += len(word) * self._knows(word)
        return known / total if total else 0.0

    def _words(self, text: str) -> list[str]:
        cleaned = text.translate(self._cleaned)
        return unicodedata.normalize("NFD", cleaned).translate(self._folded).split()

    def _knows(self, word: str) -> float:
        if max(word) > _LAST_LATIN:  # pieces there are, for single characters too, but hardly any training
            return 0.0
        pieces = self._pieces(word)
        if self._unknown in pieces:
            return 0.0
        if len(pieces) == 1:
            return 1.0
        share = (len(word) / len(pieces) - _FEWEST_PER_PIECE) / (_MOST_PER_PIECE - _FEWEST_PER_PIECE)
        return min(1.0, max(0.0, share))

    def _pieces(self, word: str) -> list[int]:
        """The numbers of the longest pieces from the left; the unknown one when the word cannot be put together."""
        if (whole := self._vocabulary.get(word)) is not None:
            return [whole]
        if len(word) > _LONGEST_WORD:
            return [self._unknown]
        found = list(self._longest(word))
        return [self._unknown] if None in found else [number for number in found if number is not None]

    def _longest(self, word: str) -> Iterator[int | None]:
        start = 0
        while start < len(word):
            for end in range(len(word), start, -1):
                piece = word[start:end] if start == 0 else f"##{word[start:end]}"
                if (number := self._vocabulary.get(piece)) is not None:
                    yield number
                    start = end
                    break
            else:
                yield None
                return
