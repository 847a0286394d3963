"""Articles put into a folder, and taken out of it: checked first, and nothing of the user's is lost.

What is taken out is kept in the index folder, as `removed/TIME-RANDOM/SOURCE`. Builds leave it
as it is, and `put_back` returns it.
"""

from __future__ import annotations

import contextlib
import os
import re
import secrets
import shutil
import stat
import unicodedata
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath

from index.chunking import passages_of
from index.documents import MAX_FILE_BYTES, check_folder, document_of, look_at
from index.errors import DocumentError
from index.formats import FORMATS, READERS
from index.types import Skipped

REMOVED = "removed"
_KEPT = re.compile(r"[0-9]{8}T[0-9]{6}Z-[0-9a-f]{8}")
_MAX_PART_BYTES = 200  # file systems take 255, and some count more for a letter
_SHOWN = 80  # characters of a bad name that an error shows
_JOINERS = "\u200c\u200d"  # unseen, and part of how some languages are written
_FORBIDDEN = frozenset('<>:"|?*\\')  # by Windows, where the folder may be copied to
_RESERVED = re.compile(r"(con|prn|aux|nul|conin\$|conout\$|(com|lpt)[0-9¹²³]) *(\.|$)", re.IGNORECASE)  # likewise


def add_article(folder: Path, name: str, data: bytes, replace: bool = False, index: Path | None = None) -> str:
    """Put an article into a folder; it is there whole, or not at all.

    :param name: its path in the folder, with `/`.
    :param replace: whether it may take the place of an article of that name.
    :param index: the index folder, where no article belongs.
    :return: its source.
    :raises FolderError: if the folder is missing, no folder, or unreadable.
    :raises DocumentError: if the name or the bytes are no article's, or it cannot be written.
    """
    check_folder(folder)
    _check_name(name)
    _check_data(name, data)
    target = _inside(folder, name, index)
    with _told(name, "written"):
        if target.is_symlink() or (target.exists() and not target.is_file()):
            raise _refused(name, "is there already, and is no regular file: choose another name")
        if target.exists() and not replace:
            raise _there_already(name)
        alike = "" if target.exists() else _alike(target)
        if alike:  # one of the two would be lost where the folder is copied to
            raise _refused(name, f"{alike} is there already, which many systems take for the same: use that name")
    with _told(name, "written"), _beside(target) as path:
        with path.open("xb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        _place(path, target, name, replace)
    return name


def remove_article(folder: Path, index: Path, source: str) -> Path:
    """Take an article out of a folder, and keep it in the index folder.

    :return: where it is kept: `INDEX/removed/TIME-RANDOM/SOURCE`.
    :raises FolderError: if the folder is missing, no folder, or unreadable.
    :raises DocumentError: if there is no such article, or it cannot be moved.
    """
    check_folder(folder)
    path = _listed(folder, index, source)
    here = index / REMOVED / f"{datetime.now(UTC):%Y%m%dT%H%M%SZ}-{secrets.token_hex(4)}"
    kept = here / source
    with _told(source, "removed"):
        kept.parent.mkdir(parents=True)
        try:
            shutil.move(path, kept, _copy)
        except OSError:
            if path.exists():  # what was copied of it is a copy
                shutil.rmtree(here, ignore_errors=True)
            raise
    return kept


def put_back(folder: Path, index: Path, kept: str) -> str:
    """Return a removed article to its folder, where nothing has taken its place.

    :param kept: the TIME-RANDOM under which it is kept.
    :return: its source.
    :raises FolderError: if the folder is missing, no folder, or unreadable.
    :raises DocumentError: if nothing is kept there, or it cannot be put back.
    """
    check_folder(folder)
    here = index / REMOVED / kept
    if not _KEPT.fullmatch(kept) or not here.is_dir():
        raise _refused(kept, f"no removed article is kept under this name: {index / REMOVED} holds them")
    with _told(kept, "put back"):
        files = [path for path in here.rglob("*") if path.is_file() and not path.is_symlink()]
    if len(files) != 1:
        raise _refused(kept, f"holds {len(files)} files instead of one: move them back by hand from {here}")
    source = files[0].relative_to(here).as_posix()
    target = _inside(folder, source, index)
    with _told(source, "put back"), _beside(target) as path:
        _copy(files[0], path)
        _place(path, target, source, replace=False)
    shutil.rmtree(here, ignore_errors=True)
    return source


def _check_name(name: str) -> None:
    parts = name.split("/")
    if any(unicodedata.category(ch) in ("Cc", "Cs", "Zl", "Zp") for ch in name):
        raise _refused(name, "the name holds a control character: rename the file")
    if any(ch == "\ufffd" or (unicodedata.category(ch) == "Cf" and ch not in _JOINERS) for ch in name):
        raise _refused(name, "the name holds a character that is not seen, or is none: rename the file")
    if "\\" in name:
        raise _refused(name, "the name holds a backslash: folders end with /")
    if not all(parts) or any(part.startswith(".") for part in parts):
        raise _refused(name, "is no path to a visible file below the folder: give one such as notes/2025.md")
    for part in parts:
        if _FORBIDDEN & set(part) or part.endswith((".", " ")) or _RESERVED.match(part):
            raise _refused(name, f"Windows has no such name as {part!r}: rename the file")
        if len(part.encode()) > _MAX_PART_BYTES:
            raise _refused(name, f"the name is longer than {_MAX_PART_BYTES} bytes: shorten it")
    suffix = PurePosixPath(name).suffix
    if suffix.lower() not in READERS:
        raise _refused(name, f"format {suffix or '(none)'} is not read: {FORMATS}")


def _check_data(name: str, data: bytes) -> None:
    if len(data) > MAX_FILE_BYTES:
        raise _refused(name, f"is larger than {MAX_FILE_BYTES // 1_000_000} MB: split it into articles")
    try:
        if not passages_of(document_of(data, name)):
            raise DocumentError("holds nothing but page furniture: give its text")
    except DocumentError as error:
        raise _refused(name, str(error)) from error


def _inside(folder: Path, source: str, index: Path | None) -> Path:
    """Return the path of a source, none of whose folders is a link or the index."""
    try:
        parent, wanted = (folder / source).parent.resolve(), (folder.resolve() / source).parent
        within = parent == wanted and not (index and parent.is_relative_to(index.resolve()))
    except (OSError, RuntimeError, ValueError):  # links in a circle; a name that can be none
        within = False
    if not within:
        raise _refused(source, "is not in a folder of articles, but behind a link or in the index: choose another path")
    return folder / source


def _alike(target: Path) -> str:
    """Return the name beside a path that is the same but for capitals and how accents are stored; empty if none is."""
    plain = unicodedata.normalize("NFC", target.name).casefold()
    beside = [path.name for path in target.parent.iterdir()] if target.parent.is_dir() else []
    return next((name for name in beside if unicodedata.normalize("NFC", name).casefold() == plain), "")


def _listed(folder: Path, index: Path, source: str) -> Path:
    """Return the path of a regular file that a build would read."""
    parts = source.split("/")
    if not all(parts) or "\0" in source or any(part.startswith(".") for part in parts):
        raise _refused(source, "is no article of the folder: `sourcier info` lists them")
    path = _inside(folder, source, index)
    try:
        mode = path.lstat().st_mode
    except (OSError, ValueError):
        raise _refused(source, "is no article of the folder: `sourcier info` lists them") from None
    if stat.S_ISLNK(mode):
        raise _refused(source, "is a link: remove it by hand")
    seen = look_at(path, source)
    if isinstance(seen, Skipped):
        raise _refused(source, f"{seen.reason}: remove it by hand")
    return path


@contextlib.contextmanager
def _beside(target: Path) -> Iterator[Path]:
    """Give a hidden name beside a path, in a folder that is made if need be; what it names is gone at the end."""
    target.parent.mkdir(parents=True, exist_ok=True)
    path = target.parent / f".sourcier-{secrets.token_hex(8)}.new"
    try:
        yield path
    finally:
        path.unlink(missing_ok=True)


def _place(path: Path, target: Path, name: str, replace: bool) -> None:
    """Give a synced file its name: that of another only if it may replace it, however many come at once."""
    if replace:
        os.replace(path, target)
    else:
        try:
            _place_new(path, target)
        except FileExistsError:
            raise _there_already(name) from None
    with contextlib.suppress(OSError):  # some file systems sync no folder
        descriptor = os.open(target.parent, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def _place_new(path: Path, target: Path) -> None:
    try:
        os.link(path, target)
    except FileExistsError:
        raise
    except OSError:  # a file system without links
        target.open("xb").close()
        try:
            os.replace(path, target)
        except OSError:
            target.unlink()
            raise


def _copy(source: str | Path, target: str | Path) -> None:
    """Copy a file, and see to it that the copy is on the disk before the file goes."""
    shutil.copy2(source, target)
    with Path(target).open("rb") as file:
        os.fsync(file.fileno())


@contextlib.contextmanager
def _told(name: str, what: str) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        reason = error.strerror or str(error)
        raise _refused(name, f"cannot be {what} ({reason}): check permissions and free space") from error


def _there_already(name: str) -> DocumentError:
    return _refused(name, "is there already: choose another name, or say that it is to be replaced")


def _refused(name: str, why: str) -> DocumentError:
    shown = name if name.isprintable() else ascii(name)
    return DocumentError(f"{shown if len(shown) <= _SHOWN else shown[: _SHOWN - 1] + '…'}: {why}")
