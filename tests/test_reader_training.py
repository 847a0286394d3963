"""Training the reader: on texts made here, from a body made here."""

from __future__ import annotations

import json
import lzma
import random
from pathlib import Path

import numpy as np
import pytest
from tiny_bert import save_tiny_bert

from index.encoder import embedded
from index.types import Passage
from index.words import pack
from qa.reader import EmbeddedReader
from qa.reader_inputs import pieces_of, rows_of
from qa.train.__main__ import main
from qa.train.asked import read_asked
from qa.train.batches import Batches
from qa.train.cloze import Clozes
from qa.train.net import weights_of_pieces
from qa.train.translated import read_sentences

pytestmark = pytest.mark.filterwarnings("ignore")

PLACES = {
    "Paris": "Paris",
    "Rome": "Rome",
    "Berlin": "Berlin",
    "Madrid": "Madrid",
    "Vienna": "Vienne",
    "London": "Londres",
}
THINGS = {"bridge": "pont", "school": "lycée", "garden": "jardin", "church": "temple", "museum": "musée"}


def write_xz(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(lzma.compress(text.encode()))


def facts(chance: random.Random) -> list[tuple[str, str, int]]:
    places = chance.sample(sorted(PLACES), 3)
    return [(place, chance.choice(sorted(THINGS)), chance.randint(1700, 2020)) for place in places]


def english(place: str, thing: str, year: int) -> str:
    return f"The {thing} of {place} was built in {year} by the city."


def french(place: str, thing: str, year: int) -> str:
    return f"À {PLACES[place]}, la ville a construit le {THINGS[thing]} en {year}."


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Write 200 translated sentences, and questions on 60 English and 30 French paragraphs."""
    folder, chance = tmp_path_factory.mktemp("data"), random.Random(0)
    pairs = [fact for _ in range(70) for fact in facts(chance)]
    lines = "".join(f"{english(*fact)}\t{french(*fact)}\n" for fact in pairs)
    write_xz(folder / "parallel" / "made.tsv.xz", lines)
    for language, say, ask, count in (
        ("en", english, "When was the {thing} of {place} built?", 60),
        ("fr", french, "Quand le {thing} de {place} a-t-il été construit ?", 30),
    ):
        articles = []
        for number in range(count):
            told = facts(chance)
            context = " ".join(say(*fact) for fact in told)
            questions = []
            for order, (place, thing, year) in enumerate(told):
                names = (place, thing) if language == "en" else (PLACES[place], THINGS[thing])
                answer = {"text": str(year), "answer_start": context.index(f" {year}") + 1}
                text = ask.format(place=names[0], thing=names[1])
                questions.append({"id": f"{number}-{order}", "question": text, "answers": [answer]})
            questions.append({"id": f"{number}-no", "question": "Who?", "answers": [], "is_impossible": True})
            articles.append({"title": str(number), "paragraphs": [{"context": context, "qas": questions}]})
        write_xz(folder / "qa" / f"made.{language}.json.xz", json.dumps({"data": articles}))
    return folder


@pytest.fixture(scope="module")
def body(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Save a tiny random BERT that knows letters alone."""
    folder = tmp_path_factory.mktemp("body")
    save_tiny_bert(folder, layers=2)
    return folder


def run(data: Path, out: Path, body: Path, **changes: object) -> int:
    options = {"layers": 1, "steps": 60, "batch": 16, "rate": 0.02, "aligned": 150, "save_every": 30, **changes}
    flags = [part for name, value in options.items() for part in (f"--{name.replace('_', '-')}", str(value))]
    return main(["--data", str(data), "--out", str(out), "--body", str(body), *flags])


@pytest.fixture(scope="module")
def trained(data: Path, body: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("trained") / "model"
    assert run(data, out, body) == 0
    return out


def passage(text: str) -> Passage:
    return Passage(0, "d", 0, len(text), text, (), pack(embedded().words_of([text])[0]))


def test_a_trained_reader_finds_answers(trained: Path) -> None:
    reader, chance, right = EmbeddedReader(trained), random.Random(7), 0
    for _ in range(40):
        told = facts(chance)
        text = " ".join(english(*fact) for fact in told)
        place, thing, _ = told[chance.randrange(3)]
        said = reader.scores(f"When was the {thing} of {place} built?", [passage(text)])[0]
        start, end = said.offsets[said.starts.argmax(), 0], said.offsets[said.ends.argmax(), 1]
        right += text[start:end] in {str(year) for _, _, year in told}
    assert right > 30  # of 40; any word would be a year once in ten times. So small a reader tells no years apart


def test_scores_are_of_whole_words_one_by_one_as_together(trained: Path) -> None:
    reader = EmbeddedReader(trained)
    texts = ["Le musée de Vienne compte 1 234,5 objets invraisemblablement anciens.", "Paris.", "…"]
    passages = [passage(text) for text in texts]
    together = reader.scores("Combien d'objets ?", passages)
    for one, text, said in zip(passages, texts, together, strict=True):
        alone = reader.scores("Combien d'objets ?", [one])[0]
        assert np.array_equal(alone.starts, said.starts)
        assert alone.none == said.none
        words = embedded().words_of([text])[0]
        assert [tuple(offsets) for offsets in said.offsets] == list(zip(words.starts, words.ends, strict=True))
    assert reader.scores("Combien ?", []) == []
    assert len(reader.scores("", passages)) == 3  # a question without words is still read


def test_a_passage_without_end_is_read_as_far_as_the_reader_goes(trained: Path) -> None:
    said = EmbeddedReader(trained).scores("Who?", [passage("word " * 1000)])[0]
    assert 0 < len(said.starts) < 1000


def test_the_exported_body_is_the_one_trained(data: Path, body: Path, trained: Path, tmp_path: Path) -> None:
    import onnxruntime
    import torch
    from scipy import sparse
    from tokenizers import Tokenizer

    from index.encoder import EMBEDDED_FOLDER
    from qa.train.net import new_reader
    from qa.train.save import save_body

    vocabulary = Tokenizer.from_file(str(EMBEDDED_FOLDER / "tokenizer.json")).get_vocab()
    none = sparse.csr_matrix((len(vocabulary), len(vocabulary)), dtype=np.float32)
    net = new_reader(body, 1, sorted(vocabulary, key=vocabulary.__getitem__), none).eval()
    torch.nn.init.normal_(net.body.matches.weight)
    torch.nn.init.normal_(net.body.kinds.weight)
    save_body(tmp_path / "body.onnx", net.body, quantise=False)
    texts = ["When was the bridge built?", "The bridge of Paris was built in 1999.", "Rome."]
    asked, first, second = (
        pieces_of(text, words) for text, words in zip(texts, embedded().words_of(texts), strict=True)
    )
    rows = rows_of([(asked, first), (asked, second)])
    own = net.rows(torch.from_numpy(rows.ids))
    told = [own, *(torch.from_numpy(each) for each in (rows.types, rows.kinds, rows.matches, rows.mask))]
    with torch.no_grad():
        wanted = net.body(*told)
    session = onnxruntime.InferenceSession(tmp_path / "body.onnx")
    names = ("rows", "types", "kinds", "matches", "mask")
    found = session.run(None, {name: each.detach().numpy() for name, each in zip(names, told, strict=True)})
    for expected, got in zip(wanted, found, strict=True):
        np.testing.assert_allclose(got, expected.numpy(), atol=1e-3)
    question = rows.types[0] == 0
    assert (found[0][0][question][1:] < -1e3).all()  # no answer starts in the question


def test_a_run_broken_off_goes_on_as_if_it_had_not_been(
    data: Path, body: Path, trained: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from qa.train import recipe

    whole = Batches.__call__

    def broken(batches: Batches, number: int) -> object:
        if len(seen) == 40:
            raise KeyboardInterrupt
        seen.append(number)
        return whole(batches, number)

    seen: list[int] = []
    monkeypatch.setattr(recipe.Batches, "__call__", broken)
    with pytest.raises(KeyboardInterrupt):
        run(data, tmp_path / "model", body)
    monkeypatch.undo()
    assert run(data, tmp_path / "model", body) == 0
    assert (tmp_path / "model" / "rows.safetensors").read_bytes() == (trained / "rows.safetensors").read_bytes()


def test_the_work_of_another_recipe_is_refused(data: Path, body: Path, trained: Path, capsys) -> None:
    before = (trained / "body.onnx").read_bytes()
    assert run(data, trained, body, rate=0.5) == 1
    assert "is of a run with other options or data" in capsys.readouterr().err
    assert (trained / "body.onnx").read_bytes() == before


@pytest.mark.parametrize("missing", ["qa", "parallel"])
def test_missing_data_are_named(data: Path, body: Path, tmp_path: Path, missing: str, capsys) -> None:
    import shutil

    shutil.copytree(data, tmp_path / "data")
    shutil.rmtree(tmp_path / "data" / missing)
    assert run(tmp_path / "data", tmp_path / "out", body) == 1
    assert str(tmp_path / "data" / missing) in capsys.readouterr().err


def test_a_missing_body_is_named(data: Path, tmp_path: Path, capsys) -> None:
    assert run(data, tmp_path / "out", tmp_path / "none") == 1
    assert f"cannot load the body in {tmp_path / 'none'}" in capsys.readouterr().err


def test_answers_stand_where_the_file_says(data: Path) -> None:
    asked = read_asked(data / "qa" / "made.fr.json.xz")
    assert len(asked.asked) == 120
    year = {embedded().words_of([str(year)])[0].ids[0]: year for year in range(1700, 2021)}
    for each in asked.asked:
        for start, end in each.answers:
            assert start == end
            assert asked.paragraphs[each.paragraph].pieces.ids[start] in year
        assert each.paragraph not in each.misleading


def test_an_answer_written_behind_its_question_is_not_read(tmp_path: Path) -> None:
    answer = {"text": "1999", "answer_start": 12}
    paragraph = {"context": "Built it is 1999.", "qas": [{"id": "a", "question": "When? 1999", "answers": [answer]}]}
    write_xz(tmp_path / "told.en.json.xz", json.dumps({"data": [{"paragraphs": [paragraph]}]}))
    asked = read_asked(tmp_path / "told.en.json.xz").asked[0]
    assert list(asked.question.ids) == list(embedded().words_of(["When?"])[0].ids)


def test_a_cloze_asks_for_what_stands_in_the_translation(data: Path, tmp_path: Path) -> None:
    sentences, chances = read_sentences(data, 150, tmp_path, 0)
    from tokenizers import Tokenizer

    from index.encoder import EMBEDDED_FOLDER

    tokenizer = Tokenizer.from_file(str(EMBEDDED_FOLDER / "tokenizer.json"))
    clozes = Clozes(sentences, chances, tokenizer.get_vocab(), weights_of_pieces())
    chance = np.random.default_rng(0)
    made = [cloze for _ in range(200) if (cloze := clozes.make(60, chance))]
    assert len(made) > 100
    years, directions = 0, set()
    for cloze in made:
        assert 0 <= cloze.start <= cloze.end < len(cloze.passage.ids)
        taken = tokenizer.decode(cloze.passage.ids[cloze.start : cloze.end + 1].tolist())
        question = tokenizer.decode(cloze.question.ids.tolist())
        assert taken not in question.split() or len(taken) < 3  # what is asked for is not told
        years += taken.isdigit()
        passage_text = tokenizer.decode(cloze.passage.ids.tolist())
        directions.add(("ville" in question or "le" in question.split(), "construit" in passage_text))
    assert years > 20
    assert len(directions) == 4


def test_a_batch_is_decided_by_its_number(data: Path) -> None:
    sets = [read_asked(data / "qa" / f"made.{language}.json.xz") for language in ("en", "fr")]
    from scipy import sparse

    from index.train.batches import WordTranslator

    size = embedded().tokens
    translators = {language: WordTranslator(sparse.identity(size, format="csr")) for language in ("en", "fr")}
    batches = Batches(sets, None, translators, 24, 3)
    first, again, other = batches(5), batches(5), batches(6)
    assert np.array_equal(first.rows.ids, again.rows.ids)
    assert np.array_equal(first.starts, again.starts)
    assert first.rows.ids.shape != other.rows.ids.shape or not np.array_equal(first.rows.ids, other.rows.ids)
    for row, (start, end) in enumerate(zip(first.starts, first.ends, strict=True)):
        assert start == end == 0 or first.rows.first[row] <= start <= end < first.rows.mask[row].sum() - 1
