"""BM25: checked by hand, against the formula, and across languages."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterable
from math import log
from pathlib import Path
from random import Random

import pytest
import tantivy
from hypothesis import example, given, settings
from hypothesis import strategies as st

from index.errors import IndexCorruptError, IndexFormatError
from index.lexical import LexicalIndex
from index.subset import Subset
from index.tokens import question_terms, terms

K1, B = 1.2, 0.75


def build(folder: Path, passages: Iterable[tuple[int, str, str]]) -> LexicalIndex:
    folder.mkdir(exist_ok=True)
    LexicalIndex.build(folder / "lexical", passages)
    return LexicalIndex.load(folder / "lexical")


def found(index: LexicalIndex, question: str, language: str = "fr", k: int = 10) -> list[int]:
    return [passage_id for passage_id, _ in index.search(question, language, k)]


def test_bm25_by_hand(tmp_path: Path) -> None:
    index = build(tmp_path, [(10, "fr", "contrat contrat Azure"), (20, "fr", "Azure"), (30, "fr", "nuage Azure")])
    # Three passages of 3, 1 and 2 terms, 2 on average; `contrat` stands twice in one of them.
    # idf = ln(1 + (3 - 1 + 0.5) / (1 + 0.5)) = ln(8/3); tf = 2 * 2.2 / (2 + 1.2 * (0.25 + 0.75 * 3/2)) = 4.4 / 3.65
    assert index.search("contrat", "fr", 10) == [(10, pytest.approx(log(8 / 3) * 4.4 / 3.65, rel=1e-5))]
    # `azure` stands once in all: idf = ln(1 + 0.5 / 3.5) = ln(8/7); the shorter the passage, the better.
    assert index.search("Azure", "fr", 10) == [
        (20, pytest.approx(log(8 / 7) * 2.2 / (1 + 1.2 * (0.25 + 0.75 * 0.5)), rel=1e-5)),
        (30, pytest.approx(log(8 / 7), rel=1e-5)),
        (10, pytest.approx(log(8 / 7) * 2.2 / (1 + 1.2 * (0.25 + 0.75 * 1.5)), rel=1e-5)),
    ]
    assert len(index) == 3
    assert [index.frequency(term) for term in ("azur", "contrat", "Contrat", "nuages", "")] == [3, 1, 0, 0, 0]


def by_the_formula(passages: list[tuple[int, str, str]], asked: str, asked_in: str) -> dict[int, float]:
    """Return the score of every passage that has a term of the question."""
    analysed = {number: terms(text, language) for number, language, text in passages}
    mean = sum(map(len, analysed.values())) / len(analysed)

    def score(number: int, language: str) -> float:
        total = 0.0
        for term in question_terms(asked, asked_in, language):
            holding = sum(term in words for words in analysed.values())
            tf = analysed[number].count(term)
            length = K1 * (1 - B + B * len(analysed[number]) / mean)
            total += log(1 + (len(analysed) - holding + 0.5) / (holding + 0.5)) * (K1 + 1) * tf / (tf + length)
        return total

    scores = {number: score(number, language) for number, language, _ in passages}
    return {number: value for number, value in scores.items() if value > 0}


WORDS = st.lists(st.sampled_from(["azure", "contrat", "nuage", "deal", "2019", "3,5"]), min_size=1, max_size=12)


@settings(max_examples=25, deadline=None)
@given(texts=st.lists(st.tuples(st.sampled_from(["fr", "en", "und"]), WORDS), min_size=1, max_size=8), query=WORDS)
def test_scores_follow_the_formula_over_the_whole_index(
    tmp_path_factory: pytest.TempPathFactory, texts: list[tuple[str, list[str]]], query: list[str]
) -> None:
    passages = [(number, language, " ".join(words)) for number, (language, words) in enumerate(texts)]
    index = build(tmp_path_factory.mktemp("bm25"), passages)
    expected = by_the_formula(passages, " ".join(query), "und")
    got = dict(index.search(" ".join(query), "und", 20))
    assert got == {number: pytest.approx(value, rel=1e-4) for number, value in expected.items()}
    assert list(got.values()) == sorted(got.values(), reverse=True)


# A name that many passages say in any language; words rarer in one than in the others, or stemmed in one otherwise
# (`running` is `run` in English only, which many French passages say); three passages of a hundred are in neither.
SAID = ["azure", "Microsoft", "2019", "négociations", "municipal", "run", "running", "cities", "perros"]
OFTEN = {
    "fr": (6, 3, 2, 0.4, 2, 5, 0, 0, 0),
    "en": (9, 3, 2, 0, 1, 0.2, 0.4, 2, 0),
    "und": (9, 3, 2, 0, 0, 0, 0, 0, 2),
}


def said_in(count: int) -> list[tuple[int, str, str]]:
    chance = Random(4)
    languages = chance.choices(list(OFTEN), (60, 37, 3), k=count)
    return [
        (number, language, " ".join(chance.choices(SAID, OFTEN[language], k=chance.randint(1, 9))))
        for number, language in enumerate(languages)
    ]


@pytest.fixture(scope="module")
def mixed(tmp_path_factory: pytest.TempPathFactory) -> LexicalIndex:
    return build(tmp_path_factory.mktemp("mixed"), said_in(600))


@pytest.fixture(scope="module")
def french(tmp_path_factory: pytest.TempPathFactory) -> LexicalIndex:
    return build(tmp_path_factory.mktemp("french"), [(n, "fr", text) for n, _, text in said_in(600)])


ASKED = st.lists(st.sampled_from(SAID), min_size=1, max_size=5).map(" ".join)
LANGUAGE = st.sampled_from(list(OFTEN))
WITHIN = st.one_of(
    st.lists(st.integers(0, 599), min_size=1, max_size=12),
    st.tuples(st.integers(0, 599), st.integers(1, 600)).map(lambda ends: [*range(ends[0], min(600, sum(ends)))]),
    st.integers(2, 40).map(lambda step: [*range(0, 600, step)]),
)


@pytest.mark.parametrize("name", ["mixed", "french"])
@settings(max_examples=200, deadline=None)
@given(asked=ASKED, language=LANGUAGE, k=st.integers(1, 60), within=WITHIN)
@example(asked="running négociations", language="und", k=54, within=[7])
@example(asked="Microsoft running", language="und", k=12, within=[*range(0, 600, 7)])
def test_the_k_best_are_the_first_of_all_that_have_a_term(
    request: pytest.FixtureRequest, name: str, asked: str, language: str, k: int, within: list[int]
) -> None:
    index: LexicalIndex = request.getfixturevalue(name)
    everything = index.search(asked, language, 1_000)
    assert everything == sorted(everything, key=lambda hit: (-hit[1], hit[0]))
    assert index.search(asked, language, k) == everything[:k]
    assert index.search(asked, language, k, Subset.of(within)) == [hit for hit in everything if hit[0] in within][:k]


@pytest.mark.parametrize("asked", ["azure Microsoft", "running azure négociations", "perros 2019", "municipal cities"])
@pytest.mark.parametrize("language", list(OFTEN))
def test_no_passage_of_many_is_missed(mixed: LexicalIndex, asked: str, language: str) -> None:
    expected = by_the_formula(said_in(600), asked, language)
    assert expected
    for k in (1_000, 40, 4):
        got = mixed.search(asked, language, k)
        assert dict(got) == {number: pytest.approx(expected[number], rel=1e-4) for number, _ in got}
        assert [score for _, score in got] == pytest.approx(sorted(expected.values(), reverse=True)[:k], rel=1e-4)


def test_stems_and_accents_meet_in_the_passages_own_language(tmp_path: Path) -> None:
    index = build(
        tmp_path, [(1, "fr", "Les modèles négociés"), (2, "en", "The models were running"), (3, "und", "modelos")]
    )
    assert sorted(found(index, "MODELE ?")) == [1, 2]
    assert found(index, "négocier") == [1]
    assert found(index, "NÉGOCIÉ") == [1]
    assert found(index, "does it run", "en") == [2]
    assert found(index, "modelos", "und") == [3]
    assert found(index, "running") == [2]


def test_elided_words_are_found_without_their_article(tmp_path: Path) -> None:
    index = build(tmp_path, [(1, "fr", "L’accord d’OpenAI"), (2, "fr", "la lettre d et la lettre l")])
    assert found(index, "accord") == [1]
    assert found(index, "que dit l'OpenAI d'hier ?") == [1]


@pytest.mark.parametrize(
    ("question", "language"),
    [("Combien de la et pour qui ?", "fr"), ("how much of the and who is it", "en"), ("?!", "und"), ("", "fr")],
)
def test_small_words_of_the_questions_language_match_nothing(tmp_path: Path, question: str, language: str) -> None:
    text = "Combien de la et pour qui how much of the and who is it"
    index = build(tmp_path, [(1, "fr", text), (2, "en", text), (3, "und", text)])
    assert index.search(question, language, 5) == []


def test_a_passage_of_the_rarer_language_is_not_put_last_for_it(tmp_path: Path) -> None:
    french = [(n, "fr", f"accord de Microsoft sur les modèles et les puces, numéro {n}") for n in range(40)]
    index = build(tmp_path, [*french, (99, "en", "the Microsoft deal about models and chips")])
    best, second = index.search("Microsoft chips", "en", 2)
    assert best[0] == 99
    assert best[1] > 10 * second[1]


def test_k_bounds_the_result_and_ids_may_have_gaps(tmp_path: Path) -> None:
    index = build(tmp_path, [(5, "fr", "azure"), (7, "fr", "azure azure"), (1_000_000, "fr", "contrat")])
    assert len(index.search("azure contrat", "fr", 2)) == 2
    assert found(index, "contrat") == [1_000_000]


def test_a_question_of_any_length_and_syntax_is_only_words(tmp_path: Path) -> None:
    index = build(tmp_path, [(1, "fr", "azure")])
    assert found(index, 'terms:azure AND NOT (azure OR "x"~2) -azure *') == [1]
    assert found(index, "azure " + " ".join(f"mot{n}" for n in range(5000))) == [1]


def test_the_same_passages_give_the_same_scores(tmp_path: Path) -> None:
    passages = [(n, "fr", f"azure contrat {n % 7} nuage {n % 3}") for n in range(300)]
    first, second = build(tmp_path / "a", passages), build(tmp_path / "b", passages)
    assert first.search("contrat 3 2", "fr", 50) == second.search("contrat 3 2", "fr", 50)


def test_what_is_no_index_is_named(tmp_path: Path) -> None:
    with pytest.raises(IndexCorruptError, match=r"is not a tantivy index .*--rebuild"):
        LexicalIndex.load(tmp_path)


def test_an_index_of_other_fields_is_refused(tmp_path: Path) -> None:
    schema = tantivy.SchemaBuilder().add_text_field("text_fr", stored=False).build()
    writer = tantivy.Index(schema, path=str(tmp_path)).writer(15_000_000, 1)
    writer.commit()
    writer.wait_merging_threads()
    with pytest.raises(IndexFormatError, match=r"has other fields .*--rebuild"):
        LexicalIndex.load(tmp_path)


def test_what_cannot_be_written_is_an_os_error(tmp_path: Path) -> None:
    (tmp_path / "meta.json").mkdir()
    with pytest.raises(OSError, match="tantivy"):
        LexicalIndex.build(tmp_path, [(1, "fr", "azure")])


def read_only(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a folder be one that nobody may write to, not even whom the system lets."""
    real = os.access
    monkeypatch.setattr(os, "access", lambda path, mode: real(path, mode) and Path(path) != folder)
    for lock in folder.glob("*.lock"):
        lock.unlink()
        lock.mkdir()  # cannot be opened to lock, whoever asks


@pytest.mark.parametrize("links", [True, False], ids=["linked", "copied where links are refused"])
def test_an_index_that_cannot_be_locked_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, links: bool) -> None:
    expected = build(tmp_path, said_in(50)).search("Microsoft 2019 perros", "en", 20)
    folder, others = tmp_path / "lexical", tmp_path / "others"
    others.mkdir()
    read_only(folder, monkeypatch)
    monkeypatch.setattr(tempfile, "tempdir", str(others))
    before = sorted(folder.iterdir())
    copied = []
    real = shutil.copyfile
    monkeypatch.setattr(shutil, "copyfile", lambda file, to: copied.append(file.name) or real(file, to))
    if not links:
        monkeypatch.setattr(Path, "symlink_to", refuse)
    index = LexicalIndex.load(folder)
    assert index.search("Microsoft 2019 perros", "en", 20) == expected
    assert copied == ([] if links else [path.name for path in folder.iterdir() if path.suffix != ".lock"])
    assert sorted(folder.iterdir()) == before
    assert not list(others.iterdir())


def refuse(*_: object) -> None:
    raise OSError("a required privilege is not held by the client")
