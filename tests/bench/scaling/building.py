"""The steps that write: the folder, its index, ten changed files. Each runs in a process of its own."""

from __future__ import annotations

import sqlite3
import sys
import time
from collections.abc import Mapping
from contextlib import closing
from dataclasses import asdict
from itertools import islice
from pathlib import Path
from typing import Any

from scaling.process import PROGRESS
from scaling.sentences import is_whole

_STEPS = 200  # lines of progress that a build prints


def make(given: Mapping[str, Any]) -> dict[str, Any]:
    """Write the articles, the facts and the questions."""
    from scaling.folder import draw_questions, write_folder
    from scaling.sentences import read_material

    folder = Path(given["folder"])
    began = time.perf_counter()
    material = read_material([Path(path) for path in given["sentences"]], given["most"])
    made = write_folder(folder, material, given["passages"], given["seed"], given["planted"], given["absent"])
    questions = draw_questions(material, given["questions"], given["seed"])
    lines = "".join(f"{question}\n" for _, question in questions)
    folder.with_name(f"{folder.name}.questions.txt").write_text(lines, "utf-8")
    return {**asdict(made), "wall_s": time.perf_counter() - began}


def build(given: Mapping[str, Any]) -> dict[str, Any]:
    """Bring an index up to date, printing how far it is; tell what it took, and how many of the files it read."""
    from index.build import bring_up_to_date

    folder = Path(given["folder"]).resolve()
    begins, read, told, last = f"{folder}/", 0, -1, ""

    def look(event: str, arguments: tuple[Any, ...]) -> None:
        nonlocal read, last
        if event == "open" and isinstance(arguments[0], str | Path):
            path = str(arguments[0])
            read += path.startswith(begins) and path != last  # one opening may be told of twice
            last = path

    def progress(done: int, total: int) -> None:
        nonlocal told
        if done * _STEPS // max(total, 1) > told:
            told = done * _STEPS // max(total, 1)
            print(PROGRESS, done, total, flush=True)

    sys.addaudithook(look)
    wall, cpu = time.perf_counter(), time.process_time()
    report = bring_up_to_date(folder, Path(given["index"]), progress=progress)
    wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    return {
        "wall_s": wall,
        "cpu_s": cpu,
        "cpu_ms_a_passage": 1e3 * cpu / report.passages,
        "articles": report.documents,
        "passages": report.passages,
        "skipped": len(report.skipped),
        "read": read,
        "changed": report.added + report.changed + report.removed,
        "version": report.version,
        "files": _files(Path(given["index"])),
    }


def weigh(given: Mapping[str, Any]) -> dict[str, Any]:
    """Tell the bytes of the live generation, by file and by table, a passage, and beyond the text of the articles."""
    from index.store import read_current

    generation = read_current(Path(given["index"]))
    passages = generation.manifest.passages
    files: dict[str, int] = {}
    for path in generation.path.rglob("*"):
        if path.is_file():
            part = path.relative_to(generation.path).parts[0]
            files[part] = files.get(part, 0) + path.stat().st_size
    text = sum(path.stat().st_size for path in Path(given["folder"]).rglob("*") if path.is_file())
    total = sum(files.values())
    a_passage = {"total": total, "text": text, "beyond_the_text": total - text, **files}
    return {
        "passages": passages,
        "total_bytes": total,
        "a_passage": {name: round(size / passages, 1) for name, size in a_passage.items()},
        "tables_a_passage": {
            name: round(size / passages, 1)
            for path in generation.path.glob("*.sqlite")
            for name, size in _tables(path).items()
        },
    }


def change(given: Mapping[str, Any]) -> dict[str, Any]:
    """Let some articles, far from one another, say a sentence of another article, too."""
    folder, count = Path(given["folder"]), given["count"]
    paths = sorted(path for path in folder.rglob("*.txt") if path.stat().st_size)
    chosen = list(islice(paths, 0, None, max(len(paths) // count, 1)))[:count]
    for place, path in enumerate(chosen):
        other = chosen[(place + 1) % len(chosen)].read_text("utf-8")
        said = next((each for line in other.splitlines()[2:] if is_whole(each := _first_sentence(line))), "Fin.")
        with path.open("a", encoding="utf-8", newline="\n") as file:
            file.write(f"\n{said}\n")
    return {"changed": len(chosen)}


def _first_sentence(line: str) -> str:
    from index.sentences import sentence_bounds

    bounds = sentence_bounds(line)
    return line[slice(*bounds[0])] if bounds else ""


def _files(index: Path) -> dict[str, str]:
    """Return the digest of each file of the live generation that is the same in every build of the same folder."""
    from index.store import read_current

    listed = read_current(index).manifest.files
    return {name: digest for name, (_, digest) in listed.items() if "/" not in name}


def _tables(path: Path) -> dict[str, int]:
    """Return the bytes of each table of an SQLite file, where this SQLite can tell."""
    with closing(sqlite3.connect(f"{path.as_uri()}?mode=ro&immutable=1", uri=True)) as db:
        try:
            return dict(db.execute("SELECT name, sum(pgsize) FROM dbstat GROUP BY name"))
        except sqlite3.Error:
            return {}
