"""What goes wrong with the benchmark itself, told on one line."""

from __future__ import annotations


class ScaleError(Exception):
    """A mistake in what was asked, or a step that failed, with its remedy."""
