"""How many threads NumPy's products take: one while answering, unless the user has said how many."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
_NAMES = ("OPENBLAS_NUM_THREADS", "GOTO_NUM_THREADS", "OMP_NUM_THREADS")
_THREADS = """
import {module}, numpy, threadpoolctl
print([pool["num_threads"] for pool in threadpoolctl.threadpool_info() if "numpy" in pool["filepath"]])
"""


def printed(script: str, **said: str) -> str:
    kept = {name: value for name, value in os.environ.items() if name not in _NAMES}
    environment = {**kept, "PYTHONPATH": str(ROOT), **said}
    done = subprocess.run([sys.executable, "-c", script], env=environment, capture_output=True, text=True, check=True)
    return done.stdout.strip()


@pytest.mark.parametrize("module", ["qa.cli", "qa.session", "qa.batch", "qa.live", "qa.langchain_retriever"])
def test_whoever_answers_gets_one_thread(module):
    assert printed(_THREADS.format(module=module)) in ("[1]", "[]")  # none where NumPy has another library


@pytest.mark.parametrize("name", _NAMES)
def test_what_the_user_says_stays(name):
    told = "import index, os; print([os.environ.get(name) for name in " + repr(_NAMES) + "])"
    assert printed(told, **{name: "3"}) == str(["3" if each == name else None for each in _NAMES])
    assert printed(told) == str(["1", None, None])


def test_numpy_that_is_loaded_before_and_torch_keep_theirs():
    count = "import torch; print(torch.get_num_threads())"
    assert printed(f"import index; {count}") == printed(count)
    before = _THREADS.format(module="numpy")
    assert printed(_THREADS.format(module="numpy, index")) == printed(before)


_SEARCHED = """
from concurrent.futures import ThreadPoolExecutor
import index, faiss, numpy
from index.dense import DenseIndex
rows = numpy.eye(8, dtype=numpy.float32)
flat = faiss.IndexFlatIP(8)
flat.add(rows)
dense = DenseIndex(flat)
threads = faiss.omp_get_max_threads
with ThreadPoolExecutor(1) as pool:
    print(pool.submit(lambda: [threads(), dense.search(rows, 1) and threads()]).result())
"""


def test_a_search_takes_one_thread_whoever_asks():
    before, after = printed(_SEARCHED, OMP_NUM_THREADS="2").strip("[]").split(", ")
    assert (before, after) == ("2", "1")
