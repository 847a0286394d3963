"""Sourcier: a folder of articles becomes a searchable index."""

import os

# Read when NumPy is imported. A question's products are too small to share out: a second thread but waits, as busily
# as the first works, and the last bit of a score would depend on how many cores there are. Torch has its own threads.
if not os.environ.keys() & {"OPENBLAS_NUM_THREADS", "GOTO_NUM_THREADS", "OMP_NUM_THREADS"}:
    os.environ["OPENBLAS_NUM_THREADS"] = "1"
