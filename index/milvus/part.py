"""Which files of a folder a build writes, where several machines share it."""

from __future__ import annotations

import re
from dataclasses import dataclass

from index.errors import UsageError

_GIVEN = re.compile(r"([0-9]{1,6})/([0-9]{1,6})")
_DIGITS = 16  # of a document's id, which is part of a hash
_BITS = 4 * _DIGITS
_MOST = 1 << _BITS


@dataclass(frozen=True, slots=True)
class Part:
    """The i-th of n parts: documents whose ids lie between two bounds, and so can be asked for together.

    :param number: from 1.
    :param of: how many parts there are.
    """

    number: int = 1
    of: int = 1

    @classmethod
    def parse(cls, text: str) -> Part:
        """Return the part that `i/n` names.

        :raises UsageError: if it names none.
        """
        match = _GIVEN.fullmatch(text)
        if not match or not 1 <= int(match[1]) <= int(match[2]):
            raise UsageError(f"--part {text!r} is no part: give i/n, the i-th of n parts, such as 1/3, 2/3 and 3/3")
        return cls(int(match[1]), int(match[2]))

    def __str__(self) -> str:
        """Return it as it is given."""
        return f"{self.number}/{self.of}"

    def holds(self, doc_id: str) -> bool:
        """Say whether a document is of this part."""
        return int(doc_id, 16) * self.of >> _BITS == self.number - 1

    def where(self, field: str = "doc_id") -> str:
        """Return the condition that a document's id, or a key that begins with it, is of this part."""
        first, after = (-(-each * _MOST // self.of) for each in (self.number - 1, self.number))
        below = f"{field} < '{after:0{_DIGITS}x}'" if after < _MOST else f"{field} < 'g'"
        return f"{field} >= '{first:0{_DIGITS}x}' and {below}"
