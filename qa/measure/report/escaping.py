"""Text of articles, gold and users, made to show as itself and to mean nothing to what reads the report."""

from __future__ import annotations

import html
import re

_NONCHARACTERS = "".join(f"{chr(plane + 0xFFFE)}{chr(plane + 0xFFFF)}" for plane in range(0, 0x110000, 0x10000))
_UNFIT = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f"  # controls, but for tabs and line ends
    "\u202a-\u202e\u2066-\u2069"  # what turns the direction of text beyond its own
    f"\ud800-\udfff\ufdd0-\ufdef{_NONCHARACTERS}]"
)
_LANGUAGE = re.compile(r"[a-z]{2,3}")
_MARKUP = re.compile(r"[\\`*_{}\[\]<>#|~$&@^=]|:(?=\S)|(?<!\d)\.(?=\w)|\.(?=[^\W\d])|^[-+]|(?<=^\d)[.)]")
_AMPERSANDS = {"<": "&lt;", ">": "&gt;", "&": "&amp;"}  # which no reader takes for tags, whatever it makes of \


def clean(text: str, most: int | None = None) -> str:
    """Return a text without characters that no document may hold, which become U+FFFD, and cut to a length."""
    cut = text if most is None or len(text) <= most else f"{text[:most]}… ({len(text) - most:,} more characters)"
    return _UNFIT.sub("\ufffd", cut.replace("\r\n", "\n").replace("\r", "\n"))


def in_html(text: str, most: int | None = None) -> str:
    """Return a text that shows as itself in HTML and in a quoted attribute."""
    return html.escape(clean(text, most))


def isolated(text: str, most: int | None = None, language: str = "") -> str:
    """Return a text as HTML that reads in its own direction, and in its language where that is known."""
    spoken = f' lang="{language}"' if _LANGUAGE.fullmatch(language) else ""
    return f"<bdi{spoken}>{in_html(text, most)}</bdi>"


def in_markdown(text: str, most: int | None = None) -> str:
    """Return a text that shows as itself in a line of Markdown, in a cell of a table too."""
    return _MARKUP.sub(lambda found: _AMPERSANDS.get(found[0], f"\\{found[0]}"), _one_line(text, most))


def code(text: str, most: int | None = None) -> str:
    """Return a text as a code span of Markdown."""
    told = _one_line(text, most)
    fence = "`" * (max(map(len, re.findall("`+", told)), default=0) + 1)
    pad = " " if not told or "`" in (told[0], told[-1]) else ""
    return f"{fence}{pad}{told}{pad}{fence}"


def code_block(text: str) -> str:
    """Return a text, line by line, as a block of Markdown."""
    told = clean(text).strip("\n")
    fence = "`" * max(3, max(map(len, re.findall("`+", told)), default=0) + 1)
    return f"{fence}text\n{told}\n{fence}"


def _one_line(text: str, most: int | None) -> str:
    return " ".join(clean(text, most).split())
