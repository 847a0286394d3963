"""Text files that users give: UTF-8, with or without its mark, read as a stream.

Bytes that are not UTF-8 are carried along as lone surrogates until the line that they
stand in is known; `encoding_error` finds them.
"""

from __future__ import annotations

import codecs
import io
import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO

from index.errors import InputError

_SURROGATE = re.compile("[\ud800-\udfff]")


@contextmanager
def open_text(path: Path, newline: str | None = None) -> Iterator[io.TextIOWrapper]:
    """Open a text file for reading.

    :param newline: as for `open`.
    :raises InputError: if it is missing, a folder, unreadable or UTF-16.
    """
    try:
        file = path.open("rb")
    except FileNotFoundError:
        raise InputError(f"no file at {path}: check the path") from None
    except IsADirectoryError:
        raise InputError(f"{path} is a folder: give a file") from None
    except OSError as error:
        raise InputError(f"{path} cannot be read ({error.strerror}): check its permissions") from error
    with file:
        if file.peek(2)[:2] in (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE):
            raise InputError(f"{path} is UTF-16: save it as UTF-8")
        with text_of(file, newline) as text:
            yield text


def text_of(file: BinaryIO, newline: str | None = None) -> io.TextIOWrapper:
    """Return a stream of bytes as text. Detach it, or it closes the stream with itself."""
    return io.TextIOWrapper(file, "utf-8-sig", errors="surrogateescape", newline=newline)


def encoding_error(text: str) -> str | None:
    """Return what is wrong with the characters of a text, and the remedy, or None."""
    found = _SURROGATE.search(text)
    if not found:
        return None
    if "\udc80" <= found.group() <= "\udcff":
        return "not UTF-8: save the file as UTF-8"
    return f"half a character (\\u{ord(found.group()):x}): write the character whole"


def json_object(line: str, here: str, remedy: str) -> dict[str, Any]:
    """Return the object that a line of JSONL holds.

    :param here: the file and the line, as an error names them.
    :raises InputError: if the line is anything else, with the remedy.
    """
    if wrong := encoding_error(line):
        raise InputError(f"{here}: {wrong}")
    try:
        told = json.loads(line)
    except json.JSONDecodeError as error:
        raise InputError(f"{here}: invalid JSON ({error.msg}, column {error.colno}): {remedy}") from error
    except (ValueError, RecursionError) as error:
        raise InputError(f"{here}: JSON that cannot be read: {remedy}") from error
    if not isinstance(told, dict):
        raise InputError(f"{here}: not an object: {remedy}")
    return told
