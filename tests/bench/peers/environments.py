"""One virtual environment for each peer, and what it weighs."""

from __future__ import annotations

import hashlib
import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

from errors import BenchError
from plan import Peer

HERE = Path(__file__).parent
CHECKOUT = HERE.parents[2]
PARTS = ("index", "qa", "pyproject.toml", "README.md", "LICENSE", "LICENSE-NOTICE")
"""What of the checkout is installed; a copy of it, since building leaves files behind."""
_NO_LIST = "import importlib.metadata as m, json; print(json.dumps({d.name: d.version for d in m.distributions()}))"
_TORCH = ("torch", "torchgen", "functorch", "nvidia", "triton")


class Environment:
    """The environment of a peer, below the work folder.

    :raises BenchError: if Python cannot make one.
    """

    def __init__(self, peer: Peer, work: Path) -> None:
        self.folder = work / "env" / peer.name
        self.python = self.folder / "bin" / "python"
        self.log = work / "env" / f"{peer.name}.log"
        self._requirements = HERE / "requirements" / f"{peer.name}.txt"
        self._copy = work / "checkout" if peer.package == "sourcier" else None
        self._stamp = self.folder / "made.json"

    def make(self) -> str | None:
        """Make the environment, unless it stands; return why it cannot be installed, None if it is."""
        wanted = {"requirements": self._requirements.read_text("utf-8"), "checkout": self._copy and checkout_digest()}
        stands = json.loads(self._stamp.read_text("utf-8")) if self._stamp.is_file() else {}
        if stands == wanted:
            return None
        self.folder.parent.mkdir(parents=True, exist_ok=True)
        self.log.unlink(missing_ok=True)
        steps = [] if self.python.exists() else [[sys.executable, "-m", "venv", str(self.folder)]]
        pip = [str(self.python), "-m", "pip", "install", "--disable-pip-version-check"]
        if self._copy:
            _copy_checkout(self._copy)
            steps.append([*pip, "-r", str(self._requirements), str(self._copy)])
            steps.append([*pip, "--no-deps", "--force-reinstall", str(self._copy)])  # the version says nothing
        else:
            steps.append([*pip, "-r", str(self._requirements)])
        for step in steps:
            if said := self._run(step):
                return f"cannot be installed: {said}"
        self._stamp.write_text(json.dumps(wanted), "utf-8")
        return None

    def _run(self, command: list[str]) -> str | None:
        """Run a step, and return the error's first line, None if there is none."""
        done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
        with self.log.open("a", encoding="utf-8") as log:
            log.write(done.stdout)
        if done.returncode == 0:
            return None
        lines = done.stdout.splitlines() or ["no message"]
        return next((line for line in lines if line.startswith("ERROR:")), lines[-1])[:300]

    def told(self) -> dict[str, Any]:
        """Return its size, with torch and without, and the versions of all that is in it.

        :raises BenchError: if its Python does not run.
        """
        done = subprocess.run([str(self.python), "-c", _NO_LIST], capture_output=True, text=True, check=False)
        if done.returncode:
            raise BenchError(f"{self.python} does not run: remove {self.folder}, and it is made again")
        (packages,) = self.folder.glob("lib/python*/site-packages")
        whole = torch = 0
        for path in packages.rglob("*"):
            if path.is_file() and not path.is_symlink():
                size = path.stat().st_size
                whole += size
                first = path.relative_to(packages).parts[0]
                torch += size if first.split("-")[0].split("_")[0] in _TORCH else 0
        return {"bytes": whole, "bytes_without_torch": whole - torch, "versions": json.loads(done.stdout)}


def checkout_digest() -> str:
    """Return a digest of all that would be installed of the checkout."""
    digest = hashlib.sha256()
    for part in PARTS:
        top = CHECKOUT / part
        for path in sorted(top.rglob("*")) if top.is_dir() else [top]:
            if path.is_file() and "__pycache__" not in path.parts:
                digest.update(f"{path.relative_to(CHECKOUT)}\n".encode())
                digest.update(hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()[:16]


def _copy_checkout(copy: Path) -> None:
    shutil.rmtree(copy, ignore_errors=True)
    copy.mkdir(parents=True)
    for part in PARTS:
        if (CHECKOUT / part).is_dir():
            shutil.copytree(CHECKOUT / part, copy / part, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy2(CHECKOUT / part, copy / part)
