"""Conditions on rows, as Milvus reads them."""

from __future__ import annotations

from collections.abc import Iterable

_ESCAPED = str.maketrans({"\\": "\\\\", '"': '\\"', "\n": "\\n", "\r": "\\r", "\t": "\\t"})
_LAST, _BEFORE_SURROGATES, _AFTER_SURROGATES = 0x10FFFF, 0xD7FF, 0xE000


def quoted(text: str) -> str:
    """Return a text as a condition names it."""
    return f'"{text.translate(_ESCAPED)}"'


def one_of(field: str, values: Iterable[str | int]) -> str:
    """Return the condition that a field has one of these values."""
    told = ", ".join(quoted(each) if isinstance(each, str) else str(each) for each in values)
    return f"{field} in [{told}]"


def starts_with(field: str, text: str) -> str:
    """Return the condition that a field begins with a text, which is not empty.

    Told as a range: `like` gives % and _ a meaning, and not every Milvus lets it be taken from them.
    """
    after = _after(text)
    return f"({field} >= {quoted(text)}" + (f" and {field} < {quoted(after)})" if after else ")")


def _after(text: str) -> str:
    """Return the first text after all that begin with this one; empty if there is none."""
    kept = text.rstrip(chr(_LAST))
    if not kept:
        return ""
    last = ord(kept[-1])
    return kept[:-1] + chr(_AFTER_SURROGATES if last == _BEFORE_SURROGATES else last + 1)
