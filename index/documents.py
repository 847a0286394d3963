"""A folder to documents: which files are articles, and what each of them says of itself."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from index.dates import file_name_date, iso_date
from index.decoding import decode
from index.errors import DocumentError, FolderError
from index.language import language_of
from index.layout import layout
from index.sentences import sentence_bounds
from index.types import Document, FileState, Skipped

MAX_FILE_BYTES = 32_000_000
_FRONT_MATTER_MAX = 65_536
_TITLE_MAX = 120


@dataclass(frozen=True, slots=True)
class Extracted:
    """What a format's reader makes of a file's bytes."""

    text: str
    extraction: str
    title: str | None = None
    date: str | None = None
    body_start: int = 0
    markdown: bool = False


def scan(folder: Path) -> tuple[list[FileState], list[Skipped]]:
    """List the files of a folder that look like articles, sorted by source.

    Hidden files and folders are passed over in silence; files of a format that
    Sourcier does not read, and those that cannot be looked at, are named.

    :raises FolderError: if the folder is missing, no folder, or unreadable.
    """
    if not folder.exists():
        raise FolderError(f"no folder at {folder}: check the path")
    if not folder.is_dir():
        raise FolderError(f"{folder} is a file: give the folder that holds it")
    found: list[FileState] = []
    skipped: list[Skipped] = []

    def unreadable(error: OSError) -> None:
        if Path(error.filename) == folder:
            raise FolderError(f"cannot read the folder {folder} ({error.strerror}): check its permissions")
        where = Path(error.filename).relative_to(folder).as_posix()
        skipped.append(Skipped(where + "/", f"the folder cannot be read ({error.strerror})"))

    for here, folders, names in os.walk(folder, onerror=unreadable):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in names:
            if name.startswith("."):
                continue
            path = Path(here, name)
            source = path.relative_to(folder).as_posix()
            if path.suffix.lower() not in READERS:
                skipped.append(Skipped(source, f"format {path.suffix or '(none)'} is not read: {_FORMATS}"))
                continue
            try:
                state = path.stat()
            except OSError as error:
                skipped.append(Skipped(source, f"cannot be read ({error.strerror})"))
                continue
            found.append(FileState(source, state.st_size, state.st_mtime_ns))
    return sorted(found, key=lambda file: file.source), sorted(skipped, key=lambda file: file.source)


def read_document(folder: Path, source: str) -> Document:
    """Read one article of a folder.

    :raises DocumentError: if the file cannot be read or holds no text; the message
        begins with a verb, so that the caller can put the file's name before it.
    """
    data = read_bytes(folder, source)
    extracted = READERS[Path(source).suffix.lower()](data)
    text = extracted.text
    if not text[extracted.body_start :].strip():
        raise DocumentError("is empty: nothing to index")
    found = layout(text, extracted.body_start, extracted.markdown)
    name_date = file_name_date(Path(source).name)
    date, origin = next(
        (pair for pair in ((extracted.date, "front matter"), (found.date, "text"), (name_date, "file name")) if pair[0]),
        (None, None),
    )
    title = extracted.title or found.title or _first_sentence(text, found.left_out) or Path(source).stem
    return Document(
        doc_id=hashlib.sha256(source.encode()).hexdigest()[:16],
        source=source,
        title=title,
        text=text,
        language=language_of(text[extracted.body_start :]),
        date=date,
        date_origin=origin,
        sha256=hashlib.sha256(data).hexdigest(),
        extraction=extracted.extraction,
        headings=found.headings,
        left_out=found.left_out,
    )


def read_bytes(folder: Path, source: str) -> bytes:
    """Read a file's bytes.

    :raises DocumentError: if it cannot be read or is too large.
    """
    path = folder / source
    try:
        if path.stat().st_size > MAX_FILE_BYTES:
            raise DocumentError(f"is larger than {MAX_FILE_BYTES // 1_000_000} MB: split it into articles")
        return path.read_bytes()
    except OSError as error:
        raise DocumentError(f"cannot be read ({error.strerror})") from error


def extract(data: bytes, source: str) -> str:
    """Return the text that offsets of `source` count in.

    :raises DocumentError: if the bytes are not what the file's name says.
    """
    reader = READERS.get(Path(source).suffix.lower())
    if reader is None:
        raise DocumentError(f"has no format that Sourcier reads: {_FORMATS}")
    return reader(data).text


def _read_text(data: bytes) -> Extracted:
    return Extracted(decode(data), "text/1")


def _read_markdown(data: bytes) -> Extracted:
    import frontmatter
    import yaml

    text = decode(data)
    handler = frontmatter.YAMLHandler()
    head = text[:_FRONT_MATTER_MAX]
    if not handler.detect(head) or not (bounds := list(handler.FM_BOUNDARY.finditer(head)))[1:]:
        return Extracted(text, "markdown/1", markdown=True)
    try:
        meta = handler.load(head[bounds[0].end() : bounds[1].start()])
    except (yaml.YAMLError, ValueError, RecursionError):
        meta = None
    if not isinstance(meta, dict):
        return Extracted(text, "markdown/1", markdown=True)
    title, when = meta.get("title"), meta.get("date")
    return Extracted(
        text,
        "markdown/1",
        title=str(title)[:_TITLE_MAX].strip() if isinstance(title, (str, int)) else None,
        date=iso_date(when) if when is not None else None,
        body_start=bounds[1].end(),
        markdown=True,
    )


def _first_sentence(text: str, left_out: tuple[tuple[int, int], ...]) -> str | None:
    head = text[:4000]
    for start, end in sentence_bounds(head):
        inside = next((stop for begin, stop in left_out if begin <= start < stop), None)
        piece = head[inside if inside is not None and inside < end else start : end].strip()
        if piece and not (inside is not None and inside >= end):
            return piece if len(piece) <= _TITLE_MAX else piece[:_TITLE_MAX].rsplit(None, 1)[0] + "…"
    return None


READERS: dict[str, Callable[[bytes], Extracted]] = {
    ".txt": _read_text,
    ".text": _read_text,
    ".md": _read_markdown,
    ".markdown": _read_markdown,
}
"""The formats that are read, by suffix: bytes in, text and what it says of itself out."""
_FORMATS = "articles are " + ", ".join(READERS)
