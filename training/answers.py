"""The answer model: replies of forum threads labelled good, against the others.

First guesses are fitted, then the last step on what they say of threads that they were not
fitted on; its log-odds are calibrated on threads that none of it was fitted on.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy import sparse  # type: ignore[import-untyped]
from sklearn.linear_model import LogisticRegression  # type: ignore[import-untyped]

from shared.judgement import replies as judged
from shared.judgement import thresholds
from shared.judgement.cues import Cue
from shared.judgement.meaning import Meanings, rows
from shared.judgement.phrases import phrases_of, weighed
from shared.judgement.reply_features import Asked, Floats, by_meaning, by_words
from training.answer_network import fit_answer_network
from training.calibration import expected_error, platt, reliability
from training.corpora import Item, folds, items
from training.embedding import meanings_of
from training.files import packed, rounded, write
from training.fitting import f1, fit_logistic, mean_average_precision
from training.matching import TURNS, fit_matching

_IN_REPLIES = 5
"""In how many replies a phrase must stand to be weighed."""
_DIGITS_AT_MOST = 3
"""Longer numbers are telephone numbers, and not ours to keep."""
_WORDED, _ASKER, _MEANT = 0.5, 1.0, 1.0
"""How little the weights of each first guess cost (1 / penalty); the first two best on folds, the others by default."""
_LAST = 0.06
"""What a squared weight of the last step costs; flat between 0.02 and 0.1 on folds."""
_SHARED = 8.0
"""Products of two meanings are this much smaller than meanings, so that both cost alike."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Thread:
    """A question with its replies, in order, which of them are good, and which are the asker's."""

    asked: Asked
    replies: tuple[str, ...]
    good: tuple[bool, ...]
    by_asker: tuple[bool, ...]


def thread_of(item: Item) -> Thread:
    """A line of the data."""
    question = item["question"]
    asker = question.get("author")
    return Thread(
        asked=Asked(subject=question["subject"] or "", body=question["text"] or ""),
        replies=tuple(answer["text"] for answer in item["answers"]),
        good=tuple(item["gold"][answer["id"]] == "Good" for answer in item["answers"]),
        by_asker=tuple(asker is not None and answer.get("author") == asker for answer in item["answers"]),
    )


def fit() -> dict[str, float]:
    """Write `answers.json`; the figures on folds of train."""
    threads = [thread_of(item) for item in items("answers", "train")]
    meanings = meanings_of(text for t in threads for text in judged.texts_to_embed(t.asked, t.replies))
    unseen = _unseen(threads, meanings)
    content = _fitted(threads, meanings)
    figures: dict[str, float] = {}
    reliabilities = {}
    for final in content["finals"]:
        kind = final["with_meaning"], final["asker_known"]
        pairs = [(logits[kind], thread) for logits, thread in unseen]
        scores, good = np.concatenate([one for one, _ in pairs]), _good(threads_of(pairs))
        final["slope"], final["shift"] = (float(f"{number:.4g}") for number in platt(scores, good))
        calm = (1 / (1 + np.exp(-(scores * final["slope"] + final["shift"])))).astype(np.float32)
        reliabilities[_named(*kind)] = reliability(calm, good)
        figures |= {f"{what}, {_named(*kind)}": value for what, value in _figures(calm, threads_of(pairs)).items()}
        figures[f"calibration error, {_named(*kind)}"] = expected_error(reliabilities[_named(*kind)])
    content["reliability"] = reliabilities
    write("answers", content, fitted_on="answers.train", figures=figures)
    judged.forget()
    return {name: value for name, value in figures.items() if name.endswith(_named(True, False))}


def threads_of(pairs: Sequence[tuple[Any, Thread]]) -> list[Thread]:
    """The threads of (logits, thread)."""
    return [thread for _, thread in pairs]


def _named(with_meaning: bool, asker_known: bool) -> str:
    return f"{'meaning and words' if with_meaning else 'words alone'}, asker {'known' if asker_known else 'hidden'}"


def _unseen(threads: Sequence[Thread], meanings: Meanings) -> list[tuple[dict[tuple[bool, bool], Floats], Thread]]:
    """Of each thread the last step's log-odds, by models that it had no part in."""
    found = []
    for fitting, judging in folds(threads):
        model = judged.model_of(_fitted(fitting, meanings))
        for thread in judging:
            logits = {}
            for (with_meaning, asker_known), final in model.finals.items():
                said = thread.by_asker if asker_known else None
                known = meanings if with_meaning else {}
                guesses = judged.first_guesses(model, thread.asked, thread.replies, known, said)
                names = model.features[with_meaning]
                logits[with_meaning, asker_known] = final.logits(
                    judged.table(names, thread.asked, thread.replies, meanings, guesses)
                )
            found.append((logits, thread))
    return found


def _fitted(threads: Sequence[Thread], meanings: Meanings) -> dict[str, Any]:
    """The content of the model file, not calibrated yet."""
    content = _first(threads, meanings)
    guessed = _guessed(threads, meanings)
    names = names_of(threads[0], meanings)
    content["features"] = names
    content["finals"] = [
        _last(threads, meanings, guessed, names, with_meaning=with_meaning, asker_known=asker_known)
        for with_meaning in (True, False)
        for asker_known in (True, False)
    ]
    return content


def names_of(thread: Thread, meanings: Meanings) -> dict[str, list[str]]:
    """The plain numbers by name, those of words and those of meaning."""
    cues = [f"cue {cue}" for cue in Cue]
    worded = {name for one in by_words(thread.asked, thread.replies) for name in one if not name.startswith("cue ")}
    return {
        "words": [*cues, *sorted(worded)],
        "meaning": sorted(by_meaning(thread.asked, thread.replies, meanings)[0]),
    }


def _first(threads: Sequence[Thread], meanings: Meanings) -> dict[str, Any]:
    """The parts of the model file that hold the first guesses."""
    replies = [reply for thread in threads for reply in thread.replies]
    counts = Counter(phrase for reply in replies for phrase in phrases_of(reply))
    kept = sorted(p for p, n in counts.items() if n >= _IN_REPLIES and sum(map(str.isdigit, p)) <= _DIGITS_AT_MOST)
    idf = {phrase: round(float(np.log((1 + len(replies)) / (1 + counts[phrase])) + 1), 3) for phrase in kept}
    bags = _bags(replies, idf)
    worded, worded_bias = _regression(bags, _good(threads), _WORDED)
    asker, asker_bias = _regression(bags, _asker(threads), _ASKER)
    meant, meant_bias = _regression(_meant(threads, meanings), _good(threads), _MEANT)
    half = len(meant) // 2
    return {
        "phrase_bias": [worded_bias, asker_bias],
        "phrases": {p: [idf[p], *pair] for p, *pair in zip(kept, rounded(worded), rounded(asker), strict=True)},
        "meaning": {
            "bias": meant_bias,
            "reply": rounded(meant[:half]),
            "shared": rounded(meant[half:] * np.float32(_SHARED)),
        },
        "matching": _matching(threads, meanings),
    }


def _matching(threads: Sequence[Thread], meanings: Meanings) -> dict[str, Any]:
    fitted = fit_matching(
        rows(meanings, [thread.asked.whole for thread in threads]),
        rows(meanings, [reply for thread in threads for reply in thread.replies]),
        [at for at, thread in enumerate(threads) for _ in thread.replies],
        _good(threads),
    )
    return {
        "turns": TURNS,
        "question": packed(fitted.question_side),
        "reply": packed(fitted.reply_side),
        "suits": rounded(fitted.suits),
    }


def _bags(replies: Sequence[str], idf: Mapping[str, float]) -> Any:
    column = {phrase: at for at, phrase in enumerate(idf)}
    telling = {phrase: (value,) for phrase, value in idf.items()}
    found = [weighed(reply, telling) for reply in replies]
    values = [value for bag in found for value in bag.values()]
    columns = [column[phrase] for bag in found for phrase in bag]
    starts = np.cumsum([0, *map(len, found)])
    return sparse.csr_matrix((values, columns, starts), shape=(len(replies), len(idf)))


def _meant(threads: Sequence[Thread], meanings: Meanings) -> Floats:
    tables = []
    for thread in threads:
        mine, whole = rows(meanings, thread.replies), rows(meanings, [thread.asked.whole])
        tables.append(np.concatenate([mine, mine * whole * np.float32(_SHARED)], axis=1))
    return np.concatenate(tables)


def _regression(table: Any, wanted: Floats, strength: float) -> tuple[Floats, float]:
    fitted = LogisticRegression(C=strength, max_iter=1000, tol=1e-6).fit(table, wanted)
    return fitted.coef_[0].astype(np.float32), float(f"{fitted.intercept_[0]:.4g}")


def _guessed(threads: Sequence[Thread], meanings: Meanings) -> dict[int, Any]:
    """By the thread's place, its first guesses (with the asker hidden) by models that it had no part in."""
    found: dict[int, Any] = {}
    for fitting, judging in folds(list(enumerate(threads))):
        part = _first([thread for _, thread in fitting], meanings)
        model = judged.model_of(part | {"features": {"words": [], "meaning": []}, "finals": []})
        for at, thread in judging:
            found[at] = judged.first_guesses(model, thread.asked, thread.replies, meanings, None)
    return found


def _last(
    threads: Sequence[Thread],
    meanings: Meanings,
    guessed: Mapping[int, Floats],
    names: Mapping[str, list[str]],
    *,
    with_meaning: bool,
    asker_known: bool,
) -> dict[str, Any]:
    tables = _tables(threads, meanings, guessed, names, with_meaning=with_meaning, asker_known=asker_known)
    kind = {"with_meaning": with_meaning, "asker_known": asker_known, "slope": 1.0, "shift": 0.0}
    table = np.concatenate(tables)
    if with_meaning:
        return kind | _network(table, _good(threads), sum(map(len, names.values())) + guessed[0].shape[1])
    return kind | _logistic(table, _good(threads))


def _tables(
    threads: Sequence[Thread],
    meanings: Meanings,
    guessed: Mapping[int, Floats],
    names: Mapping[str, list[str]],
    *,
    with_meaning: bool,
    asker_known: bool,
) -> list[Floats]:
    """Of each thread what the last step weighs."""
    wanted = [*names["words"], *(names["meaning"] if with_meaning else [])]
    tables = []
    for at, thread in enumerate(threads):
        guesses = guessed[at][:, : None if with_meaning else 2].copy()
        if asker_known:
            guesses[:, 1] = np.where(thread.by_asker, judged.ASKER_KNOWN, -judged.ASKER_KNOWN)
        tables.append(judged.table(wanted, thread.asked, thread.replies, meanings, guesses))
    return tables


def tables_beside(
    fitting: Sequence[Thread], judging: Sequence[Thread], meanings: Meanings
) -> tuple[list[Floats], list[Floats]]:
    """What the last step weighs of threads that it is fitted on, and of others; the asker hidden."""
    guessed, names = _guessed(fitting, meanings), names_of(fitting[0], meanings)
    known = _tables(fitting, meanings, guessed, names, with_meaning=True, asker_known=False)
    model = judged.model_of(_first(fitting, meanings) | {"features": names, "finals": []})
    unseen = []
    for thread in judging:
        guesses = judged.first_guesses(model, thread.asked, thread.replies, meanings, None)
        unseen.append(judged.table(model.features[True], thread.asked, thread.replies, meanings, guesses))
    return known, unseen


def _network(table: Floats, good: Floats, plain: int) -> dict[str, Any]:
    fitted = fit_answer_network(table, good, plain=plain)
    return {
        "bias": float(f"{fitted.bias:.4g}"),
        **{part: rounded(getattr(fitted, part)) for part in ("centre", "spread", "hidden_bias", "output")},
        "direct": packed(fitted.direct),
        "hidden": packed(fitted.hidden),
    }


def _logistic(table: Floats, good: Floats) -> dict[str, Any]:
    mean, spread = table.mean(axis=0), table.std(axis=0)
    spread[spread < 1e-6] = 1.0
    costs = np.full(table.shape[1], _LAST, np.float32)
    weights, bias = fit_logistic(((table - mean) / spread).astype(np.float32), good, penalties=costs)
    plain = weights / spread
    return {"bias": float(f"{bias - float(mean @ plain):.4g}"), "weights": rounded(plain)}


def _good(threads: Sequence[Thread]) -> Floats:
    return np.asarray([good for thread in threads for good in thread.good], np.float32)


def _asker(threads: Sequence[Thread]) -> Floats:
    return np.asarray([said for thread in threads for said in thread.by_asker], np.float32)


def _figures(probabilities: Floats, threads: Sequence[Thread]) -> dict[str, float]:
    rest = iter(map(float, probabilities))
    rankings = [([next(rest) for _ in thread.replies], thread.good) for thread in threads]
    good = _good(threads) > 0
    said = probabilities >= thresholds.ANSWER
    return {
        "MAP_all": mean_average_precision(rankings),
        "F1": f1(int(said.sum()), int((said & good).sum()), int(good.sum())),
    }
