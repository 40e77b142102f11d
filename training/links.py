"""The link model: a softmax over what a message may reply to.

In two passes, as earlier links are evidence for later ones. The first judges every message by what
precedes it alone; its links, each from networks that were not fitted on the same chat, then stand in
for those that the app will have made itself, and the second pass is fitted with them in sight.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

from shared.domain.identity import MessageId
from shared.judgement import thresholds
from shared.judgement.link_features import FAR, NAMES, candidates
from shared.judgement.link_network import LinkNetwork
from shared.judgement.links import weighed
from shared.judgement.utterances import Turns
from shared.judgement.verdicts import Link
from training.corpora import Item, chat, items
from training.files import rounded, write
from training.fitting import f1
from training.listwise import Lists, fit_listwise, softmax
from training.placing import Links, placed
from training.turns import fit_turns, said_of

FOLDS = 3
_UNITS, _EPOCHS, _DECAY = 64, 14, 3e-3
_NETWORKS, _NETWORKS_FIRST = 6, 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Chat:
    """A chat's messages with their candidates, from some messages before those that are labelled."""

    at: NDArray[np.int64]
    sizes: NDArray[np.int64]
    rows: NDArray[np.float32]
    ids: NDArray[np.int64]
    """int64[rows]: what each row stands for; the message itself in the row "starts"."""
    right: NDArray[np.bool_]
    parents: NDArray[np.int64]
    """How many links the annotators gave each message; none before the labelled ones."""

    def labelled(self) -> "Chat":
        """Only the messages that have labels."""
        kept = self.parents > 0
        rows = np.repeat(kept, self.sizes)
        return Chat(
            at=self.at[kept], sizes=self.sizes[kept], rows=self.rows[rows], ids=self.ids[rows],
            right=self.right[rows], parents=self.parents[kept],
        )  # fmt: skip


def read_chat(item: Item, turns: Turns | None, links: Links, *, back: int = FAR) -> Chat:
    """What a chat shows, message by message, with what is known of its links."""
    messages = placed(chat(item), links)
    parents: dict[int, set[int]] = defaultdict(set)
    for child, parent in item["gold"]:
        parents[child].add(parent)
    at, rows, ids = [], [], []
    for place in range(max(0, item["from"] - back), len(messages)):
        if messages[place].said_by_a_person:
            chosen, table = candidates(messages[place], messages[max(0, place - FAR) : place], turns)
            at.append(place)
            rows.append(table)
            ids.append([place, *(int(one.id) for one in chosen)])
    return Chat(
        at=np.asarray(at, np.int64),
        sizes=np.asarray([len(one) for one in ids], np.int64),
        rows=np.concatenate(rows),
        ids=np.concatenate([np.asarray(one) for one in ids]),
        right=np.concatenate([np.isin(one, list(parents[place])) for place, one in zip(at, ids, strict=True)]),
        parents=np.asarray([len(parents[place]) for place in at], np.int64),
    )


def linked(network: LinkNetwork, one: Chat) -> tuple[NDArray[np.float32], Links]:
    """The probability of every row, and the likeliest link of every message."""
    lists = _lists([one])
    starts = lists.starts()
    known = np.clip((one.rows - network.centre) / network.spread, -5, 5)
    scores = np.tanh(known @ network.hidden + network.hidden_bias) @ network.output + known @ network.direct
    chances = softmax(scores, starts, one.sizes)
    found: dict[MessageId, Link] = {}
    for at, start, size in zip(one.at, starts, one.sizes, strict=True):
        ids = [None if other == at else MessageId(str(other)) for other in one.ids[start : start + size]]
        link = weighed(ids, chances[start : start + size])
        found[MessageId(str(at))] = link
    return chances, found


@dataclass(frozen=True, slots=True, kw_only=True)
class Fitted:
    """What fitting gives: the models, and for each chat the links that others' models found in it."""

    turns: Turns
    network: LinkNetwork
    found: tuple[Links, ...]
    figures: Mapping[str, float]


@cache
def fitted() -> Fitted:
    """Both passes; once for the process, as the openers are fitted on the links that are found here."""
    lines = items("replies", "train")
    said = [said_of(item) for item in lines]
    turns = [fit_turns([e for at, one in enumerate(said) if at % FOLDS != fold for e in one]) for fold in range(FOLDS)]
    alone = [read_chat(item, turns[at % FOLDS], {}) for at, item in enumerate(lines)]
    judged = out_of_fold(alone, _NETWORKS_FIRST)
    figures = _figures(alone, [chances for chances, _ in judged], "alone")
    del alone
    chats = [read_chat(item, turns[at % FOLDS], judged[at][1]) for at, item in enumerate(lines)]
    judged = out_of_fold(chats, _NETWORKS)
    figures |= _figures(chats, [chances for chances, _ in judged], "with earlier links")
    return Fitted(
        turns=fit_turns([one for some in said for one in some]),
        network=_network([one.labelled() for one in chats], _NETWORKS),
        found=tuple(links for _, links in judged),
        figures=figures,
    )


def fit() -> dict[str, float]:
    """Write `turns.json` and `links.json`; the figures on folds of train."""
    known = fitted()
    words = {word: list(weights) for word, weights in known.turns.words.items()}
    turns = {"bias": list(known.turns.bias), "words": words}
    write("turns", turns, fitted_on="replies.train", figures={"pieces": len(words)})
    parts = ("centre", "spread", "hidden", "hidden_bias", "output", "direct")
    weights = {part: rounded(getattr(known.network, part)) for part in parts}
    write("links", {"features": list(NAMES), **weights}, fitted_on="replies.train", figures=known.figures)
    return dict(known.figures)


def out_of_fold(chats: Sequence[Chat], networks: int) -> list[tuple[NDArray[np.float32], Links]]:
    """Each chat judged by networks that were fitted on others."""
    labelled = [one.labelled() for one in chats]
    judged: dict[int, tuple[NDArray[np.float32], Links]] = {}
    for fold in range(FOLDS):
        network = _network([one for at, one in enumerate(labelled) if at % FOLDS != fold], networks)
        judged |= {at: linked(network, chats[at]) for at in range(fold, len(chats), FOLDS)}
    return [judged[at] for at in range(len(chats))]


def _network(labelled: Sequence[Chat], networks: int) -> LinkNetwork:
    return fit_listwise(_lists(labelled), units=_UNITS, epochs=_EPOCHS, networks=networks, decay=_DECAY)


def _lists(chats: Sequence[Chat]) -> Lists:
    return Lists(
        rows=np.concatenate([one.rows for one in chats]),
        sizes=np.concatenate([one.sizes for one in chats]),
        right=np.concatenate([one.right for one in chats]),
    )


def _figures(chats: Sequence[Chat], judged: Sequence[NDArray[np.float32]], how: str) -> dict[str, float]:
    best = said = claimed = wanted = messages = 0
    for one, chances in zip(chats, judged, strict=True):
        kept = np.repeat(one.parents > 0, one.sizes)
        claims = kept & (chances >= thresholds.LINK)
        starts = np.concatenate([[0], np.cumsum(one.sizes)[:-1]])
        top = np.maximum.reduceat(chances, starts)
        best += int((one.right & kept & (chances == np.repeat(top, one.sizes))).sum())
        messages += int((one.parents > 0).sum())
        said, claimed = said + int(claims.sum()), claimed + int((claims & one.right).sum())
        wanted += int(one.parents.sum())
    return {
        f"F1 of people's links on folds of train, {how}": f1(said, claimed, wanted),
        f"the same when each message has one, {how}": f1(messages, best, wanted),
    }
