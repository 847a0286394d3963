"""What one open page shows, as Gradio keeps it between its events."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from threading import Lock

from qa.scope import Scope
from qa.ui.browsing import Filter
from qa.ui.places import Place
from qa.ui.reactions import Turn
from qa.ui.text import shown
from qa.ui.words import Words

KEPT = 30
"""How many turns of a conversation are kept."""
_CHANGING = Lock()  # of all sheets: Gradio copies a new one for each page, and a lock cannot be copied


@dataclass(frozen=True, slots=True)
class View:
    """What one open page shows: its conversation, the turn whose card is there, and what the right side holds.

    `places` are what the reader steps through, `reach` how far around the one at `at`; without them it is the
    folder, filtered.
    """

    turns: tuple[Turn, ...] = ()
    current: str | None = None
    places: tuple[Place, ...] = ()
    at: int = 0
    reach: tuple[int, int] = (0, 0)
    listed: Filter = field(default_factory=Filter)
    scope: Scope | None = None

    @property
    def turn(self) -> Turn | None:
        """The turn whose card is shown."""
        return next((turn for turn in self.turns if turn.id == self.current), None)

    def at_turn(self, turn_id: str | None) -> View:
        """Return the same at a turn, the reader at its first source; at the folder where it has none."""
        view = replace(self, current=turn_id)
        cited = view.turn.answer.citations if view.turn else ()
        return replace(view, places=tuple(map(Place.of_citation, cited)), at=0, reach=(0, 0))

    def with_turn(self, turn: Turn) -> View:
        """Return the same with a turn more, at that turn. The oldest ones give way."""
        return replace(self, turns=(*self.turns, turn)[-KEPT:]).at_turn(turn.id)


def scope_notice(scope: Scope | None, words: Words) -> str:
    """Return the line that says which articles are asked; nothing where all are."""
    if scope is None:
        return ""
    what = [words.scope_sources[len(scope.sources) > 1].format(n=len(scope.sources))] if scope.sources else []
    if scope.since or scope.until:
        what.append(" – ".join(words.day(each) if each else "…" for each in (scope.since, scope.until)))
    return (
        f'<p class="sr-scope">{shown(words.scope.format(what=", ".join(what)))}'
        f' <button type="button" data-unlimit>{shown(words.scope_all)}</button></p>'
    )


class Sheet:
    """The view of one open page, which its events change one after the other, however many are under way."""

    def __init__(self) -> None:
        self.view = View()

    def change(self, changed: Callable[[View], View]) -> View:
        """Put another view in the place of the one that is there now, and return it."""
        with _CHANGING:
            self.view = changed(self.view)
            return self.view
