"""Sourcier with all-MiniLM-L6-v2 in the place of its embedded encoder, and retrieval fitted to it."""

from __future__ import annotations

import importlib.util
from pathlib import Path

_spec = importlib.util.spec_from_file_location("adapter_of_sourcier", Path(__file__).with_name("sourcier.py"))
_sourcier = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(_sourcier)


class Peer(_sourcier.Peer):
    """The same engine; the words of the late interaction are still read by the embedded encoder."""

    notes = (
        "the engine of Sourcier with MiniLM's vectors, its mixing numbers fitted by `python -m qa.fit_retrieval`;"
        " words are still read by the embedded encoder",
        "it loads MiniLM when it starts to index: that is in the figure without start-up",
    )
