"""All that an index answers from, to tell whether two are the same."""

from __future__ import annotations

import sqlite3
from pathlib import Path
from typing import Any

import numpy as np

from index.opened import PASSAGES, open_index
from qa.session import Session
from qa.types import Reader

_ASKED = ("Microsoft Azure cloud milliards", "OpenAI", "article mot pacte", "Who runs the cloud?")
_QUESTIONS = ("Combien Microsoft a-t-il investi dans OpenAI ?", "Who runs the cloud that OpenAI rents?")


def contents(index: Path) -> dict[str, Any]:
    """Return every row, every vector under its id, and what BM25 and dense search find."""
    opened = open_index(index)
    told: dict[str, Any] = {"version": opened.version}
    database = sqlite3.connect(opened.generation.path / PASSAGES)
    for (table,) in database.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall():
        told[table] = database.execute(f"SELECT * FROM {table} ORDER BY 1").fetchall()
    database.close()
    ids = np.asarray([passage_id for passage_id, _, _ in opened.passages.all_passages()], np.int64)
    told["vectors"] = (ids.tolist(), opened.dense.vectors(ids).tobytes())
    for asked in _ASKED:
        for language in ("fr", "en", "und"):
            told[f"{language} {asked}"] = opened.lexical.search(asked, language, 7)
        scores, found = opened.dense.search(opened.encoder.encode_queries([asked]), 7)
        told[f"dense {asked}"] = (scores.tobytes(), found.tolist())
    opened.close()
    return told


def answers(index: Path, reader: Reader) -> list[Any]:
    """Return what is answered to some questions, times aside."""
    with Session(open_index(index), reader=reader) as session:
        asked = [session.ask(question) for question in _QUESTIONS]
    return [(each.text, each.reason, each.confidence, each.citations, each.passages) for each in asked]
