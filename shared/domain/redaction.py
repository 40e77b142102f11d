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


def redact(text: str) -> Redacted:
    """The text with every secret and personal detail replaced; redacting it again changes nothing."""
    counts: Counter[FindingKind] = Counter()
    for rule in _RULES:
        text = rule.pattern.sub(lambda match, rule=rule: _replaced(match, rule, counts), text)  # type: ignore[misc]
    text = _without_phones(text, counts)
    return Redacted(text, tuple(Finding(kind, counts[kind]) for kind in FindingKind if counts[kind]))


_MARK = re.compile(r"\[(?:" + "|".join(FindingKind) + r") removed\]")


def without_marks(text: str) -> str:
    """A redacted text without the words that stand for what was taken out, for judging what it is about."""
    return _MARK.sub(" ", text)


def _replaced(match: re.Match[str], rule: _Rule, counts: Counter[FindingKind]) -> str:
    named = "secret" in match.re.groupindex
    secret = match["secret"] if named else match[0]
    if "removed]" in secret or not rule.holds(secret):
        return match[0]
    counts[rule.kind] += 1
    mark = f"[{rule.kind} removed]"
    if not named:
        return mark
    start, end = match.start("secret") - match.start(), match.end("secret") - match.start()
    return match[0][:start] + mark + match[0][end:]


def _looks_made_up(word: str) -> bool:
    """Whether a word after "password is" is one: no plain word of prose such as "required" or "expired"."""
    mixed = any(c.isdigit() for c in word) or any(not c.isalnum() for c in word.strip(".,;:!?\"'()"))
    odd_case = not (word.islower() or word.istitle() or word.isupper())
    return len(word.strip(".,;:!?\"'()")) >= 4 and (mixed or odd_case)


def _entropy(word: str) -> float:
    """Bits a character, by the frequencies within the word."""
    return -sum(n / len(word) * math.log2(n / len(word)) for n in Counter(word).values())


def _looks_random(word: str) -> bool:
    kinds = sum(any(test(c) for c in word) for test in (str.islower, str.isupper, str.isdigit))
    is_guid = re.fullmatch(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}", word) is not None
    return kinds == 3 and not is_guid and _entropy(word) >= 3.5


def _is_card(number: str) -> bool:
    digits = re.sub(r"\D", "", number)
    return 13 <= len(digits) <= 19 and digits[0] in "3456" and len(set(digits)) > 1 and luhn.is_valid(digits)


_NAMES_OF_SECRETS = (
    r"(?:passwords?|passwd|pass\s?code|pass\s?phrase|pwd|pw|pin(?:\s?code)?|secret|kennwort|passwort|"
    r"mot\s+de\s+passe|contraseña|hasło|client[_ ]secret|api[_ -]?key|access[_ -]?key|auth[_ -]?token|token)"
)
_VALUE = r"(?P<secret>(?!\[)[^\s\"'`,;<>]{3,200}[^\s\"'`,;<>.!?)])"
_EDGE = r"(?<![A-Za-z0-9_/+=-])"
_RULES = (
    _Rule(
        FindingKind.KEY,
        re.compile(r"-----BEGIN [A-Z ]{0,30}PRIVATE KEY-----[^-]{0,10000}(?:-----END [A-Z ]{0,30}PRIVATE KEY-----)?"),
    ),
    _Rule(FindingKind.KEY, re.compile(_EDGE + r"eyJ[\w-]{8,4000}\.[\w-]{8,8000}\.[\w-]{0,4000}")),
    _Rule(FindingKind.KEY, re.compile(r"(?i)\bbearer\s+(?P<secret>[\w.~+/=-]{16,4000})")),
    _Rule(FindingKind.KEY, re.compile(r"(?i)\b(?:AccountKey|SharedAccessKey|sig)=(?P<secret>[\w%+/=-]{16,500})")),
    _Rule(
        FindingKind.KEY,
        re.compile(
            _EDGE + r"(?:A(?:KIA|SIA)[0-9A-Z]{16}|gh[pousr]_\w{30,100}|github_pat_\w{30,120}|xox[abprs]-[\w-]{10,200}|"
            r"[sr]k_(?:live|test)_\w{16,120}|AIza[\w-]{30,60}|glpat-[\w-]{18,60}|npm_\w{30,60}|sk-[\w-]{20,200})"
        ),
    ),
    _Rule(
        FindingKind.PASSWORD, re.compile(r"(?i)\b[a-z][a-z0-9+.-]{1,20}://[^\s/:@]{1,100}:(?P<secret>[^\s/@]{1,200})@")
    ),
    _Rule(
        FindingKind.PASSWORD,
        re.compile(rf"(?i)\b{_NAMES_OF_SECRETS}\s{{0,3}}[:=]\s{{0,3}}[\"'`]?{_VALUE}"),
    ),
    _Rule(
        FindingKind.PASSWORD,
        re.compile(
            rf"(?i)\b{_NAMES_OF_SECRETS}\b[^.\n:=]{{0,40}}?\b(?:is|to|was|ist|lautet|est|es|jest)\s{{1,3}}[\"'`]?{_VALUE}"
        ),
        _looks_made_up,
    ),
    _Rule(
        FindingKind.PASSWORD,
        re.compile(rf"(?i)\b{_NAMES_OF_SECRETS}\s{{1,3}}[\"'`]?{_VALUE}"),
        lambda word: _looks_made_up(word) and any(c.isdigit() for c in word),
    ),
    _Rule(
        FindingKind.PASSWORD,
        re.compile(
            rf"(?i)\b(?:log\s?in|sign\s?in|user|account|credentials)\b[^.\n/]{{0,40}}?\s[\w.@-]{{2,40}}\s?/\s?{_VALUE}"
        ),
        lambda word: _looks_made_up(word) and any(c.isdigit() for c in word),
    ),
    _Rule(
        FindingKind.PASSWORD,
        re.compile(rf"(?i)(?<!\S)[\"'`]?{_VALUE}[\"'`]?\s(?:is|ist|est)\s[^.\n]{{0,30}}?\b{_NAMES_OF_SECRETS}\b"),
        lambda word: _looks_made_up(word) and any(c.isdigit() for c in word),
    ),
    _Rule(FindingKind.EMAIL, re.compile(r"(?i)(?<![\w.+-])[\w.+-]{1,64}@(?:[\w-]{1,63}\.){1,8}[a-z]{2,24}\b")),
    _Rule(FindingKind.ACCOUNT, re.compile(r"\b[A-Z]{2}\d{2}(?:[ ]?[A-Z0-9]{2,4}){3,8}\b"), iban.is_valid),
    _Rule(FindingKind.CARD, re.compile(r"(?<![\w.-])\d(?:[ -]?\d){12,18}(?![\w-]|\.\d)"), _is_card),
    _Rule(
        FindingKind.ACCOUNT,
        re.compile(
            r"(?i)\b(?:account|acct|konto|sort\s?code)(?:\s?(?:number|no|nr|nummer))?\.?\s{0,2}(?:[:#]|is)?\s{0,2}"
            r"(?P<secret>\d[\d -]{4,20}\d)\b"
        ),
    ),
    _Rule(FindingKind.KEY, re.compile(r"(?<![\w/.=-])(?P<secret>[A-Za-z0-9+_=-]{24,200})(?![\w/.])"), _looks_random),
)
_REGIONS = ("GB", "US", "DE", "FR")
_PHONE_SHAPE = re.compile(r"(?<![\w.,:/#-])(?:\+|\(?0)[\d(][\d ()./-]{5,22}\d(?![\w:-]|[.,]\d)")
_DATE = re.compile(r"\d{1,2}[./-]\d{1,2}[./-]\d{2,4}")


def _without_phones(text: str, counts: Counter[FindingKind]) -> str:
    """Numbers written as people write telephone numbers (with + or a leading 0), valid in some region."""

    def replaced(match: re.Match[str]) -> str:
        if _DATE.fullmatch(match[0]) or not any(_is_phone(match[0], region) for region in _REGIONS):
            return match[0]
        counts[FindingKind.PHONE] += 1
        return f"[{FindingKind.PHONE} removed]"

    return _US_PHONE.sub(replaced, _PHONE_SHAPE.sub(replaced, text))


_US_PHONE = re.compile(r"(?<![\w.,:/#-])(?:\(\d{3}\)\s?|\d{3}[-. ])\d{3}[-.]\d{4}(?![\w-]|[.,]\d)")


def _is_phone(number: str, region: str) -> bool:
    try:
        return phonenumbers.is_valid_number(phonenumbers.parse(number, region))
    except phonenumbers.NumberParseException:
        return False
