"""Passwords without a name: beside a user ("admin / Welcome1!"), before their name, or known to everybody."""

import re

from shared.domain.redaction.findings import GONE, FindingKind, Found, Rule
from shared.domain.redaction.shapes import has_digit, is_made_up, is_placeholder

_QUOTES = "\"'`“”„«»‘’"
_WORD = rf"[^\s`</{GONE}{_QUOTES}][^\s`/{GONE}]{{2,198}}[^\s`.,;:?)\]}}>/{GONE}{_QUOTES}]"
_BESIDE_A_USER = re.compile(
    rf"""
    \b(?:(?i:log(?:ged)?[ -]?(?:in|on)|sign(?:ed)?[ -]?in|cred(?:ential)?s?|anmelden|einloggen
        |zugang|zugangsdaten|wi-?fi|wlan|anmeldedaten|identifiants|credenciales)\b
        [^\n/{GONE}]{{0,40}}?[\s:(]
      |(?i:user(?:name)?|account|benutzer)\b(?i:[ ]?(?::|=|is\b|ist\b))?[ ]?)
    ["'`]?(?P<user>[\w.@\\+-]{{2,40}})["'`]?
    (?:(?P<tight>[/:])|[ ][/:|][ ]|,?[ ](?:(?:and|und|with|mit|et)[ ])?(?=[^\s{GONE}]{{0,40}}[!@#$%^&*]))
    ["'`]?(?=[^\s{GONE}]{{0,40}}\d)(?P<secret>{_WORD})(?!/)
    """,
    re.VERBOSE,
)
_BESIDE_AN_ADDRESS = re.compile(
    rf"(?<![\w.+{GONE}-])[\w.+-]{{1,64}}@[\w-]{{1,63}}(?:\.[\w-]{{1,63}}){{1,8}}"
    rf"(?: / | ?[:|] ?)(?P<secret>{_WORD})(?!/)"
)
_FOR_A_COMMAND = re.compile(
    rf"""
    (?:^|\s)(?:-u|--user)[ =](?:(?P<quote>["'])|)(?P<user>[\w.@\\-]{{1,60}}):
      (?P<secret>(?(quote)[^"'\n{GONE}]{{1,200}}(?=["'])|[^\s"'{GONE}]{{3,200}}))
    """,
    re.VERBOSE | re.MULTILINE,
)
_AFTER_A_SWITCH = re.compile(
    rf"\b(?:sshpass\ -p\s?|mysql(?:dump|admin)?\b[^\n|;{GONE}]{{0,80}}?\s-p)[\"']?(?P<secret>[^\s\"'{GONE}]{{3,200}})"
)
_BEFORE_ITS_NAME = re.compile(
    rf"""
    (?<![^\s"'`(])(?P<secret>{_WORD})["'`)]?[ ]
    (?i:as[ ]|als[ ]|comme[ ]|(?:is|was|ist|est)[ ](?=the|your|our|my|a|das|dein|ihr|unser|le|ton|votre))
    (?i:(?:the|a|your|our|my|its|new|old|default|temporary|das|dein|ihr|unser|le|ton|votre)[ ]){{0,3}}
    (?:[\w-]{{1,20}}[ ]){{0,2}}(?i:password|passcode|passphrase|pwd|pw|pin|kennwort|passwort|mot[ ]de[ ]passe)\b
    (?![ ](?i:policy|manager|reset|server|portal|patch|tool|page|app|field|generator|rule))
    """,
    re.VERBOSE,
)
_EVERYBODYS = re.compile(
    rf"(?i)(?<![\w{GONE}])(?P<secret>(?:p[a@4][s$5]{{2}}w[o0]rd|welcome|changeme|letmein|qwert[yz])\d{{1,4}}[!@#$%]{{0,2}}"
    rf"|(?:p@[s$5]{{2}}w[o0]rd|pa[s$5]{{2}}w0rd)!?)(?!\w)"
)


def _is_beside_a_user(match: re.Match[str]) -> bool:
    """A slash or colon without spaces stands in addresses and paths as well."""
    user = match["user"]
    return _is_beside(match) and (not match["tight"] or "." not in user or "@" in user)


def _is_beside(match: re.Match[str]) -> bool:
    secret = match["secret"]
    return len(secret) >= 6 and is_made_up(secret) and has_digit(secret) and not secret.isdigit()


def _is_for_a_command(match: re.Match[str]) -> bool:
    """Two numbers are a user and a group (`docker run --user 1000:1000`)."""
    both_numbers = match["user"].isdigit() and match["secret"].isdigit()
    return not both_numbers and not is_placeholder(match["secret"])


def _is_after_a_switch(match: re.Match[str]) -> bool:
    return not is_placeholder(match["secret"])


def _is_made_up(match: re.Match[str]) -> bool:
    return is_made_up(match["secret"]) and has_digit(match["secret"])


LOGINS: tuple[Found, ...] = tuple(
    (FindingKind.PASSWORD, rule)
    for rule in (
        Rule(_BESIDE_A_USER, _is_beside_a_user),
        Rule(_BESIDE_AN_ADDRESS, _is_beside),
        Rule(_FOR_A_COMMAND, _is_for_a_command),
        Rule(_AFTER_A_SWITCH, _is_after_a_switch),
        Rule(_BEFORE_ITS_NAME, _is_made_up),
        Rule(_EVERYBODYS),
    )
)
