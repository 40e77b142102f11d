"""How sure an opener can be known, and when: precision and recall against the time that has passed since it was said.

`python -m training.delay` prints the table of docs/judgement/openers.md, from the evaluation file.
"""

import sys
from datetime import timedelta

from shared.judgement.conversations import conversations, opening_of
from shared.judgement.openers import opens_request
from shared.judgement.verdicts import Verdict
from training.corpora import Item, items
from training.predict import links_of

DELAYS = (0.0, 1.0, 2.0, 5.0, 10.0, 60.0)
"""Minutes; at 0 nothing is known but the words and what came before."""
RECALL = 0.4


def main() -> int:
    """Print a line for each delay: what is said to be a request then, and how often that is right."""
    said: dict[float, list[tuple[float, bool, bool]]] = {delay: [] for delay in DELAYS}
    wanted = 0
    for item in items("replies", "eval"):
        shown = {name: value for name, value in item.items() if name != "gold"}
        gold = _openers(item)
        wanted += len(gold)
        messages, links = links_of(shown)
        for thread in conversations(messages, links):
            question = opening_of(thread)
            for delay in DELAYS:
                by_then = question[-1].created_at + timedelta(minutes=delay)
                later = [m for m in thread[len(question) :] if m.created_at <= by_then] if delay else None
                opening = opens_request(question, later=later, links=links)
                # The label wants an answer: from the first minute on, one that is still waiting is not counted.
                heard = later is None or any(m.author != question[0].author for m in later)
                right = int(thread[0].id) in gold
                said[delay].append((opening.probability * heard, heard and opening.verdict is Verdict.YES, right))
    print("| minutes | said | precision | recall | precision at recall 0.4 |\n|---|---|---|---|---|")
    for delay, judged in said.items():
        yes = [right for _, claimed, right in judged if claimed]
        row = (f"{delay:g}", len(yes), f"{100 * sum(yes) / max(1, len(yes)):.1f}", f"{100 * sum(yes) / wanted:.1f}")
        print(f"| {' | '.join(map(str, row))} | {_precision_at(RECALL, judged, wanted):.1f} |")
    return 0


def _openers(item: Item) -> set[int]:
    """What starts a conversation and is answered by somebody else, as the scorer has it."""
    author = {message["id"]: message["author"] for message in item["messages"]}
    starts = {one for one, parent in item["gold"] if one == parent and one >= item["from"] and author[one]}
    replied = ((one, parent) for one, parent in item["gold"] if author.get(one) and author.get(parent))
    return starts & {parent for one, parent in replied if author[one] != author[parent]}


def _precision_at(recall: float, judged: list[tuple[float, bool, bool]], wanted: int) -> float:
    """Precision, in per cent, of the surest ones that together reach a recall; 0 where it is not reached."""
    right = 0
    for count, (_, _, is_one) in enumerate(sorted(judged, key=lambda one: -one[0]), 1):
        right += is_one
        if right >= recall * wanted:
            return 100 * right / count
    return 0.0


if __name__ == "__main__":
    sys.exit(main())
