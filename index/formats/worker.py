"""Reads files in a process of its own: `python -m index.formats.worker`.

On standard input come the length of a format's name and of the data as two unsigned 32-bit
numbers, the name, and the data; on standard output goes the length of a JSON object, and it.
"""

from __future__ import annotations

import contextlib
import faulthandler
import importlib
import json
import logging
import os
import struct
import sys
from dataclasses import asdict
from typing import BinaryIO

from index.errors import DocumentError
from index.formats.extracted import MAX_CHARS

REQUEST = struct.Struct("!II")
REPLY = struct.Struct("!I")
SECONDS = 60.0
"""How long a file may take."""
MAX_MEMORY = 3_000_000_000
"""How many bytes of addresses the process may have."""
_ORPHANED = SECONDS + 5  # the one that waits kills it before, if it still lives


def serve(asked: BinaryIO, told: BinaryIO) -> None:
    """Read files until there are no more."""
    while head := asked.read(REQUEST.size):
        name_size, size = REQUEST.unpack(head)
        name, data = asked.read(name_size).decode("ascii"), asked.read(size)
        faulthandler.dump_traceback_later(_ORPHANED, exit=True)
        reply = json.dumps(_answer(name, data)).encode("ascii")
        faulthandler.cancel_dump_traceback_later()
        told.write(REPLY.pack(len(reply)) + reply)
        told.flush()


def _answer(name: str, data: bytes) -> dict[str, object]:
    try:
        found = importlib.import_module(f"index.formats.{name}").read(data)
    except DocumentError as error:
        return {"error": str(error)}
    except MemoryError:
        return {"error": "needs too much memory to be read: split it"}
    except RecursionError:
        return {"error": "is nested too deeply"}
    except Exception as error:  # what a library makes of a file that is none: the file is skipped, with what it said
        return {"error": f"cannot be read ({type(error).__name__})"}
    if len(found.text) > MAX_CHARS:
        return {"error": f"holds more than {MAX_CHARS:,} characters: split it into articles"}
    told = asdict(found)
    told["text"] = found.text.encode("utf-8", "replace").decode().replace("\x00", "")
    return told


def _limit_memory() -> None:
    with contextlib.suppress(ImportError, ValueError, OSError):  # Windows has no such limits
        import resource

        for limit, most in ((resource.RLIMIT_AS, MAX_MEMORY), (resource.RLIMIT_CORE, 0)):
            hard = resource.getrlimit(limit)[1]
            resource.setrlimit(limit, (most if hard == resource.RLIM_INFINITY else min(most, hard), hard))


def main() -> None:
    """Serve the process that started this one, which alone hears what it says."""
    told = os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())  # what a library prints is no answer
    logging.disable(logging.CRITICAL)
    _limit_memory()
    serve(sys.stdin.buffer, told)


if __name__ == "__main__":
    main()
