"""Telephone numbers, by Google's rules in the library phonenumbers.

Its matcher alone takes many a serial number for a telephone number of some country. So only what is
written as people write telephone numbers is shown to it: with a plus, with a leading nought, in
American groups, or after a word such as "call".
"""

import re
from collections.abc import Iterator

from phonenumbers import (
    Leniency,
    NumberParseException,
    PhoneNumberMatch,
    PhoneNumberMatcher,
    PhoneNumberType,
    is_valid_number,
    number_type,
    parse,
)

from shared.domain.redaction.findings import GONE, FindingKind, Found, Span

_MOST_ASKED = 200
"""Candidates in one text that the library is asked about, for it is slow; any after these go unasked."""
_WITH_NOUGHT = ("GB", "DE", "FR", "NL", "IT")
_ANYWHERE = (*_WITH_NOUGHT, "US", "ES")
_EDGE = rf"(?<![\w.,:/#=%{GONE}+-])"
_GAP = r"[ \u00a0\u202f]?[()./\u2011-]{0,2}[ \u00a0\u202f]?"
_DIGITS = rf"\d(?:{_GAP}\d){{5,15}}(?!\w|[.,:/-]\d|%)"
_AMERICAN = r"(?:1[ .-])?(?:\([2-9]\d\d\) ?|[2-9]\d\d[ .-])\d\d\d[.-]\d{4}(?!\w|[.,:/-]\d)"
_WRITTEN = re.compile(rf"{_EDGE}(?P<number>\(?(?P<plus>\+){_DIGITS}|\(?(?=0){_DIGITS}|(?P<american>{_AMERICAN}))")
_CALLED = re.compile(
    rf"""
    \b(?i:call|ring|dial|sms|text|whatsapp|(?P<phone>phone|tel|telephone|telefon|mobile|mob|cell|fax|handy|hotline
      |helpline|t[ée]l[ée]phone|portable|m[óo]vil|tel[ée]fono))\b
    (?:[^\d\n+{GONE}]{{0,12}}[ :(]|[:.])(?P<number>\+?{_DIGITS})
    """,
    re.VERBOSE,
)
_NUMBER_OF_A_THING = re.compile(
    r"""(?ix)
    (?:\b(?:serial|s/n|sn|part|p/n|pn|order|ticket|case|incident|request|ref|reference|invoice|article|item|batch|lot
      |imei|iccid|version|error|code|id|build|kb|port|tracking|sku|model|barcode|ean|isbn|asset|tag|po|device|customer
      |vat|seriennummer|room)
    |(?:bestell|auftrags?|artikel|rechnungs?|serien|geräte|kunden|inventar|material)-?(?:nummer|nr))
    (?:[ ]?(?:number|no|nr|nummer|id|code|tag))?\b[.:\#]{0,2}[ ]?\#?[ ]?(?:is|was|ist)?[ ]{0,2}$
    """
)
# Dates, versions and IPv4 addresses, decimals, times (0930 1030).
_OTHER_SHAPES = re.compile(
    r"\d{1,2}[./-]\d{1,2}[./-]\d{2,4}|\d{4}[./-]\d\d[./-]\d\d.*|\d{1,4}(?:\.\d{1,4}){3}|\d{1,3}(?:\.\d{1,3}){2}"
    r"|\d+\.\d+|0[/.]\d.*|(?:[01]\d|2[0-3])[0-5]\d(?:[ -]{1,3}(?:[01]\d|2[0-3])[0-5]\d)+"
)


def _numbers(text: str, pattern: re.Pattern[str]) -> Iterator[Span]:
    asked = 0
    for match in pattern.finditer(text):
        start, end = match.span("number")
        if _NUMBER_OF_A_THING.search(text[max(0, start - 40) : start]) or _OTHER_SHAPES.fullmatch(match["number"]):
            continue
        asked += 1
        if asked > _MOST_ASKED:
            yield start, end
        elif (found := _within(match)) is not None:
            yield start + found[0], start + found[1]


def _within(match: re.Match[str]) -> Span | None:
    """Where the number is in what looks like one; what follows after a space may belong to something else."""
    number, regions = match["number"], _regions(match)
    for _ in range(3):
        for region in regions:
            for found in PhoneNumberMatcher(number, region, leniency=Leniency.VALID):
                if match.re is _CALLED or _is_plain(found):
                    return found.start, found.end
        number = number.rpartition(" ")[0]
    # Beside "tel" or "mobile" people leave out the nought, which the matcher asks for.
    as_it_stands = match.re is _CALLED and match["phone"] and any(_is_valid(match["number"], one) for one in regions)
    return (0, len(match["number"])) if as_it_stands else None


def _regions(match: re.Match[str]) -> tuple[str, ...]:
    if match.re is _CALLED:
        return _ANYWHERE
    return ("GB",) if match["plus"] else ("US",) if match["american"] else _WITH_NOUGHT


def _is_plain(found: PhoneNumberMatch) -> bool:
    """Whether a number shows without a word before it that it is to be called; bare digits do only as a mobile's."""
    mobile = (PhoneNumberType.MOBILE, PhoneNumberType.FIXED_LINE_OR_MOBILE)
    return not found.raw_string.isdigit() or number_type(found.number) in mobile


def _is_valid(number: str, region: str) -> bool:
    try:
        return is_valid_number(parse(number, region))
    except NumberParseException:
        return False


PHONES: tuple[Found, ...] = (
    (FindingKind.PHONE, lambda text: _numbers(text, _CALLED)),
    (FindingKind.PHONE, lambda text: _numbers(text, _WRITTEN)),
)
