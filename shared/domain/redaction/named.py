"""Values that are called by a name: `DB_PASSWORD=…`, "the password for the printer is …", "api key: …"."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from shared.domain.redaction.findings import GONE, Span
from shared.domain.redaction.shapes import has_digit, is_address, is_made_up, is_placeholder, is_prose

# A name may end a longer one, as in DB_PASSWORD, adminPassword and x-api-key; a long name any one (Adminpasswort).
_BEGIN = rf"(?:(?<![A-Za-z0-9{GONE}])|(?<=[a-z])(?=[A-Z]))"
_END = r"(?![A-Za-z0-9_])"
_PASSWORD_NAME = re.compile(
    rf"(?:(?i:password|passwort|kennwort)|{_BEGIN}"
    r"""(?i:
      pass[ _-]?(?:word|code|phrase|wd) | pwd | psw | pw | mot\ de\ passe | mdp | contrase(?:ñ|n)a
    | hasło | wachtwoord | senha | lösenord | adgangskode | otp | (?P<pin>pin)(?:[ -]?code)? | (?P<weak>pass|clave)
    | (?:door|gate|alarm|safe|keypad|entry|access|unlock|security|verification|mfa|one[ -]time)\ code
    | code\ (?:for|to|of)\ (?:the|our)\ (?:[\w-]{1,20}\ ){0,2}(?:door|gate|alarm|safe|lock|keypad)
    | t(?:ü|ue)rcode | zugangscode | code\ (?:de\ la\ porte|du\ portail|d['’]acc[èe]s)
    ))""" + _END,
    re.VERBOSE,
)
_KEY_NAME = re.compile(rf"(?i:secret|token|(?P<key>key)){_END}")
_WHOSE_KEY = re.compile(
    r"""(?ix)(?:access|api|account|shared|storage|subscription|functions?|host|master|encryption|signing|recovery
    |licen[cs]e|product|activation|wpa2?|wi-?fi|network|private|service|auth|admin|secret)[ _-]?$"""
)

_QUOTES = "\"'`“”„«»‘’"
_QUOTED = rf"(?<=[{_QUOTES}])(?=\S)[^{_QUOTES}\n{GONE}]{{1,200}}(?<=\S)(?=[{_QUOTES}])"
_WORD = rf"[^\s`<{GONE}{_QUOTES}][^\s`{GONE}]{{1,198}}[^\s`.,;:?)\]}}>{GONE}{_QUOTES}]"
_SETTING = rf"[^\s`<>&;,{GONE}{_QUOTES}]{{3,200}}"


def _value(unquoted: str, before: str = "") -> re.Pattern[str]:
    """What stands in quotes or else a word."""
    return re.compile(rf"{before}(?:[{_QUOTES}](?P<quoted>{_QUOTED})|(?P<word>{unquoted}))")


_SET = _value(_SETTING)
_SPOKEN = _value(_WORD, before=r"(?:\s{0,3}```\w{0,20}\n)?")  # perhaps in a code block of its own

# What stands between a name and its value, directly …
_SPACE = r"[ \t\u00a0\u202f]{0,3}"
_EQUALS = re.compile(rf"[{_QUOTES}]?(?:{_SPACE}(?::?=|=>){_SPACE}|>|[{_QUOTES}]\s{{1,3}}value\s?=\s?)")
_TAG_BEGINS = re.compile(r"<[\w:.-]{0,30}$")
_COLON = re.compile(rf"[{_QUOTES}]?{_SPACE}(?::|->|→|\|){_SPACE}\n?")
_NOTHING = re.compile(r"[ \t\u00a0]{1,3}(?:[-–—] )?")
# … or later in the sentence.
_SENTENCE = re.compile(rf"(?:[^.\n:=|{GONE}]|\.(?=\S)){{0,60}}+")
_IS = re.compile(
    r"(?i)(?:\b(?:is|are|was|becomes|ist|lautet|war|est|es|jest|är)|['’]s)"
    r"(?: (?:now|jetzt|still|set to))?(?:\s{0,2}:)?\s{1,3}"
)
_TO = re.compile(r"(?i)\b(?:to|auf|en|in):?\s{1,3}")
_CHANGED = re.compile(r"(?i)\b(?:set|change|changed|changing|reset|update|updated|switch|switched|geändert|gesetzt)\b")
_FOR = re.compile(r"(?i)\s(?:for|of|to|on|in|at|from|für|zum|zur|vom|pour|du|de|\()")
# "The password policy is …" speaks of the policy.
_OF_ANOTHER_THING = re.compile(
    r"""(?ix)\s(?:policy|policies|manager|resets?|length|expiry|expiration|rotation|age|history|servers?|portal|field
    |prompt|hash|file|page|change|generator|rules?|ticket|complexity|protection|safe|vault|sync|writeback|hint|box)\b"""
)
_SENTENCE_ENDS = re.compile(r"[.,;:!?)]?(?:\s*$|\s*\n|(?<=[.,;!?)])\s)")


@dataclass(frozen=True, slots=True)
class _Named:
    """A value found after a name."""

    text: str
    quoted: bool
    span: Span
    ends_sentence: bool


def passwords(text: str) -> Iterator[Span]:
    """Passwords, PINs and codes after their names."""
    return _values(text, _PASSWORD_NAME, _password_after)


def keys(text: str) -> Iterator[Span]:
    """Keys, tokens and secrets after their names."""
    return _values(text, _KEY_NAME, _key_after)


def _values(text: str, names: re.Pattern[str], after: Callable[[str, re.Match[str]], _Named | None]) -> Iterator[Span]:
    at = 0
    for name in names.finditer(text):
        if name.start() >= at and (found := after(text, name)) is not None:
            yield found.span
            at = found.span[1]


def _password_after(text: str, name: re.Match[str]) -> _Named | None:
    if (found := _assigned(text, name)) is not None:
        needs_digit = name["pin"] or name["weak"]
        return found if not needs_digit or is_made_up(found.text) else None
    if (found := _joined(text, _NOTHING.match(text, name.end()), _SPOKEN)) is not None and _is_told(found, name):
        return found
    return next((found for found in _told(text, name) if _is_told_later(found, name)), None)


def _key_after(text: str, name: re.Match[str]) -> _Named | None:
    if name["key"] and not _WHOSE_KEY.search(text, max(0, name.start() - 20), name.start()):
        return None
    if (found := _assigned(text, name)) is not None:
        return found if len(found.text) >= 8 and (has_digit(found.text) or len(found.text) >= 20) else None
    if (found := _joined(text, _NOTHING.match(text, name.end()), _SPOKEN)) is not None and _is_key(found, 16):
        return found
    return next((found for found in _told(text, name) if _is_key(found, 8 if found.quoted else 14)), None)


def _assigned(text: str, name: re.Match[str]) -> _Named | None:
    """What follows an equals sign or a colon, unless it only goes on with the sentence or stands for a value."""
    joint, values = _EQUALS.match(text, name.end()), _SET
    if joint is not None and joint[0] == ">" and not _TAG_BEGINS.search(text, max(0, name.start() - 40), name.start()):
        return None
    if joint is None:
        joint, values = _COLON.match(text, name.end()), _SPOKEN
    found = _joined(text, joint, values)
    if joint is None or found is None or is_placeholder(found.text) or is_address(found.text):
        return None
    if found.quoted or is_made_up(found.text):
        return found
    return found if "\n" not in joint[0] and not is_prose(found.text) else None


def _told(text: str, name: re.Match[str]) -> Iterator[_Named]:
    """What follows "is" or "to" or a colon later in the sentence."""
    sentence = _SENTENCE.match(text, name.end())
    end = sentence.end() if sentence else name.end()
    if _OF_ANOTHER_THING.match(text, name.end()) is None:
        for joint in _IS.finditer(text, name.end(), end + 5):  # with the colon or line break after it
            yield from _if_any(_joined(text, joint, _SPOKEN))
    if _FOR.match(text, name.end()) is not None:
        yield from _if_any(_joined(text, _COLON.match(text, end), _SPOKEN))
    before = text[max(0, name.start() - 30) : name.start()].rpartition(GONE)[2]
    if _CHANGED.search(before) is not None or _CHANGED.search(text, name.end(), end) is not None:
        for joint in _TO.finditer(text, name.end(), end):
            yield from _if_any(_joined(text, joint, _SPOKEN))


def _joined(text: str, joint: re.Match[str] | None, values: re.Pattern[str]) -> _Named | None:
    match = values.match(text, joint.end()) if joint is not None else None
    if match is None:
        return None
    group = "quoted" if match["quoted"] is not None else "word"
    start, end = match.span(group)
    return _Named(match[group], group == "quoted", (start, end), _SENTENCE_ENDS.match(text, end) is not None)


def _if_any(found: _Named | None) -> Iterator[_Named]:
    if found is not None:
        yield found


def _is_told(found: _Named, name: re.Match[str]) -> bool:
    """Whether a word that follows the name directly is its value: "pw hunter2", "PIN 4711", "password 'Tarn'"."""
    if name["weak"]:  # "pass umask=022" hands something over
        return False
    if found.quoted:
        return len(found.text) >= 4 and not is_prose(found.text) and " " not in found.text
    return has_digit(found.text) and is_made_up(found.text)


def _is_told_later(found: _Named, name: re.Match[str]) -> bool:
    """Whether a word after "the password is" is one: quoted, made up, or a name that ends the sentence."""
    if found.quoted:
        return not is_prose(found.text)
    if name["weak"]:
        return is_made_up(found.text) and has_digit(found.text)
    a_name = found.text[:1].isupper() and found.text.isalpha() and len(found.text) >= 5 and not is_prose(found.text)
    return is_made_up(found.text) or (a_name and found.ends_sentence)


def _is_key(found: _Named, least: int) -> bool:
    return len(found.text) >= least and has_digit(found.text) and is_made_up(found.text)
