"""Strings of articles and users, made to show as themselves in HTML."""

from __future__ import annotations

import json
import re
from html import escape

# What overrides the order of letters, so that a quote would read otherwise than it stands, and controls
# that HTML does not hold, show as the sign of a character that cannot be shown. Marks that only lean
# on the order of what is beside them are left out.
_HIDDEN = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")
_MARKS = re.compile(r"[\u200e\u200f\u061c]")


def shown(text: str) -> str:
    """Return a text for HTML, in an element or in a quoted attribute: nothing in it is markup."""
    return escape(_HIDDEN.sub("\ufffd", _MARKS.sub("", text)))


def data(value: object) -> str:
    """Return a value as JSON for a quoted attribute, for a script to read; no character of it is lost."""
    return escape(json.dumps(value))
