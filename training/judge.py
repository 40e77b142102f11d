"""`make judge`: the judgement on the evaluation files, its figures beside the published ones.

The files and the scorer lie beside the checkout, in ../shared; without them there is nothing to measure.
"""

import importlib.util
import json
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

from training.predict import predict

SHARED = Path(__file__).parent.parent.parent / "shared"
DATA = SHARED / "data" / "judgement"
FILES = {"answers": "answers", "similar": "similar", "replies": "replies", "openers": "replies"}
PUBLISHED = {
    "answers": ("MAP_all 79.2, F1 66.7", ("MAP_all", "F1", "accuracy")),
    "similar": ("MAP_all 76.7", ("MAP_all",)),
    "replies": ("F1 72.3", ("P", "R", "F1")),
    "openers": ("none", ("P", "R", "F1")),
}


def figures(task: str, scorer: ModuleType) -> dict[str, float]:
    """The scorer's metrics for one task on its evaluation file; the predictor is shown no gold."""
    lines = (DATA / f"{FILES[task]}.eval.jsonl").read_text(encoding="utf8").split("\n")
    items = [json.loads(line) for line in lines if line.strip()]
    predictions: dict[str, Any] = {}
    for item in items:
        shown = {name: value for name, value in item.items() if name != "gold"}
        predictions[item["id"]] = predict(task, shown)
    score = getattr(scorer, f"score_{task}")
    found: dict[str, float] = score(items, predictions)
    return found


def _scorer() -> ModuleType:
    specification = importlib.util.spec_from_file_location("score_judgement", SHARED / "score_judgement.py")
    assert specification is not None
    assert specification.loader is not None
    scorer = importlib.util.module_from_spec(specification)
    specification.loader.exec_module(scorer)
    return scorer


def main() -> int:
    """Print a line for each task; exit code 1 where the data is absent."""
    if not DATA.exists():
        print("../shared/data/judgement is not here, so there is nothing to measure", file=sys.stderr)
        return 1
    scorer = _scorer()
    for task, (published, metrics) in PUBLISHED.items():
        found = figures(task, scorer)
        shown = ", ".join(f"{metric} {found[metric]:.1f}" for metric in metrics)
        print(f"{task:<8} {shown:<40} published (another test set): {published}", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
