"""Any question-answering model of transformers as the reader: checked against the plain model, asked one by one."""

from __future__ import annotations

import re
import shutil
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from reader_models import FAMILIES, LENGTH, TEXTS, WORDS, agrees, passage, plain, save_model

from qa.transformer_reader import TransformerReader

ROOT = Path(__file__).parent.parent
QUESTION = "Que vaut l'accord ?"
SHORT = ("l'accord vaut 33,5", "oui", "un cœur naïf, 😀.", "", "œuvre d'un cœur : oui", "33,5 milliards", " \n")

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::FutureWarning", "ignore::UserWarning")


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    here = tmp_path_factory.mktemp("readers")
    return {family: save_model(here / family, family) for family in FAMILIES}


@pytest.fixture(scope="module")
def readers(folders: dict[str, str]) -> dict[str, TransformerReader]:
    return {family: TransformerReader(folder) for family, folder in folders.items()}


@pytest.fixture
def copy(folders: dict[str, str], tmp_path: Path) -> Path:
    return Path(shutil.copytree(folders["bert"], tmp_path / "copy"))


def same(told: Any, other: Any) -> bool:
    return bool(
        np.array_equal(told.offsets, other.offsets)
        and np.allclose(told.starts, other.starts, atol=2e-5)
        and np.allclose(told.ends, other.ends, atol=2e-5)
        and abs(told.none - other.none) < 2e-5
    )


@pytest.mark.parametrize("family", FAMILIES)
def test_scores_are_the_plain_models(
    folders: dict[str, str], readers: dict[str, TransformerReader], family: str
) -> None:
    texts = [text for text in SHORT if text.strip()]
    told = readers[family].scores(QUESTION, [passage(text) for text in texts])
    for text, scores in zip(texts, told, strict=True):
        assert agrees(scores, text, plain(folders[family], QUESTION, text))
    assert np.ptp(np.concatenate([scores.starts for scores in told])) > 0.1


@pytest.mark.parametrize("family", FAMILIES)
def test_many_passages_are_scored_as_one_by_one(readers: dict[str, TransformerReader], family: str) -> None:
    passages = [passage(text) for text in (*SHORT, *TEXTS, *TEXTS[1:] * 5)]
    told = readers[family].scores(QUESTION, passages)
    assert len(told) == len(passages) > 16
    for scores, each in list(zip(told, passages, strict=True))[:10]:
        assert same(scores, readers[family].scores(QUESTION, [each])[0])
    assert all(map(same, told[10:], told[8:10] * 5))


def test_a_model_that_reads_its_padding_is_given_none(readers: dict[str, TransformerReader]) -> None:
    assert {family: reader._batch for family, reader in readers.items()} == {
        family: 1 if family == "convbert" else 16 for family in FAMILIES
    }


@pytest.mark.parametrize("family", ["bert", "distilbert", "roberta"])
def test_the_words_of_a_passage(readers: dict[str, TransformerReader], family: str) -> None:
    told = readers[family].scores(QUESTION, [passage(text) for text in TEXTS])
    for text, scores, expected in zip(TEXTS, told, WORDS, strict=True):
        assert [text[start:end] for start, end in scores.offsets] == expected


@pytest.mark.parametrize("family", FAMILIES)
def test_every_character_but_blanks_is_of_one_word(readers: dict[str, TransformerReader], family: str) -> None:
    for text in TEXTS:
        (told,) = readers[family].scores(QUESTION, [passage(text)])
        assert "".join(text[start:end] for start, end in told.offsets) == "".join(text.split())
        assert told.offsets.dtype == np.int64
        assert told.starts.dtype == told.ends.dtype == np.float32
        assert len(told.offsets) == len(told.starts) == len(told.ends)
        assert not any(re.match(r"\w\w", text[end - 1 : end + 1]) for _, end in told.offsets)


@pytest.mark.parametrize("family", FAMILIES)
def test_nothing_to_read(readers: dict[str, TransformerReader], family: str) -> None:
    reader = readers[family]
    assert reader.scores(QUESTION, []) == []
    blank, empty = reader.scores(QUESTION, [passage(" \n "), passage("")])
    assert len(blank.starts) == len(empty.starts) == 0
    assert np.isfinite([blank.none, empty.none]).all()


@pytest.mark.parametrize("question", ["", "  ", "漢字 漢字"])
def test_a_question_that_the_model_cannot_read(
    folders: dict[str, str], readers: dict[str, TransformerReader], question: str
) -> None:
    (told,) = readers["bert"].scores(question, [passage(TEXTS[2])])
    assert agrees(told, TEXTS[2], plain(folders["bert"], question, TEXTS[2]))


@pytest.mark.parametrize("family", ["bert", "roberta"])
def test_special_tokens_in_an_article_are_text(
    folders: dict[str, str], readers: dict[str, TransformerReader], family: str
) -> None:
    text = "un [SEP] oui [CLS] </s> <s> accord [PAD]"
    (told,) = readers[family].scores("[SEP] l'accord </s>", [passage(text)])
    assert {"SEP", "CLS", "PAD"} <= {text[start:end] for start, end in told.offsets}
    assert agrees(told, text, plain(folders[family], "[SEP] l'accord </s>", text))


# Windows.


@pytest.mark.parametrize("family", [family for family in FAMILIES if family != "t5"])
def test_a_long_passage_is_read_in_windows(
    folders: dict[str, str], readers: dict[str, TransformerReader], family: str
) -> None:
    reader, text = readers[family], " ".join([*TEXTS[:1] * 3, *TEXTS[1:], *TEXTS])
    room = LENGTH - reader._pieces.num_special_tokens_to_add(is_pair=True) - len(reader._cut(QUESTION))
    cut: dict[str, Any] = {"truncation": "only_second", "max_length": LENGTH, "stride": room // 2}
    expected = plain(folders[family], QUESTION, text, return_overflowing_tokens=True, **cut)
    assert len(expected[0]) > 4 * room
    short, long = reader.scores(QUESTION, [passage("oui"), passage(text)])
    assert agrees(long, text, expected)
    assert agrees(short, "oui", plain(folders[family], QUESTION, "oui"))


def test_a_passage_is_cut_only_where_it_must(readers: dict[str, TransformerReader]) -> None:
    reader = readers["bert"]
    for room, rows in ((LENGTH, 1), (LENGTH + 1, 2)):
        words = room - len(reader._cut(QUESTION)) - 3
        read = reader._rows(reader._asked(QUESTION), reader._cut("oui " * words))
        assert len(read) == rows
        assert max(len(row.ids) for row in read) == LENGTH


def test_of_a_long_question_the_end_is_read(readers: dict[str, TransformerReader]) -> None:
    half = (LENGTH - 3) // 2
    for before in (half - 4, half, 500):
        reader, question = readers["bert"], "oui " * before + "l'accord ?"
        (told,) = reader.scores(question, [passage(TEXTS[0])])
        (expected,) = reader.scores(" ".join(question.split()[-(half - 2) :]), [passage(TEXTS[0])])
        assert same(told, expected)
        assert [TEXTS[0][start:end] for start, end in told.offsets] == WORDS[0]


@pytest.mark.parametrize(
    ("family", "length", "told", "expected"),
    [
        ("bert", None, {}, LENGTH),  # the tokenizer says 1e30
        ("bert", 40, {}, 40),
        ("bert", 512, {}, LENGTH),  # too much: tokenizers are copied from larger models
        ("roberta", 512, {}, LENGTH),  # of LENGTH + 1 positions the first is for padding
        ("roberta", None, {"pad_token_id": 1, "max_position_embeddings": LENGTH + 2}, LENGTH),
        ("bert", None, {"max_position_embeddings": 2000}, 512),
        ("t5", None, {}, 512),
        ("t5", 100, {}, 100),
    ],
)
def test_the_longest_row(tmp_path: Path, family: str, length: int | None, told: Any, expected: int) -> None:
    reader = TransformerReader(save_model(tmp_path, family, length, **told))
    assert reader._most_tokens == expected
    assert len(reader.scores(QUESTION, [passage("oui " * 1200)])[0].starts) == 1200


def test_what_a_tokenizer_was_told_to_cut_and_pad_is_of_no_account(folders: dict[str, str], copy: Path) -> None:
    from tokenizers import Tokenizer

    tokenizer = Tokenizer.from_file(str(copy / "tokenizer.json"))
    tokenizer.enable_truncation(8)
    tokenizer.enable_padding(length=50)
    tokenizer.save(str(copy / "tokenizer.json"))
    reader = TransformerReader(str(copy))
    (told,) = reader.scores(QUESTION, [passage(TEXTS[0])])
    assert agrees(told, TEXTS[0], plain(folders["bert"], QUESTION, TEXTS[0]))
    assert reader.identity == TransformerReader(folders["bert"]).identity


def test_threads_share_a_reader(readers: dict[str, TransformerReader]) -> None:
    reader, questions = readers["roberta"], [f"{QUESTION} {'oui ' * number}" for number in range(12)]
    passages = [passage(text) for text in TEXTS]
    expected = [reader.scores(question, passages) for question in questions]
    with ThreadPoolExecutor(6) as pool:
        told = list(pool.map(lambda question: reader.scores(question, passages), questions * 3))
    for got, want in zip(told, expected * 3, strict=True):
        assert all(map(same, got, want))
