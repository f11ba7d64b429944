"""Numbers of payment cards: ISO/IEC 7812, by issuer, length and check digit."""

import re

_IBAN = re.compile(r"(?<![A-Za-z0-9])[A-Z]{2}\d{2}(?: ?[A-Z0-9]{4}){2,7}(?: ?[A-Z0-9]{1,3})?(?![A-Za-z0-9])")
_RUN = re.compile(r"\d++(?:(?:[ -]|\.(?=\d{4}(?!\d))|\s{0,2}\n\s{0,2})\d++)*+")
"""Groups of digits, one separator apart. It never goes back, so it is linear; what stands around is looked at after."""
_OTHER_NUMBER = re.compile(
    r"(?:order|tracking|invoice|parcel|ticket|booking|reference|ref|customer|serial|imei|isbn|ean|gtin|barcode|phone|tel"
    r"|bestell\w*|sendungs\w*|rechnungs\w*|auftrags\w*|kunden\w*|pedido|factura|seguimiento|env[ií]o|teléfono|commande"
    r"|suivi|facture|заказ\w*|трек\w*|сч[её]т\w*|накладн\w*|телефон\w*|注文|追跡|伝票|請求書|電話)"
    r"[ \-]?(?:number|no|nr|id|code|nummer|número|numéro|n°|номер\w*|番号)?[.: #№=は-]{0,4}"
    r"(?:(?:is|was|ist|war|lautet|es|est|это) )?$",
    re.IGNORECASE,
)
"""What stands right before a number that says to be something else."""
_CARD = re.compile(r"card|visa|karte|tarjeta|carte|карт|カード", re.IGNORECASE)
_PART_OF_A_WORD = re.compile(r"[A-Za-z0-9_#/,.]")
_NEAR = 40
_USUAL_GROUPS = frozenset({(4, 4, 4, 4), (4, 4, 4, 4, 3), (4, 6, 5), (4, 6, 4), (6, 13), (8, 8)})
_LOOSE_ENDS = 3
"""Groups that may follow a card number in one line with it: when it expires, the code on its back."""

_ISSUERS = re.compile(
    r"4(?:\d{12}|\d{15}|\d{18})"  # Visa
    r"|(?=\d{16}$)(?:5[1-5]|222[1-9]|22[3-9]\d|2[3-6]\d\d|27[01]\d|2720)\d+"  # Mastercard
    r"|3[47]\d{13}"  # American Express
    r"|3(?:0[0-5]|[689]\d)\d{11}"  # Diners Club
    r"|35(?:2[89]|[3-8]\d)\d{12,15}"  # JCB
    r"|(?:6011|64[4-9]\d|65\d\d|62\d\d|81[0-7]\d|220[0-4])\d{12,15}"  # Discover, UnionPay, RuPay, Mir
    r"|(?:5018|5020|5038|5612|5893|6304|6759|676[1-3]|508[5-9]|60[678]\d)\d{12,15}"  # Maestro, RuPay
)


def card_number_in(text: str) -> bool:
    """Whether `text` holds the number of a payment card.

    Not an IBAN, not what is called another number ("order 4…"), not a phone number with its `+`.
    """
    if "IBAN" in text or _IBAN.search(text):
        text = _IBAN.sub(_without_iban, text)
    return any(_is_card(match, text) for match in _RUN.finditer(text))


def _without_iban(match: re.Match[str]) -> str:
    """ISO 13616: moved to the end, letters as numbers, the rest of a division by 97 is 1."""
    code = match[0].replace(" ", "")
    number = "".join(str(int(character, 36)) for character in code[4:] + code[:4])
    return "IBAN" if int(number) % 97 == 1 else match[0]


def _is_card(match: re.Match[str], text: str) -> bool:
    before = text[max(0, match.start() - _NEAR) : match.start()]
    after = text[match.end() : match.end() + 1]
    if match.end() - match.start() < 13 or before.endswith("+") or _OTHER_NUMBER.search(before):
        return False
    groups = re.findall(r"\d+", match[0])
    if _PART_OF_A_WORD.match(before[-1:]):
        del groups[0]
    if groups and re.match("[A-Za-z_]", after):
        del groups[-1]
    return _whole(groups, before) or _first_groups(groups)


def _whole(groups: list[str], before: str) -> bool:
    """All groups are one number, however it was divided."""
    digits = "".join(groups[:20])
    if len(digits) > 19 or not _valid(digits):
        return False
    if len(digits) == 13:  # as long as the bar code of a product, and hardly issued any more
        return _CARD.search(before) is not None
    return len(digits) > 14 or len(groups) == 1 or tuple(map(len, groups)) in _USUAL_GROUPS


def _first_groups(groups: list[str]) -> bool:
    """A number in the usual groups, with a little before or after it; a long list of numbers is none."""
    if len(groups) > 5 + 2 * _LOOSE_ENDS:
        return False
    sizes = [len(group) for group in groups]
    return any(
        tuple(sizes[start : start + len(usual)]) == usual and _valid("".join(groups[start : start + len(usual)]))
        for usual in (*_USUAL_GROUPS, (15,), (16,))
        for start in range(min(_LOOSE_ENDS, len(groups) - len(usual) + 1))
        if len(groups) > len(usual)
    )


def _valid(digits: str) -> bool:
    return _ISSUERS.fullmatch(digits) is not None and len(set(digits)) > 1 and _luhn(digits)


def _luhn(digits: str) -> bool:
    """The check digit is right (ISO/IEC 7812-1, annex B)."""
    doubled = (sum(divmod(2 * int(digit), 10)) for digit in digits[-2::-2])
    return (sum(map(int, digits[-1::-2])) + sum(doubled)) % 10 == 0
