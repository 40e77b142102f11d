"""The opener model: conversation starts that somebody answered, and forum questions, against replies."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from shared.judgement.models import Linear
from shared.judgement.opener_features import Weighing, features_of, words_of
from training import due, openers_in_chat, openers_meant
from training.corpora import Item, items
from training.files import rounded, write
from training.fitting import Floats, average_precision, fit_logistic
from training.links import FOLDS
from training.turns import fit_turns, said_of

_WORD_IN_TEXTS = 25
"""In how many texts of either corpus a word must stand, so that no place's own topics vote."""
_SAY_ONLY_THAT_IT_STARTS = frozenset({"hi", "hello", "hey", "guys", "all", "everyone", "everybody", "morning", "here"})
"""Words that tell a start from a reply and not a request from small talk; left to the link model."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Example:
    """A text that opens a request, or does not; `start` when it starts a conversation of a chat."""

    text: str
    opens: bool
    start: bool = False


def of_chat(item: Item) -> list[Example]:
    """Starts that another person answered, against everything that replies.

    A start that nobody answered is left out where it may be a request all the same, so that
    silence is not taken for small talk.
    """
    author = {m["id"]: m["author"] for m in item["messages"]}
    starts = {child for child, parent in item["gold"] if child == parent and author[child]}
    answered = {p for c, p in item["gold"] if c != p and author[c] and author[p] and author[c] != author[p]}
    replies = {child for child, parent in item["gold"] if child != parent and author[child]} - starts
    texts = {m["id"]: m["text"] for m in item["messages"]}
    found = [Example(text=texts[at], opens=True, start=True) for at in sorted(starts & answered)]
    return found + [Example(text=texts[at], opens=False) for at in sorted(replies) if at >= item["from"]]


def of_forum(item: Item) -> list[Example]:
    """The question against its replies."""
    question = item["question"]
    found = [Example(text=f"{question['subject']}\n{question['text']}", opens=True)]
    return found + [Example(text=answer["text"], opens=False) for answer in item["answers"]]


def fit() -> dict[str, float]:
    """Write `openers.json` (how requests sound), `openers-meaning.json` (what they mean) and the models with replies;
    the figures on folds of train."""
    chats = [of_chat(item) for item in items("replies", "train")]
    forums = [of_forum(item) for item in items("answers", "train")]
    vocabulary = common_words(chats, forums)
    scores = []
    weighings: list[Weighing] = []
    said = [said_of(item) for item in items("replies", "train")]
    for fold in range(FOLDS):
        some = [e for at, one in enumerate(chats) if at % FOLDS != fold for e in one]
        some += [e for at, one in enumerate(forums) if at % FOLDS != fold for e in one]
        weights, bias, names = _fitted(some, vocabulary)
        shown = [e for at, one in enumerate(chats) if at % FOLDS == fold for e in one]
        ranked = _table(shown, names) @ weights + bias
        scores.append(average_precision(list(map(float, ranked)), [e.opens for e in shown]) or 0.0)
        turns = fit_turns([e for at, one in enumerate(said) if at % FOLDS != fold for e in one])
        weighings.append(Weighing(asks=_linear(weights, bias, names), turns=turns))
    figures = {"average precision on folds of train, answered starts among replies": float(np.mean(scores))}
    asks = _linear(*_fitted([e for one in (*chats, *forums) for e in one], vocabulary))
    write(
        "openers",
        {"bias": asks.bias, "features": asks.features, "words": asks.words},
        fitted_on="replies.train (starts and replies), answers.train (questions and replies)",
        figures=figures,
    )
    return figures | openers_meant.fit() | due.fit(weighings) | openers_in_chat.fit(weighings)


def _linear(weights: Floats, bias: float, names: Sequence[str]) -> Linear:
    fitted = dict(zip(names, rounded(weights), strict=True))
    return Linear(
        bias=float(f"{bias:.4g}"),
        features={name: w for name, w in fitted.items() if not name.startswith("word ")},
        words={name[5:]: w for name, w in fitted.items() if name.startswith("word ")},
    )


def common_words(chats: Sequence[Sequence[Example]], forums: Sequence[Sequence[Example]]) -> list[str]:
    """The words that stand in enough texts of both corpora."""
    counts = [Counter(w for one in each for e in one for w in words_of(e.text)) for each in (chats, forums)]
    both = (counts[0].keys() & counts[1].keys()) - _SAY_ONLY_THAT_IT_STARTS
    return sorted(word for word in both if min(count[word] for count in counts) >= _WORD_IN_TEXTS)


def _table(shown: Sequence[Example], names: Sequence[str]) -> Floats:
    column = {name: at for at, name in enumerate(names)}
    table = np.zeros((len(shown), len(names)), np.float32)
    for row, example in enumerate(shown):
        for name, value in features_of(example.text).items():
            if name in column:
                table[row, column[name]] = value
        known = [at for word in words_of(example.text) if (at := column.get(f"word {word}")) is not None]
        table[row, known] = 1 / max(1, len(known)) ** 0.5
    return table


def _fitted(shown: Sequence[Example], vocabulary: Sequence[str]) -> tuple[Floats, float, list[str]]:
    dense = sorted({name for example in shown for name in features_of(example.text)})
    names = [*dense, *(f"word {word}" for word in vocabulary)]
    labels = np.asarray([example.opens for example in shown], np.float32)
    each = np.where(labels == 1, 1 / labels.sum(), 1 / (1 - labels).sum()).astype(np.float32)
    costs = np.asarray([1e-4] * len(dense) + [3e-4] * len(vocabulary), np.float32)
    weights, bias = fit_logistic(_table(shown, names), labels, penalties=costs, weights=each, rounds=400)
    return weights, bias, names
