"""An answer as JSON, schema version 1: the same from the command, batches and the page."""

from __future__ import annotations

from typing import Any

from index.errors import SourcierError
from index.types import Hit
from qa.types import SCHEMA, Agreement, Answer, Citation


def answer_json(answer: Answer) -> dict[str, Any]:
    """Return an answer as an object of schema version 1."""
    return {
        "schema": SCHEMA,
        "id": answer.question.id,
        "question": answer.question.text,
        "read_as": answer.read_as,
        "language": answer.question.language,
        "answer": answer.text,
        "abstained": answer.abstained,
        "reason": str(answer.reason) if answer.reason else None,
        "confidence": round(answer.confidence, 4),
        "citations": [_citation(citation) for citation in answer.citations],
        "agreement": _agreement(answer.agreement),
        "passages": [passage_json(hit) for hit in answer.passages],
        "index": {"version": answer.index_version, "encoder": answer.encoder},
        "timings_ms": {name: round(ms, 3) for name, ms in answer.timings_ms.items()},
    }


def error_json(question_id: str | None, error: SourcierError, line: int | None = None) -> dict[str, Any]:
    """Return the object that stands for a question that could not be asked."""
    told: dict[str, Any] = {"kind": error.kind, "message": str(error)}
    if line is not None:
        told["line"] = line
    return {"schema": SCHEMA, "id": question_id, "error": told}


def passage_json(hit: Hit) -> dict[str, Any]:
    """Return a passage that was found, as answers list it."""
    return {
        "rank": hit.rank,
        "source": hit.document.source,
        "title": hit.document.title,
        "start": hit.passage.start,
        "end": hit.passage.end,
        "text": hit.passage.text,
        "score": round(hit.score, 4),
    }


def _citation(citation: Citation) -> dict[str, Any]:
    start, end, text = citation.sentence
    return {
        "number": citation.number,
        "source": citation.source,
        "title": citation.title,
        "date": citation.date,
        "line": citation.line,
        "page": citation.page,
        "start": citation.start,
        "end": citation.end,
        "quote": citation.quote,
        "sentence": {"start": start, "end": end, "text": text},
        "sha256": citation.sha256,
        "extraction": citation.extraction,
        "copy_of": citation.copy_of,
        "beside": list(citation.beside),
    }


def _agreement(agreement: Agreement | None) -> dict[str, Any] | None:
    if agreement is None:
        return None
    groups = [
        {"value": group.value, "citations": list(group.citations), "date": group.date} for group in agreement.groups
    ]
    return {"verdict": agreement.verdict, "groups": groups}
