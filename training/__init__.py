"""Fits the judgement's small models from labelled data and writes them beside it; never deployed."""

import os

# One thread adds the same numbers in the same order, so that a refit gives the same bytes. This must
# be said before numpy is loaded.
for library in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(library, "1")
