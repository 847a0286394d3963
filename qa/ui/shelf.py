"""The conversations of open pages, by keys that their tabs keep: a page that is loaded anew finds its own again."""

from __future__ import annotations

import re
from collections import OrderedDict
from threading import Lock

from qa.ui.view import Sheet

_KEY = re.compile(r"[0-9a-f]{32}")


class Shelf:
    """Sheets by who is logged in and the key of a tab, which nobody else knows. The ones used last stay.

    :param most: how many are kept.
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self._sheets: OrderedDict[tuple[str | None, str], Sheet] = OrderedDict()
        self._changing = Lock()

    def __len__(self) -> int:
        return len(self._sheets)

    def bring(self, user: str | None, key: object, sheet: Sheet) -> None:
        """Give a new page's sheet the view that its tab had before, if any, and keep it from now on.

        :param key: what the browser sent; if it is no key, nothing is done.
        """
        if not isinstance(key, str) or not _KEY.fullmatch(key):
            return
        with self._changing:
            before = self._sheets.pop((user, key), None)
            if before is not None:
                sheet.change(lambda _: before.view)
            self._sheets[user, key] = sheet
            while len(self._sheets) > self._most:
                self._sheets.popitem(last=False)
