"""Bytes of a file to text: UTF-8 first, then UTF-16 by its mark, then cp1252, then a guess."""

from __future__ import annotations

import codecs

from index.errors import DocumentError

_UTF16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
_BINARY_SHARE = 0.02
_TEXT_CONTROLS = frozenset("\t\n\r\f\v\x85\x1c\x1d\x1e\x1f")


def decode(data: bytes) -> str:
    """Decode the bytes of a text file; newlines stay as they are.

    A byte order mark is dropped: offsets count from the first character after it.

    :raises DocumentError: if the bytes are no text in any encoding known here.
    """
    if data.startswith(_UTF16):
        return _checked(_try(data, "utf-16"))
    if b"\x00" not in data:
        for encoding in ("utf-8-sig", "cp1252"):
            text = _try(data, encoding)
            if text is not None and _looks_like_text(text):
                return text
    return _checked(_guess(data))


def _try(data: bytes, encoding: str) -> str | None:
    try:
        return data.decode(encoding)
    except UnicodeDecodeError:
        return None


def _guess(data: bytes) -> str | None:
    from charset_normalizer import from_bytes

    best = from_bytes(data[:200_000]).best()
    return _try(data, best.encoding) if best else None


def _checked(text: str | None) -> str:
    if text is None or not _looks_like_text(text):
        raise DocumentError("is not text (binary, or an unknown encoding): save it as UTF-8 text")
    return text


def _looks_like_text(text: str) -> bool:
    """Text has no NUL and next to no control characters."""
    sample = text[:20_000]
    if "\x00" in text:
        return False
    controls = sum(1 for ch in sample if (ch < " " or "\x7f" <= ch <= "\x9f") and ch not in _TEXT_CONTROLS)
    return controls <= _BINARY_SHARE * len(sample)
