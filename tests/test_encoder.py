"""Encoders: the embedded one as sentence-transformers has it, and any transformer with its own prompts."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import unicodedata
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from index.build import bring_up_to_date
from index.encoder import EMBEDDED, EMBEDDED_FOLDER, StaticEncoder, canonical_name, embedded, load_encoder
from index.errors import IndexEncoderError, ModelError
from index.opened import open_index

ROOT = Path(__file__).parent.parent
TEXTS = (
    "Qui dirige Microsoft ?",
    "Microsoft détiendra désormais 27 % du capital.",
    "微软 🤖 zzzqqq \u200d \ufffd",
    "<b>[UNK] [PAD]</b> &amp;",
    unicodedata.normalize("NFD", "été à Noël"),
    "Les modèles d'OpenAI restent exclusifs. " * 300,
    "a" * 5000,
)

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::FutureWarning", "ignore::UserWarning")


def test_the_embedded_model_gives_the_vectors_that_sentence_transformers_gives() -> None:
    from sentence_transformers import SentenceTransformer

    reference = SentenceTransformer(str(EMBEDDED_FOLDER), device="cpu", local_files_only=True)
    expected = reference.encode(list(TEXTS), convert_to_numpy=True, show_progress_bar=False)
    got = embedded().encode_passages(TEXTS)
    assert got.dtype == np.float32
    assert np.abs(got - expected).max() < 1e-3  # its sums are of half precision
    assert np.array_equal(got, embedded().encode_queries(TEXTS))


def test_vectors_are_units_and_those_of_nothing_are_zero() -> None:
    vectors = embedded().encode_passages([*TEXTS, "", " \n"])
    assert np.linalg.norm(vectors, axis=1) == pytest.approx([1.0] * len(TEXTS) + [0.0, 0.0], abs=1e-5)
    assert embedded().encode_passages([]).shape == (0, embedded().dim)


def test_a_texts_vector_is_the_same_in_any_company() -> None:
    texts = [f"Le texte numéro {number}" for number in range(3000)]
    together = embedded().encode_passages(texts)
    assert np.array_equal(
        together[[0, 1023, 1024, 2999]], embedded().encode_passages([texts[n] for n in (0, 1023, 1024, 2999)])
    )


def test_words_stand_where_they_say_and_add_up_to_the_text() -> None:
    text = "L’accord d'OpenAI — 27 % — a-t-il changé ?"
    words = embedded().words(text)
    assert [text[start:end] for start, end in words.offsets][:5] == ["L", "’", "accord", "d", "'"]
    total = (words.rows * words.weights[:, None]).sum(axis=0)
    assert total / np.linalg.norm(total) == pytest.approx(embedded().encode_passages([text])[0], abs=1e-3)
    assert embedded().words("").rows.shape == (0, embedded().dim)


def test_a_broken_model_folder_is_a_model_error(tmp_path: Path) -> None:
    (tmp_path / "tokenizer.json").write_text("{}")
    with pytest.raises(ModelError, match=r"cannot load the model in .*: install Sourcier again"):
        StaticEncoder(tmp_path, "x")


def save_model(folder: Path, pooling: str = "mean") -> str:
    """Save a tiny random BERT with a prompt for each side, as sentence-transformers does."""
    import torch
    from sentence_transformers import SentenceTransformer
    from sentence_transformers.sentence_transformer.modules import Pooling, Transformer
    from tokenizers import Tokenizer, models, pre_tokenizers
    from transformers import BertConfig, BertModel, PreTrainedTokenizerFast

    torch.manual_seed(0)
    words = ("[PAD]", "[UNK]", "query", "passage", ":", "le", "microsoft", "openai")
    tokenizer = Tokenizer(models.WordLevel({word: n for n, word in enumerate(words)}, unk_token="[UNK]"))
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    config = BertConfig(
        vocab_size=len(words),
        hidden_size=16,
        num_hidden_layers=1,
        num_attention_heads=2,
        intermediate_size=16,
        max_position_embeddings=32,
    )
    BertModel(config).save_pretrained(folder / "bert")
    PreTrainedTokenizerFast(
        tokenizer_object=tokenizer, unk_token="[UNK]", pad_token="[PAD]", model_max_length=32
    ).save_pretrained(folder / "bert")
    model = SentenceTransformer(
        modules=[Transformer(str(folder / "bert")), Pooling(16, pooling_mode=pooling)],
        prompts={"query": "query : ", "document": "passage : "},
    )
    model.save(str(folder / "model"))
    return str(folder / "model")


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> str:
    return save_model(tmp_path_factory.mktemp("bert"))


def test_a_transformer_puts_each_sides_prompt_before_its_texts(model: str) -> None:
    encoder: Any = load_encoder(model)
    plain = encoder._model.encode
    text = ["le microsoft"]
    assert encoder.encode_queries(text) == pytest.approx(encoder._unit(plain(["query : le microsoft"])), abs=1e-6)
    assert encoder.encode_passages(text) == pytest.approx(encoder._unit(plain(["passage : le microsoft"])), abs=1e-6)
    assert np.abs(encoder.encode_queries(text) - encoder.encode_passages(text)).max() > 1e-2
    assert np.abs(encoder.encode_queries(text) - encoder._unit(plain(text))).max() > 1e-2


def test_a_transformer_says_what_it_is(model: str) -> None:
    encoder = load_encoder(model)
    assert (encoder.name, encoder.dim, encoder.max_chars) == (model, 16, 96)
    vectors = encoder.encode_passages(["le microsoft", "openai " * 100, ""])
    assert vectors.dtype == np.float32
    assert np.linalg.norm(vectors, axis=1) == pytest.approx(1.0, abs=1e-5)


def test_equal_models_have_equal_identities_wherever_they_lie_and_others_have_not(model: str, tmp_path: Path) -> None:
    same, other = load_encoder(save_model(tmp_path / "same")), load_encoder(save_model(tmp_path / "other", "max"))
    assert load_encoder(model).identity == same.identity
    assert other.identity != same.identity
    assert embedded().identity == StaticEncoder(EMBEDDED_FOLDER, "x").identity


def test_half_precision_weights_have_an_identity(model: str) -> None:
    encoder: Any = load_encoder(model)
    before = encoder.identity
    halved: Any = load_encoder(model)
    halved._model.bfloat16()
    assert len(halved.identity) == len(before)
    assert halved.identity != before


def test_a_folder_is_named_by_its_absolute_path(model: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(Path(model).parent)
    assert canonical_name("model") == canonical_name("./model/") == str(Path(model).resolve())
    assert load_encoder("model").name == str(Path(model).resolve())
    assert canonical_name("org/name") == "org/name"
    assert canonical_name(EMBEDDED) == EMBEDDED
    assert load_encoder() is embedded()


@pytest.mark.parametrize("name", ["no-such-org/no-such-model", "./no/such/folder", "a name of no model", "a\nb"])
def test_an_unknown_model_is_one_line_long_before_torch_is_loaded(name: str) -> None:
    script = f"""
import sys
from index.encoder import load_encoder
from index.errors import IndexEncoderError, ModelError
from index.opened import open_index
try:
    load_encoder({name!r})
except ModelError as error:
    print(error)
assert "torch" not in sys.modules
"""
    environment = {key: value for key, value in os.environ.items() if "OFFLINE" not in key}
    done = subprocess.run(
        [sys.executable, "-c", script],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    assert done.stdout == (
        f"cannot load the model {name!r} (there is no such folder, nor such a model in the local cache): give the"
        " folder of a sentence-transformers model, or the name of one that is in the local cache\n"
    )


def test_a_model_that_the_cache_holds_in_part_is_never_downloaded(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("looked at the network")

    monkeypatch.delenv("HF_HUB_OFFLINE", raising=False)
    monkeypatch.setenv("SENTENCE_TRANSFORMERS_HOME", str(tmp_path))
    (tmp_path / "models--some--model" / "snapshots").mkdir(parents=True)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    monkeypatch.setattr(socket.socket, "connect", refuse)
    with pytest.raises(ModelError, match="cannot load the model 'some/model'") as caught:
        load_encoder("some/model")
    assert "\n" not in str(caught.value)
    assert "looked at the network" not in str(caught.value)


def test_a_folder_without_a_model_is_a_model_error(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="cannot load the model") as caught:
        load_encoder(str(tmp_path))
    assert "\n" not in str(caught.value)


def test_an_index_keeps_to_the_transformer_that_built_it(model: str, tmp_path: Path) -> None:
    folder, mine = tmp_path / "articles", tmp_path / "model"
    folder.mkdir()
    (folder / "a.txt").write_text("le microsoft openai")
    shutil.copytree(model, mine)
    assert bring_up_to_date(folder, model=str(mine)).added == 1
    (folder / "b.txt").write_text("openai")
    assert bring_up_to_date(folder).added == 1
    assert not bring_up_to_date(folder, model=f"{mine}/../model").rebuilt
    opened = open_index(folder / ".sourcier")
    assert (opened.encoder.name, opened.dense.dim, len(opened.dense)) == (str(mine), 16, 2)
    opened.close()
    with pytest.raises(IndexEncoderError, match=r"was built by the encoder '.*model', not 'embedded'"):
        bring_up_to_date(folder, model="embedded")
    save_model(mine, "max")
    shutil.rmtree(mine / "1_Pooling")
    shutil.copytree(mine / "model" / "1_Pooling", mine / "1_Pooling")
    with pytest.raises(IndexEncoderError, match=rf"run `sourcier index FOLDER --model {mine} --rebuild`"):
        open_index(folder / ".sourcier")
    shutil.rmtree(mine)
    with pytest.raises(ModelError, match="there is no such folder"):
        bring_up_to_date(folder)
    assert bring_up_to_date(folder, rebuild=True, model="embedded").added == 2
