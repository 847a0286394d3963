"""What goes wrong with the benchmark itself, told on one line."""

from __future__ import annotations


class BenchError(Exception):
    """A mistake in what was asked, or on the machine, with its remedy."""
