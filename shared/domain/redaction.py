"""Take secrets and personal details out of a text before it is stored.

What a credential looks like is our own rule set; card and account numbers are checked by python-stdnum,
telephone numbers by phonenumbers. Replacements say in plain words what was there.
"""

import math
import re
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

import phonenumbers
from stdnum import iban, luhn


class FindingKind(StrEnum):
    """What was found; the value stands in its place, as `[… removed]`."""

    PASSWORD = "password"  # noqa: S105 - the name of a kind
    KEY = "key"
    CARD = "card number"
    ACCOUNT = "account number"
    EMAIL = "e-mail"
    PHONE = "phone number"


@dataclass(frozen=True, slots=True)
class Finding:
    """How often something of a kind was taken out."""

    kind: FindingKind
    count: int


@dataclass(frozen=True, slots=True)
class Redacted:
    """The text without what must not be kept, and what that was."""

    text: str
    found: tuple[Finding, ...]


@dataclass(frozen=True, slots=True)
class _Rule:
    kind: FindingKind
    pattern: re.Pattern[str]
    holds: Callable[[str], bool] = lambda _: True
    """Whether a match is one indeed; given the group `secret`, or all of it."""


# While the rules run, one noncharacter of Unicode stands for each mark: no rule can then take a mark apart, and a
# text that was redacted before reads exactly like one that has just been.
_SIGNS = {kind: chr(0xFDD0 + number) for number, kind in enumerate(FindingKind)}
_ANY_SIGN = "".join(_SIGNS.values())
_MARK = re.compile(r"\[(" + "|".join(FindingKind) + r") removed\]")


def redact(text: str) -> Redacted:
    """The text with every secret and personal detail replaced; redacting it again changes nothing."""
    counts: Counter[FindingKind] = Counter()
    text = _MARK.sub(lambda match: _SIGNS[FindingKind(match[1])], text)
    # What was taken out brings its neighbours together, which may show the next one; each round takes something away.
    while (rest := _one_round(text, counts)) != text:
        text = rest
    for kind, sign in _SIGNS.items():
        text = text.replace(sign, f"[{kind} removed]")
    return Redacted(text, tuple(Finding(kind, counts[kind]) for kind in FindingKind if counts[kind]))


def without_marks(text: str) -> str:
    """A redacted text without the words that stand for what was taken out, for judging what it is about."""
    return _MARK.sub(" ", text)


def _one_round(text: str, counts: Counter[FindingKind]) -> str:
    text = _without_ibans(text, counts)
    for rule in _RULES:
        text = rule.pattern.sub(lambda match, rule=rule: _replaced(match, rule, counts), text)  # type: ignore[misc]
    return _without_phones(text, counts)


def _replaced(match: re.Match[str], rule: _Rule, counts: Counter[FindingKind]) -> str:
    group = "secret" if "secret" in match.re.groupindex else 0
    secret = match[group]
    if any(sign in secret for sign in _ANY_SIGN) or not rule.holds(secret):
        return match[0]
    counts[rule.kind] += 1
    start, end = match.start(group) - match.start(), match.end(group) - match.start()
    return match[0][:start] + _SIGNS[rule.kind] + match[0][end:]


_PROSE = re.compile(r"[^\W\d_]+(?:/[^\W\d_]+)+|\d{1,3}-[^\W\d_]+")
"""Compounds of ordinary prose: `OneDrive/SharePoint`, `6-digit`."""
_STANDS_FOR_ONE = re.compile(r"\$\{[^}]*\}?|\$[A-Z_]{3,}|%[A-Z_]+%|\*+|•+|https?://.*")
"""What stands where a secret would: a variable, dots, the address of a vault."""
_SAYS_OF_ONE = re.compile(
    r"(?i)(?:required|expired|invalid|incorrect|wrong|missing|none|null|true|false|where|what|when|how|which|please|see|"
    r"ask|reset|forgotten|changed|unknown|hidden|locked|empty|optional|refused|rejected|accepted|siehe|erforderlich|"
    r"abgelaufen|falsch|ungültig|vergessen|voir|requis|expiré|oublié|requerida|caducada|incorrecta|olvidada)[.?!)]*"
)
"""Words that say something of a password and are hardly ever one."""


def _is_given(word: str) -> bool:
    """Whether what stands after "password:" is one, rather than a word about it or something in its place."""
    return not (_STANDS_FOR_ONE.fullmatch(word) or _SAYS_OF_ONE.fullmatch(word))


def _looks_made_up(word: str) -> bool:
    """Whether a word after "password is" is one: no plain word of prose such as "required" or "case-sensitive"."""
    bare = word.strip(".,;:!?\"'()")
    if len(bare) < 4 or _PROSE.fullmatch(bare) or not _is_given(bare):
        return False
    mixed = any(c.isdigit() for c in bare) or not bare.replace("-", "").isalnum()
    odd_case = not (bare.islower() or bare.istitle() or bare.isupper())
    return mixed or odd_case


def _looks_made_up_with_digits(word: str) -> bool:
    return _looks_made_up(word) and any(c.isdigit() for c in word)


def _entropy(word: str) -> float:
    """Bits a character, by the frequencies within the word."""
    return -sum(n / len(word) * math.log2(n / len(word)) for n in Counter(word).values())


_NAME_OF_PARTS = re.compile(r"(?:(?:[A-Z]?[a-z]+|[A-Z]+|\d+[A-Za-z]?)[_-])+(?:[A-Z]?[a-z]+|[A-Z]+|\d+[A-Za-z]?)")
"""`MSSQLSERVER_2019_Enterprise`: words and numbers, joined."""


def _looks_random(word: str) -> bool:
    kinds = sum(any(test(c) for c in word) for test in (str.islower, str.isupper, str.isdigit))
    is_guid = re.fullmatch(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}", word) is not None
    return kinds == 3 and not is_guid and not _NAME_OF_PARTS.fullmatch(word) and _entropy(word) >= 3.5


def _is_card(number: str) -> bool:
    digits = re.sub(r"\D", "", number)
    issuer = digits[0] in "3456" or 2221 <= int(digits[:4]) <= 2720
    return issuer and len(set(digits)) > 1 and luhn.is_valid(digits)


def _is_account(number: str) -> bool:
    """Anything but a date, as in "account 2026-03-02"; six digits are a sort code, which looks like one."""
    return sum(c.isdigit() for c in number) == 6 or _DATE.fullmatch(number) is None


_DATE = re.compile(r"\d{1,2}[./-]\d{1,2}[./-]\d{2,4}|\d{4}-\d{1,2}-\d{1,2}(?: \d{1,2})?")
# The long names also end compounds (`Adminpasswort`, `db_password`); the short ones must stand alone.
_NAMES_OF_SECRETS = (
    r"(?:passwords?|passwort|kennwort|contraseña|pass\s?code|pass\s?phrase|mot\s+de\s+passe|"
    r"client[_ -]?secret|secret[_ -]?(?:access[_ -]?)?key|(?:api|access|account)[_ -]?key|"
    r"(?<![^\W_])(?:passwd|pwd|psw|pw|pin(?:[\s-]?code)?|secret|hasło|(?:auth[_ -]?)?token))"
)
_NAMES_IN_SENTENCES = rf"(?:{_NAMES_OF_SECRETS}|(?<![^\W_])(?:pass|clave))"
_LOGINS = r"(?:log\s?in|sign\s?in|user|account|credentials|zugangsdaten|anmeldung|identifiants|credenciales)"
_IS = r"(?:is|to|was|ist|lautet|est|es|jest)(?:\s{1,3}(?:now|still|jetzt|nun|maintenant|ahora))?"
_OUTSIDE = rf"[^\s\"'`,;<>{_ANY_SIGN}]"
_VALUE = rf"(?P<secret>{_OUTSIDE}{{3,200}}(?<![.!?)]))"
_QUOTE = r"[\"'`]?"
_EDGE = r"(?<![A-Za-z0-9_/+=-])"
_RULES = (
    _Rule(
        FindingKind.KEY,
        re.compile(
            r"-----BEGIN [A-Z ]{0,30}PRIVATE KEY(?: BLOCK)?-----(?:(?!-----)[\s\S]){0,10000}"
            r"(?:-----END [A-Z ]{0,30}PRIVATE KEY(?: BLOCK)?-----)?"
        ),
    ),
    _Rule(FindingKind.KEY, re.compile(_EDGE + r"eyJ[\w-]{8,4000}\.[\w-]{8,8000}\.[\w-]{0,4000}")),
    _Rule(FindingKind.KEY, re.compile(r"(?i)\bbearer\s+(?P<secret>[\w.~+/=-]{16,4000})")),
    _Rule(FindingKind.KEY, re.compile(r"(?i)\b(?:AccountKey|SharedAccessKey|sig)=(?P<secret>[\w%+/=-]{16,500})")),
    _Rule(
        FindingKind.KEY,
        re.compile(r"(?i)\b(?:hooks\.slack\.com/services|webhook\.office\.com/webhookb2)/(?P<secret>[\w/@-]{20,300})"),
    ),
    _Rule(
        FindingKind.KEY,
        re.compile(
            _EDGE + r"(?:A(?:KIA|SIA)[0-9A-Z]{16}|gh[pousr]_\w{30,100}|github_pat_\w{30,120}|xox[abeprs]-[\w-]{10,200}|"
            r"[prs]k_(?:live|test)_\w{16,120}|AIza[\w-]{30,60}|glpat-[\w-]{18,60}|npm_\w{30,60}|sk-[\w-]{20,200})"
        ),
    ),
    _Rule(
        FindingKind.PASSWORD,
        re.compile(r"(?i)\b[a-z][a-z0-9+.-]{1,20}://[^\s/:@]{0,100}:(?P<secret>[^\s/@]{1,200})@"),
    ),
    _Rule(
        FindingKind.PASSWORD,
        re.compile(rf"(?i){_NAMES_OF_SECRETS}{_QUOTE}\s{{0,3}}[:=]\s{{0,3}}{_QUOTE}{_VALUE}"),
        _is_given,
    ),
    _Rule(
        FindingKind.PASSWORD,
        re.compile(
            rf"(?i){_NAMES_IN_SENTENCES}\b(?:[^.\n:=]{{0,40}}?\b{_IS}(?:\s{{0,2}}:)?\s{{1,3}}|\s?[:=]\s?){_QUOTE}{_VALUE}"
        ),
        _looks_made_up,
    ),
    _Rule(
        FindingKind.PASSWORD,
        re.compile(rf"(?i){_NAMES_OF_SECRETS}(?:\s{{1,3}}(?:(?:[-–—→]|->|=>)\s{{1,3}})?|>){_QUOTE}{_VALUE}"),
        _looks_made_up_with_digits,
    ),
    _Rule(
        FindingKind.PASSWORD,
        re.compile(rf"(?i)\b{_LOGINS}\b[^.\n/]{{0,40}}?\s[\w.@-]{{2,40}}\s?/\s?{_VALUE}"),
        _looks_made_up_with_digits,
    ),
    _Rule(
        FindingKind.PASSWORD,
        re.compile(
            rf"(?i)(?<!\S){_QUOTE}{_VALUE}{_QUOTE}\s(?:is|as|ist|als|est|comme|es|como)\s"
            rf"[^.\n]{{0,30}}?{_NAMES_OF_SECRETS}\b"
        ),
        _looks_made_up_with_digits,
    ),
    _Rule(FindingKind.EMAIL, re.compile(r"(?i)(?<![\w.+-])\w[\w.+'-]{0,63}@(?:[\w-]{1,63}\.){1,8}[a-z]{2,24}\b")),
    _Rule(FindingKind.CARD, re.compile(r"(?<![\w.-])\d(?:[ -]?\d){13,18}(?![\w-]|\.\d)"), _is_card),
    _Rule(
        FindingKind.ACCOUNT,
        re.compile(
            r"(?i)\b(?:sort\s?code|(?:account|acct|a/c|konto|compte|cuenta|routing|blz|bankleitzahl)"
            r"(?=[^\d\n]{1,16}(?:\d[ -]?){8}))"
            r"(?:[\s-]?(?:number|no|nr|nummer))?\.?\s{0,2}(?:[:#]|is)?\s{0,2}(?P<secret>\d[\d -]{4,20}\d)\b"
        ),
        _is_account,
    ),
    _Rule(FindingKind.KEY, re.compile(r"(?<![\w/.=-])(?P<secret>[A-Za-z0-9+_=-]{24,200})(?![\w/.])"), _looks_random),
)
_IBAN_SHAPE = re.compile(r"(?i)\b[A-Z]{2}\d{2}(?:[A-Z0-9]{11,30}|(?: [A-Z0-9]{4}){2,7}(?: [A-Z0-9]{1,3})?)\b")


def _without_ibans(text: str, counts: Counter[FindingKind]) -> str:
    """Account numbers by their check digits; the words that follow in groups of four are left standing."""

    def replaced(match: re.Match[str]) -> str:
        number = match[0]
        while number and not iban.is_valid(number):
            number = number.rpartition(" ")[0]
        if not number:
            return match[0]
        counts[FindingKind.ACCOUNT] += 1
        return _SIGNS[FindingKind.ACCOUNT] + match[0][len(number) :]

    return _IBAN_SHAPE.sub(replaced, text)


_REGIONS = ("GB", "US", "DE", "FR", "ES")
_BEFORE, _AFTER = r"(?<![\w.,/#-])(?<!\d:)", r"(?!\w|[.,:-]\d)"
_PHONE_SHAPES = (
    re.compile(_BEFORE + r"(?:\+|\(?0)[\d(][\d ()./-]{5,22}\d" + _AFTER),
    re.compile(_BEFORE + r"(?:1[-. ])?(?:\(\d{3}\)\s?|\d{3}[-. ])\d{3}[-.]\d{4}" + _AFTER),
    re.compile(
        r"(?i)\b(?:(?:tele)?phone|tel(?:[eé]fono?)?|mobile?|móvil|cell|handy)(?:\s?(?:number|no|nr|nummer))?\.?\s?:?\s?"
        r"(?P<number>\d[\d ()./-]{6,16}\d)" + _AFTER
    ),
)
_OTHER_NUMBER = re.compile(
    r"(?i)(?:\b(?:invoice|ticket|order|part|serial|case|item|ref(?:erence)?|po|p/n|s/n|sn|rechnung|auftrag|bestellung|"
    r"facture|commande|factura|pedido)(?:s?[- ]?(?:number|no|nr|nummer))?[.:#\s]{0,3}|://\S{0,300}=)\Z"
)
"""What stands before a number that is no telephone's."""
_TIMES = re.compile(r"(?:[01]\d|2[0-3])[0-5]\d(?:[ -]{1,3}(?:[01]\d|2[0-3])[0-5]\d)+")


def _without_phones(text: str, counts: Counter[FindingKind]) -> str:
    """Numbers written as telephone numbers are (with +, a leading 0 or a word before), valid in some region."""

    def replaced(match: re.Match[str]) -> str:
        group = match.lastgroup or 0
        before, number = match.string[max(0, match.start(group) - 320) : match.start(group)], match[group]
        if _OTHER_NUMBER.search(before) or _DATE.fullmatch(number) or _TIMES.fullmatch(number):
            return match[0]
        if not any(_is_phone(number, region) for region in _REGIONS):
            return match[0]
        counts[FindingKind.PHONE] += 1
        return match[0].removesuffix(number) + _SIGNS[FindingKind.PHONE]

    for shape in _PHONE_SHAPES:
        text = shape.sub(replaced, text)
    return text


def _is_phone(number: str, region: str) -> bool:
    try:
        return phonenumbers.is_valid_number(phonenumbers.parse(number, region))
    except phonenumbers.NumberParseException:
        return False
