"""How the builds of a process stand, and what they came to so far."""

from __future__ import annotations

from dataclasses import dataclass, replace

from index.types import BuildReport


@dataclass(frozen=True, slots=True)
class BuildState:
    """How bringing the index up to date stands: files done of all while it runs, then what came of it.

    `problem` is one line for a user, where the last build failed; the index before it is still the one asked.
    `report` is that of the index asked, if a build told one.
    """

    running: bool = False
    done: int = 0
    total: int = 0
    problem: str | None = None
    report: BuildReport | None = None


@dataclass(frozen=True, slots=True)
class Tally:
    """What became of the builds of this process, and how often another generation began to be asked."""

    rebuilt: int = 0
    unchanged: int = 0
    failed: int = 0
    changed_over: int = 0

    def and_build(self, report: BuildReport | None) -> Tally:
        """Return this with a build more, which failed if it told no report."""
        if report is None:
            return replace(self, failed=self.failed + 1)
        if report.rebuilt:
            return replace(self, rebuilt=self.rebuilt + 1)
        return replace(self, unchanged=self.unchanged + 1)
