"""Refit every model: `python -m training`. Deterministic; needs the data beside the checkout."""

import sys
import time

from shared.judgement import models, text
from training import answers, idf, links, openers, similar
from training.corpora import DATA


def main() -> int:
    """Fit in the order in which one needs the other; 1 when the data is absent."""
    if not DATA.exists():
        print(f"The labelled data is not there: {DATA}", file=sys.stderr)
        return 1
    started = time.monotonic()
    idf.fit()
    text.forget()
    for name, fit in (
        ("links", links.fit),
        ("openers", openers.fit),
        ("answers", answers.fit),
        ("similar", similar.fit),
    ):
        figures = ", ".join(f"{what} {value:.1f}" for what, value in fit().items())
        print(f"{name}: {figures}")
    size = sum(path.stat().st_size for path in models.FOLDER.glob("*.json"))
    print(f"{size / 1000:.0f} kB of models in {time.monotonic() - started:.0f} s")
    return 0


sys.exit(main())
