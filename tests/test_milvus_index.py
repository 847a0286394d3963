"""An index in Milvus is as the one on disk that it was filled from. `milvus_places` says how to ask a real cluster."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pytest
from milvus_fill import fill
from milvus_places import Place
from pdf_files import pdf
from test_milvus_bm25 import agree

from index.build import bring_up_to_date
from index.choice import EmptyChoiceError
from index.encoder import embedded
from index.errors import (
    IndexCorruptError,
    IndexEncoderError,
    IndexFormatError,
    IndexMissingError,
    IndexStoreError,
    UsageError,
)
from index.milvus.client import Client
from index.milvus.current import current_remote
from index.milvus.opened import RemoteIndex, open_remote
from index.milvus.schema import MANIFEST_KEY, Names, Sealed, alive_at
from index.milvus.searches import RemoteDense
from index.milvus.view import View
from index.opened import OpenIndex, open_index
from index.protocols import Index, Within
from index.tokens import terms
from index.types import DocumentInfo, Passage

QUESTIONS = (
    ("Quelle est la norme de recharge des batteries ?", "fr"),
    ("What is the charging standard for batteries?", "en"),
    ("Où se trouve l'élan d'été ?", "fr"),
    ("norme 2025", "fr"),
    ("le la les", "fr"),
    ("zzz", "en"),
)


@dataclass
class Pair:
    """The same index on disk and in Milvus."""

    local: OpenIndex
    remote: RemoteIndex
    client: Client
    sealed: Sealed

    def names(self, index: Index, ids: list[int]) -> list[tuple[str, int]]:
        """Return where passages stand, which is the same wherever they are kept."""
        passages, documents = index.passages.passages(ids)
        return [(each.source, passage.start) for each, passage in zip(documents, passages, strict=True)]


def files() -> dict[str, str | bytes]:
    """Return a folder with something of everything."""
    said = "Les batteries de la norme se rechargent en {} minutes. Voilà l'élan de l'été, coûte que coûte."
    return {
        "été.txt": "L'été\n\n" + said.format(3) + "\n\nLaisser un commentaire\n\n" + "Très bien ! " * 9000,
        "en/standards 2025.txt": "The charging standard\n\nThe charging standard for batteries dates from 2019.\r\n"
        * 9,
        'en/100% "pure" it\'s.txt': "Pure\n\nBatteries of the standard are charged in 4 minutes.",
        "en_/_other.txt": "Other\n\nThe elk runs in summer, and the standard stands.",
        "en/deep/\\back.txt": "Back\n\nA charging standard is charged with batteries.",
        "a.md": "---\ntitle: Longue\ndate: 2024-02-03\nnotes: "
        + "é" * 40_000
        + "\n---\n# Longue\n\n"
        + said.format(7) * 40,
        "2025-05-12 dated.txt": "Dated\n\nLa norme de mai est la norme des batteries.",
        "2025-06 dated.txt": "Dated\n\nLa norme de juin est la norme des batteries.",
        "year.md": "---\ntitle: Dated\ndate: 2023\n---\nLa norme de toute l'année est autre.",
        "pages.pdf": pdf([[(50, 700, "La norme de la page une.")], [(50, 700, "Les batteries de la page deux.")]]),
        "empty.txt": "",
        "broken.pdf": b"no pdf",
        "table.xlsx": b"x",
    }


def built(folder: Path, index: Path) -> OpenIndex:
    bring_up_to_date(folder, index)
    return open_index(index)


def written(folder: Path, told: dict[str, str | bytes]) -> Path:
    for name, content in told.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode() if isinstance(content, str) else content)
    return folder


@pytest.fixture(scope="module")
def pair(place: Place, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pair]:
    here = tmp_path_factory.mktemp("pair")
    address = place()
    with ExitStack() as stack:
        local = stack.enter_context(closing(built(written(here / "articles", files()), here / "index")))
        client = stack.enter_context(closing(Client(address)))
        sealed = fill(client, local)
        yield Pair(local, stack.enter_context(closing(open_remote(address))), client, sealed)


def test_the_folder_has_something_of_everything(pair: Pair) -> None:
    told = {info.source: info for info in pair.local.passages.documents()}
    assert len(told) == 10
    assert {info.language for info in told.values()} >= {"fr", "en"}
    assert {info.date for info in told.values()} == {None, "2024-02-03", "2025-05-12", "2025-06", "2023"}
    assert {each.source for each in pair.local.passages.skipped()} == {"empty.txt", "broken.pdf", "table.xlsx"}
    before = told["a.md"]
    assert len(pair.local.passages.passages_of(before.doc_id)[0].text) < 65_535
    assert pair.local.passages.passages_of(before.doc_id)[0].start > 40_000


def test_documents_are_the_same(pair: Pair) -> None:
    local, remote = pair.local.passages, pair.remote.passages
    assert remote.documents() == local.documents()
    for info in local.documents():
        assert remote.document(info.doc_id) == info
        text = local.text(info.doc_id)
        assert remote.text(info.doc_id) == text
        found, expected = remote.passages_of(info.doc_id), local.passages_of(info.doc_id)
        assert [replace(each, passage_id=0) for each in found] == [replace(each, passage_id=0) for each in expected]
        assert [each.words for each in found] == [each.words for each in expected]
        for offset in {0, 5, len(text) // 2, max(len(text) - 1, 0)}:
            assert remote.line(info.doc_id, offset) == local.line(info.doc_id, offset)
            assert remote.page(info.doc_id, offset) == local.page(info.doc_id, offset)
    paged = [info for info in local.documents() if remote.page(info.doc_id, 0)]
    assert [info.source for info in paged] == ["pages.pdf"]
    assert remote.page(paged[0].doc_id, len(remote.text(paged[0].doc_id)) - 1) == 2


def test_files_are_the_same(pair: Pair) -> None:
    local, remote = pair.local.passages, pair.remote.passages
    assert remote.skipped() == local.skipped()
    assert remote.skipped_hashes() == local.skipped_hashes()
    assert remote.file_states() == local.file_states()
    assert [*remote.digests()] == [*local.digests()]
    assert [*remote.counts()] == [*local.counts()]
    assert remote.facts() == local.facts()


def test_what_is_not_there_is_not_found(pair: Pair) -> None:
    assert pair.remote.passages.text("0" * 16) == pair.local.passages.text("0" * 16) == ""
    assert pair.remote.passages.passages_of("0" * 16) == []
    for index in (pair.local, pair.remote):
        with pytest.raises(KeyError):
            index.passages.document("0" * 16)
        with pytest.raises(KeyError):
            index.passages.passages([10**15])
        with pytest.raises(KeyError):
            index.passages.words([10**15])
        assert index.passages.passages([]) == ([], [])
    skipped = next(iter(pair.remote.passages.skipped_hashes()))
    with pytest.raises(KeyError):
        pair.remote.passages.document(skipped)


def test_the_index_says_the_same_of_itself(pair: Pair) -> None:
    local, remote = pair.local, pair.remote
    assert remote.version == local.version
    assert remote.folder == local.folder.resolve()
    assert remote.generation.manifest == replace(local.generation.manifest, files={}, folder=str(local.folder))
    assert remote.generation.path.name == "generation-000001"
    assert remote.side == remote.generation.path.parent
    assert not remote.side.exists()
    assert len(remote.lexical) == len(remote.dense) == len(local.dense)
    assert remote.catalogue.count == local.catalogue.count
    assert current_remote(pair.client) == remote.generation


@pytest.mark.parametrize(("question", "language"), QUESTIONS)
@pytest.mark.parametrize("k", [1, 4, 1000])
def test_bm25_is_the_same(pair: Pair, question: str, language: str, k: int) -> None:
    found, expected = (index.lexical.search(question, language, k) for index in (pair.remote, pair.local))
    standing = [
        pair.names(index, [each for each, _ in told]) for index, told in ((pair.remote, found), (pair.local, expected))
    ]
    numbers = {name: number for number, name in enumerate(dict.fromkeys(standing[1] + standing[0]))}
    agree(
        *(
            [(numbers[n], s) for n, (_, s) in zip(names, told, strict=True)]
            for names, told in zip(standing, (found, expected), strict=True)
        )
    )


def test_frequencies_are_the_same(pair: Pair) -> None:
    words = {
        term for info in pair.local.passages.documents() for term in terms(pair.local.passages.text(info.doc_id), "fr")
    }
    assert len(words) > 20
    for word in (*words, "", "unheard"):
        assert pair.remote.lexical.frequency(word) == pair.local.lexical.frequency(word)


@pytest.mark.parametrize(("question", "language"), QUESTIONS[:3])
def test_nearest_passages_are_the_same(pair: Pair, question: str, language: str) -> None:
    said = embedded().words(question)
    words = pair.local.query_vector(question, said)
    assert (pair.remote.query_vector(question, said) == words).all()
    k = 7
    (scores, ids), (best, _) = pair.remote.dense.search(words, k), pair.local.dense.search(words, k)
    assert ids.shape == scores.shape == best.shape == (1, k)
    np.testing.assert_allclose(scores, best, atol=1e-6)
    np.testing.assert_allclose(pair.remote.dense.scores(words[0], ids[0]), best[0], atol=1e-6)
    every, all_ids = pair.remote.dense.search(np.repeat(words, 2, axis=0), 10**6)
    assert every.shape == (2, len(pair.local.dense))
    assert len(set(all_ids[0].tolist())) == len(pair.local.dense)
    for bad in (words[:, :-1], words[0]):
        with pytest.raises(ValueError, match="want"):
            pair.remote.dense.search(bad, k)
    with pytest.raises(KeyError):
        pair.remote.dense.scores(words[0], np.asarray([10**15]))


def test_vectors_that_words_do_not_give_are_fetched(pair: Pair) -> None:
    fetched = RemoteDense(View(pair.client, pair.sealed), pair.remote.passages, recoverable=False)
    query = pair.local.encoder.encode_queries(["norme des batteries"])
    scores, ids = fetched.search(query, 9)
    np.testing.assert_allclose(fetched.scores(query[0], ids[0]), scores[0], atol=1e-6)
    np.testing.assert_allclose(pair.remote.dense.scores(query[0], ids[0]), scores[0], atol=1e-6)
    assert fetched.scores(query[0], ids[0][:0]).shape == (0,)
    with pytest.raises(KeyError):
        fetched.scores(query[0], np.asarray([10**15]))


@pytest.mark.parametrize("kind", ["HNSW", "HNSW_SQ", "IVF_SQ8", "AUTOINDEX"])
def test_the_vectors_may_have_an_index(place: Place, pair: Pair, kind: str) -> None:
    address = replace(place(), kind=kind)
    with closing(Client(address)) as client:
        assert fill(client, pair.local).kind == kind
    with closing(open_remote(replace(address, kind="FLAT"))) as remote:
        for info in pair.local.passages.documents():
            (passage, *_) = pair.local.passages.passages_of(info.doc_id)
            query = pair.local.encoder.encode_queries([passage.text])
            _, ids = remote.dense.search(query, 5)
            assert passage.text in [each.text for each in remote.passages.passages(ids[0].tolist())[0]]


def test_words_of_passages_are_the_same(pair: Pair) -> None:
    for info in pair.local.passages.documents()[:2]:
        passages = zip(
            pair.local.passages.passages_of(info.doc_id), pair.remote.passages.passages_of(info.doc_id), strict=True
        )
        for one, other in passages:
            assert (pair.local.words(one).rows == pair.remote.words(other).rows).all()


def test_the_catalogue_is_the_same(pair: Pair) -> None:
    local, remote = pair.local.catalogue, pair.remote.catalogue
    every = range(local.count)
    assert [*remote.told()] == [*local.told()]
    assert remote.skipped() == local.skipped() == 3
    for numbers in (every, [3, 1, 4], []):
        assert remote.documents(numbers) == local.documents(numbers)
        assert remote.sizes(numbers) == local.sizes(numbers)
        assert remote.sources(numbers) == local.sources(numbers)
    sources = [*local.sources(every), "missing.txt", "en/", "\udcff", ""]
    assert remote.named(sources) == local.named(sources)
    names = [*sources, "en/deep/", "e/", "EN/", "/"]
    found, expected = remote.numbers(names), local.numbers(names)
    assert {name: [*each] for name, each in found.items()} == {name: [*each] for name, each in expected.items()}


SCOPES: tuple[list[str], ...] = (
    ["été.txt"],
    ["en/"],
    ["en_/"],
    ["en/deep/", "a.md"],
    ['en/100% "pure" it\'s.txt'],
    ["en/deep/\\back.txt", "en/standards 2025.txt"],
    [],
)
DATES: tuple[Callable[[str | None], bool] | None, ...] = (
    None,
    lambda date: date is None,
    lambda date: date is not None,
    lambda date: date is not None and date.startswith("2025"),
    lambda date: date in ("2023", "2025-06"),
)


@pytest.mark.parametrize("names", SCOPES, ids=str)
@pytest.mark.parametrize("dates", range(len(DATES)))
def test_a_choice_of_articles_is_the_same(pair: Pair, names: list[str], dates: int) -> None:
    try:
        expected = pair.local.catalogue.within(names, DATES[dates])
    except EmptyChoiceError:
        with pytest.raises(EmptyChoiceError):
            pair.remote.catalogue.within(names, DATES[dates])
        return
    found = pair.remote.catalogue.within(names, DATES[dates])
    assert (found is None) == (expected is None)
    query = pair.local.encoder.encode_queries(["norme standard"])
    asked: tuple[tuple[Index, Within], ...] = ((pair.local, expected), (pair.remote, found))
    some = [
        (
            sorted(
                pair.names(index, [passage for passage, _ in index.lexical.search("norme standard", "fr", 100, within)])
            ),
            sorted(pair.names(index, index.dense.search(query, 100, within)[1][0].tolist())),
        )
        for index, within in asked
    ]
    assert some[0] == some[1]
    assert some[0][1]


@pytest.mark.parametrize("names", [["missing.txt"], ["en"], ["a.md", "en/%/"], ["_n/"], ["\udcff"], ["empty.txt"]])
def test_a_name_that_is_not_there_is_refused_alike(pair: Pair, names: list[str]) -> None:
    told = []
    for index in (pair.local, pair.remote):
        with pytest.raises(UsageError) as error:
            index.catalogue.within(names)
        told.append(str(error.value))
    assert told[0] == told[1]


def test_a_whole_choice_is_none(pair: Pair) -> None:
    sources = [info.source for info in pair.local.passages.documents()]
    assert pair.remote.catalogue.within(sources) is None
    assert pair.remote.catalogue.within([], lambda _: True) is None
    with pytest.raises(EmptyChoiceError):
        pair.remote.catalogue.within([], lambda _: False)


def found_in(index: Index) -> dict[str, list[tuple[str, int]]]:
    passages: list[Passage] = []
    for question in ("batteries", "renard"):
        ids = [each for each, _ in index.lexical.search(question, "fr", 100)]
        passages += index.passages.passages(ids)[0]
    return {"texts": sorted((each.text, each.start) for each in passages)}


def info_named(index: Index, source: str) -> DocumentInfo:
    return index.catalogue.named([source])[source]


def test_a_reader_sees_its_own_generation_until_it_is_gone(place: Place, tmp_path: Path) -> None:
    folder = written(
        tmp_path / "articles", {"a.txt": "Un\n\nLes batteries du renard.", "b.txt": "Deux\n\nLes batteries."}
    )
    address = place()
    with ExitStack() as stack:
        client = stack.enter_context(closing(Client(address)))
        first = stack.enter_context(closing(built(folder, tmp_path / "index")))
        fill(client, first)
        reader = stack.enter_context(closing(open_remote(address)))
        expected = found_in(first)
        assert found_in(reader) == expected
        written(folder, {"b.txt": "Deux\n\nLes batteries de plus, et le renard.", "c.txt": "Trois\n\nLe renard."})
        (folder / "a.txt").unlink()
        second = stack.enter_context(closing(built(folder, tmp_path / "index")))
        sealed = fill(client, second, 2, first)
        later = stack.enter_context(closing(open_remote(address)))
        assert later.generation.path.name == "generation-000002"
        assert found_in(later) == found_in(second) != expected
        assert later.passages.documents() == second.passages.documents()
        assert later.catalogue.count == 2
        assert [*later.catalogue.told()] == [*second.catalogue.told()]
        assert found_in(reader) == expected
        assert reader.passages.documents() == first.passages.documents()

        names = Names(address.collection)
        client.drop(names.sealed(1))
        client.delete(names.passages(sealed.epoch), f"not ({alive_at(2)})")
        gone = info_named(first, "b.txt").doc_id
        for ask in (
            lambda: reader.dense.search(reader.encoder.encode_queries(["renard"]), 5),
            lambda: reader.passages.text(gone),
            lambda: reader.passages.words([1]),
        ):
            with pytest.raises(IndexStoreError, match=r"open the index again|was replaced twice and is gone"):
                ask()
        assert found_in(later) == found_in(second)


def test_no_index_is_missing(place: Place) -> None:
    address = place()
    with pytest.raises(IndexMissingError, match=rf"no index at {address}: .*`sourcier index FOLDER --store {address}`"):
        open_remote(address)


@pytest.mark.parametrize(
    ("told", "error", "match"),
    [
        ({"format": 99}, IndexFormatError, r"has format 99\..*--rebuild"),
        ({"encoder_identity": "other"}, IndexEncoderError, r"was built by embedded other .*--store milvus.* --rebuild"),
        ({"words_identity": "other"}, IndexEncoderError, r"were read by embedded other.*--store milvus.* --rebuild"),
        ({"dim": 3}, IndexEncoderError, r"3 dimensions"),
        ({"strange": 3}, IndexCorruptError, r"is damaged"),
    ],
)
def test_what_does_not_fit_is_refused(
    place: Place, pair: Pair, told: dict[str, object], error: type[Exception], match: str
) -> None:
    address = place()
    with closing(Client(address)) as client:
        fill(client, pair.local, manifest=told)
    with pytest.raises(error, match=match) as raised:
        open_remote(address)
    assert "\n" not in str(raised.value)
    assert str(address) in str(raised.value)


def test_an_alias_of_something_else_is_refused(place: Place, pair: Pair) -> None:
    address = place()
    with closing(Client(address)) as client:
        sealed = fill(client, pair.local)
        client.point(address.collection, Names(address.collection).passages(sealed.epoch))
        with pytest.raises((IndexCorruptError, IndexStoreError), match=str(address)):
            open_remote(address)
        client.point(address.collection, Names(address.collection).sealed(1))
        client.delete(Names(address.collection).sealed(1), f'key == "{MANIFEST_KEY}"')
        with pytest.raises(IndexCorruptError, match="has no manifest"):
            open_remote(address)
