"""What is told to those who ask from elsewhere names no place on this machine."""

from __future__ import annotations

import pytest

from index.errors import FolderError, IndexFolderError
from qa.discreet import discreet, without_places
from qa.live import LiveSession
from qa.service import Service


@pytest.fixture
def live(seeds_session) -> LiveSession:
    return LiveSession(seeds_session)


def test_the_folder_and_its_index_are_named_as_what_they_are(live):
    told = (
        f"cannot read {live.folder}/a b.txt, nor {live.index}/CURRENT (gone): see /etc/sourcier/x.toml or C:\\Users\\a"
    )
    assert without_places(told, live) == "cannot read FOLDER/a b.txt, nor INDEX/CURRENT (gone): see … or …"


@pytest.mark.parametrize(
    "told",
    ["no article is named 'a/b.txt': give /, a/ or 3/4", "half of it (and/or more): 12/2024", "GET /api lists them"],
)
def test_what_is_no_place_stays(live, told):
    assert without_places(told, live) == told


def test_an_error_keeps_its_kind(live):
    with pytest.raises(FolderError, match=r"^FOLDER is no folder$"), discreet(live):
        raise FolderError(f"{live.folder} is no folder")


def test_a_session_that_was_closed_does_not_tell_where_its_index_is(make_folder):
    with LiveSession.of_folder(make_folder({"a.txt": "Le phare de Kerlan coûte cent euros.\n"})) as live:
        pass
    for ask in (lambda: Service(live).ask("Combien coûte le phare ?"), Service(live).documents):
        with pytest.raises(IndexFolderError, match=r"^the index at INDEX is closed"):
            ask()
