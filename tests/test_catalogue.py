"""The documents of an index, asked for by number, name and date: the same as when all of them are looked at."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from index.catalogue import Catalogue
from index.errors import IndexCorruptError, UsageError
from index.opened import PASSAGES
from index.passage_store import PassageStore
from index.types import DocumentInfo
from qa.live import LiveSession
from qa.scope import Scope, passages_within
from qa.session import Session
from qa.suggest.suggester import Suggester
from qa.ui.browsing import Filter, Listing, of_now, scope_of
from qa.web.folder import Folder

SOURCES = [  # around `/`, which sorts between `.` and `0`
    *("a.txt", "nord", "nord-est/a.txt", "nord.txt", "nord/a.txt", "nord/mer/a.txt", "nord/mer/b.txt", "nord/mer0.txt"),
    *("nord/été/a.txt", "nord0/a.txt", "nord0.txt", "sud/a.txt", "sud/été.txt", "été/a.txt", "été.txt", "z.txt"),
]
NAMES = [name + ".txt" if name == "nord" else name for name in SOURCES]
FOLDERS = ["nord/", "nord/mer/", "nord-est/", "nord0/", "nord/été/", "sud/", "été/"]
DATES = ["2021", "2021-03", "2021-03-05", "2022-05-12", "2023-01", "2023-12-31"]
dates = st.sampled_from([None, "2020", "2021", "2021-03", "2021-03-05", "2021-04", "2022-05-12", "2023", "2024-02-29"])


@pytest.fixture(scope="module")
def session(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Session]:
    folder = tmp_path_factory.mktemp("articles")
    for number, source in enumerate(dict.fromkeys(NAMES)):
        date = DATES[number % 7] if number % 7 < len(DATES) else ""
        path = folder / source
        path.parent.mkdir(parents=True, exist_ok=True)
        head = f"---\ntitle: L’Été n° {number}\n" + (f"date: {date}\n" if date else "") + "---\n"
        path.with_suffix(".md").write_text(head + f"Le phare n° {number} de Planier mesure {number} mètres.\n\n" * 3)
    (folder / "image.png").write_bytes(b"\x89PNG")
    with Session.of_folder(folder) as opened:
        yield opened


@pytest.fixture(scope="module")
def documents(session: Session) -> list[DocumentInfo]:
    return session.index.passages.documents()


def test_documents_are_numbered_in_order_of_their_sources(session: Session, documents: list[DocumentInfo]) -> None:
    catalogue = session.index.catalogue
    assert catalogue.count == len(documents) == len(set(NAMES))
    assert [each.source for each in documents] == sorted(each.source for each in documents)
    assert len({each.date for each in documents}) == len(DATES) + 1
    assert catalogue.documents(range(catalogue.count)) == documents
    assert catalogue.documents([5, 2]) == [documents[2], documents[5]]
    assert catalogue.documents([]) == []
    assert catalogue.sources([5, 2]) == (documents[2].source, documents[5].source)
    states = session.index.passages.file_states()
    assert catalogue.sizes([3]) == {documents[3].source: states[documents[3].source].size}
    assert catalogue.named([documents[3].source, "none", "nord/", "\ud800"]) == {documents[3].source: documents[3]}
    assert {*catalogue.dates()} == {each.date for each in documents}
    assert catalogue.skipped() == 1
    told = [(number, each.source, each.title, each.date) for number, each in enumerate(documents)]
    assert list(catalogue.told()) == told


@settings(deadline=None)
@given(
    named=st.lists(st.sampled_from([*(name.replace(".txt", ".md") for name in NAMES), *FOLDERS]), max_size=4),
    since=dates,
    until=dates,
)
def test_the_passages_of_a_scope_are_those_of_the_documents_that_it_admits(
    session: Session, documents: list[DocumentInfo], named: list[str], since: str | None, until: str | None
) -> None:
    scope = Scope(tuple(named), since, until)
    admitted = [document for document in documents if scope.admits(document)]
    if not admitted:
        with pytest.raises(UsageError, match="no article is within"):
            passages_within(session.index, scope)
        return
    within = passages_within(session.index, scope)
    if len(admitted) == len(documents):
        assert within is None
        return
    assert within is not None
    expected = session.index.passages.passage_ids([document.doc_id for document in admitted])
    assert np.flatnonzero(within.holds(np.arange(within.last + 1))).tolist() == expected


@pytest.mark.parametrize("find", ["", "ete", "N° 1", "nord/mer", "zzz", "\n"])
@pytest.mark.parametrize(("since", "until"), [("", ""), ("2022", ""), ("", "2021-03"), ("2030", ""), ("2023", "2021")])
def test_what_is_looked_for_is_found(
    session: Session, documents: list[DocumentInfo], find: str, since: str, until: str
) -> None:
    chosen = Filter.parse({"find": find, "since": since, "until": until})
    fits = [each for each in documents if chosen.dates is None or chosen.dates.admits(each)]
    if plain := find.lower().strip():
        fits = [each for each in fits if plain in f"{each.title}\n{each.source}".lower().replace("é", "e")]
    listing = Listing.of(session, chosen)
    assert listing.documents == tuple(fits)
    assert (listing.found, listing.all) == (len(fits), len(documents))
    assert {*listing.sizes} == {each.source for each in fits}
    scope = scope_of(session, chosen)
    if not chosen:
        assert scope is None
    elif fits:
        assert scope is not None
        assert [each for each in documents if scope.admits(each)] == fits


def test_a_page_is_listed_and_all_are_counted(session: Session, documents: list[DocumentInfo]) -> None:
    listing = Listing.of(session, Filter(most=3))
    assert listing.documents == tuple(documents[:3])
    assert listing.found == listing.all == len(documents)
    listing = Listing.of(session, Filter(find="nord", most=2))
    assert len(listing.documents) == 2 < listing.found
    scope = scope_of(session, Filter(find="nord", most=2))
    assert scope is not None
    assert len(scope.sources) == listing.found


def test_a_scope_loses_what_has_left_the_folder(session: Session) -> None:
    kept = ("nord/", "z.md")
    assert of_now(Scope((*kept, "gone.md", "gone/")), session) == Scope(kept)
    for scope in (None, Scope(kept), Scope(("gone.md",)), Scope((), "2021"), Scope(kept, "2030")):
        assert of_now(scope, session) is scope


def test_asking_a_large_folder_lists_it_nowhere(session: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("documents", "file_states", "all_passages"):
        monkeypatch.setattr(PassageStore, name, lambda *_, name=name: pytest.fail(f"all were listed: {name}"))
    index = session.index.generation.path.parent
    with LiveSession(Session.of_index(index)) as live:
        with live.lease() as asked:
            assert asked.ask("Combien mesure le phare n° 3 de Planier ?", scope=Scope(("nord/",), "2021")).passages
            assert asked.ask("Combien mesure le phare n° 3 de Planier ?").passages
            assert of_now(Scope(("gone.md", "z.md")), asked) == Scope(("z.md",))
            Listing.of(asked, Filter())
            Listing.of(asked, Filter(find="nord", since="2021"))
        assert Folder(live).build()["skipped"] == 1
        suggester = Suggester(live, pause=0.0)
        suggester.start()
        assert suggester.wait(120)
        suggester.opening("fr", 3, Scope((), "2021"))
        suggester.close()


def test_what_cannot_be_read_is_told_with_the_remedy(session: Session, tmp_path: Path) -> None:
    data = (session.index.generation.path / PASSAGES).read_bytes()
    (tmp_path / PASSAGES).write_bytes(data[:100] + bytes(len(data) - 100))
    for catalogue in (Catalogue(tmp_path / PASSAGES, 3), Catalogue(tmp_path / "none", 3)):
        for ask in (
            catalogue.dates,
            catalogue.skipped,
            lambda c=catalogue: c.documents([1]),
            lambda c=catalogue: list(c.told()),
        ):
            with pytest.raises(IndexCorruptError, match=r"cannot be read .*--repair"):
                ask()
