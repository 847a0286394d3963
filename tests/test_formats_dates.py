"""Dates as files write them: none is made up of what can be read in two ways."""

from __future__ import annotations

import pytest

from index.dates import dateline, iso_date, labelled_date


@pytest.mark.parametrize(
    ("said", "iso"),
    [
        ("2019", "2019"),
        ("2019-05", "2019-05"),
        ("2019/05/03", "2019-05-03"),
        ("2011/12", None),  # a season
        ("2019-02-30", None),
        ("2024-09-17T22:30:00Z", "2024-09-17"),
        ("17 septembre 2024", "2024-09-17"),
        ("05/12/2025", "2025-12-05"),
        ("Publié le 05/12/2025", "2025-12-05"),
        ("vendredi 05/12/2025", "2025-12-05"),
        ("Published on 05/12/2025", None),
        ("Monday 04/05/2024", None),
        ("Published 07/07/2024", "2024-07-07"),
        ("Published 31/12/2024", "2024-12-31"),
    ],
)
def test_a_date_is_read_in_one_way_or_not_at_all(said: str, iso: str | None) -> None:
    assert iso_date(said) == iso


def test_a_labelled_date_that_may_begin_with_the_month_is_none() -> None:
    assert dateline("By A. Martin, published 05/12/2025") is None
    assert labelled_date("Published on 05/12/2025. The harbour is old.") is None
    assert labelled_date("Publié le 05/12/2025. Le port est vieux.") == ("2025-12-05", 20)
