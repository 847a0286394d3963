"""The steps that ask: opening, a first answer, warm questions, planted ones. Each runs in a process of its own."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from scaling.spread import spread

if TYPE_CHECKING:
    from qa.session import Session
    from qa.types import Answer

_REOPENED = 7  # times
WARM_UP = 30  # questions
_LISTED = 5  # passages that an answer lists
_FOUND = (1, 5, 10)
_T = TypeVar("_T")


def opened(given: Mapping[str, Any]) -> dict[str, Any]:
    """Open an index for the first time in a process, then again and again, and a session on it."""
    import index.opened
    from index.encoder import embedded
    from qa.reader import load_reader
    from qa.session import Session

    where = Path(given["index"])
    encoder_ms, _ = _timed(embedded)
    first_ms, standing = _timed(lambda: index.opened.open_index(where))
    standing.close()
    again = []
    for _ in range(_REOPENED):
        ms, standing = _timed(lambda: index.opened.open_index(where))
        again.append(ms)
        standing.close()
    reader_ms, _ = _timed(load_reader)
    session_ms, session = _timed(lambda: Session.of_index(where))
    session.close()
    return {
        "encoder_ms": encoder_ms,
        "first_ms": first_ms,
        "again_ms": sorted(again)[len(again) // 2],
        "reader_ms": reader_ms,
        "session_ms": session_ms,
        **_memory(),
    }


def answered(given: Mapping[str, Any]) -> dict[str, Any]:
    """Answer one question as the first thing that a process does, of the index as it stands."""
    from qa.session import Session

    with Session.of_index(Path(given["index"])) as session:
        ms, _ = _timed(lambda: session.ask(given["question"]))
    return {"ask_ms": ms, **_memory()}


def warm(given: Mapping[str, Any]) -> dict[str, Any]:
    """Ask many questions of one session on some threads: retrieval alone, then whole answers."""
    from qa.question import read_question
    from qa.retrieve import RERANKED, question_words, retrieve
    from qa.session import Session

    questions = Path(given["questions"]).read_text("utf-8").splitlines()
    asked, others = questions[: given["count"]], questions[-WARM_UP:]  # not the same, if there are enough
    with Session.of_index(Path(given["index"])) as session:

        def retrieval(text: str) -> object:
            question = read_question(text)
            words = question_words(question)
            return retrieve(session.index, question, words, session.weights.retrieval, RERANKED)

        ways: dict[str, Callable[[str], object]] = {"retrieval": retrieval, "whole": session.ask}
        if given["threads"] == 1:
            ways |= _parts(session)
        told = {}
        for name, ask in ways.items():
            _asked(ask, others, given["threads"])
            wall, cpu = time.perf_counter(), time.process_time()
            told[name] = spread(_asked(ask, asked, given["threads"]))
            told[name]["cpu"] = round(1e3 * (time.process_time() - cpu) / told[name]["n"], 3)
            told[name]["a_second"] = round(told[name]["n"] / (time.perf_counter() - wall), 2)
        return {"threads": given["threads"], "passages": len(session.index.dense), "ms": told, **_memory()}


def planted(given: Mapping[str, Any]) -> dict[str, Any]:
    """Ask about the planted facts, and about others that no article states, in both languages."""
    from qa.session import Session

    facts = [json.loads(line) for line in Path(given["facts"]).read_text("utf-8").splitlines()]
    judged: dict[str, list[dict[str, bool]]] = {}
    with Session.of_index(Path(given["index"])) as session:
        for fact in facts:
            for language, question in fact["questions"].items():
                if fact["source"]:
                    row = _judged(session, fact, question)
                    judged.setdefault(f"{language}->{fact['language']}", []).append(row)
                else:
                    row = {"refused": session.ask(question).abstained}
                    judged.setdefault(f"{language}, absent", []).append(row)
        passages = len(session.index.dense)
    stated = [row for cell, rows in judged.items() if "->" in cell for row in rows]
    absent = [row for cell, rows in judged.items() if "->" not in cell for row in rows]
    cells = {cell: shares(rows) for cell, rows in sorted(judged.items())}
    return {"passages": passages, "planted": shares(stated), "absent": shares(absent), "cells": cells}


def shares(rows: Sequence[Mapping[str, bool]]) -> dict[str, float]:
    """Return how many rows there are, and the share of them of which each thing is so."""
    names = dict.fromkeys(name for row in rows for name in row)
    return {"n": len(rows), **{name: round(sum(row[name] for row in rows) / len(rows), 4) for name in names}}


def is_right(answer: Answer, name: str, figure: str) -> bool:
    """Say whether an answer gives a fact's figure, out of the sentence that states it."""
    said = bool(answer.text and re.search(rf"(?<![\d.,]){figure}(?![\d.,]?\d)", answer.text))
    return said and name in answer.citations[0].sentence[2]


def _judged(session: Session, fact: Mapping[str, Any], question: str) -> dict[str, bool]:
    from qa.question import read_question
    from qa.retrieve import question_words, retrieve

    read = read_question(question)
    hits = retrieve(session.index, read, question_words(read), session.weights.retrieval, max(_FOUND))
    holds = [fact["sentence"] in hit.passage.text for hit in hits]
    answer = session.ask(question, k=_LISTED)
    right = is_right(answer, fact["name"], fact["figure"])
    return {
        **{f"found@{depth}": any(holds[:depth]) for depth in _FOUND},
        f"listed@{_LISTED}": any(fact["sentence"] in hit.passage.text for hit in answer.passages),
        "right": right,
        "wrong": not right and not answer.abstained,
        "refused": answer.abstained,
    }


def _parts(session: Session) -> dict[str, Callable[[str], object]]:
    """Return the two searches of retrieval, each alone, the question's own reading included."""
    from index.encoder import embedded
    from qa.question import read_question
    from qa.retrieve import DEPTH

    def dense(text: str) -> object:
        return session.index.dense.search(session.index.query_vector(text, embedded().words(text)), DEPTH)

    def lexical(text: str) -> object:
        return session.index.lexical.search(text, read_question(text).language, DEPTH)

    return {"dense": dense, "lexical": lexical}


def _asked(ask: Callable[[str], object], questions: Iterable[str], threads: int) -> list[float]:
    with ThreadPoolExecutor(threads) as pool:
        return list(pool.map(lambda text: _timed(lambda: ask(text))[0], questions))


def _timed(work: Callable[[], _T]) -> tuple[float, _T]:
    began = time.perf_counter()
    done = work()
    return 1e3 * (time.perf_counter() - began), done


def _memory() -> dict[str, int]:
    """Return what this process holds: of its own, and of mapped files; nothing where the system does not tell."""
    try:
        told = dict(re.findall(r"^(Rss\w+):\s+(\d+) kB", Path("/proc/self/status").read_text(), re.MULTILINE))
    except OSError:
        return {}
    names = {"RssAnon": "own_bytes", "RssFile": "mapped_bytes"}
    return {names[name]: int(size) * 1024 for name, size in told.items() if name in names}
