"""How time grows with what strangers paste: four times as much may take a little over four times as long, not sixteen.

Each figure is the worst of its list, in one run, so that a slow machine is slow for both lengths.
"""

import json
import time
from collections.abc import Callable, Iterator, Mapping, Sequence

from shared.adapters.graph.characters import plain as plain_characters
from shared.adapters.graph.html import text_of
from shared.domain.redaction import redact
from shared.usecases.receive import MAX_ITEMS
from tests.bench.figure import Figure, at_most
from tests.usecases.test_receive_adversarial import CONTENT, item, posted

TIMES = 4
MOST = 10.0
"""What is still called growing with the length: the short text has little to spread what is done once over."""
LEAST_SECONDS = 0.004
"""Below that, a clock tells nothing."""

SECRETS = [
    "pw ", "pw: ", "password is ", "password: '", "token ", "sk-", "eyJaaaaaaaa.", "-----BEGIN PRIVATE KEY-----", "-",
    "http://", "a.b@c.", "login a ", "A1b2 is the ", "DE12 ", "4111 ", "0123 4567 ", "+44 ", "call 1234567 ", "7", "1.",
    "aA1", "k3J9xQ7vB2mZ5tR8wY1pL4sD ", "?code=", "account number ", "```\n", " ", "\n", "serial 0301234567 ",
    "a", "password ", "0 ", "1-", "x@", "user ", "/ ", ": ", "=A", "é", "(0)", "GB82 ", "passwort is ", "tel 0",
    "user a/b1cd ", "curl -u a:", "mysql ", "code for the ", "sshpass -p",
    "The scanner at dock four shows E-17 again. Reset it at the panel. ",
]  # fmt: skip
"""Pieces that a rule begins to match; each is said again and again."""

MARKUP: Sequence[tuple[str, str]] = (
    ("<ol>", "<li>x"),
    ("<table><tr>", "<td>x"),
    ("<blockquote>" * 100, "x<br>"),
    ("", "<b>"),
    ("<pre>", "x\n"),
    ("", "<p>"),
    ("", "<blockquote>a"),
    ("", '<a href="https://a.example">'),
    ("", "<!--"),
    ("", "<"),
    ("", "&"),
    ("<b ", "style='display:none;'"),
    ('<!DOCTYPE p [<!ENTITY a "aaaaaaaa">', '<!ENTITY b "&a;&a;&a;&a;">'),
    ("<p>", "\u200b\u202e"),
)
"""What stands once, and what is repeated after it."""

TRICKS = ("\u200b\u200d\u202e\u200c", "👩\u200d", "e\u0301", "\U000e0061")


def measure() -> Iterator[Figure]:
    """The worst growth of each reader of people's texts."""
    yield _worst("growth.redaction", redact, {piece: (piece * 2_500)[:5_000] for piece in SECRETS})
    yield _worst("growth.markup", text_of, {piece: piece * (100_000 // len(piece)) for _, piece in MARKUP}, MARKUP)
    yield _worst("growth.characters", plain_characters, {trick: trick * 25_000 for trick in TRICKS})
    many = _seconds(posted, _batch(MAX_ITEMS))
    few = _seconds(posted, _batch(MAX_ITEMS // TIMES))
    yield at_most("growth.batch", many / max(few, LEAST_SECONDS), f"time of {TIMES} x", MOST)


def _batch(items: int) -> str:
    return json.dumps({"value": [item(encryptedContent=CONTENT | {"data": "x" * 4000})] * items})


def _worst(
    name: str,
    read: Callable[[str], object],
    texts: Mapping[str, str],
    opened: Sequence[tuple[str, str]] = (),
) -> Figure:
    before = {piece: opening for opening, piece in opened}
    grown = [_growth(read, before.get(piece, ""), text) for piece, text in texts.items()]
    return at_most(name, max(grown), f"time of {TIMES} x", MOST)


def _growth(read: Callable[[str], object], opening: str, text: str) -> float:
    short, long = (_seconds(read, opening + text * times) for times in (1, TIMES))
    return long / max(short, LEAST_SECONDS)


def _seconds(read: Callable[[str], object], text: str) -> float:
    """The least of three: other work on the machine only ever adds."""
    took = []
    for _ in range(3):
        began = time.process_time()
        read(text)
        took.append(time.process_time() - began)
    return min(took)
