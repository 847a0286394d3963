"""Writes what every peer is given: the paragraphs to index, and the questions, each file with its digest."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

from environments import CHECKOUT
from errors import BenchError
from measure import Material
from plan import ASKED, WARM_UP
from sampling import Line, draw, draw_questions, read_texts, thin, write_lines


def write_material(data: Path, folder: Path, sizes: Sequence[int], most: int | None) -> Material:
    """Write the samples, the pools and their questions.

    :param most: of the questions of each pool in each language, and of those timed, at most so many; None for all.
    :raises BenchError: if something of the data is missing or damaged.
    """
    sys.path.insert(0, str(CHECKOUT))  # also where another copy of Sourcier is installed
    try:
        from index.errors import SourcierError
        from qa.pools import read_pools
    except ImportError as error:
        raise BenchError(f"cannot import Sourcier ({error}): run by a Python that has its dependencies") from error
    try:
        pools = read_pools(data, CHECKOUT / "tests" / "data")
    except SourcierError as error:
        raise BenchError(str(error)) from error
    texts = read_texts(data)
    samples = {size: write_lines(folder, f"sample-{size}", draw(texts, size)) for size in sizes}
    written, rights, questions = {}, {}, []
    for pool in pools:
        language = pool.language
        ids = {source: f"{language}{number:05d}" for number, source in enumerate(pool.paragraphs)}
        lines = [{"id": ids[source], "text": text, "language": language} for source, text in pool.paragraphs.items()]
        asked = [
            {"id": f"{language}-{n}", "text": each.text, "language": each.language, "right": ids[each.source]}
            for n, each in enumerate(pool.questions)
        ]
        questions += map(_told, asked)
        asked = thin(asked, most) if most else asked
        rights[language] = [(f"{each['language']}->{language}", each["right"]) for each in asked]
        paragraphs, first = write_lines(folder, f"pool-{language}", lines)
        path, second = write_lines(folder, f"questions-{language}", map(_told, asked))
        written[language] = (paragraphs, path, f"{first} {second}")
    count = WARM_UP + min(ASKED, most or ASKED)
    return Material(samples, write_lines(folder, "asked", draw_questions(questions, count)), written, rights)


def _told(question: Line) -> Line:
    """Return what a peer is told of a question: not what is right."""
    return {name: question[name] for name in ("id", "text", "language")}
