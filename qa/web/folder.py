"""What the REST endpoints do to a folder: its articles added, removed and put back, and how its index stands."""

from __future__ import annotations

from typing import Any, ClassVar

from index.errors import DocumentError, UsageError
from index.types import BuildReport
from qa.discreet import discreet, without_places
from qa.live import LiveSession
from qa.types import SCHEMA


class ExistsError(DocumentError):
    """An article has that place already."""

    kind: ClassVar[str] = "exists"


class UnknownError(DocumentError):
    """There is no such article."""

    kind: ClassVar[str] = "not_found"


class Folder:
    """A folder that is served. What changes it is answered at once, and indexed in the background."""

    def __init__(self, live: LiveSession) -> None:
        self.live = live

    def build(self) -> dict[str, Any]:
        """Return how bringing the index up to date stands."""
        state = self.live.state
        with self.live.lease() as session:
            return {
                "schema": SCHEMA,
                "running": self.live.busy,
                "done": state.done,
                "total": state.total,
                "problem": without_places(state.problem, self.live) if state.problem else None,
                "version": session.index.version,
                "documents": session.index.generation.manifest.documents,
                "skipped": session.index.catalogue.skipped(),
                "built": _built(state.report),
            }

    def add(self, source: str, data: bytes, replace: bool) -> dict[str, Any]:
        """Put an article into the folder.

        :raises ExistsError: if it is there already, and not to be replaced.
        :raises SourcierError: as `index.articles.add_article` does.
        """
        from index.articles import add_article  # cuts articles, which takes a heavy library

        try:
            with discreet(self.live):
                added = add_article(self.live.folder, source, data, replace, self.live.index)
        except DocumentError as error:
            if replace or source not in self._files():
                raise
            raise ExistsError(f"{source}: is there already: add ?replace=true to overwrite it") from error
        self.live.refresh_soon()
        return {"schema": SCHEMA, "source": added}

    def remove(self, source: str) -> dict[str, Any]:
        """Take an article out of the folder; return what puts it back.

        :raises UnknownError: if there is no such article.
        :raises SourcierError: as `index.articles.remove_article` does.
        """
        from index.articles import REMOVED, remove_article

        try:
            with discreet(self.live):
                kept = remove_article(self.live.folder, self.live.index, source)
        except DocumentError as error:
            if source in self._files():
                raise
            raise UnknownError(str(error)) from error
        self.live.refresh_soon()
        return {"schema": SCHEMA, "source": source, "kept": kept.relative_to(self.live.index / REMOVED).parts[0]}

    def put_back(self, kept: object) -> dict[str, Any]:
        """Put a removed article back.

        :raises UsageError: if `kept` is no string.
        :raises UnknownError: if nothing is kept under that name.
        :raises ExistsError: if something has taken its place.
        :raises SourcierError: as `index.articles.put_back` does.
        """
        from index.articles import REMOVED, put_back

        if not isinstance(kept, str):
            raise UsageError("kept is a string, as DELETE gave it")
        removed = self.live.index / REMOVED
        try:
            with discreet(self.live):
                source = put_back(self.live.folder, self.live.index, kept)
        except DocumentError as error:
            known = {path.name for path in removed.iterdir()} if removed.is_dir() else set()
            if kept in known:
                raise ExistsError(str(error)) from error
            raise UnknownError("nothing is kept under that name: give the one that DELETE gave") from error
        self.live.refresh_soon()
        return {"schema": SCHEMA, "source": source}

    def _files(self) -> set[str]:
        """Return every file of the folder as it is now, also those that are no articles."""
        from index.documents import scan

        states, skipped = scan(self.live.folder, self.live.index)
        return {state.source for state in states} | {each.source for each in skipped}


def _built(report: BuildReport | None) -> dict[str, Any] | None:
    if report is None:
        return None
    counts = {"added": report.added, "changed": report.changed, "removed": report.removed}
    return {"rebuilt": report.rebuilt, **counts}
