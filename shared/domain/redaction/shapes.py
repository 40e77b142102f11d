"""Telling made-up words (passwords, keys) from the words and numbers of ordinary support talk."""

import re
from itertools import pairwise

_STRONG = re.compile(r"[!@#$%^&*+=~|?]")
# Versions, addresses, error codes, dates, tickets, sizes: they hold digits and are no secrets.
_TECHNICAL = re.compile(
    r"""(?ix)
      v?\d+(?:[.,]\d+)+[a-z]?            # 2.6.8.1, 10.0.0.1, 1,000
    | 0x[0-9a-f]+
    | \d{1,4}(?:[-/.]\d{1,4}){1,2}       # 2026-03-02, 8-16, 24/7
    | \d{1,2}:\d{2}(?::\d{2})?
    | \d{1,3}-[a-z]+                    # 6-digit
    | (?-i:[A-Z]){2,6}[-_]?\d{4,10}      # INC0012345, KB5005565
    | \d+(?:%|[kmgt]i?b|ms|s|min|h|d|x|px|st|nd|rd|th)
    | (?:[0-9a-f]{2}[:-]){5}[0-9a-f]{2}
    | [0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}
    | (?:[a-z][a-z0-9+.-]*://|/|\\\\|[a-z]:\\|~/|\./).*
    | [\w.+-]+@(?:[\w-]+\.)+[a-z]+
    """
)
_STANDS_FOR_A_VALUE = re.compile(
    r"""(?ix)
      (?: [*\u2022x._\-#?]+ | \.\.\.\S*
      | [<\[{]\S* | \$[{(]\S* | \$(?:env:)?[A-Z_]{3,};? | %\w+% | @?\w[\w.]*\(\S*
      | (?:os|process|config|settings|env|secrets|self|args|var|vault|appsettings)[.\[]\S* )
    """
)
_GOES_ON = """
    a abgelaufen above again all also an and any as ask asks at attached be been below blank but by call can
    changed check choose click confidential contact correct create different empty enter entered expired expires
    falsch false field find follow for forgotten from give go has have here hidden hint hold how i if in
    incorrect incorrecta invalid is ist it its just keep kein keine leave leer length let locked log long look
    lost make managed manager mandatory maximum minimum must never new nicht no none not null oblige of off ok
    old on only open optional or our page per please policy press prompt protected put read rejected required
    reset same save search see select send set she should siehe sign some start still stop str string talk tell
    temporary text that the their there they this to too true try type unchanged und undefined unknown until use
    used using valid value vergessen via visit voir wait we weak what when where which why will with write wrong
    yes you your
    """
_PROSE = frozenset(_GOES_ON.split())


def is_placeholder(word: str) -> bool:
    """Whether a word stands for a value instead of being one: `******`, `<your password>`, `$PASSWORD`, `getpass()`."""
    return _STANDS_FOR_A_VALUE.fullmatch(word) is not None


def is_prose(word: str) -> bool:
    """Whether a word after "password:" goes on with the sentence ("see", "required")."""
    return word.strip("'’-").casefold() in _PROSE


def is_address(word: str) -> bool:
    """Whether a word is the address of a page."""
    return re.match(r"(?i)(?:https?|ftp|file)://|www\.", word) is not None


def has_digit(word: str) -> bool:
    """Whether any character is a digit."""
    return any(c.isdigit() for c in word)


def is_technical(word: str) -> bool:
    """Whether a word is a version, address, date, error code, ticket, size, path or the like."""
    return _TECHNICAL.fullmatch(word) is not None


def is_made_up(word: str) -> bool:
    """Whether a word is one that somebody invented: at least 4 characters with a digit or a strong sign in it."""
    odd = has_digit(word) or _STRONG.search(word.rstrip("!?")) is not None
    return len(word) >= 4 and odd and not is_technical(word) and not is_placeholder(word)


def is_random(token: str) -> bool:
    """Whether a long token was drawn, not written: its kinds of characters change as often as chance would have it.

    In `Microsoft365AppsForEnterprise` one pair of neighbours in three is of two kinds; of letters and digits
    drawn at random, six in ten are.
    """
    runs = [run for run in re.split(r"[^A-Za-z0-9]+", token) if run]
    pairs = [(_kind(one), _kind(other)) for run in runs for one, other in pairwise(run)]
    kinds = {kind for pair in pairs for kind in pair}
    if len(pairs) < 20 or "digit" not in kinds:
        return False
    changes = sum(one != other for one, other in pairs) / len(pairs)
    if len(kinds) == 3:
        return changes >= 0.42
    has_no_hex = re.search(r"[g-zG-Z]", token) is not None
    return len(runs) == 1 and len(token) >= 32 and has_no_hex and changes >= 0.25


def _kind(character: str) -> str:
    return "digit" if character.isdigit() else "upper" if character.isupper() else "lower"
