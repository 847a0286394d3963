"""The archives that DOCX and EPUB files are: looked at before anything in them is unpacked."""

from __future__ import annotations

import io
import zipfile
import zlib

from index.errors import DocumentError

_MAX_FILES = 20_000
_MAX_BYTES = 256_000_000
_MAX_RATIO = 100  # of the whole; XML seldom shrinks to a thirtieth
_SMALL = 10_000_000  # may shrink as it likes
_METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
_ENCRYPTED = 0x1
_ENTITY = "<!ENTITY"
_ENTITIES = tuple(_ENTITY.encode(encoding) for encoding in ("ascii", "utf-16-le", "utf-16-be"))


def open_archive(data: bytes, what: str) -> zipfile.ZipFile:
    """Open an archive that is not made to harm.

    :param what: the format, as an error names it.
    :raises DocumentError: if the bytes are no archive, or one that would unpack to too much.
    """
    try:
        archive = zipfile.ZipFile(io.BytesIO(data))
        entries = archive.infolist()
    except (zipfile.BadZipFile, ValueError, NotImplementedError, UnicodeError, OSError) as error:
        raise DocumentError(
            f"is no {what} file, or a damaged one: save it again from the program that made it"
        ) from error
    total = sum(entry.file_size for entry in entries)
    if len(entries) > _MAX_FILES or total > _MAX_BYTES or total > max(_SMALL, _MAX_RATIO * len(data)):
        raise DocumentError(f"unpacks to {len(entries):,} files and {total:,} bytes, far too much for a {what} file")
    if sum(entry.compress_size for entry in entries) > len(data):
        raise DocumentError(f"is no sound {what} file: its parts overlap")
    if any(entry.flag_bits & _ENCRYPTED for entry in entries):
        raise DocumentError("is protected by a password: save it without")
    if any(entry.compress_type not in _METHODS for entry in entries):
        raise DocumentError(f"is no {what} file: it is packed by a method that such files never use")
    return archive


def part(archive: zipfile.ZipFile, name: str, what: str) -> bytes:
    """Return the bytes of a part.

    :raises DocumentError: if it is missing or damaged.
    """
    try:
        return archive.read(name)
    except KeyError:
        raise DocumentError(f"is no {what} file: it has no {name!a}") from None
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, ValueError, OSError) as error:
        raise DocumentError(f"is damaged at {name!a}: save it again from the program that made it") from error


def refuse_entities(xml: bytes) -> None:
    """Refuse XML that declares entities: they only serve to swell a file, or to read another.

    :raises DocumentError: if it does.
    """
    if any(entity in xml for entity in _ENTITIES):
        raise DocumentError("declares XML entities, which articles never need: save it again without")
