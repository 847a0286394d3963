"""What the OpenAPI document shows of each endpoint: a request, and what it gave on the seeds."""

from __future__ import annotations

from typing import Any

_SOURCE = "003_64a73554108f83a5.txt"
_TITLE = "OpenAI et Microsoft : Vers une Rupture Épique aux Enjeux Colossaux"
_SHA256 = "81f01abfb34d07895ed1cf84d9b29fa5a6cad547787ea814308a296202dd1582"
_INDEX = {"version": "c10f6988df9e", "encoder": "embedded"}
_PASSAGE = {
    "rank": 1,
    "source": _SOURCE,
    "title": _TITLE,
    "start": 757,
    "end": 1171,
    "text": (
        "Microsoft avait déjà assoupli son emprise en janvier, permettant à OpenAI d'utiliser des centres de données"
        ' externes à son infrastructure Azure. Cette décision a conduit au projet "Stargate", un partenariat de 500'
        " millions de dollars avec SoftBank et Oracle. Cependant, cette indépendance accrue semble aujourd'hui"
        " préoccuper Microsoft, surtout depuis qu'OpenAI a commencé à utiliser les services cloud de Google.\n"
    ),
    "score": 0.652,
}

QUESTION = {"question": "How much does Stargate cost?", "k": 1}
ANSWER: dict[str, Any] = {
    "schema": 1,
    "id": None,
    "question": QUESTION["question"],
    "read_as": None,
    "language": "en",
    "answer": "500 millions de dollars",
    "abstained": False,
    "reason": None,
    "confidence": 0.7833,
    "citations": [
        {
            "number": 1,
            "source": _SOURCE,
            "title": _TITLE,
            "date": None,
            "line": 4,
            "page": None,
            "start": 967,
            "end": 990,
            "quote": "500 millions de dollars",
            "sentence": {
                "start": 902,
                "end": 1015,
                "text": (
                    'Cette décision a conduit au projet "Stargate", un partenariat de 500 millions de dollars avec'
                    " SoftBank et Oracle."
                ),
            },
            "sha256": _SHA256,
            "extraction": "text/1",
            "copy_of": None,
            "beside": [],
        }
    ],
    "agreement": {
        "verdict": "single",
        "groups": [{"value": "500 millions de dollars", "citations": [1], "date": None}],
    },
    "passages": [_PASSAGE],
    "index": _INDEX,
    "timings_ms": {"retrieve": 5.219, "read": 9.138, "total": 14.357},
}
QUESTIONS = {"questions": [{"id": "q1", **QUESTION}, {"id": "q2", "question": "Et Google ?", "sources": ["none.txt"]}]}
ANSWERS = {
    "schema": 1,
    "answers": [
        {**ANSWER, "id": "q1"},
        {
            "schema": 1,
            "id": "q2",
            "error": {
                "kind": "usage",
                "message": (
                    "no article is named 'none.txt': give files by their path in the folder, or subfolders with / at"
                    " the end; `sourcier info` lists the articles with their dates"
                ),
            },
        },
    ],
}
PASSAGES = {
    "schema": 1,
    "question": QUESTION["question"],
    "language": "en",
    "passages": [_PASSAGE],
    "index": _INDEX,
}
DOCUMENTS = {
    "schema": 1,
    "documents": [
        {
            "source": _SOURCE,
            "title": _TITLE,
            "language": "fr",
            "date": None,
            "size": 2213,
            "sha256": _SHA256,
            "extraction": "text/1",
            "state": "indexed",
        }
    ],
    "skipped": [{"source": "scan.pdf", "reason": "has no text: it is scanned (let a program for OCR add the text)"}],
    "index": _INDEX,
}
BUILT = {
    "schema": 1,
    "running": False,
    "done": 0,
    "total": 0,
    "problem": None,
    "version": _INDEX["version"],
    "documents": 5,
    "skipped": 0,
    "built": {"rebuilt": True, "added": 1, "changed": 0, "removed": 0},
}
BUILDING = {**BUILT, "running": True, "total": 6}
ARTICLE = "2026/stargate.md"
ARTICLE_FILE = "stargate.md"
ADDED = {"schema": 1, "source": ARTICLE}
PUT_BACK = {"kept": "20260102T030405Z-9f3b6c1e"}
REMOVED = {"schema": 1, "source": ARTICLE, **PUT_BACK}

SHOWN: dict[str, tuple[object, object]] = {
    "ask": (QUESTION, ANSWER),
    "ask_many": (QUESTIONS, ANSWERS),
    "passages": (QUESTION, PASSAGES),
    "documents": (None, DOCUMENTS),
    "index": (None, BUILT),
    "refresh": (None, BUILDING),
    "add": (None, ADDED),
    "remove": (None, REMOVED),
    "put_back": (PUT_BACK, ADDED),
}
"""What each endpoint takes as JSON, if it does, and what it gives."""
