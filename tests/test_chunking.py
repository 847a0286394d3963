"""Passages: exact slices of whole sentences that, with what was left out, cover the text."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from index.chunking import PASSAGE_CHARS, Fits, passages_of
from index.documents import read_document
from index.layout import layout
from index.passage_store import PassageStore
from index.passage_writer import PassageWriter
from index.types import Document, FileState, Passage

SEEDS = sorted((Path(__file__).parent.parent / "seeds").glob("*.txt"))


def document(text: str, markdown: bool = False) -> Document:
    found = layout(text, markdown=markdown)
    return Document(
        "id", "a.txt", "A", text, "fr", None, None, "0" * 64, "text/1", headings=found.headings, left_out=found.left_out
    )


def check(article: Document, max_chars: int, fits: Fits | None = None) -> None:
    passages = passages_of(article, 7, max_chars, fits)
    if fits:
        assert all(fits([passage.text for passage in passages]))
    assert [passage.passage_id for passage in passages] == list(range(7, 7 + len(passages)))
    covered = [False] * len(article.text)
    for start, end in article.left_out:
        covered[start:end] = [True] * (end - start)
    position = 0
    for passage in passages:
        assert position <= passage.start
        assert passage.text == article.text[passage.start : passage.end]
        assert not any(covered[passage.start : passage.end])
        covered[passage.start : passage.end] = [True] * (passage.end - passage.start)
        position = passage.end
        inside = passage.start
        for sentence in passage.sentences:
            assert inside <= sentence.start < sentence.end <= passage.end
            assert article.text[inside : sentence.start].strip() == ""
            inside = sentence.end
        assert article.text[inside : passage.end].strip() == ""
        assert passage.sentences
    assert "".join(ch for ch, seen in zip(article.text, covered, strict=True) if not seen).strip() == ""


PIECES = st.sampled_from(
    [
        *("Le contrat Azure", "Il date de 2019. ", "Microsoft a investi 13 milliards de dollars dans OpenAI. "),
        *("« Oui. ", "\n", "\n\n", "\r\n", "\r", " ", " " * 90, "a" * 90, "é\u0301", "👩‍👩‍👧", "\u00a0", "- un", "."),
        *("Laisser un commentaire", "# Titre", "Publié le 12 mai 2025", "Qu'en pensez-vous ?"),
    ]
)


@settings(max_examples=200, deadline=None)
@given(st.lists(PIECES, max_size=40).map("".join) | st.text(max_size=200), st.sampled_from([5, 60, 200]), st.booleans())
def test_passages_and_what_is_left_out_cover_every_character(text: str, max_chars: int, markdown: bool) -> None:
    check(document(text, markdown), max_chars)


@settings(max_examples=200, deadline=None)
@given(st.lists(PIECES, max_size=40).map("".join) | st.text(max_size=200), st.sampled_from([4, 16, 100]), st.booleans())
def test_passages_that_fit_cover_every_character_too(text: str, most_bytes: int, markdown: bool) -> None:
    check(document(text, markdown), 60, lambda texts: [len(each.encode()) <= most_bytes for each in texts])


@pytest.mark.parametrize("path", SEEDS, ids=lambda path: path.name[:3])
def test_a_passage_that_does_not_fit_is_cut_where_a_sentence_begins(path: Path) -> None:
    article = read_document(path.parent, path.name)
    sentences = [sentence for passage in passages_of(article) for sentence in passage.sentences]
    starts = {sentence.start for sentence in sentences}
    longest = [sentence for sentence in sentences if sentence.end - sentence.start > 400]
    passages = passages_of(article, fits=lambda texts: [len(text) <= 400 for text in texts])
    assert max(len(passage.text) for passage in passages) <= 400
    for passage in passages:
        first = passage.sentences[0].start
        assert first in starts or any(sentence.start < first < sentence.end for sentence in longest)
        assert not passage.sentences[-1].heading


def test_a_lone_sentence_that_does_not_fit_is_cut_between_words() -> None:
    text = "Microsoft détiendra désormais vingt-sept pour cent du capital de la nouvelle société"
    passages = passages_of(document(text), fits=lambda texts: [len(each.split()) <= 3 for each in texts])
    assert len(passages) > 3
    assert [word for passage in passages for word in passage.text.split()] == text.split()
    (one,) = passages_of(document("é"), fits=lambda texts: [False] * len(texts))
    assert one.text == "é"  # nothing shorter can be tried


@pytest.mark.parametrize("path", SEEDS, ids=lambda path: path.name[:3])
def test_the_seeds_are_covered_by_passages_of_whole_sentences(path: Path) -> None:
    article = read_document(path.parent, path.name)
    check(article, PASSAGE_CHARS)
    for passage in passages_of(article):
        assert len(passage.text) <= PASSAGE_CHARS + 50
        assert passage.text.rstrip()[-1] in ".!?…»"
        assert not passage.sentences[-1].heading


def test_a_sentence_is_cut_only_if_it_is_longer_than_a_passage() -> None:
    long = "mot " * 400 + "fin."
    text = f"Un début court. {long} Une fin courte."
    passages = passages_of(document(text))
    assert "".join(passage.text for passage in passages) == text
    assert max(len(passage.text) for passage in passages) <= 2 * PASSAGE_CHARS
    assert [len(passage.sentences) for passage in passages][1:-1] == [1] * (len(passages) - 2)


def test_a_heading_stays_with_what_it_announces() -> None:
    paragraph = "Microsoft a investi 13 milliards de dollars dans OpenAI, dit-on. " * 10
    text = f"{paragraph}\nLe contrat\n{paragraph}"
    assert [passage.text.startswith("Le contrat\n") for passage in passages_of(document(text))] == [False, True]


def test_a_thousand_headings_do_not_make_one_passage() -> None:
    text = "# Un titre sans texte\n" * 1000
    assert max(len(passage.text) for passage in passages_of(document(text, markdown=True))) < 2 * PASSAGE_CHARS


def test_a_text_that_only_repeats_itself_has_true_offsets() -> None:
    check(document("Le même mot. " * 500), PASSAGE_CHARS)


def test_a_text_longer_than_the_splitters_window_is_cut_like_any_other() -> None:
    sentence = "Microsoft a investi treize milliards de dollars. "
    passages = passages_of(document(sentence * 10_000))
    assert all(passage.text.strip().startswith("Microsoft") for passage in passages)
    assert sum(len(passage.sentences) for passage in passages) == 10_000


@pytest.mark.parametrize("text", ["a" * 1_000_000, " " * 1_000_000 + "a", "Le mot\n" * 40_000, "« Un. " * 40_000])
def test_hundreds_of_thousands_of_characters_of_anything_take_seconds(text: str) -> None:
    began = time.perf_counter()
    passages_of(document(text))
    assert time.perf_counter() - began < 20


def stored(path: Path, article: Document, passages: list[Passage]) -> PassageStore:
    writer = PassageWriter(path)
    writer.add(article, passages, FileState("a.txt", 1, 2, 3))
    writer.finish()
    writer.close()
    return PassageStore(path)


@settings(max_examples=60, deadline=None)
@given(text=st.lists(PIECES, max_size=30).map("".join))
def test_the_store_gives_back_the_text_and_the_passages(tmp_path_factory: pytest.TempPathFactory, text: str) -> None:
    article = document(text)
    passages = passages_of(article, 3, 60)
    store = stored(tmp_path_factory.mktemp("store") / "passages.sqlite", article, passages)
    assert store.text("id") == text
    assert store.passages_of("id") == passages
    ids = [passage.passage_id for passage in passages]
    assert store.passages(ids[::-1]) == (passages[::-1], [store.document("id")] * len(ids))
    assert list(store.all_passages()) == [(passage.passage_id, "fr", passage.text) for passage in passages]
    assert store.file_states() == {"a.txt": FileState("a.txt", 1, 2, 3)}
    store.close()


def test_the_store_counts_lines_as_editors_do(tmp_path: Path) -> None:
    text = "Un.\rDeux.\r\nTrois.\n\n" + "Cinq. " * 40 + "\nSix.\u2028Six encore."
    article = document(text)
    store = stored(tmp_path / "passages.sqlite", article, passages_of(article, 0, 60))
    lines = {word: store.line("id", text.index(word)) for word in ("Un", "Deux", "Trois", "Cinq", "Six", "Six encore")}
    assert lines == {"Un": 1, "Deux": 2, "Trois": 3, "Cinq": 5, "Six": 6, "Six encore": 6}
    assert store.line("id", text.rindex("Cinq")) == 5
    with pytest.raises(KeyError):
        store.document("none")
    store.close()
