"""A folder to documents: which files are articles, and what each of them says of itself."""

from __future__ import annotations

import hashlib
import os
import stat
from collections.abc import Iterable, Sequence
from pathlib import Path

from index.dates import file_name_date
from index.errors import DocumentError, FolderError
from index.formats import FORMATS, READERS, Extracted
from index.language import language_of
from index.layout import layout
from index.types import Document, FileState, Range, Skipped

MAX_FILE_BYTES = 32_000_000
_MOST_NS = 2**63 - 1


def scan(folder: Path, index: Path | None = None) -> tuple[list[FileState], list[Skipped]]:
    """List the files of a folder that look like articles, sorted by source.

    Hidden files and folders are passed over in silence; files of a format that
    Sourcier does not read, and whatever cannot be looked at, are named.

    :param index: the index folder, which holds no article wherever it lies.
    :raises FolderError: if the folder is missing, no folder, or unreadable.
    """
    check_folder(folder)
    found: list[FileState] = []
    skipped: list[Skipped] = []

    def unreadable(error: OSError) -> None:
        if Path(error.filename) == folder:
            raise _no_access(folder, error)
        skipped.append(Skipped(_source(folder, error.filename) + "/", f"the folder cannot be read ({error.strerror})"))

    for here, folders, names in os.walk(folder, onerror=unreadable):
        folders[:] = [name for name in folders if not name.startswith(".") and not _is(Path(here, name), index)]
        for path in (Path(here, name) for name in folders):
            if path.is_symlink():
                skipped.append(Skipped(_source(folder, path) + "/", "is a link to a folder: copy the folder itself"))
        there = Path(here)
        above = "" if there == folder else _source(folder, there) + "/"
        for name in (name for name in names if not name.startswith(".")):
            seen = look_at(there / name, above + _shown(name))  # of half a million files, each path counts
            if isinstance(seen, FileState):
                found.append(seen)
            else:
                skipped.append(seen)
    return sorted(found, key=lambda file: file.source), sorted(skipped, key=lambda file: file.source)


def nothing_read(folder: Path, skipped: Sequence[Skipped]) -> str:
    """Return what is wrong with a folder of which nothing was read, and what to do."""
    if not skipped:
        return f"the folder {folder} holds no file: put articles (.txt, .md) in it"
    first = f"{skipped[0].source}: {skipped[0].reason}"
    return f"no article in {folder} could be read, {len(skipped)} skipped ({first}): put .txt or .md articles in it"


def _is(path: Path, index: Path | None) -> bool:
    return index is not None and os.path.realpath(path) == os.path.realpath(index)


def check_folder(folder: Path) -> None:
    """Look whether a folder can be one of articles.

    :raises FolderError: if it is missing, no folder, or unreadable.
    """
    try:
        mode = folder.stat().st_mode
    except (FileNotFoundError, ValueError):
        raise FolderError(f"no folder at {folder}: check the path") from None
    except OSError as error:
        raise _no_access(folder, error) from error
    if not stat.S_ISDIR(mode):
        raise FolderError(f"{folder} is a file: give the folder that holds it")


def _no_access(folder: Path, error: OSError) -> FolderError:
    return FolderError(f"cannot read the folder {folder} ({error.strerror}): check its permissions")


def _source(folder: Path, path: str | Path) -> str:
    """Return a path as sources are written; bytes that are no UTF-8 show as escapes."""
    return _shown(Path(path).relative_to(folder).as_posix())


def _shown(name: str) -> str:
    return os.fsencode(name).decode("utf-8", "backslashreplace")


def look_at(path: Path, source: str) -> FileState | Skipped:
    """Return the state of a file that looks like an article, or why it does not."""
    is_utf8 = source.endswith(path.name)
    suffix = (path if is_utf8 else Path(source)).suffix
    if suffix.lower() not in READERS:
        return Skipped(source, f"format {suffix or '(none)'} is not read: {FORMATS}")
    try:
        seen = path.stat()
    except OSError as error:
        return Skipped(source, f"cannot be read ({error.strerror})")
    if not stat.S_ISREG(seen.st_mode):
        return Skipped(source, "is no regular file")
    if not os.access(path, os.R_OK):  # told here, so that the file is new once its permissions change
        return Skipped(source, "cannot be read (Permission denied)")
    if not is_utf8:
        return Skipped(source, "its name is not UTF-8: rename it")
    mtime_ns = min(max(seen.st_mtime_ns, -_MOST_NS), _MOST_NS)  # anyone may set it to what no database holds
    return FileState(source, seen.st_size, mtime_ns, seen.st_ctime_ns)


def read_document(folder: Path, source: str) -> Document:
    """Read one article of a folder.

    :raises DocumentError: if the file cannot be read or holds no text; the message
        begins with a verb, so that the caller can put the file's name before it.
    """
    return document_of(read_bytes(folder, source), source)


def document_of(data: bytes, source: str) -> Document:
    """Return the article that a file's bytes are.

    :raises DocumentError: as `read_document` does.
    """
    extracted = READERS[Path(source).suffix.lower()](data)
    text = extracted.text
    if not text[extracted.body_start :].strip():
        raise DocumentError("is empty: nothing to index")
    found = layout(text, extracted.body_start, extracted.markdown)
    name_date = file_name_date(Path(source).name)
    stated = "page" if extracted.extraction.startswith("html/") else "properties"
    dates = (
        (extracted.date, "front matter" if extracted.markdown else stated),
        (found.date, "text"),
        (name_date, "file name"),
        (extracted.made, "properties"),
    )
    date, origin = next(((date, origin) for date, origin in dates if date), (None, None))
    return Document(
        doc_id=doc_id_of(source),
        source=source,
        title=extracted.title or found.title or Path(source).stem,
        text=text,
        language=language_of(text[extracted.body_start :]),
        date=date,
        date_origin=origin,
        sha256=hashlib.sha256(data).hexdigest(),
        extraction=extracted.extraction,
        headings=tuple(sorted({*found.headings, *_outside(extracted.headings, found.left_out)})),
        left_out=found.left_out,
        author=extracted.author,
        pages=extracted.pages,
    )


def _outside(headings: tuple[Range, ...], left_out: tuple[Range, ...]) -> list[Range]:
    """Return the headings that are no part of what was left out."""
    return [each for each in headings if not any(start < each[1] and each[0] < end for start, end in left_out)]


def doc_id_of(source: str) -> str:
    """Return the id of the document that a source is."""
    return hashlib.sha256(source.encode()).hexdigest()[:16]


def doc_ids_of(sources: Iterable[str]) -> dict[str, str]:
    """Return the ids of sources, by source; of what no file can be called there is none."""
    ids = {}
    for source in sources:
        try:
            ids[source] = doc_id_of(source)
        except UnicodeEncodeError:
            continue
    return ids


def read_bytes(folder: Path, source: str) -> bytes:
    """Read a file's bytes.

    :raises DocumentError: if it cannot be read or is too large.
    """
    try:
        with open(folder / source, "rb", opener=_open) as file:
            seen = os.fstat(file.fileno())
            if not stat.S_ISREG(seen.st_mode):  # a pipe would be waited for, and a device read for ever
                raise DocumentError("is no regular file")
            if seen.st_size > MAX_FILE_BYTES:
                raise DocumentError(f"is larger than {MAX_FILE_BYTES // 1_000_000} MB: split it into articles")
            return file.read()
    except OSError as error:
        raise DocumentError(f"cannot be read ({error.strerror})") from error


def _open(path: str, flags: int) -> int:
    return os.open(path, flags | getattr(os, "O_NONBLOCK", 0))


def extract(data: bytes, source: str) -> Extracted:
    """Return the text that offsets of `source` count in, and what the file says of itself.

    :raises DocumentError: if the bytes are not what the file's name says.
    """
    reader = READERS.get(Path(source).suffix.lower())
    if reader is None:
        raise DocumentError(f"has no format that Sourcier reads: {FORMATS}")
    return reader(data)
