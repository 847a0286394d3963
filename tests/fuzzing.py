"""What the fuzzing tests share: how often to try, and ways to spoil a good file.

`SOURCIER_FUZZ` says how many times as long to try: 1 by default.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

FUZZ = float(os.environ.get("SOURCIER_FUZZ", "1"))
EDITS = st.lists(
    st.tuples(
        st.sampled_from(["flip", "put", "cut", "double", "end"]),
        st.floats(0, 1),
        st.integers(1, 40),
        st.binary(min_size=1, max_size=6)
        | st.sampled_from([b"\r", b"\n", b'"', b"\0", b"\xff", b"9" * 30, b"<", b"["]),
    ),
    min_size=1,
    max_size=5,
)
Edits = list[tuple[str, float, int, bytes]]


QUESTIONS = {
    ".jsonl": b'{"id": "q1", "question": "Qui ?", "language": "fr", "previous": ["Quoi ?"]}\n"Quand ?"\n',
    ".ndjson": b'{"question": "Qui ?"}\n\n{"q": 3}\n',
    ".csv": b'id;question;language\n1;"Qui ?\nQuoi ?";fr\n2;Quand ?;en\n',
    ".tsv": b"question\tid\nQui ?\ta\nQuand ?\tb\n",
    ".txt": b"Qui ?\n\nQuand ?\n",
    ".json": b'{"data": [{"paragraphs": [{"context": "Il dort.", "qas": [{"id": "1", "question": "Qui ?",'
    b' "answers": [{"text": "Il", "answer_start": 0}]}]}]}]}',
}


def tried(times: int) -> Callable[[Any], Any]:
    return settings(max_examples=max(1, round(times * FUZZ)), deadline=None, suppress_health_check=list(HealthCheck))


def spoilt(data: bytes, edits: Edits) -> bytes:
    """Return bytes of which some were changed, put in, cut out, doubled, or lost at the end."""
    for kind, where, size, other in edits:
        at = round(where * len(data))
        after = {"flip": at + len(other), "put": at, "cut": at + size, "double": at, "end": len(data)}[kind]
        between = data[at : at + size] if kind == "double" else b"" if kind in ("cut", "end") else other
        data = data[:at] + between + data[after:]
    return data


def one_line(error: Exception) -> None:
    assert str(error).strip()
    assert "\n" not in str(error)
    assert "Traceback" not in str(error)
