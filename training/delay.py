"""How sure an opener can be known, and when: precision and recall against the time that has passed since it was said.

`python -m training.delay` prints the table of docs/judgement/openers.md, from the evaluation file, and draws it beside
that page.
"""

import sys
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from pathlib import Path

from shared.domain.messages import Message
from shared.judgement import openers
from shared.judgement.conversations import conversations, opening_of
from shared.judgement.opener_chat import Chat
from shared.judgement.verdicts import Opening, Verdict
from training.corpora import items, openers_of
from training.embedding import meanings_if_any
from training.placing import Links
from training.predict import links_of

DELAYS = (0.0, 1.0, 2.0, 5.0, 10.0, 60.0)
"""Minutes; at 0 nothing is known but the words and what came before."""
RECALL = 0.4
PICTURE = Path(__file__).parents[1] / "docs" / "judgement" / "openers-delay.svg"
_WIDTH, _HEIGHT, _LEFT, _TOP = 620, 300, 50, 20
_LINES = (("precision", "#1f6f8b"), ("recall", "#b3541e"), ("precision at recall 0.4", "#5b7a1f"))
_IN_SIGHT = 200

type Said = Sequence[tuple[float, bool, bool]]
"""For each possible opener its probability, whether it was called one, and whether it is one."""
type Row = tuple[float, int, float, float, float]
"""Minutes, how many were said, then in per cent precision, recall, and precision at a recall of 0.4."""


def main() -> int:
    """Print a line for each delay: what is said to be a request then, and how often that is right; draw them."""
    said: dict[float, list[tuple[float, bool, bool]]] = {delay: [] for delay in DELAYS}
    wanted = 0
    for item in items("replies", "eval"):
        gold = openers_of(item)
        wanted += len(gold)
        messages, links = links_of(item)
        for thread in conversations(messages, links):
            for delay in DELAYS:
                opening, heard = _judged(thread, messages, links, delay)
                # The label wants an answer: from the first minute on, one that is still waiting is not counted.
                yes = heard and opening.verdict is Verdict.YES
                said[delay].append((opening.probability * heard, yes, int(thread[0].id) in gold))
    rows = _rows(said, wanted)
    print("| minutes | said | precision | recall | precision at recall 0.4 |\n|---|---|---|---|---|")
    for delay, count, *rates in rows:
        print(f"| {delay:g} | {count} | {' | '.join(f'{rate:.1f}' for rate in rates)} |")
    PICTURE.write_text(_drawn(rows), encoding="utf8")
    return 0


def _judged(thread: Sequence[Message], messages: Sequence[Message], links: Links, delay: float) -> tuple[Opening, bool]:
    """What is said of a thread so many minutes after its start, and whether anybody else has spoken by then."""
    question = opening_of(thread)
    if not delay:
        return openers.opens_request(question, links=links), True
    by_then = question[-1].created_at + timedelta(minutes=delay)
    later = [m for m in thread[len(question) :] if m.created_at <= by_then]
    heard = any(m.author != question[0].author for m in later)
    around = _around(question[0], messages, links, by_then)
    meanings = meanings_if_any(openers.texts_to_embed(question, later=later, links=links, chat=around))
    return openers.opens_request(question, later=later, links=links, chat=around, meanings=meanings), heard


def _around(first: Message, messages: Sequence[Message], links: Links, by_then: datetime) -> Chat:
    at = next(place for place, message in enumerate(messages) if message.id == first.id)
    known = [m for m in messages[max(0, at - _IN_SIGHT) : at + _IN_SIGHT] if m.created_at <= by_then]
    return Chat(known, {m.id: links[m.id] for m in known if m.id in links})


def _rows(said: Mapping[float, Said], wanted: int) -> list[Row]:
    rows = []
    for delay, judged in said.items():
        yes = [right for _, claimed, right in judged if claimed]
        rates = (100 * sum(yes) / max(1, len(yes)), 100 * sum(yes) / wanted, _precision_at(RECALL, judged, wanted))
        rows.append((delay, len(yes), *rates))
    return rows


def _precision_at(recall: float, judged: Said, wanted: int) -> float:
    """Precision, in per cent, of the surest ones that together reach a recall; 0 where it is not reached."""
    right = 0
    for count, (_, _, is_one) in enumerate(sorted(judged, key=lambda one: -one[0]), 1):
        right += is_one
        if right >= recall * wanted:
            return 100 * right / count
    return 0.0


def _drawn(rows: Sequence[Row]) -> str:
    """The table as a picture: the delays side by side, per cent upwards."""
    whole = f"{_WIDTH + 190} {_HEIGHT + 60}"
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {whole}" font-family="sans-serif" font-size="13">',
        "<title>Precision and recall of openers against the minutes that have passed</title>",
        '<rect width="100%" height="100%" fill="white"/>',
    ]
    for per_cent in range(0, 101, 20):
        y = _up(per_cent)
        parts.append(f'<line x1="{_LEFT}" x2="{_WIDTH}" y1="{y:.1f}" y2="{y:.1f}" stroke="#dddddd"/>')
        parts.append(f'<text x="{_LEFT - 8}" y="{y + 4:.1f}" text-anchor="end">{per_cent}</text>')
    for place, row in enumerate(rows):
        parts.append(f'<text x="{_along(place, rows):.1f}" y="{_HEIGHT + 20}" text-anchor="middle">{row[0]:g}</text>')
    parts.append(f'<text x="{(_LEFT + _WIDTH) / 2}" y="{_HEIGHT + 45}" text-anchor="middle">minutes</text>')
    for column, (name, colour) in enumerate(_LINES, 2):
        points = [(_along(place, rows), _up(float(row[column]))) for place, row in enumerate(rows)]
        path = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
        parts.append(f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="2"/>')
        parts += [f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3" fill="{colour}"/>' for x, y in points]
        y = _TOP + 22 * (column - 2)
        parts.append(f'<line x1="{_WIDTH + 12}" x2="{_WIDTH + 32}" y1="{y}" y2="{y}" stroke="{colour}"/>')
        parts.append(f'<text x="{_WIDTH + 38}" y="{y + 4}">{name}</text>')
    return "\n".join([*parts, "</svg>", ""])


def _up(per_cent: float) -> float:
    return _HEIGHT - (_HEIGHT - _TOP) * per_cent / 100


def _along(place: int, rows: Sequence[Row]) -> float:
    return _LEFT + 20 + (_WIDTH - _LEFT - 40) * place / max(1, len(rows) - 1)


if __name__ == "__main__":
    sys.exit(main())
