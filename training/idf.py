"""How telling each stem is, from both kinds of conversation in the training data."""

import math
from collections import Counter
from collections.abc import Iterable

from shared.judgement.text import split
from training.corpora import items
from training.files import write

_AT_LEAST = 3
"""In how many texts a stem must stand to be listed; a rarer one counts as unseen."""
_DIGITS_AT_MOST = 3
"""Longer numbers are telephone numbers, prices and versions: as telling as the unseen, and not ours to keep."""


def texts_of_chats() -> list[str]:
    """Every line that a person wrote in the training chats; what repeats between files, once."""
    return list(
        dict.fromkeys(m["text"] for item in items("replies", "train") for m in item["messages"] if not m["system"])
    )


def texts_of_forums() -> list[str]:
    """Every question and reply of the training threads, each once."""
    threads = items("answers", "train")
    texts = [f"{t['question']['subject']}\n{t['question']['text']}" for t in threads]
    texts += [answer["text"] for t in threads for answer in t["answers"]]
    texts += [c["text"] for item in items("similar", "train") for c in item["candidates"]]
    return list(dict.fromkeys(texts))


def nicknames() -> frozenset[str]:
    """What people call themselves in the training chats, unless forums use it as a word as well."""
    names = {m["author"].lower() for item in items("replies", "train") for m in item["messages"] if m["author"]}
    words = {word for text in texts_of_forums() for word in split(text)[0]}
    return frozenset(stem for name in names - words for stem in (name, *split(name)[1]))


def documents(texts: Iterable[str]) -> Counter[str]:
    """In how many texts each stem stands."""
    counts: Counter[str] = Counter()
    for text in texts:
        counts.update(set(split(text)[1]))
    return counts


def fit() -> None:
    """Write `idf.json`: the mean of both corpora's idf, so that neither's own topics decide alone."""
    corpora = (texts_of_chats(), texts_of_forums())
    counted = [documents(texts) for texts in corpora]
    together = counted[0] + counted[1]

    def idf(stem: str) -> float:
        each = [math.log((1 + len(texts)) / (1 + counts[stem])) for texts, counts in zip(corpora, counted, strict=True)]
        return round(sum(each) / len(each), 2)

    def kept(stem: str, count: int) -> bool:
        return count >= _AT_LEAST and sum(map(str.isdigit, stem)) <= _DIGITS_AT_MOST and stem not in names

    names = nicknames()
    listed = {stem: idf(stem) for stem, count in sorted(together.items()) if kept(stem, count)}
    write(
        "idf",
        {"unseen": round(max(listed.values()), 2), "idf": listed},
        fitted_on="texts of replies.train, answers.train, similar.train",
        figures={"texts": sum(len(texts) for texts in corpora), "stems": len(listed)},
    )
