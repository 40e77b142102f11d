"""The model of openers with the whole chat known: boosted trees over what stands around each possible start."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from sklearn.ensemble import HistGradientBoostingClassifier  # type: ignore[import-untyped]

from shared.domain.messages import Message
from shared.judgement.conversations import conversations, opening_of
from shared.judgement.opener_chat import Chat
from shared.judgement.opener_features import Weighing, text_of
from shared.judgement.opener_meaning import MEANT, fitted_beside
from shared.judgement.trees import Tree, Trees
from training.corpora import chat, items, openers_of
from training.files import write
from training.fitting import f1
from training.links import FOLDS, fitted
from training.openers_meant import told, vectors_of
from training.placing import Links, placed

_SETTINGS = {
    "max_iter": 200, "learning_rate": 0.05, "max_leaf_nodes": 8, "min_samples_leaf": 30, "l2_regularization": 5.0,
    "max_features": 0.3, "random_state": 0, "early_stopping": False,
}  # fmt: skip
_CUTS = np.arange(0.25, 0.56, 0.05)


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """What may have opened a request, of many chats, and whether it did."""

    chat: NDArray[np.int64]
    rows: tuple[Mapping[str, float], ...]
    opens: NDArray[np.bool_]
    wanted: NDArray[np.int64]
    """How many openers each chat has, those that no row stands for included."""
    texts: tuple[str, ...] = ()
    """What each begins with, where meaning is weighed."""

    def f1_at(self, cut: float, chances: NDArray[np.float64], chats: NDArray[np.bool_]) -> float:
        """F1 on the chosen chats (bool[chats]) where what is at least so likely is said."""
        said = (chances >= cut) & chats[self.chat]
        return f1(int(said.sum()), int(self.opens[said].sum()), int(self.wanted[chats].sum()))


def possible(
    messages: Sequence[Message], links: Links, weighing: Weighing
) -> dict[int, tuple[str, Mapping[str, float]]]:
    """How each conversation that others took up begins, and what is known of its start."""
    around = Chat(messages, links, weighing)
    return {
        int(thread[0].id): (text_of(opening_of(thread)), around.numbers(thread[0].id))
        for thread in conversations(messages, links)
        if any(message.author != thread[0].author for message in thread)
    }


def shown_by(weighings: Sequence[Weighing]) -> Shown:
    """The training chats with links and words weighed by models that were not fitted on the same chat."""
    at_chat, texts, rows, opens, wanted = [], [], [], [], []
    for at, (item, links) in enumerate(zip(items("replies", "train"), fitted().found, strict=True)):
        right = openers_of(item)
        wanted.append(len(right))
        asked_about = {one: link for one, link in links.items() if int(one) >= item["from"]}
        found = possible(placed(chat(item), links), asked_about, weighings[at % FOLDS])
        for one, (text, numbers) in found.items():
            at_chat.append(at)
            texts.append(text)
            rows.append(numbers)
            opens.append(one in right)
    return Shown(
        chat=np.asarray(at_chat, np.int64),
        rows=tuple(rows),
        opens=np.asarray(opens, np.bool_),
        wanted=np.asarray(wanted, np.int64),
        texts=tuple(texts),
    )


def fit(weighings: Sequence[Weighing]) -> dict[str, float]:
    """Write `openers-chat.json`, and the one that weighs meaning beside; the figures on folds of train."""
    shown = shown_by(weighings)
    figures = _written("openers-chat", [shown] * FOLDS, shown, "the chat known")
    views = [_with_meaning(shown, without) for without in (*range(FOLDS), None)]
    return figures | _written(fitted_beside("openers-chat"), views[:FOLDS], views[FOLDS], "the chat and meaning known")


def _with_meaning(shown: Shown, without: int | None) -> Shown:
    said = told(vectors_of(shown.texts), shown.chat, without)
    return replace(shown, rows=tuple({**row, MEANT: float(one)} for row, one in zip(shown.rows, said, strict=True)))


def _written(name: str, views: Sequence[Shown], shown: Shown, how: str) -> dict[str, float]:
    names = sorted({one for row in shown.rows for one in row})
    figures = _figures(out_of_fold(views, names), shown, how)
    model = grown(shown, names, np.ones(len(shown.rows), np.bool_))
    content = {"bias": model.bias, "features": list(model.features), "trees": model.trees}
    write(name, content, fitted_on="replies.train (possible starts that others took up)", figures=figures)
    return figures


def out_of_fold(views: Sequence[Shown], names: Sequence[str]) -> NDArray[np.float64]:
    """P(opener) of each row, by trees that were not fitted on the same chat; `views` are the rows as they look while
    each fold is left out."""
    chances = np.zeros(len(views[0].rows))
    for fold, shown in enumerate(views):
        judging = shown.chat % FOLDS == fold
        model = grown(shown, names, ~judging)
        chances[judging] = [1 / (1 + np.exp(-model.logit(shown.rows[at]))) for at in np.flatnonzero(judging)]
    return chances


def grown(shown: Shown, names: Sequence[str], chosen: NDArray[np.bool_]) -> Trees:
    """Trees fitted on the chosen rows, with numbers rounded as the file has them."""
    table = [[row.get(name, 0.0) for name in names] for row, one in zip(shown.rows, chosen, strict=True) if one]
    model = HistGradientBoostingClassifier(**_SETTINGS).fit(np.asarray(table), shown.opens[chosen])
    # What scikit-learn grows is only to be had from attributes that it does not promise: the pins hold it still.
    return Trees(
        bias=float(f"{model._baseline_prediction.item():.4g}"),
        features=tuple(names),
        trees=tuple(_tree(one[0].nodes) for one in model._predictors),
    )


def _tree(nodes: NDArray[np.void]) -> Tree:
    return tuple(
        (-1, float(f"{node['value']:.3g}"), 0, 0)
        if node["is_leaf"]
        else (int(node["feature_idx"]), float(f"{node['num_threshold']:.6g}"), int(node["left"]), int(node["right"]))
        for node in nodes
    )


def _figures(chances: NDArray[np.float64], shown: Shown, how: str) -> dict[str, float]:
    folds = np.arange(len(shown.wanted)) % FOLDS
    everywhere = np.ones(len(folds), np.bool_)
    at = {float(cut): shown.f1_at(cut, chances, everywhere) for cut in _CUTS}
    best = max(at, key=at.__getitem__)
    chosen = np.zeros(len(chances), np.bool_)
    for fold in range(FOLDS):
        others = folds != fold
        _, cut = max((shown.f1_at(one, chances, others), one) for one in _CUTS)
        chosen |= (chances >= cut) & ~others[shown.chat]
    nested = f1(int(chosen.sum()), int(shown.opens[chosen].sum()), int(shown.wanted.sum()))
    return {
        f"F1 of openers on folds of train, {how}": at[best],
        f"{how}, at a probability of": best,
        f"{how}, each fold cut where the others are best": nested,
    }
