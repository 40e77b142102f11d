"""The figures of docs/judgement/answers.md and seen-before.md, beyond those that the model files carry.

`python -m training.answer_figures` prints them: bootstrap intervals, what each group of features brings,
reliability, and the surest mistakes by their ids. Takes some ten minutes of one core.
"""

import re
import sys
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from shared.judgement import replies as judged
from shared.judgement import similar as sameness
from shared.judgement.verdicts import Candidate, Match, Verdict
from training import answers, similar
from training.answer_network import fit_answer_network
from training.calibration import reliability
from training.corpora import DATA, Item, folds, items
from training.embedding import meanings_of
from training.fitting import SEED, average_precision, f1
from training.predict import predict

_SAMPLES = 2000
_NUMBERS_OF = {
    "cues": r"cue ",
    "form of the reply": r"(length|letters|words|long words|very |question marks|asks$|ends|loud|trails|smiles|capitals"
    r"|digits|address|number|telephone|names|of |longer than)",
    "place, and thanks and questions around": r"(thanks|a question|questions before|place$|first$|question's)",
    "words shared with the question": r"(likeness|shares|new words|like the subject)",
    "words shared with other replies": r"said by",
    "numbers of meaning": r"(means|meant|goes on|place by)",
    "guess by wording": r"guess worded",
    "guess whether the asker speaks": r"guess asker",
    "guess by meaning": r"guess meant",
    "whose reply it is": r"guess (matched|suits)",
    "all guesses": r"guess ",
    "the meanings themselves": r"meaning ",
    "all meaning": r"(means|meant|goes on|place by|guess (meant|matched|suits)|meaning )",
}
"""By regular expression on the names of inputs."""

type Scores = list[tuple[list[float], tuple[bool, ...]]]


def interval(units: Sequence[Any], figure: Callable[[Sequence[Any]], float]) -> str:
    """A figure with its 95 % bootstrap interval over these units, from 2,000 samples."""
    random = np.random.default_rng(SEED)
    drawn = [figure([units[at] for at in random.integers(0, len(units), len(units))]) for _ in range(_SAMPLES)]
    low, high = np.percentile(drawn, [2.5, 97.5])
    return f"{figure(units):.1f} ({low:.1f}–{high:.1f})"


def auc_within(scores: Scores) -> float:
    """100 × how often a good reply stands above another of the same thread, over all such pairs."""
    won = pairs = 0.0
    for said, good in scores:
        numbers, flags = np.asarray(said), np.asarray(good)
        ahead = numbers[flags][:, None] - numbers[~flags][None, :]
        won, pairs = won + float((ahead > 0).sum()) + float((ahead == 0).sum()) / 2, pairs + ahead.size
    return 100 * won / pairs


def _mean(values: Sequence[float]) -> float:
    return sum(values) / len(values)


def _f1_of(counts: Sequence[tuple[int, int, int]]) -> float:
    said, right, wanted = (sum(column) for column in zip(*counts, strict=True))
    return f1(said, right, wanted)


def answers_on_eval() -> None:
    """Intervals, reliability and the ten surest mistakes on the evaluation file, through `predict`."""
    precisions: list[float] = []
    counts: list[tuple[int, int, int]] = []
    chances: list[float] = []
    goods: list[bool] = []
    mistakes: list[tuple[float, str]] = []
    for item in items("answers", "eval"):
        found = predict("answers", _stripped(item))
        ids = [answer["id"] for answer in item["answers"]]
        good = [item["gold"][one] == "Good" for one in ids]
        scores = [found["scores"][one] for one in ids]
        precisions.append(average_precision(scores, good) or 0.0)
        said = set(found["good"])
        counts.append((len(said), sum(flag for one, flag in zip(ids, good, strict=True) if one in said), sum(good)))
        chances, goods = [*chances, *scores], [*goods, *good]
        mistakes.extend(
            (abs(p - g), f"{item['id']}:{i} {p:.2f} {item['gold'][i]}")
            for i, p, g in zip(ids, scores, good, strict=True)
        )
    print("answers, eval: MAP_all", interval(precisions, _mean), "F1", interval(counts, _f1_of))
    print("  reliability", reliability(np.asarray(chances, np.float32), np.asarray(goods, np.float32)))
    print("  surest mistakes", [text for _, text in sorted(mistakes, reverse=True)[:10]])


def answers_on_folds() -> None:
    """What each group of inputs brings on folds of train, with a sentence model and the asker hidden."""
    threads = [answers.thread_of(item) for item in items("answers", "train")]
    meanings = meanings_of(text for t in threads for text in judged.texts_to_embed(t.asked, t.replies))
    parts = [answers.tables_beside(fitting, judging, meanings) for fitting, judging in folds(threads)]
    names = _input_names(answers.names_of(threads[0], meanings), parts[0][0][0].shape[1])
    for what, pattern in {"nothing": r"(?!)", **_NUMBERS_OF}.items():
        without = np.asarray([re.match(pattern, name) is None for name in names], np.float32)
        scores: Scores = []
        for (fitting, judging), (fitted_on, judged_on) in zip(folds(threads), parts, strict=True):
            good = np.asarray([flag for thread in fitting for flag in thread.good], np.float32)
            plain = sum(not name.startswith("meaning ") for name in names)
            network = fit_answer_network(np.concatenate(fitted_on) * without, good, plain=plain)
            scores.extend(
                ([*map(float, network.logits(table * without))], thread.good)
                for table, thread in zip(judged_on, judging, strict=True)
            )
        precisions = [average_precision(said, good) or 0.0 for said, good in scores]
        counts = [(sum(s >= 0 for s in said), sum(s >= 0 for s, g in zip(said, good, strict=True) if g), sum(good))
                  for said, good in scores]  # fmt: skip
        print(
            f"answers, folds, without {what}: MAP_all {interval(precisions, _mean)}, AUC within threads "
            f"{auc_within(scores):.1f}, F1 {interval(counts, _f1_of)}",
            flush=True,
        )


def _input_names(names: Mapping[str, Sequence[str]], inputs: int) -> list[str]:
    known = [
        *names["words"],
        *names["meaning"],
        *(f"guess {g}" for g in ("worded", "asker", "meant", "matched", "suits")),
    ]
    return [*known, *(f"meaning {at}" for at in range(inputs - len(known)))]


def similar_on_eval() -> None:
    """The interval, what is shown, and the ten queries that are ranked worst, through `rank`."""
    lines = items("similar", "eval")
    meanings = meanings_of(text for line in lines for text in (line["query"], *(c["text"] for c in line["candidates"])))
    precisions, worst, shown = [], [], []
    for line in lines:
        candidates = [Candidate(id=c["id"], question=c["text"], answers="") for c in line["candidates"]]
        matches = sameness.rank(line["query"], candidates, meanings)
        found = [line["gold"][match.id] != "Irrelevant" for match in matches]
        precision = average_precision([-at for at in range(len(found))], found)
        precisions.append(precision or 0.0)
        if precision is not None:
            worst.append(
                (precision, f"{line['id']} {precision:.0f} first: {matches[0].id} {line['gold'][matches[0].id]}")
            )
        yes = [match for match in matches if match.same is Verdict.YES]
        if yes:
            shown.append(line["gold"][max(yes, key=_chance).id])
    print("similar, eval: MAP_all", interval(precisions, _mean))
    print(
        "  shown", len(shown), "right", sum(one != "Irrelevant" for one in shown), "same", shown.count("PerfectMatch")
    )
    print("  with something to find", len(worst), "worst", [text for _, text in sorted(worst)[:10]])


def _chance(match: Match) -> float:
    return match.probability


def similar_on_folds() -> None:
    """The interval on folds of train."""
    lines = items("similar", "train")
    meanings = meanings_of(text for line in lines for text in (line["query"], *(c["text"] for c in line["candidates"])))
    queries = [similar.query_of(line, meanings) for line in lines]
    scores = similar.ranked_unseen(queries)
    precisions = [average_precision([*map(float, s)], q.found) or 0.0 for s, q in zip(scores, queries, strict=True)]
    print("similar, folds: MAP_all", interval(precisions, _mean))


def _stripped(item: Item) -> Item:
    return {name: value for name, value in item.items() if name != "gold"}


def main() -> int:
    """Print all; exit code 1 where the data is absent."""
    if not DATA.exists():
        print(f"The labelled data is not there: {DATA}", file=sys.stderr)
        return 1
    for figures in (similar_on_eval, similar_on_folds, answers_on_eval, answers_on_folds):
        figures()
    return 0


if __name__ == "__main__":
    sys.exit(main())
