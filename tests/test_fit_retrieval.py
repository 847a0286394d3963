"""Fitting the weights of retrieval, on small sets that the test writes."""

import json

import pytest
from pool_files import write_sets

from index.encoder import EMBEDDED, embedded
from qa.fit_retrieval import main
from qa.gather import gather, index_pool
from qa.pools import DIRECTIONS, read_pools
from qa.question import read_question
from qa.retrieve import DEPTH, question_words, retrieve
from qa.weights import load_retrieval, retrieval_file


@pytest.fixture(scope="module")
def sets(tmp_path_factory):
    folder = tmp_path_factory.mktemp("sets")
    write_sets(folder / "data", folder / "translations")
    return folder / "data", folder / "translations"


@pytest.fixture(scope="module")
def fitted(sets):
    out = sets[0].parent / "new" / "retrieval.json"
    assert main(["--data", str(sets[0]), "--translations", str(sets[1]), "--out", str(out)]) == 0
    return out


def test_what_is_fitted_can_be_loaded_and_names_what_it_was_fitted_on(fitted):
    weights, told = load_retrieval(fitted), json.loads(fitted.read_text("utf-8"))
    assert 0.0 <= weights.sentence <= 1.0
    assert told["encoder"] == embedded().identity
    assert told["fitted_on"]["fr"] == {"sets": ["piaf_dev", "piaf_train"], "paragraphs": 20}
    assert {direction: each["questions"] for direction, each in told["figures"]["mix"].items()} == {
        "fr->fr": 8,
        "en->fr": 8,
        "fr->en": 6,
        "en->en": 14,
    }


def test_no_direction_falls_below_bm25(fitted):
    figures = json.loads(fitted.read_text("utf-8"))["figures"]
    assert set(figures) == {"bm25", "dense", "late", "mix", "cross-validated"}
    for direction in DIRECTIONS:
        for figure in ("recall_at_1", "mrr"):
            assert figures["mix"][direction][figure] >= figures["bm25"][direction][figure]


def test_the_figures_are_those_of_retrieval_itself(sets, fitted, tmp_path):
    figures, weights = json.loads(fitted.read_text("utf-8"))["figures"]["mix"], load_retrieval(fitted)
    for pool in read_pools(*sets):
        opened = index_pool(pool, tmp_path / pool.language)
        ranks = {direction: [] for direction in DIRECTIONS}
        for each in pool.questions:
            question = read_question(each.text, each.id, each.language)
            found = retrieve(opened, question, question_words(question), weights, DEPTH)
            sources = list(dict.fromkeys(hit.document.source for hit in found))
            ranks[pool.direction(each)].append(1 / (1 + sources.index(each.source)))
        opened.close()
        for direction, found in ranks.items():
            if found:
                assert figures[direction]["mrr"] == pytest.approx(sum(found) / len(found), abs=1e-3)
                share = found.count(1.0) / len(found)
                assert figures[direction]["recall_at_1"] == pytest.approx(share, abs=1e-3)


def test_the_same_sets_give_the_same_weights(sets, fitted, tmp_path, capsys):
    out = tmp_path / "again.json"
    assert main(["--data", str(sets[0]), "--translations", str(sets[1]), "--out", str(out)]) == 0
    assert out.read_bytes() == fitted.read_bytes()
    told = capsys.readouterr()
    rows = [line.split("  ")[0].strip() for line in told.out.splitlines()]
    assert rows[1:6] == ["bm25", "dense", "late", "mix", "cross-validated"]
    assert told.out.splitlines()[-1] == f"written to {out}"
    assert [line[:3] for line in told.err.splitlines()] == ["fr:", "en:"]


def test_a_missing_set_is_told_in_a_line_and_nothing_is_written(tmp_path, capsys):
    before = retrieval_file(embedded()).read_bytes()
    assert main(["--data", str(tmp_path), "--out", str(tmp_path / "out.json")]) == 1
    missing = tmp_path / "dev" / "piaf_dev.fr.json.xz"
    assert capsys.readouterr().err == f"sourcier: no file at {missing}: --data names the folder that holds it\n"
    assert not (tmp_path / "out.json").exists()
    assert retrieval_file(embedded()).read_bytes() == before


def test_a_model_that_is_not_there_is_told_in_a_line(sets, capsys):
    words = ["--data", str(sets[0]), "--translations", str(sets[1]), "--model", "no-such-model"]
    assert main(words) == 1
    assert capsys.readouterr().err.startswith("sourcier: cannot load the model 'no-such-model'")


def test_a_file_that_cannot_be_written_is_told_in_a_line(sets, tmp_path, capsys):
    (tmp_path / "file").write_text("", "utf-8")
    out = tmp_path / "file" / "out.json"
    assert main(["--data", str(sets[0]), "--translations", str(sets[1]), "--out", str(out)]) == 2
    assert f"cannot write {out}" in capsys.readouterr().err


def test_every_question_is_gathered_with_its_candidates(sets, tmp_path):
    pool = read_pools(*sets)[1]
    opened = index_pool(pool, tmp_path / "pool")
    assert opened.generation.manifest.encoder == EMBEDDED
    asked = gather(pool, opened)
    sources = {info.doc_id: info.source for info in opened.passages.documents()}
    opened.close()
    assert [one.direction for one in asked] == [pool.direction(each) for each in pool.questions]
    for one, each in zip(asked, pool.questions, strict=True):
        assert one.same == (each.language == "en")
        assert one.found.same.tolist() == [one.same] * len(one.documents)
        names = {
            int(number): sources[passage.doc_id]
            for number, passage in zip(one.documents, one.found.passages, strict=True)
        }
        assert names[one.right] == each.source
        assert len(set(names.values())) == len(names)
