"""What goes wrong, told to those who ask from elsewhere: without the places of files on this machine."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from index.errors import SourcierError
from qa.live import LiveSession

_ELSEWHERE = re.compile(r"""(?<![\w.])(?:/[^\s/:'"]+(?=/)|[A-Za-z]:\\)[^\s:'"]*""")


@contextmanager
def discreet(live: LiveSession) -> Iterator[None]:
    """Take the places of files out of what is raised in the block."""
    try:
        yield
    except SourcierError as error:
        error.args = (without_places(str(error), live), *error.args[1:])
        raise


def without_places(text: str, live: LiveSession) -> str:
    """Return a line with STORE, INDEX and FOLDER for where those are, and no other absolute path."""
    if live.store.shared:
        text = text.replace(str(live.store), "STORE")
    for path, name in ((live.index, "INDEX"), (live.folder, "FOLDER")):
        for told in {str(path), str(Path(path).resolve())}:
            text = text.replace(told, name)
    return _ELSEWHERE.sub("…", text)
