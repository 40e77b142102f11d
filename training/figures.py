"""What docs/judgement tells of links and openers: `python -m training.figures replies` (or `openers`, or `folds`).

`replies` and `openers` are taken on the evaluation file, through the code that `make judge` runs; `folds` on folds of
the training chats, which needs the fitting of the links and its minutes. Intervals are percentiles of 1,000 draws of
as many files as there are, with replacement. The worst errors are printed with their words, and belong on the screen
alone.
"""

import sys
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from shared.judgement.conversations import conversations, opening_of
from shared.judgement.opener_chat import Chat
from shared.judgement.openers import opens_request
from shared.judgement.verdicts import Verdict
from training import openers
from training.calibration import expected_error, reliability
from training.corpora import Item, chat, items, openers_of
from training.fitting import f1
from training.links import fitted
from training.placing import Links
from training.predict import links_of, opening_due

type Counts = tuple[int, int, int]
"""How many were said, how many of them were right, how many there were to find."""

_DRAWS, _SEED, _WORST = 1_000, 1, 12


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """One thing that was weighed: its probability, whether it was said, whether it is so, and where it stands."""

    chance: float
    said: bool
    right: bool
    where: str


def interval(files: Sequence[Counts]) -> str:
    """Precision, recall and F1 over all files, with the 95 % bootstrap interval of F1 over files."""
    table = np.asarray(files)
    said, right, wanted = (int(one) for one in table.sum(0))
    random = np.random.default_rng(_SEED)
    draws = [table[random.integers(0, len(table), len(table))].sum(0) for _ in range(_DRAWS)]
    low, high = np.percentile([f1(*map(int, draw)) for draw in draws], [2.5, 97.5])
    rates = f"P {100 * right / max(1, said):.1f}, R {100 * right / max(1, wanted):.1f}"
    return f"F1 {f1(said, right, wanted):.1f} ({low:.1f}-{high:.1f}); {rates}; {said} said, {wanted} to find"


def replies() -> None:
    """Links on the evaluation file."""
    files: list[Counts] = []
    told: list[Told] = []
    for item in items("replies", "eval"):
        _, links = links_of(item)
        files.append(_links_counted(item, links, system=True))
        told += _links_told(item, links)
    print("links, eval:", interval(files))
    _calibration(told)
    _worst([one for one in told if one.said and not one.right])


def openers_found() -> None:
    """Openers on the evaluation file, when what came later is known and at once."""
    due: list[list[Told]] = []
    once: list[Told] = []
    wanted: list[int] = []
    for item in items("replies", "eval"):
        messages, links = links_of(item)
        around = Chat(messages, links)
        gold = openers_of(item)
        found: list[Told] = []
        for thread in conversations(messages, links):
            question = opening_of(thread)
            right = int(thread[0].id) in gold
            at_once = opens_request(question, links=links)
            yes = at_once.verdict is Verdict.YES
            once.append(Told(chance=at_once.probability, said=yes, right=right, where=""))
            if any(message.author != thread[0].author for message in thread):
                opening = opening_due(thread, links, around)
                yes, where = opening.verdict is Verdict.YES, f"{item['id']} {thread[0].id}: {thread[0].text[:70]}"
                found.append(Told(chance=opening.probability, said=yes, right=right, where=where))
        reached = {one.where.split(":")[0].split()[-1] for one in found}
        missing = [f"{item['id']} {one}: never looked at" for one in sorted(gold) if str(one) not in reached]
        found += [Told(chance=0.0, said=False, right=True, where=where) for where in missing]
        due.append(found)
        wanted.append(len(gold))
    counts = [
        (sum(t.said for t in file), sum(t.said and t.right for t in file), gold)
        for file, gold in zip(due, wanted, strict=True)
    ]
    print("openers, eval:", interval(counts))
    everything = [one for file in due for one in file]
    _calibration(everything)
    print("at once, as P(request that somebody will answer):")
    _calibration(once)
    _worst([one for one in everything if one.said != one.right])


def folds() -> None:
    """Links and openers on folds of the training chats: judged by models that were not fitted on the same chat."""
    links = [
        _links_counted(i, found, system=False)
        for i, found in zip(items("replies", "train"), fitted().found, strict=True)
    ]
    print("people's links, folds of train:", interval(links))
    print(openers.fit())


def threads_alone() -> None:
    """Openers on the evaluation file as the app knows them: a thread's own messages, and how surely each was placed."""
    files: list[Counts] = []
    for item in items("replies", "eval"):
        messages, links = links_of(item)
        threads: defaultdict[str | None, list[int]] = defaultdict(list)
        for at, message in enumerate(messages):
            if message.said_by_a_person and message.id in links:
                threads[message.thread_id].append(at)
        said: set[int] = set()
        for thread in ([messages[at] for at in some] for some in threads.values()):
            answered = any(message.author != thread[0].author for message in thread)
            if answered and opening_due(thread).verdict is Verdict.YES:
                said.add(int(thread[0].id))
        gold = openers_of(item)
        files.append((len(said), len(said & gold), len(gold)))
    print("openers, eval, a thread by itself:", interval(files))


def _links_counted(item: Item, links: Links, *, system: bool) -> Counts:
    persons = {int(m.id) for m in chat(item) if m.said_by_a_person}
    gold = {(max(pair), min(pair)) for pair in item["gold"] if max(pair) >= item["from"]}
    said: set[tuple[int, int]] = set()
    for child, link in links.items():
        if int(child) >= item["from"]:
            said |= {(int(child), int(link.parent_id or child))} if link.claimed else set()
            said |= {(int(child), int(other)) for other in link.also}
    if not system:
        gold, said = ({pair for pair in some if pair[0] in persons} for some in (gold, said))
    return len(said), len(said & gold), len(gold)


def _links_told(item: Item, links: Links) -> list[Told]:
    gold = {(max(pair), min(pair)) for pair in item["gold"]}
    texts = {m["id"]: m["text"] or "" for m in item["messages"]}
    told = []
    for message in chat(item):
        link = links.get(message.id)
        if link is None or not message.said_by_a_person:
            continue
        child = int(message.id)
        for one, chance in link.weighed:
            parent = child if one is None else int(one)
            best = one == link.parent_id and link.claimed
            meant = "a start" if parent == child else f"a reply to {parent}: {texts[parent][:50]}"
            really = sorted(p for c, p in gold if c == child)
            where = f"{item['id']} {child}: {texts[child][:60]} / {meant} / really {really}"
            told.append(Told(chance=chance, said=best or one in link.also, right=(child, parent) in gold, where=where))
    return told


def _calibration(told: Sequence[Told]) -> None:
    chances = np.asarray([one.chance for one in told], np.float32)
    bins = reliability(chances, np.asarray([one.right for one in told], np.float32))
    print("| P | said | right | how many |\n|---|---|---|---|")
    for said, right, count in bins:
        print(f"| {int(said * 10) / 10:.1f} | {said:.2f} | {right:.2f} | {count:.0f} |")
    print(f"calibration error {expected_error(bins):.1f} points")


def _worst(errors: Sequence[Told]) -> None:
    surest = sorted(errors, key=lambda one: -(one.chance if one.said else 1 - one.chance))
    for one in surest[:_WORST]:
        print(f"{one.chance:.2f} {'said' if one.said else 'missed'} {one.where}")


def main(arguments: Sequence[str]) -> int:
    """Print what is asked for; 2 where it is none of the three."""
    tables = {"replies": (replies,), "openers": (openers_found, threads_alone), "folds": (folds,)}
    if len(arguments) != 1 or arguments[0] not in tables:
        print(f"say one of {', '.join(tables)}", file=sys.stderr)
        return 2
    for table in tables[arguments[0]]:
        table()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
