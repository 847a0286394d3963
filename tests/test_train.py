"""Training the embedded encoder: on texts made here, with a teacher made here."""

from __future__ import annotations

import json
import lzma
import random
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy import sparse
from tiny_bert import save_tiny_bert

from index.encoder import StaticEncoder
from index.errors import TrainingDataError
from index.pieces import PieceReader
from index.train.__main__ import main
from index.train.batches import Batches, Pairs, Questions, WordTranslator
from index.train.corpus import HELD_OUT, read_corpus, read_questions
from index.train.losses import PooledAndLate
from index.train.save import quantised
from index.train.tokens import Texts, tokenise
from index.train.translation import translations
from index.train.vocabulary import PAD, UNKNOWN, tokenizer_of

pytestmark = pytest.mark.filterwarnings("ignore")

WORDS = {
    "company": "entreprise", "price": "prix", "city": "ville", "river": "fleuve", "king": "roi", "queen": "reine",
    "church": "église", "agreement": "accord", "billion": "milliard", "year": "année", "war": "guerre",
    "school": "école",
    "doctor": "médecin", "bridge": "pont", "garden": "jardin", "winter": "hiver",
}  # fmt: skip


def write_xz(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(lzma.compress(text.encode()))


def sentence(chance: random.Random) -> tuple[str, str]:
    words = chance.sample(sorted(WORDS), 4)
    return " ".join(words) + ".", " ".join(WORDS[word] for word in words) + "."


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Write 300 translated pairs, 40 headings, and questions on 40 English and 20 French paragraphs."""
    folder, chance = tmp_path_factory.mktemp("data"), random.Random(0)
    pairs = [sentence(chance) for _ in range(300)]
    write_xz(folder / "parallel" / "made.tsv.xz", "".join(f"{en}\t{fr}\n" for en, fr in pairs))
    headings = [(*sentence(chance), *sentence(chance)) for _ in range(40)]
    write_xz(
        folder / "parallel" / "canada-laws-headings.4col.tsv.xz", "".join("\t".join(row) + "\n" for row in headings)
    )
    for language, side, count in (("en", 0, 40), ("fr", 1, 20)):
        articles = [
            {"title": str(n), "paragraphs": [squad_paragraph(" ".join(sentence(chance)[side] for _ in range(3)), n)]}
            for n in range(count)
        ]
        write_xz(folder / "qa" / f"made.{language}.json.xz", json.dumps({"data": articles}))
    return folder


def squad_paragraph(context: str, number: int) -> dict[str, Any]:
    answer = {"text": context.split()[5], "answer_start": context.index(context.split()[5])}
    first = {"id": f"{number}-a", "question": context.split(".")[1] + " ?", "answers": [answer]}
    return {
        "context": context,
        "qas": [first, {"id": f"{number}-b", "question": "?", "answers": [], "is_impossible": True}],
    }


@pytest.fixture(scope="module")
def teacher(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Save a tiny random BERT that knows the English words, and pieces of the rest."""
    folder = tmp_path_factory.mktemp("teacher")
    save_tiny_bert(folder, sorted(WORDS))
    return folder


def run(data: Path, out: Path, teacher: Path, **changes: object) -> int:
    options = {"vocabulary": 200, "dim": 16, "steps": 120, "batch": 32, "rate": 0.05, "save_every": 60, **changes}
    flags = [part for name, value in options.items() for part in (f"--{name.replace('_', '-')}", str(value))]
    return main(["--data", str(data), "--out", str(out), "--teacher", str(teacher), *flags])


@pytest.fixture(scope="module")
def trained(data: Path, teacher: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("trained") / "model"
    assert run(data, out, teacher) == 0
    return out


def test_a_trained_model_finds_translations(trained: Path) -> None:
    encoder = StaticEncoder(trained, "tiny")
    english, french = zip(*(sentence(random.Random(seed)) for seed in range(1000, 1050)), strict=True)
    found = (encoder.encode_queries(english) @ encoder.encode_passages(french).T).argmax(axis=1)
    assert np.mean(found == np.arange(50)) > 0.5  # by chance, 0.02
    assert encoder.dim == 16
    assert not encoder.encode_passages(["微软"]).any()  # unknown words resemble nothing
    assert (trained / "README.md").is_file()


def test_the_same_seed_trains_the_same_model_and_another_seed_another(
    trained: Path, data: Path, teacher: Path, tmp_path: Path
) -> None:
    assert run(data, tmp_path / "again", teacher) == 0
    assert run(data, tmp_path / "other", teacher, seed=1) == 0
    first, again, other = (
        (folder / "model.safetensors").read_bytes() for folder in (trained, tmp_path / "again", tmp_path / "other")
    )
    assert first == again
    assert first != other


def test_a_run_broken_off_goes_on_from_its_checkpoint_to_the_same_model(
    trained: Path,
    data: Path,
    teacher: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture,
) -> None:
    class PowerCutError(Exception):
        pass

    asked: list[int] = []

    def cut(batches: Batches, number: int) -> tuple[Texts, Texts]:
        asked.append(number)
        if len(asked) == 80:
            raise PowerCutError
        return original(batches, number)

    original = Batches.__call__
    monkeypatch.setattr(Batches, "__call__", cut)
    with pytest.raises(PowerCutError):
        run(data, tmp_path / "model", teacher)
    assert not (tmp_path / "model" / "model.safetensors").exists()
    seen = asked[:60]
    asked.clear()
    monkeypatch.setattr(
        Batches, "__call__", lambda batches, number: (asked.append(number), original(batches, number))[1]
    )
    assert run(data, tmp_path / "model", teacher) == 0
    assert sorted(seen + asked) == list(range(120))
    assert "goes on from step 60" in capsys.readouterr().err
    assert (tmp_path / "model" / "model.safetensors").read_bytes() == (trained / "model.safetensors").read_bytes()


def test_the_work_of_another_recipe_is_refused(
    trained: Path, data: Path, teacher: Path, capsys: pytest.CaptureFixture
) -> None:
    before = (trained / "model.safetensors").read_bytes()
    assert run(data, trained, teacher, steps=121) == 1
    assert "is of a run with other options or data: remove it, or give another --out" in capsys.readouterr().err
    assert (trained / "model.safetensors").read_bytes() == before


@pytest.mark.parametrize(
    ("missing", "message"),
    [
        (
            "parallel",
            "no training data in {}/parallel: --data names the folder that holds translated pairs, in *.tsv.xz",
        ),
        (
            "qa",
            "no training data in {}/qa: --data names the folder that holds questions, in *.fr.json.xz and *.en.json.xz",
        ),
    ],
)
def test_missing_data_are_one_line(
    missing: str, message: str, data: Path, teacher: Path, tmp_path: Path, capsys: pytest.CaptureFixture
) -> None:
    for name in {"parallel", "qa"} - {missing}:
        (tmp_path / "data").mkdir()
        (tmp_path / "data" / name).symlink_to(data / name)
    assert run(tmp_path / "data", tmp_path / "out", teacher) == 1
    assert message.format(tmp_path / "data") in capsys.readouterr().err
    assert not (tmp_path / "out").exists()  # the next run, with the right folder, is not refused


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("parallel/made.tsv.xz", lzma.compress(b"one\tun\nonly one\n"), r"made.tsv.xz, line 2: 1 columns, want 2"),
        ("parallel/made.tsv.xz", b"no xz at all", r"cannot read .*made.tsv.xz"),
        ("parallel/made.tsv.xz", lzma.compress(b"\xff\tun\n"), r"cannot read .*made.tsv.xz"),
        ("qa/made.en.json.xz", lzma.compress(b"[]"), r"made.en.json.xz is not a SQuAD file"),
        ("qa/made.en.json.xz", lzma.compress(b"{"), r"made.en.json.xz is not a SQuAD file"),
        ("qa/made.xx.json.xz", lzma.compress(b'{"data": []}'), r"made.xx.json.xz: .* language"),
    ],
)
def test_damaged_data_name_the_file(name: str, content: bytes, message: str, data: Path, tmp_path: Path) -> None:
    for path in data.rglob("*.xz"):
        copy = tmp_path / path.relative_to(data)
        copy.parent.mkdir(exist_ok=True)
        copy.write_bytes(path.read_bytes())
    (tmp_path / name).write_bytes(content)
    with pytest.raises(TrainingDataError, match=message) as caught:
        read_corpus(tmp_path)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("flag", ["--steps", "--batch", "--dim", "--vocabulary", "--save-every"])
def test_a_number_below_one_is_wrong_usage(flag: str, tmp_path: Path) -> None:
    with pytest.raises(SystemExit) as left:
        main(["--data", str(tmp_path), "--out", str(tmp_path), flag, "0"])
    assert left.value.code == 2


def test_a_folder_that_is_no_teacher_is_one_line(data: Path, tmp_path: Path, capsys: pytest.CaptureFixture) -> None:
    assert run(data, tmp_path / "out", tmp_path) == 1
    assert "cannot read the vocabulary of the teacher" in capsys.readouterr().err


def test_the_last_articles_are_held_out_and_paragraphs_keep_their_answers(tmp_path: Path) -> None:
    name, kept = next(iter(HELD_OUT.items()))
    long = "Une phrase ne dit rien du tout. " * 60
    context = f"{long}Le pont date de 1884. {long}"
    answer = {"text": "1884", "answer_start": context.index("1884")}
    articles = [
        {"paragraphs": [{"context": context + str(n), "qas": [{"id": str(n), "question": "q", "answers": [answer]}]}]}
        for n in range(kept + 2)
    ]
    path = tmp_path / f"{name}.en.json.xz"
    write_xz(path, json.dumps({"data": articles}))
    train, dev = read_questions(path)
    assert (len(train.asked), len(dev.asked)) == (2, kept)
    for question, paragraph, answers in train.asked:
        assert question == "q"
        assert answers == "Le pont date de 1884."
        assert answers in train.paragraphs[paragraph]
        assert 1_000 < len(train.paragraphs[paragraph]) <= 1_200


def texts_of(*texts: list[int]) -> Texts:
    return Texts(np.asarray([token for text in texts for token in text], np.int32), np.cumsum([0, *map(len, texts)]))


def test_texts_are_taken_and_thinned_by_row() -> None:
    texts = texts_of([1, 2, 3], [], [4, 5])
    assert (len(texts), texts.lengths.tolist(), texts.text(2).tolist()) == (3, [3, 0, 2], [4, 5])
    taken = texts.take(np.asarray([2, 1, 0, 2]))
    assert [taken.text(row).tolist() for row in range(4)] == [[4, 5], [], [1, 2, 3], [4, 5]]
    thinned = texts.kept(texts.ids % 2 == 1)
    assert [thinned.text(row).tolist() for row in range(3)] == [[1, 3], [], [5]]


def test_tokenised_texts_are_those_of_the_tokenizer() -> None:
    tokenizer = tokenizer_of([PAD, UNKNOWN, "ete", "##s", "a", "2030"])
    texts = tokenise(PieceReader(tokenizer), ["Étés à 2030", "", "été zzz"])
    assert [texts.text(row).tolist() for row in range(3)] == [[2, 3, 4, 5], [], [2, 1]]


def test_words_that_meet_only_each_other_translate_each_other() -> None:
    # 0 = the, 1 = cat, 2 = dog; 3 = le, 4 = chat, 5 = chien
    pairs = [([0, 1], [3, 4]), ([0, 2], [3, 5]), ([1], [4]), ([0, 1, 2], [3, 4, 5])] * 2
    chances = translations(((np.asarray(en), np.asarray(fr)) for en, fr in pairs), 6).toarray()
    assert chances[:3, 3:].argmax(axis=1).tolist() == [0, 1, 2]
    assert np.diag(chances[1:3, 4:]).min() > 0.4
    assert chances[3:].sum() == chances[:, :3].sum() == 0


def test_a_translator_draws_by_chance_and_leaves_what_it_does_not_know() -> None:
    translator = WordTranslator(sparse.csr_matrix(([3.0, 1.0, 1.0], ([0, 0, 2], [4, 5, 3])), shape=(6, 6)))
    put = translator(texts_of([0, 1, 2] * 2000), np.random.default_rng(0)).ids.reshape(-1, 3)
    assert set(put[:, 0].tolist()) == {4, 5}
    assert np.mean(put[:, 0] == 4) == pytest.approx(0.75, abs=0.05)
    assert set(put[:, 1].tolist()) == {1}
    assert set(put[:, 2].tolist()) == {3}


def test_no_text_stands_twice_on_the_right_of_a_batch_and_its_number_decides_it() -> None:
    paragraph = np.repeat(np.arange(20), 5)
    asked = Questions(
        language="en",
        questions=texts_of(*([n, n, n, n, n, n] for n in range(100))),
        paragraphs=texts_of(*([100 + n] * 30 for n in range(20))),
        sentences=texts_of(*([200 + n] * 30 for n in range(50))),
        paragraph=paragraph,
        sentence=np.arange(100) // 2,
    )
    nothing = WordTranslator(sparse.csr_matrix((300, 300)))
    batches = Batches({"made": asked}, {"en": nothing, "fr": nothing}, 1000, seed=0)
    sizes = set()
    for number in range(12):
        left, right = batches(number)
        sizes.add(len(right))
        first = [int(right.text(row)[0]) for row in range(len(right))]
        assert len(set(first)) == len(first)
        for row, text in enumerate(first):
            question = int(left.text(row)[0])
            assert text == (100 + question // 5 if text < 200 else 200 + question // 2)
        assert np.array_equal(batches(number)[0].ids, left.ids)
    assert sizes == {20, 50}


def test_translations_are_paired_both_ways_and_never_with_themselves() -> None:
    sides = {"en": texts_of(*([n] * 20 for n in range(30))), "fr": texts_of(*([100 + n] * 20 for n in range(30)))}
    nothing = WordTranslator(sparse.csr_matrix((300, 300)))
    batches = Batches(
        {"made": Pairs(sides, sides, (("en", "fr"), ("fr", "en")))}, {"en": nothing, "fr": nothing}, 8, seed=0
    )
    ways = set()
    for number in range(10):
        left, right = batches(number)
        assert len(left) == len(right) == 8
        for row in range(8):
            ways.add(int(right.text(row)[0]) - int(left.text(row)[0]))
    assert ways == {100, -100}


def test_bytes_and_weights_give_the_rows_back() -> None:
    rows = np.random.default_rng(0).normal(size=(50, 16)).astype(np.float32) * np.logspace(-3, 2, 50)[:, None]
    rows[3] = 0.0
    small, weights = quantised(rows)
    assert (small.dtype, weights.dtype) == (np.int8, np.float32)
    wrong = np.abs(small * weights[:, None] - rows).max(axis=1)
    assert (wrong <= np.abs(rows).max(axis=1) / 254 + 1e-9).all()


def test_the_late_interaction_that_is_trained_is_that_of_search() -> None:
    import torch
    from sentence_transformers import SentenceTransformer
    from sentence_transformers.sentence_transformer.modules import StaticEmbedding

    pieces = [PAD, UNKNOWN, "ete", "##s", "a", "2030", "pont", "long"]
    tokenizer = tokenizer_of(pieces)
    rows = np.random.default_rng(0).normal(size=(len(pieces), 6)).astype(np.float32)
    model = SentenceTransformer(modules=[StaticEmbedding(tokenizer, embedding_weights=rows)], device="cpu")
    continues = torch.tensor([piece.startswith("##") for piece in pieces])
    loss = PooledAndLate(model, torch.nn.Identity(), continues)
    questions, passages = ["étés pont", "2030", "a long"], ["été long étés", "pont 2030", "a"]
    columns = (tokenise(PieceReader(tokenizer), texts) for texts in (questions, passages))
    left, right = (
        {"input_ids": torch.from_numpy(each.ids.astype(np.int64)), "offsets": torch.from_numpy(each.offsets[:-1])}
        for each in columns
    )
    got = loss._late_scores(left, right).detach().numpy()

    def words(text: str) -> np.ndarray:
        return np.stack([rows[tokenizer.encode(word).ids].sum(axis=0) for word in text.split()])

    for row, question in enumerate(map(words, questions)):
        norms = np.linalg.norm(question, axis=1)
        units = [each / np.linalg.norm(each, axis=1, keepdims=True) for each in map(words, passages)]
        best = np.stack([np.clip(question / norms[:, None] @ each.T, 0, 1).max(axis=1) for each in units])
        weights = norms**1.5 * (1 - best.mean(axis=0) + 1e-3) ** 2
        assert got[row] == pytest.approx(best @ weights / weights.sum(), abs=1e-5)
