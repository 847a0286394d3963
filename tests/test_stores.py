"""What every store promises, whether it is a folder of this machine or a Milvus that many share."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import numpy as np
import pytest

from index.choice import EmptyChoiceError
from index.errors import FolderError, IndexEncoderError, IndexMissingError, UsageError
from index.protocols import Index
from index.stores import LocalStore, MilvusStore, Store, store_of
from qa.live import LiveSession
from qa.scope import Scope
from qa.session import Session

QUESTION = "Combien coûte le phare de Kerlan ?"
KERLAN = "Le phare de Kerlan coûte {} euros. Il fut achevé par la commune.\n"
ARTICLES = {
    "kerlan.txt": KERLAN.format(100),
    "news/meteo.md": "---\ntitle: Météo\ndate: 2025-03-02\n---\nLa météo de demain sera douce.\r\nLe vent tombera.\n",
    "news/port.txt": "The harbour of Brest opens at noon. Ships pay forty euros a day.\n",
    "vide.txt": "",
}
_NUMBERS = itertools.count()


@pytest.fixture(params=["folder", "milvus"])
def store(request, tmp_path, monkeypatch) -> Iterator[Store]:
    """Give an empty store of each kind."""
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    if request.param == "folder":
        yield LocalStore(tmp_path / "index")
        return
    with closing(store_of(f"{request.getfixturevalue('milvus').url}/stores_{next(_NUMBERS)}")) as remote:
        yield remote


@pytest.fixture
def folder(make_folder) -> Path:
    return make_folder(ARTICLES)


@contextmanager
def opened(store: Store) -> Iterator[Index]:
    with closing(store.open()) as index:
        yield index


def test_a_store_without_an_index_says_how_one_is_made(store):
    for ask in (store.current, store.open):
        with pytest.raises(IndexMissingError, match=r"run `sourcier index FOLDER .*`") as told:
            ask()
        assert str(store) in str(told.value)
        assert "\n" not in str(told.value)


def test_what_was_built_is_what_is_opened(store, folder):
    report = store.build(folder)
    assert (report.documents, report.added, report.rebuilt, report.waiting) == (3, 3, True, ())
    assert [each.source for each in report.skipped] == ["vide.txt"]
    with opened(store) as index:
        assert store.current() == index.generation
        assert index.version == report.version == index.generation.manifest.version
        assert index.folder == folder
        assert index.side == store.side
        assert index.catalogue.count == index.generation.manifest.documents == 3
        assert index.catalogue.skipped() == 1
        assert [each.source for each in index.passages.documents()] == ["kerlan.txt", "news/meteo.md", "news/port.txt"]
        for info in index.passages.documents():
            text = (folder / info.source).read_bytes().decode()
            assert index.passages.text(info.doc_id) == text
            for passage in index.passages.passages_of(info.doc_id):
                assert text[passage.start : passage.end] == passage.text


def test_a_build_of_the_same_writes_nothing(store, folder):
    first = store.build(folder)
    before = store.current()
    again = store.build(folder)
    assert (again.rebuilt, again.version, again.added, again.changed, again.removed) == (False, first.version, 0, 0, 0)
    assert store.current() == before


def test_what_is_open_stays_as_it_was_while_another_generation_is_sealed(store, folder):
    store.build(folder)
    with opened(store) as index:
        (folder / "kerlan.txt").write_text(KERLAN.format(2500), "utf-8")
        (folder / "news" / "port.txt").unlink()
        report = store.build(folder)
        assert (report.changed, report.removed, report.documents) == (1, 1, 2)
        assert store.current() != index.generation
        assert [each.source for each in index.passages.documents()] == ["kerlan.txt", "news/meteo.md", "news/port.txt"]
        kerlan = index.catalogue.named(["kerlan.txt"])["kerlan.txt"]
        assert "100 euros" in index.passages.text(kerlan.doc_id)
    with opened(store) as index:
        assert index.generation == store.current()
        assert set(index.catalogue.named(ARTICLES)) == {"kerlan.txt", "news/meteo.md"}
        assert "2500 euros" in index.passages.text(kerlan.doc_id)


def test_rebuilding_from_nothing_says_the_same(store, folder):
    first = store.build(folder)
    again = store.build(folder, rebuild=True)
    assert (again.version, again.rebuilt) == (first.version, True)
    with opened(store) as index:
        assert index.version == first.version


def test_another_encoder_is_refused(store, folder):
    store.build(folder)
    with pytest.raises(IndexEncoderError, match=r"built by the encoder 'embedded', not '.*nobody'.*--rebuild"):
        store.build(folder, str(folder / "nobody"))


def test_a_folder_without_articles_leaves_what_stands(store, folder):
    store.build(folder)
    before = store.current()
    for path in sorted(folder.rglob("*.*")):
        path.unlink()
    with pytest.raises(FolderError, match="holds no file"):
        store.build(folder)
    assert store.current() == before


def test_what_is_not_there_is_said_alike(store, folder):
    store.build(folder)
    with opened(store) as index:
        for ask in (
            lambda: index.passages.document("0" * 16),
            lambda: index.passages.passages([1 << 40]),
            lambda: index.passages.words([1 << 40]),
            lambda: index.dense.scores(np.zeros(index.encoder.dim, np.float32), np.asarray([1 << 40])),
        ):
            with pytest.raises(KeyError):
                ask()
        assert index.passages.text("0" * 16) == ""
        assert index.passages.passages_of("0" * 16) == []
        assert index.catalogue.named(["nobody.txt"]) == {}
        assert index.lexical.frequency("nobody") == 0


def test_a_choice_of_articles_is_all_that_is_found(store, folder):
    store.build(folder)
    with opened(store) as index:
        catalogue = index.catalogue
        assert catalogue.within([], None) is None
        assert catalogue.within(["kerlan.txt", "news/"], lambda _: True) is None
        for names, admits, expected in (
            (["news/"], None, {"news/meteo.md", "news/port.txt"}),
            (["kerlan.txt"], None, {"kerlan.txt"}),
            ([], lambda date: date is not None, {"news/meteo.md"}),
            (["news/"], lambda date: date is None, {"news/port.txt"}),
        ):
            within = catalogue.within(names, admits)
            assert within is not None
            query = index.encoder.encode_queries([QUESTION])
            _, near = index.dense.search(query, 10, within)
            said = [hit for hit, _ in index.lexical.search("phare météo vent harbour ships euros", "fr", 10, within)]
            for ids in ([int(each) for each in near[0] if each >= 0], said):
                _, documents = index.passages.passages(ids)
                assert {each.source for each in documents} == expected
        with pytest.raises(UsageError, match=r"no article is named 'nobody\.txt', 'sud/'"):
            catalogue.within(["nobody.txt", "kerlan.txt", "sud/"], None)
        with pytest.raises(EmptyChoiceError):
            catalogue.within(["kerlan.txt"], lambda date: date is not None)


def test_a_session_answers_cites_and_refuses(store, folder):
    store.build(folder)
    with Session.of_store(store) as session:
        answer = session.ask(QUESTION)
        assert answer.text == "100 euros"
        assert (answer.citations[0].source, answer.citations[0].line) == ("kerlan.txt", 1)
        assert session.ask("Combien coûte le phare ?", scope=Scope.of("news/")).text != "100 euros"
        assert session.ask("Who is Apple's chief executive?").abstained
        with pytest.raises(UsageError, match=r"no article is within 'kerlan\.txt', since 2025: "):
            session.ask(QUESTION, scope=Scope.of("kerlan.txt", since="2025"))


def test_a_live_session_changes_over_to_what_another_has_built(store, folder):
    store.build(folder)
    with LiveSession(Session.of_store(store), store) as live:
        (folder / "kerlan.txt").write_text(KERLAN.format(2500), "utf-8")
        store.build(folder)
        with live.lease() as session:
            assert session.ask(QUESTION).text == "100 euros"
            live.reopen()
            assert session.ask(QUESTION).text == "100 euros"
        with live.lease() as session:
            assert session.ask(QUESTION).text == "2500 euros"
        assert (live.tally.changed_over, live.trouble, live.manifest) == (1, None, store.current().manifest)


def test_only_what_is_not_shared_is_built_by_a_live_session(store, folder):
    store.build(folder)
    with LiveSession(Session.of_store(store), store) as live:
        (folder / "kerlan.txt").write_text(KERLAN.format(2500), "utf-8")
        assert live.refresh().problem is None
        with live.lease() as session:
            assert session.ask(QUESTION).text == ("100 euros" if store.shared else "2500 euros")
        store.build(folder)
        assert live.refresh().problem is None
        with live.lease() as session:
            assert session.ask(QUESTION).text == "2500 euros"
        assert (live.tally.failed, live.state.running) == (0, False)


def test_what_belongs_to_an_index_is_kept_on_this_machine(store, folder, tmp_path):
    store.build(folder)
    with LiveSession(Session.of_store(store), store) as live:
        assert live.index == store.side
        assert live.kept == store.side
        assert live.kept.is_dir()
        assert live.kept.is_relative_to(tmp_path)


def test_both_stores_find_the_same_in_the_same_order(folder, tmp_path, milvus):
    told = []
    for store in (LocalStore(tmp_path / "index"), store_of(f"{milvus.url}/stores_{next(_NUMBERS)}")):
        version = store.build(folder).version
        with closing(store), Session.of_store(store) as session:
            answers = [
                session.ask(text) for text in (QUESTION, "When does the harbour open?", "Quel temps fera-t-il ?")
            ]
        told.append(
            [
                (
                    version,
                    answer.text,
                    round(answer.confidence, 6),
                    [(each.source, each.line, each.quote) for each in answer.citations],
                    [(hit.document.source, hit.passage.start, round(hit.score, 5)) for hit in answer.passages],
                )
                for answer in answers
            ]
        )
    assert told[0] == told[1]


def test_a_store_that_was_closed_is_asked_again(milvus):
    store = store_of(f"{milvus.url}/stores_{next(_NUMBERS)}")
    for _ in range(2):
        with pytest.raises(IndexMissingError):
            store.current()
        store.close()


def test_the_store_of_an_address(monkeypatch):
    store = store_of("milvus+tls://host/articles?index=HNSW", "2/3")
    assert isinstance(store, MilvusStore)
    assert (str(store), str(store.part), store.shared) == ("milvus+tls://host:19530/articles?index=HNSW", "2/3", True)
    assert store.side != store_of("milvus://host/others").side
    bad: list[Callable[[], object]] = [lambda: store_of("articles"), lambda: store_of("milvus://host/a", "2/1")]
    for ask in bad:
        with pytest.raises(UsageError):
            ask()
