"""Citations against what an index keeps, where the folder that it was made from is on another machine."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from index.protocols import Index

_CACHED = 64  # texts kept in memory


class KeptTexts:
    """The texts of an index, each asked for once."""

    def __init__(self, index: Index) -> None:
        self._index = index
        self._text = lru_cache(maxsize=_CACHED)(self._ask)

    def problem(self, citation: Mapping[str, Any]) -> str | None:
        """Return why a citation does not stand where it says, or None if it does."""
        text = self._text(citation["source"], citation["sha256"])
        sentence = citation["sentence"]
        for told, words in ((citation, citation["quote"]), (sentence, sentence["text"])):
            if text[told["start"] : told["end"]] != words:
                return f"not in the text that is kept of {citation['source']}"
        return None

    def _ask(self, source: str, sha256: str) -> str:
        info = self._index.catalogue.named([source]).get(source)
        return self._index.passages.text(info.doc_id) if info and info.sha256 == sha256 else ""
