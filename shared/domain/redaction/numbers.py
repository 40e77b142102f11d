"""Numbers of cards, accounts and people, by what python-stdnum knows of their lengths and check digits."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache

from stdnum import iban, luhn, numdb
from stdnum.fr import nir

from shared.domain.redaction.findings import GONE, FindingKind, Found, Rule, Span

_EDGE = rf"(?<![\w.{GONE}+-])"
_CARD = re.compile(rf"{_EDGE}\d(?:[ \u00a0-]?\d){{13,18}}(?!\w|\.\d)")
# The issuers' ranges and lengths (ISO/IEC 7812); an IMEI passes Luhn's check as well.
_ISSUED = re.compile(
    r"4(?:\d{15}|\d{18})|5[1-5]\d{14}|2(?:2[2-9]|[3-6]\d|7[01])\d{13}|3[47]\d{13}|3(?:0[0-5]|[68]\d)\d{11}"
    r"|35(?:2[89]|[3-8]\d)\d{12}|6(?:011|4[4-9]\d|5\d\d)\d{12}|62\d{14,17}|(?:50|5[6-9]|6\d)\d{14}"
)
_IBAN = re.compile(
    rf"(?<![A-Za-z0-9{GONE}])(?:[A-Z]{{2}}\d{{2}}(?:[ \u00a0-]?[A-Z0-9]){{11,30}}"
    rf"|[a-z]{{2}}\d{{2}}[a-z0-9]{{11,30}})(?![A-Za-z0-9])"
)
_ACCOUNT = re.compile(
    r"""(?ix)
    \b(?:(?:account|acct|a/c)[ ]?(?:numbers?|no|nr|nbr|\#)|konto(?:[ -]?(?:nummer|nr|number))?
      |sort[ ]?code|routing[ ](?:number|no)|bankleitzahl|blz|num[ée]ro[ ]de[ ]compte|n[úu]mero[ ]de[ ]cuenta
      |rekeningnummer)
    \b\.?(?:[ ]?(?:is|ist|lautet|est|:|\#|=))?[ ]{0,3}["'`]?
    (?P<secret>\d[\d -]{4,22}\d)(?![\w-]|[.,]\d)
    """
)
_UK_NINO = re.compile(
    rf"(?<![\w{GONE}-])(?P<secret>(?!BG|GB|NK|KN|TN|NT|ZZ)[A-CEGHJ-PR-TW-Z][A-CEGHJ-NPR-TW-Z]"
    r" \d\d \d\d \d\d [A-D])(?!\w)"
)
_FR_NIR = re.compile(
    rf"{_EDGE}(?P<secret>[12] ?\d\d ?(?:0[1-9]|1[0-2]) ?(?:\d\d|2[AB]) ?\d{{3}} ?\d{{3}} ?\d\d)(?![\w-]|\.\d)"
)
_CALLED_SO = re.compile(
    r"""(?x)
    \b(?i:ssn|social[ ]security|ni[ ](?:number|no)|nino|national[ ]insurance|steuer-?id(?:entifikationsnummer)?
      |steuerliche[ ]identifikationsnummer|tax[ ]id|passport|personalausweis|reisepass
      |num[ée]ro[ ]de[ ]s[ée]curit[ée][ ]sociale)
    \b(?i:[ ]?(?:number|no|nr|nummer))?\b\.?(?i:[ ]?(?:is|ist|est|:|\#))?[ ]{0,3}
    (?P<secret>(?=[A-Z -]{0,8}\d)[A-Z0-9](?:[ -]?[A-Z0-9]){7,16})(?!\w)
    """
)


@dataclass(frozen=True, slots=True)
class _Leading:
    """Finds numbers that may be followed by others: "4111 1111 1111 1111 12/27"."""

    pattern: re.Pattern[str]
    holds: Callable[[str], bool]
    """Given a number without its spaces and hyphens."""

    def __call__(self, text: str) -> Iterator[Span]:
        at = 0
        while match := self.pattern.search(text, at):
            length = self._length(match[0])
            at = match.start() + (length or 1)
            if length:
                yield match.start(), at

    def _length(self, run: str) -> int:
        """How many characters from the start are a whole number; 0 when none are."""
        ends = [at for at in range(len(run), 12, -1) if at == len(run) or not run[at].isalnum()]
        return next((end for end in ends if run[end - 1].isalnum() and self.holds(_compact(run[:end]))), 0)


def _compact(number: str) -> str:
    return re.sub(r"[ \u00a0-]", "", number)


def _is_card(digits: str) -> bool:
    return _ISSUED.fullmatch(digits) is not None and len(set(digits)) > 1 and bool(luhn.is_valid(digits))


def _is_iban(number: str) -> bool:
    return len(number) == _iban_length(number[:2].upper()) and bool(iban.is_valid(number, check_country=False))


@cache
def _iban_length(country: str) -> int:
    """Characters of an IBAN of a country, from the registry that python-stdnum brings; 0 for none."""
    structure = numdb.get("iban").info(country)[0][1].get("bban", "")
    return 4 + sum(int(part) for part in re.findall(r"(\d+)!", structure)) if structure else 0


NUMBERS: tuple[Found, ...] = (
    (FindingKind.ACCOUNT, _Leading(_IBAN, _is_iban)),
    (FindingKind.ACCOUNT, Rule(_ACCOUNT)),
    (FindingKind.CARD, _Leading(_CARD, _is_card)),
    (FindingKind.IDENTITY, Rule(_CALLED_SO)),
    (FindingKind.IDENTITY, Rule(_UK_NINO)),
    (FindingKind.IDENTITY, Rule(_FR_NIR, lambda match: bool(nir.is_valid(match["secret"])))),
)
