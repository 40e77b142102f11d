import os

# Before anything reads numpy: the judgement's matrices are small, and a second thread only waits for the first.
# On a busy machine of two cores a message took ten times the CPU with it. Work runs side by side by messages.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
