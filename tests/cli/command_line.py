"""The real command, run as a shell runs it, and what its output must look like."""

from __future__ import annotations

import hashlib
import json
import os
import re
import subprocess
import sys
from pathlib import Path

import qa

ROOT = Path(qa.__file__).parent.parent
SEEDS = Path(__file__).parents[2] / "seeds"
GOLD = Path(__file__).parents[1] / "data" / "seeds_gold.jsonl"
INSTALLED = Path(sys.executable).with_name("sourcier")
COMMAND = [str(INSTALLED)] if INSTALLED.exists() else [sys.executable, "-m", "qa"]
SHARE, STARGATE = "Quelle part d'OpenAI revient à Microsoft ?", "How much does Stargate cost?"
HEAVY = (
    *("torch", "sentence_transformers", "transformers", "gradio", "langchain_text_splitters", "pandas", "scipy"),
    *("sklearn", "py3langid", "ir_measures"),
)


def environment(**values):
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("SOURCIER_", "PYTHON"))}
    return {**kept, "PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1", **values}


def sourcier(*words, cwd, stdin="", **variables):
    """Run the real command in a folder. Its input and output are UTF-8."""
    done = subprocess.run(
        [*COMMAND, *map(str, words)],
        cwd=cwd,
        input=stdin.encode() if isinstance(stdin, str) else stdin,
        capture_output=True,
        env=environment(**variables),
        timeout=60,
        check=False,
    )
    done.stdout, done.stderr = done.stdout.decode(), done.stderr.decode()
    return done


def fails(done, code, message):
    """Check that a command failed with one line that says the message, and printed nothing else."""
    returned, out, err = done if isinstance(done, tuple) else (done.returncode, done.stdout, done.stderr)
    assert (returned, out) == (code, ""), err
    assert err.count("\n") == 1, err
    assert err.startswith("sourcier: ")
    assert re.search(message, err), err


def lines(text):
    return [json.loads(line) for line in text.splitlines()]


def spoil(folder, name, change):
    """Change a file of the live generation; of its manifest, as one who also mends its checksum."""
    index = folder / ".sourcier"
    generation = index / (index / "CURRENT").read_text().split()[0]
    data = change((generation / name).read_bytes())
    (generation / name).write_bytes(data)
    if name == "manifest.json":
        (index / "CURRENT").write_text(f"{generation.name} {hashlib.sha256(data).hexdigest()}\n")
