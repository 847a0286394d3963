"""The benchmark of growth: what it makes, judges, computes and draws."""

from __future__ import annotations

import importlib
import json
import lzma
import re
import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from index.chunking import passages_of
from index.documents import read_document
from index.tokens import terms
from qa.question import read_question
from qa.types import AnswerKind

BENCH = Path(__file__).parent / "bench"
FRENCH = [f"La {word} du village attire depuis longtemps les promeneurs." for word in ("forge", "halle", "grange")]
FRENCH += [f"On y vend chaque {day} du pain, du miel et des fromages de la vallée." for day in ("lundi", "jeudi")]
FRENCH += ["Le maire n'a pas souhaité répondre à nos questions ce matin.", "Les travaux dureront encore tout l'hiver."]
ENGLISH = [f"The {word} near the village has long been liked by walkers." for word in ("forge", "hall", "barn")]
ENGLISH += [f"They sell bread, honey and cheese of the valley there every {day}." for day in ("Monday", "Thursday")]
ENGLISH += ["The mayor did not wish to answer our questions this morning.", "The work will go on through the winter."]


@pytest.fixture
def scaling(monkeypatch):
    """Return a function that imports a part of the benchmark, as the command does."""
    monkeypatch.syspath_prepend(BENCH)
    return lambda name: importlib.import_module(f"scaling.{name}")


@pytest.fixture
def sentences(tmp_path):
    """A folder of sentences in all forms that are read."""
    folder = tmp_path / "sentences"
    folder.mkdir()
    (folder / "village.txt").write_text("\n".join([*FRENCH, "Sans fin", "- x", "", FRENCH[0].lower()]), "utf-8")
    pairs = zip([*ENGLISH, ENGLISH[0], "Short."], [*FRENCH, FRENCH[1], "Une phrase assez longue ici."], strict=True)
    rows = "\n".join([*("\t".join(pair) for pair in pairs), "three\tcells\there", "one cell"])
    (folder / "pairs.tsv.xz").write_bytes(lzma.compress(rows.encode()))
    asked = [{"question": " Who goes there? "}, {"question": "What do they sell?"}]
    paragraphs = [{"context": " ".join(ENGLISH[:4]), "qas": asked}, {"context": " ".join(ENGLISH[:4]), "qas": asked}]
    (folder / "some.en.json").write_text(json.dumps({"data": [{"title": "t", "paragraphs": paragraphs}]}), "utf-8")
    (folder / "notes.md").write_text("not read", "utf-8")
    return folder


@pytest.fixture
def material(scaling, sentences):
    return scaling("sentences").read_material([sentences])


def test_sentences_are_read_from_every_form(scaling, sentences, material):
    told = {(source.name, source.language): source for source in material.sources}
    assert told["village.txt", "fr"].sentences == FRENCH
    assert told["pairs.tsv.xz en", "en"].sentences == ENGLISH
    assert told["pairs.tsv.xz fr", "fr"].sentences == FRENCH  # one that is too short, and one twice, left out
    assert told["some.en.json", "en"].sentences == ENGLISH[:4]
    assert {name for (name, _), source in told.items() if source.ordered} == {"some.en.json"}
    assert material.questions == [("en", "Who goes there?"), ("en", "What do they sell?")]
    read = scaling("sentences").read_material
    few = read([sentences / "pairs.tsv.xz", sentences / "some.en.json"], most=3).sources
    assert [len(source.sentences) for source in few] == [3, 3, 4]
    with pytest.raises(scaling("errors").ScaleError, match="no question: give --sentences a SQuAD file"):
        read([sentences / "pairs.tsv.xz"])
    with pytest.raises(scaling("errors").ScaleError, match="no sentence in en: give --sentences with both languages"):
        read([sentences / "village.txt"])
    with pytest.raises(scaling("errors").ScaleError, match=r"no file or folder at .*none: check --sentences"):
        read([sentences / "none"])


@pytest.mark.parametrize(
    ("line", "whole"),
    [
        ("Le pont sera fermé jusqu'au mois prochain.", True),
        ("« Le pont sera fermé jusqu'au mois prochain. »", True),
        ("Does the bridge stay closed until next month?", True),
        ("Set `<name>` to the value that you want to use.", False),
        ("le pont sera fermé jusqu'au mois prochain.", False),
        ("The bridge is closed until next month", False),
        ("Fermé.", False),
        ("A" + " long" * 100 + ".", False),
    ],
)
def test_what_may_stand_in_an_article(scaling, line, whole):
    assert scaling("sentences").is_whole(line) is whole


def test_a_folder_is_the_same_for_the_same_seed_and_begins_like_a_larger_one(scaling, material, tmp_path):
    write = scaling("folder").write_folder
    made = {}
    for name, passages, seed in (("a", 120, 1), ("b", 120, 1), ("larger", 240, 1), ("other", 120, 2)):
        told = write(tmp_path / name, material, passages, seed, planted=4, absent=2)
        files = {p.relative_to(tmp_path / name).as_posix(): p.read_bytes() for p in (tmp_path / name).rglob("*.*")}
        assert len(files) == told.articles
        assert sum(len(each.decode()) for each in files.values()) == told.characters
        made[name] = files
    assert made["a"] == made["b"] != made["other"]
    assert made["a"].items() < made["larger"].items()
    facts = [(tmp_path / f"{name}.facts.jsonl").read_text("utf-8") for name in ("a", "b", "larger", "other")]
    assert facts[0] == facts[1] == facts[2] != facts[3]
    assert len({name.rpartition("/")[0] for name in made["larger"]}) > 5  # subfolders


def test_articles_are_of_real_sentences_with_titles_dates_and_passages(scaling, material, tmp_path):
    scaling("folder").write_folder(tmp_path / "f", material, 400, 8, planted=6, absent=2)
    facts = [json.loads(line) for line in (tmp_path / "f.facts.jsonl").read_text("utf-8").splitlines()]
    known = {*FRENCH, *ENGLISH, *(fact["sentence"] for fact in facts)}
    lengths, languages, dated, titled = [], set(), 0, 0
    for path in sorted((tmp_path / "f").rglob("*.*")):
        document = read_document(tmp_path / "f", path.relative_to(tmp_path / "f").as_posix())
        lengths.append(len(passages_of(document, 0, fits=lambda texts: [True] * len(texts))))
        languages.add(document.language)
        dated += document.date is not None
        titled += document.title.rstrip("….") in " ".join([*FRENCH, *ENGLISH])
        body = document.text.split("\n---\n")[-1].split("\n\n")
        prose = [line.strip() for line in body if line.strip().endswith(".")]
        assert prose
        for line in prose:
            rest = line
            for sentence in sorted(known, key=len, reverse=True):
                rest = rest.replace(sentence, "")
            assert not rest.strip(), rest
    assert languages == {"fr", "en"}
    assert 0.6 < dated / len(lengths) < 1
    assert titled == len(lengths)
    assert np.mean(lengths) > 3
    assert len(set(lengths)) > 5


def test_facts_stand_in_one_article_and_absent_ones_in_none(scaling, material, tmp_path):
    told = scaling("folder").write_folder(tmp_path / "f", material, 300, 8, planted=10, absent=3)
    texts = {p.relative_to(tmp_path / "f").as_posix(): p.read_text("utf-8") for p in (tmp_path / "f").rglob("*.*")}
    facts = [json.loads(line) for line in (tmp_path / "f.facts.jsonl").read_text("utf-8").splitlines()]
    assert told.planted == 10
    for fact in facts:
        holding = [source for source, text in texts.items() if fact["name"] in text]
        assert holding == ([fact["source"]] if fact["source"] else [])
        if fact["source"]:
            assert texts[fact["source"]].count(fact["sentence"]) == 1
    assert sum(fact["source"] is None for fact in facts) == 3


def test_facts_are_asked_for_in_other_words_by_questions_that_are_understood(scaling):
    facts = scaling("facts").make_facts(200, 3)
    assert facts == scaling("facts").make_facts(200, 3) != scaling("facts").make_facts(200, 4)
    assert len({fact.name for fact in facts}) == len({fact.figure for fact in facts}) == 200
    for fact in facts:
        assert re.findall(r"\d+", fact.sentence) == [fact.figure]
        assert scaling("sentences").is_whole(fact.sentence)
        for language, text in fact.questions.items():
            read = read_question(text)
            assert (read.language, fact.name in text, fact.figure in text) == (language, True, False)
            assert read.kind in (AnswerKind.AMOUNT, AnswerKind.NUMBER, AnswerKind.OTHER), text
        own = {*terms(fact.questions[fact.language], fact.language)}
        said = {*terms(fact.sentence, fact.language)}
        assert own - said, fact
        assert said - own, fact


def test_questions_are_drawn_in_both_languages_in_turn(scaling):
    sentences, folder = scaling("sentences"), scaling("folder")
    asked = [("fr", f"Quoi {n} ?") for n in range(9)] + [("en", f"What {n}?") for n in range(3)]
    drawn = folder.draw_questions(sentences.Material([], asked), 8, 1)
    assert [language for language, _ in drawn] == ["fr", "en"] * 3 + ["fr"] * 2
    assert len({*drawn}) == 8
    assert drawn == folder.draw_questions(sentences.Material([], asked), 8, 1)


@given(values=st.lists(st.floats(0, 1e6), min_size=1, max_size=50), share=st.floats(0, 100))
def test_percentiles_are_those_of_numpy(values, share):
    sys.path.insert(0, str(BENCH))
    try:
        from scaling.spread import percentile
    finally:
        sys.path.remove(str(BENCH))
    assert percentile(values, share) == pytest.approx(float(np.percentile(values, share)), rel=1e-9, abs=1e-6)


def test_a_spread_by_hand(scaling):
    spread = scaling("spread")
    assert spread.spread([float(n) for n in range(101)]) == {"n": 101, "p50": 50, "p95": 95, "p99": 99, "mean": 50}
    with pytest.raises(ValueError, match="0 values"):
        spread.percentile([], 50)
    with pytest.raises(ValueError, match="share 101"):
        spread.percentile([1.0], 101)


@pytest.mark.parametrize(
    ("text", "sentence", "right"),
    [
        ("417 mètres", "Le barrage de Valdobrit mesure 417 mètres.", True),
        ("417", "Valdobrit : 417.", True),
        ("1 417,5", "Valdobrit mesure 1 417,5 mètres.", False),
        ("4170 mètres", "Valdobrit mesure 4170 mètres.", False),
        ("417 mètres", "Le barrage de Sorlimont mesure 417 mètres.", False),
        (None, "", False),
    ],
)
def test_an_answer_is_right_by_its_figure_and_sentence(scaling, text, sentence, right):
    class Citation:
        pass

    class Answer:
        citations = (Citation(),) if text else ()

    Citation.sentence, Answer.text = (0, len(sentence), sentence), text
    assert scaling("asking").is_right(Answer(), "Valdobrit", "417") is right


def test_shares_by_hand(scaling):
    rows = [{"found": True, "right": True}, {"found": True, "right": False}, {"found": False, "right": False}]
    assert scaling("asking").shares(rows) == {"n": 3, "found": 0.6667, "right": 0.3333}


def test_recall_by_hand_and_against_every_passage(scaling, seeds_session):
    exact = scaling("exact")
    least = np.asarray([0.5, 0.9], np.float32)
    scores = np.asarray([[0.6] * 5 + [0.4] * 7, [0.9] * 12], np.float32)
    assert exact.shared(scores, least) == 0.75  # five of ten, and ten of ten where twelve are level
    assert exact.shared(np.full((1, 3), -np.inf, np.float32), least[:1]) == 0

    index = seeds_session.index
    queries = index.encoder.encode_queries(["Qui dirige Microsoft ?", "How much does Stargate cost?"])
    passages, _ = index.passages.passages(range(len(index.dense)))
    all_scores = queries @ index.encoder.encode_passages([passage.text for passage in passages]).T
    listed = np.asarray([[3, 0, -1], [1, 2, 3]], np.int64)
    least, (told,) = exact._against_all(index, queries, [listed])
    assert np.allclose(least, np.sort(all_scores, axis=1)[:, -10])
    assert np.allclose(told[1], all_scores[1, [1, 2, 3]])
    assert np.allclose(told[0, :2], all_scores[0, [3, 0]])
    assert told[0, 2] == -np.inf


@pytest.mark.skipif(sys.platform == "win32", reason="no wait4 there")
def test_a_process_is_measured_alone_and_may_be_killed(scaling):
    process = scaling("process")
    small = process.run([sys.executable, "-c", "print('done')"])
    size = small.peak_bytes + 100_000_000  # that of this process is where a child's begins
    large = process.run([sys.executable, "-c", f"x = bytearray({size}); x[::4096] = x[::4096]"])
    assert (small.status, small.output) == (0, "done\n")
    assert large.peak_bytes - small.peak_bytes > 90_000_000
    endless = "import itertools\nfor n in itertools.count(): print(n, flush=True)"
    killed = process.run([sys.executable, "-c", endless], lambda line: int(line) >= 100)
    assert killed.status == -9
    assert int(killed.output.split()[100]) == 100
    with pytest.raises(scaling("errors").ScaleError, match="the step weigh failed with 1: its error stands above"):
        process.run_step("weigh", index="nowhere", folder="nowhere")


ROWS = (
    ("index", 1_000, {"passages": 1_050, "wall_s": 2.1, "cpu_ms_a_passage": 9.0, "peak_bytes": 100e6}),
    ("index", 1_000, {"passages": 1_100, "wall_s": 2.2, "cpu_ms_a_passage": 1.0, "peak_bytes": 200e6}),
    ("index", 100_000, {"passages": 100_000, "wall_s": 80, "cpu_ms_a_passage": 0.5, "peak_bytes": 300e6}),
    ("warm", 1_000, {"threads": 1, "ms": {"whole": {"p50": 20.0, "p95": 30.0, "p99": 40.0}}}),
    ("warm", 1_000, {"threads": 2, "ms": {"whole": {"p50": 25.0, "p95": 35.0, "p99": 45.0}}}),
    ("recall", 1_000, {"within_10": 1.0, "within_400": 1.0, "candidates": 1.0}),
    ("recall", 100_000, {"within_10": 0.5, "within_400": 0.97, "candidates": 0.98}),
)


@pytest.fixture
def results(scaling, tmp_path):
    for step, size, told in ROWS:
        scaling("results").write_result(tmp_path / "r.jsonl", step, size, told, {"commit": "abc"})
    return scaling("results").read_results(tmp_path / "r.jsonl")


def test_the_last_result_of_each_step_and_size_counts(results, scaling, tmp_path):
    assert results.sizes == [1_000, 100_000]
    assert results.curve("index", "cpu_ms_a_passage") == [(1_100, 1.0), (100_000, 0.5)]
    assert results.curve("warm2", "ms", "whole", "p50") == [(1_100, 25.0)]
    assert results.curve("warm1", "ms", "no such", "p50") == results.curve("disk", "total") == []
    assert results.value(1_000, "index", "peak_bytes") == 200e6
    lines = [json.loads(line) for line in (tmp_path / "r.jsonl").read_text("utf-8").splitlines()]
    assert [(line["step"], line["size"], line["commit"]) for line in lines] == [(*row[:2], "abc") for row in ROWS]
    table = scaling("results").markdown_table(results).splitlines()
    assert table[0] == "| passages | 1,100 | 100,000 |"
    assert "| CPU a passage, ms | 1.000 | 0.500 |" in table
    assert "| warm question, 2 threads, p50, p95, p99, ms | 25.0, 35.0, 45.0 |  |" in table
    assert len({line.count("|") for line in table}) == 1


@pytest.mark.parametrize("content", [None, "", "{", '{"step": "index"}\n', "[]\n"])
def test_what_are_no_results(scaling, tmp_path, content):
    path = tmp_path / "r.jsonl"
    if content is not None:
        path.write_text(content, "utf-8")
    with pytest.raises(scaling("errors").ScaleError, match=r"give a file that `scale\.py run` wrote"):
        scaling("results").read_results(path)


def test_the_picture_has_its_points_where_the_figures_say(scaling, results, tmp_path):
    picture = scaling("picture")
    shown = picture.panels(results)
    titles = [panel.title for panel in shown]
    assert "opening, ms" not in titles  # nobody measured it
    picture.draw(tmp_path / "p.png", results)
    width, height = picture.LEFT + picture.WIDTH + picture.RIGHT, picture.TOP + picture.HEIGHT + picture.BOTTOM
    with Image.open(tmp_path / "p.png") as opened:
        drawn = opened.convert("RGB")
    assert drawn.size == (3 * width, -(-len(shown) // 3) * height)

    def at(title, along, up):
        column, row = titles.index(title) % 3, titles.index(title) // 3
        x = column * width + picture.LEFT + along * picture.WIDTH
        return drawn.getpixel((round(x), round(row * height + picture.TOP + (1 - up) * picture.HEIGHT)))

    blue, orange = (0x1F, 0x5F, 0xBF), (0xC2, 0x41, 0x0C)
    here = (np.log10(1_100) - 3) / 2  # of the decades from 1,000 to 100,000
    assert at("the 10 nearest of an exact search", 1, 0.5) == blue
    assert at("the 10 nearest of an exact search", 1, 0.97) != (255, 255, 255)
    assert at("warm question, ms", here, np.log10(20 / 10)) == blue
    assert at("warm question, ms", here, np.log10(30 / 10)) == orange
    assert at("warm question, ms", 0.25, 0.9) == (255, 255, 255)


def test_where_nothing_can_be_drawn(scaling, results, tmp_path):
    picture, error = scaling("picture"), scaling("errors").ScaleError
    with pytest.raises(error, match=r"cannot draw into .*p\.jpg: name a \.png file"):
        picture.draw(tmp_path / "p.jpg", results)
    with pytest.raises(error, match=r"cannot write .*none.p\.png"):
        picture.draw(tmp_path / "none" / "p.png", results)
    with pytest.raises(error, match="nothing to draw"):
        picture.draw(tmp_path / "p.png", type(results)({}))
    assert picture.decades([3, 40]) == (0, 2)
    assert picture.decades([0, 10]) == (1, 2)
    assert picture.decades([]) == (0, 1)
