"""The pools that retrieval is measured and fitted on."""

import json
import lzma
from collections import Counter
from pathlib import Path

import pytest
from pool_files import TOWNS, write_sets

from index.errors import InputError
from index.language import language_of
from qa import pools
from qa.pools import DIRECTIONS, TRANSLATIONS, read_pools

DATA = Path(__file__).parent / "data"


@pytest.fixture
def sets(tmp_path):
    write_sets(tmp_path / "data", tmp_path / "translations")
    return tmp_path / "data", tmp_path / "translations"


def test_each_direction_has_its_questions(sets):
    asked = Counter(pool.direction(question) for pool in read_pools(*sets) for question in pool.questions)
    # of English the last three articles of two paragraphs, and the last eight of one
    assert asked == {"fr->fr": 8, "en->fr": 8, "fr->en": 6, "en->en": 6 + 8}
    assert set(asked) == set(DIRECTIONS)


def test_every_question_is_about_a_paragraph_of_its_pool(sets):
    for pool in read_pools(*sets):
        for question in pool.questions:
            town = next(town for town in TOWNS if f"de {town} " in question.text or f"of {town} " in question.text)
            assert town in pool.paragraphs[question.source]
            assert question.source.rpartition("-paragraph")[0].startswith(question.article.rpartition("-")[0])


def test_paragraphs_are_in_the_language_of_the_pool_and_in_no_other(sets):
    french, english = read_pools(*sets)
    assert all(text.startswith("Le musée") for text in french.paragraphs.values())
    assert all(text.startswith("The museum") for text in english.paragraphs.values())
    assert french.sets == ("piaf_dev", "piaf_train")
    assert english.sets == ("squad2_part", "squadshifts_new_wiki")


def test_a_pool_is_filled_up_to_its_size_with_paragraphs_of_the_others(sets, monkeypatch):
    assert [len(pool.paragraphs) for pool in read_pools(*sets)] == [20, 20]  # all there are
    monkeypatch.setattr(pools, "_FRENCH_SIZE", 11)
    monkeypatch.setattr(pools, "_ENGLISH_SIZE", 3)
    french, english = read_pools(*sets)
    assert Counter(source.partition("-")[0] for source in french.paragraphs) == {"piaf_dev": 8, "piaf_train": 3}
    assert len(english.paragraphs) == 14  # those asked about are always there


def test_no_paragraph_stands_twice(sets):
    for pool in read_pools(*sets):
        assert len(set(pool.paragraphs.values())) == len(pool.paragraphs)


def test_the_same_files_give_the_same_pools(sets, monkeypatch):
    monkeypatch.setattr(pools, "_ASKED_EACH", 3)
    monkeypatch.setattr(pools, "_FRENCH_SIZE", 11)
    assert read_pools(*sets) == read_pools(*sets)
    asked = Counter(pool.direction(question) for pool in read_pools(*sets) for question in pool.questions)
    assert asked["en->en"] == 3 + 3


def test_a_pool_is_written_as_articles(sets, tmp_path):
    pool = read_pools(*sets)[0]
    pool.write(tmp_path / "pool")
    assert {path.name: path.read_text("utf-8") for path in (tmp_path / "pool").iterdir()} == pool.paragraphs


@pytest.mark.parametrize("name", ["dev/piaf_dev.fr.json.xz", "qa/piaf_train.fr.json.xz", "qa/squad2_part.en.json.xz"])
def test_a_missing_set_is_one_clear_error(sets, name):
    (sets[0] / name).unlink()
    with pytest.raises(InputError) as told:
        read_pools(*sets)
    assert str(told.value) == f"no file at {sets[0] / name}: --data names the folder that holds it"


def test_a_missing_translation_is_one_clear_error(sets):
    path = sets[1] / TRANSLATIONS["piaf_dev"]
    path.unlink()
    with pytest.raises(InputError, match=f"no file at {path}: check the path"):
        read_pools(*sets)


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"no xz", "cannot read"),
        (lzma.compress(b"\xff"), "cannot read"),
        (lzma.compress(b"[]"), "want an object with the field 'data'"),
    ],
)
def test_a_damaged_set_is_one_clear_error(sets, content, told):
    path = sets[0] / "dev/piaf_dev.fr.json.xz"
    path.write_bytes(content)
    with pytest.raises(InputError, match=told) as error:
        read_pools(*sets)
    assert str(path) in str(error.value)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize(
    "line", ['{"id": "a", "question": "b"}', '{"id": "a", "question": 3, "language": "en"}', "[]", "no"]
)
def test_a_damaged_translation_is_named_with_its_line(sets, line):
    path = sets[1] / "piaf_dev.en.jsonl"
    path.write_text(path.read_text("utf-8") + line + "\n", "utf-8")
    with pytest.raises(InputError, match=f"{path} line 9: .*want an object of texts: id, question, language"):
        read_pools(*sets)


def test_translations_of_another_set_are_refused(sets):
    (sets[1] / "piaf_dev.en.jsonl").write_text('{"id": "x", "question": "Who?", "language": "en"}\n', "utf-8")
    with pytest.raises(InputError, match=r"piaf_dev\.en\.jsonl translates no question of piaf_dev"):
        read_pools(*sets)


@pytest.mark.parametrize(("name", "language"), [("piaf_dev.en.jsonl", "en"), ("squad2_part.fr.jsonl", "fr")])
def test_the_translations_kept_here_are_questions_alone(name, language):
    assert name in TRANSLATIONS.values()
    lines = [json.loads(line) for line in (DATA / name).read_text("utf-8").splitlines()]
    assert len(lines) >= 100
    assert len({line["id"] for line in lines}) == len({line["question"] for line in lines}) == len(lines)
    for line in lines:
        assert set(line) == {"id", "question", "language"}
        assert line["language"] == language
        assert line["question"] == line["question"].strip()
        assert len(line["question"]) < 200
    assert language_of(" ".join(line["question"] for line in lines)) == language
