"""Bytes of a file to text: by its byte order mark, as UTF-8, as cp1252, then by a guess."""

from __future__ import annotations

import codecs
import re

from index.errors import DocumentError

_MARKS = (  # UTF-32's begins with UTF-16's
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_BINARY_SHARE = 0.02
_DAMAGED_SHARE = 0.1  # of the characters beyond ASCII: with fewer bad ones, a file is UTF-8 all the same
_GUESSED_FROM = 200_000
_HALF_PAIR = re.compile("[\ud800-\udfff]")  # a surrogate, which no file can hold again
_CONTROL = re.compile(r"[\x00-\x08\x0e-\x1b\x7f-\x84\x86-\x9f]")  # all but those that end lines or part them


def decode(data: bytes) -> str:
    """Decode the bytes of a text file; newlines stay as they are.

    A byte order mark is dropped: offsets count from the first character after it. A
    stray bad byte in UTF-8 (a file cut in mid-character) becomes U+FFFD.

    :raises DocumentError: if the bytes are no text in any encoding known here.
    """
    for mark, encoding in _MARKS:
        if data.startswith(mark):
            return _checked(_try(data, encoding))
    if b"\x00" in data:
        return _checked(_utf16_without_mark(data))
    text = _try(data, "utf-8-sig")
    if text is None:
        text = _damaged_utf8(data)
    if text is not None:
        return _checked(text)
    text = _try(data, "cp1252")
    return text if text is not None and _looks_like_text(text) else _checked(_guess(data))


def _try(data: bytes, encoding: str) -> str | None:
    try:
        return data.decode(encoding)
    except (UnicodeError, LookupError):
        return None


def _utf16_without_mark(data: bytes) -> str | None:
    """Decode bytes of which every second one, and hardly another, is zero as in UTF-16 of Latin letters."""
    even, odd = data[::2].count(0), data[1::2].count(0)
    if min(even, odd) * 50 > len(data) or max(even, odd) * 4 < len(data):
        return None
    return _try(data, "utf-16-le" if odd else "utf-16-be")


def _damaged_utf8(data: bytes) -> str | None:
    text = data.decode("utf-8-sig", "replace")
    bad = text.count("\ufffd")
    beyond_ascii = len(text) - len(text.encode("ascii", "ignore"))
    return text if bad <= _DAMAGED_SHARE * beyond_ascii else None


def _guess(data: bytes) -> str | None:
    from charset_normalizer import from_bytes

    best = from_bytes(data[:_GUESSED_FROM]).best()
    text = _try(data, best.encoding) if best else None
    return None if text and _HALF_PAIR.search(text) else text


def _checked(text: str | None) -> str:
    if text is None or not _looks_like_text(text):
        raise DocumentError("is not text (binary, or an unknown encoding): save it as UTF-8 text")
    return text


def _looks_like_text(text: str) -> bool:
    """Say whether there is no NUL, and next to no other control character."""
    if "\x00" in text:
        return False
    sample = text[:20_000]
    return len(_CONTROL.findall(sample)) <= _BINARY_SHARE * len(sample)
