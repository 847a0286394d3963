"""The embedded encoder: it reads whatever model2vec stores, with the vectors that sentence-transformers gives."""

from __future__ import annotations

import json
import unicodedata
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from safetensors.numpy import save_file
from tokenizers import Tokenizer, models, normalizers, pre_tokenizers

from index.encoder import EMBEDDED_FOLDER, StaticEncoder, embedded
from index.errors import ModelError

TEXTS = (
    "Qui dirige Microsoft ?",
    "Microsoft détiendra désormais 27 % du capital.",
    "微软 🤖 zzzqqq \u200d \ufffd",
    "<b>[UNK] [PAD]</b> &amp;",
    unicodedata.normalize("NFD", "été à Noël"),
    "Les modèles d'OpenAI restent exclusifs. " * 300,
    "a" * 5000,
)
VOCABULARY = ("[PAD]", "[UNK]", "le", "contrat", "azure", "micro", "##soft", "##s", ".", "27", "%")
KNOWN = ("Le contrat Azure.", "27 % Microsofts", "le", "Microsoft " * 40)

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::FutureWarning", "ignore::UserWarning")


def by_sentence_transformers(folder: Path, texts: tuple[str, ...]) -> Any:
    from sentence_transformers import SentenceTransformer

    reference = SentenceTransformer(str(folder), device="cpu", local_files_only=True)
    reference.tokenizer.no_truncation()
    return reference.encode(list(texts), convert_to_numpy=True, show_progress_bar=False)


def test_the_embedded_model_gives_the_vectors_that_sentence_transformers_gives() -> None:
    got = embedded().encode_passages(TEXTS)
    assert got.dtype == np.float32
    assert np.abs(got - by_sentence_transformers(EMBEDDED_FOLDER, TEXTS)).max() < 1e-3  # may sum in half precision
    assert np.array_equal(got, embedded().encode_queries(TEXTS))


def save_static(folder: Path, **tensors: Any) -> Path:
    """Save a tiny model as model2vec does, with the tensors given."""
    tokenizer = Tokenizer(models.WordPiece({word: n for n, word in enumerate(VOCABULARY)}, unk_token="[UNK]"))
    tokenizer.normalizer = normalizers.BertNormalizer()  # type: ignore[assignment]
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()  # type: ignore[assignment]
    folder.mkdir(exist_ok=True)
    tokenizer.save(str(folder / "tokenizer.json"))
    save_file(tensors, folder / "model.safetensors")
    (folder / "config.json").write_text(json.dumps({"normalize": True, "max_length": None}))
    kinds = ((".", "StaticEmbedding"), ("1_Normalize", "Normalize"))
    modules = [
        {"idx": n, "name": str(n), "path": path, "type": f"sentence_transformers.models.{kind}"}
        for n, (path, kind) in enumerate(kinds)
    ]
    (folder / "modules.json").write_text(json.dumps(modules))
    return folder


def rows_of(kind: str) -> Any:
    chance = np.random.default_rng(7)
    rows = chance.standard_normal((len(VOCABULARY), 16))
    return (rows * 40).clip(-127, 127).astype(kind) if kind == "int8" else rows.astype(kind)


WEIGHTS = np.linspace(0.01, 3.0, len(VOCABULARY), dtype=np.float32)
FORMS = [(kind, weighted) for kind in ("float32", "float16", "int8") for weighted in (True, False)]


def save_form(folder: Path, kind: str, weighted: bool) -> Path:
    return save_static(folder, embeddings=rows_of(kind), **({"weights": WEIGHTS} if weighted else {}))


@pytest.mark.parametrize(("kind", "weighted"), FORMS)
def test_a_vector_is_the_mean_of_the_tokens_rows_by_their_weights(tmp_path: Path, kind: str, weighted: bool) -> None:
    encoder = StaticEncoder(save_form(tmp_path, kind, weighted), "x")
    rows = rows_of(kind).astype(np.float64) * (WEIGHTS[:, None] if weighted else 1.0)
    mean = rows[[2, 3, 4, 8]].mean(axis=0)  # le contrat azure .
    vector = encoder.encode_passages(["Le contrat Azure."])[0]
    assert vector == pytest.approx(mean / np.linalg.norm(mean), abs=1e-6)
    words = encoder.words("Microsofts, le")
    assert words.offsets.tolist() == [[0, 10], [10, 11], [12, 14]]
    for row, weight, pieces in zip(words.rows, words.weights, ([5, 6, 7], [1], [2]), strict=True):
        total = rows[pieces].sum(axis=0)
        assert weight == pytest.approx(np.linalg.norm(total), rel=1e-6)
        assert row == pytest.approx(total / np.linalg.norm(total), abs=1e-6)


@pytest.mark.parametrize(("kind", "weighted"), FORMS)
def test_the_matrix_stays_as_it_is_stored(tmp_path: Path, kind: str, weighted: bool) -> None:
    encoder = StaticEncoder(save_form(tmp_path, kind, weighted), "x")
    assert (encoder._rows.dtype, encoder.dim) == (np.dtype(kind), 16)
    assert (encoder._weights is not None) == weighted


@pytest.mark.parametrize(("kind", "weighted"), [form for form in FORMS if form != ("int8", False)])
def test_every_form_that_sentence_transformers_reads_has_its_vectors(tmp_path: Path, kind: str, weighted: bool) -> None:
    expected = by_sentence_transformers(save_form(tmp_path, kind, weighted), KNOWN)
    got = StaticEncoder(tmp_path, "x").encode_passages(KNOWN)
    half = (kind, weighted) == ("float16", False)  # which it sums in half precision
    assert got == pytest.approx(expected, abs=2e-3 if half else 1e-6)


@pytest.mark.parametrize(("kind", "weighted"), FORMS)
def test_every_form_that_model2vec_reads_has_its_vectors(tmp_path: Path, kind: str, weighted: bool) -> None:
    model2vec = pytest.importorskip("model2vec", reason="model2vec is not installed")
    static = model2vec.StaticModel.from_pretrained(save_form(tmp_path, kind, weighted))
    expected = static.encode(list(KNOWN), use_multiprocessing=False)
    got = StaticEncoder(tmp_path, "x").encode_passages(KNOWN)
    assert got == pytest.approx(expected, abs=2e-3 if kind == "float16" else 1e-6)


@pytest.mark.parametrize(
    ("tensors", "reason"),
    [
        ({"embeddings": rows_of("int8"), "mapping": np.arange(11)}, "its tokens share rows by a `mapping`, which is"),
        ({"embeddings": rows_of("float64")}, r"its matrix is float64 \(11, 16\): want two dimensions of float32, "),
        ({"embeddings": np.zeros((11, 4, 4), np.int8)}, r"its matrix is int8 \(11, 4, 4\): want two dimensions"),
        ({"embeddings": rows_of("int8")[:10]}, r"its matrix is \(10, 16\), with no weights, for 11 tokens"),
        ({"embeddings": rows_of("int8"), "weights": WEIGHTS[:10]}, r"\(11, 16\), with \(10,\) weights, for 11 tokens"),
        ({"vectors": rows_of("int8")}, "'embeddings'"),
    ],
)
def test_a_matrix_that_cannot_be_read_is_a_model_error(tmp_path: Path, tensors: dict[str, Any], reason: str) -> None:
    with pytest.raises(ModelError, match=rf"cannot load the model in .*{reason}.*: install Sourcier again"):
        StaticEncoder(save_static(tmp_path, **tensors), "x")


def test_a_broken_model_folder_is_a_model_error(tmp_path: Path) -> None:
    (tmp_path / "tokenizer.json").write_text("{}")
    with pytest.raises(ModelError, match=r"cannot load the model in .*: install Sourcier again"):
        StaticEncoder(tmp_path, "x")


def test_vectors_are_units_and_those_of_nothing_are_zero() -> None:
    vectors = embedded().encode_passages([*TEXTS, "", " \n"])
    known = [1.0] * (len(TEXTS) - 1)  # the last is one word, too long to be one
    assert np.linalg.norm(vectors, axis=1) == pytest.approx([*known, 0.0, 0.0, 0.0], abs=1e-5)
    assert embedded().encode_passages([]).shape == (0, embedded().dim)
    assert embedded().fits(["a", "a" * 1_000_000]) == [True, True]


def test_a_texts_vector_is_the_same_in_any_company() -> None:
    texts = [f"Le texte numéro {number}" for number in range(3000)]
    together = embedded().encode_passages(texts)
    assert np.array_equal(
        together[[0, 1023, 1024, 2999]], embedded().encode_passages([texts[n] for n in (0, 1023, 1024, 2999)])
    )


@settings(max_examples=50, deadline=None)
@given(st.lists(st.sampled_from(TEXTS) | st.text(max_size=20), max_size=8))
def test_a_batch_equals_one_by_one(texts: list[str]) -> None:
    alone = [embedded().encode_passages([text])[0] for text in texts]
    assert np.array_equal(embedded().encode_passages(texts), np.asarray(alone).reshape(-1, embedded().dim))


def test_words_stand_where_they_say_and_add_up_to_the_text() -> None:
    text = "L’accord d'OpenAI — 27 % — a-t-il changé ?"
    words = embedded().words(text)
    assert [text[start:end] for start, end in words.offsets][:5] == ["L", "’", "accord", "d", "'"]
    total = (words.rows * words.weights[:, None]).sum(axis=0)
    assert total / np.linalg.norm(total) == pytest.approx(embedded().encode_passages([text])[0], abs=1e-5)
    assert embedded().words("").rows.shape == (0, embedded().dim)


def test_the_identity_is_that_of_the_files() -> None:
    assert embedded().identity == StaticEncoder(EMBEDDED_FOLDER, "x").identity
    assert len(embedded().identity) == 16
