"""Loading a question-answering model of transformers as the reader: what it is called, and what is refused."""

from __future__ import annotations

import json
import logging
import os
import re
import shutil
import socket
import subprocess
import sys
import threading
from pathlib import Path

import numpy as np
import pytest
from reader_models import TEXTS, agrees, passage, plain, save_model, save_tokenizer

from index.errors import ModelError
from qa.transformer_reader import TransformerReader

ROOT = Path(__file__).parent.parent
QUESTION = "Que vaut l'accord ?"

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::FutureWarning", "ignore::UserWarning")


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> str:
    return save_model(tmp_path_factory.mktemp("reader") / "bert")


@pytest.fixture
def copy(model: str, tmp_path: Path) -> Path:
    return Path(shutil.copytree(model, tmp_path / "copy"))


@pytest.mark.parametrize("precision", ["bfloat16", "float16"])
def test_half_precision_is_read_as_float32(model: str, copy: Path, precision: str) -> None:
    import torch
    from transformers import AutoModelForQuestionAnswering

    halved = AutoModelForQuestionAnswering.from_pretrained(model).to(getattr(torch, precision))
    halved.save_pretrained(copy)
    assert json.loads((copy / "config.json").read_text())["dtype"] == precision
    reader = TransformerReader(str(copy))
    assert {weights.dtype for weights in reader._model.parameters()} == {torch.float32}
    (told,) = reader.scores(QUESTION, [passage(TEXTS[2])])
    assert agrees(told, TEXTS[2], plain(str(copy), QUESTION, TEXTS[2]))
    assert reader.identity != TransformerReader(model).identity


def test_equal_readers_have_equal_identities_wherever_they_lie(model: str, copy: Path) -> None:
    reader, other = TransformerReader(model), TransformerReader(str(copy))
    assert (reader.name, other.name) == (model, str(copy))
    before = reader.identity
    assert re.fullmatch("[0-9a-f]{16}", before)
    reader.scores(QUESTION, [passage(text) for text in TEXTS])
    del reader.__dict__["identity"]
    assert reader.identity == other.identity == before


@pytest.mark.parametrize("change", ["weights", "tokenizer", "length", "types", "config"])
def test_whatever_decides_the_scores_is_in_the_identity(model: str, copy: Path, change: str) -> None:
    if change == "weights":
        save_model(copy, seed=1)
    elif change == "length":
        save_model(copy, length=40)
    else:
        name, old, new = {
            "tokenizer": ("tokenizer.json", '"lowercase": true', '"lowercase": false'),
            "types": ("tokenizer_config.json", '"token_type_ids",', ""),
            "config": ("config.json", '"hidden_act": "gelu"', '"hidden_act": "relu"'),
        }[change]
        told = (copy / name).read_text()
        assert old in told
        (copy / name).write_text(told.replace(old, new))
    assert TransformerReader(str(copy)).identity != TransformerReader(model).identity


# What is refused, and how.


def fails(name: Path | str, reason: str) -> None:
    with pytest.raises(ModelError, match=reason) as caught:
        TransformerReader(str(name))
    told = str(caught.value)
    assert told.startswith(f"cannot load the reader {str(name)!r} (")
    assert told.endswith(
        "): give the folder of a question-answering model of transformers with a fast tokenizer,"
        " or the name of one that is in the local cache"
    )
    assert "\n" not in told


def test_a_model_that_was_not_trained_to_answer(model: str, copy: Path) -> None:
    from transformers import AutoModel

    AutoModel.from_pretrained(model).save_pretrained(copy)
    fails(copy, r"it was not trained to answer, or is not whole: it has no weights qa_outputs\.bias, qa_outputs\.w")


def test_a_model_without_some_of_its_weights(copy: Path) -> None:
    from safetensors.numpy import load_file, save_file

    weights = load_file(copy / "model.safetensors")
    save_file({name: each for name, each in weights.items() if "layer" not in name}, copy / "model.safetensors", {})
    fails(copy, r"not whole: it has no weights bert\.encoder\.layer\.\S+, bert\.encoder\.layer\.\S+ and 14 others")


def test_a_model_of_another_kind(copy: Path) -> None:
    (copy / "config.json").write_text('{"model_type": "vit"}')
    fails(copy, "Unrecognized configuration class")


def test_a_model_that_needs_more_than_text(tmp_path: Path) -> None:
    fails(save_model(tmp_path, num_labels=3), r"\(too many values to unpack")


def test_a_folder_without_a_model(tmp_path: Path) -> None:
    fails(tmp_path, r"config\.json")


@pytest.mark.parametrize("name", ["config.json", "model.safetensors", "tokenizer.json"])
def test_a_damaged_file(copy: Path, name: str) -> None:
    (copy / name).write_bytes((copy / name).read_bytes()[:100])
    fails(copy, ".")


def test_a_model_without_a_tokenizer(copy: Path) -> None:
    for path in copy.glob("tokenizer*"):
        path.unlink()
    fails(copy, "it has no tokenizer")


def test_a_tokenizer_of_more_tokens_than_the_model_knows(copy: Path) -> None:
    save_tokenizer(copy, "roberta")
    fails(copy, "index out of range")


def test_a_slow_tokenizer(tmp_path: Path) -> None:
    from transformers import CanineConfig, CanineForQuestionAnswering, CanineTokenizer

    layers = {"hidden_size": 16, "num_hidden_layers": 1, "num_attention_heads": 2, "intermediate_size": 16}
    CanineForQuestionAnswering(CanineConfig(**layers, num_hash_buckets=64)).save_pretrained(tmp_path)
    CanineTokenizer().save_pretrained(tmp_path)
    fails(tmp_path, "its tokenizer, CanineTokenizer, is not a fast one")


def test_a_model_that_reads_too_little(tmp_path: Path) -> None:
    fails(save_model(tmp_path, length=15), "it reads 15 tokens, too few for a question and a passage")


@pytest.mark.parametrize("name", ["no-such-org/no-such-model", "./no/such/folder", "a\nb"])
def test_an_unknown_reader_is_told_before_torch_is_loaded(name: str) -> None:
    script = f"""
import sys
from index.errors import ModelError
from qa.transformer_reader import TransformerReader
try:
    TransformerReader({name!r})
except ModelError as error:
    print(error)
assert not {{"torch", "transformers"}} & set(sys.modules)
"""
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, timeout=60, check=True
    )
    assert done.stdout == (
        f"cannot load the reader {name!r} (there is no such folder, nor such a model in the local cache): give the"
        " folder of a question-answering model of transformers with a fast tokenizer, or the name of one that is in"
        " the local cache\n"
    )


# The local cache, and nothing beyond it.


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the folder of `some/model` in a cache of its own, where looking at the network fails."""

    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("looked at the network")

    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path))
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", False)
    monkeypatch.delenv("DISABLE_SAFETENSORS_CONVERSION", raising=False)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    monkeypatch.setattr(socket.socket, "connect", refuse)
    snapshot = tmp_path / "models--some--model" / "snapshots" / "1"
    snapshot.mkdir(parents=True)
    (snapshot.parents[1] / "refs").mkdir()
    (snapshot.parents[1] / "refs" / "main").write_text("1")
    return snapshot


def test_a_model_of_the_cache_is_named_without_a_path(cache: Path, model: str) -> None:
    shutil.copytree(model, cache, dirs_exist_ok=True)
    reader = TransformerReader("some/model")
    assert reader.name == "some/model"
    assert reader.identity == TransformerReader(model).identity


def test_a_model_that_the_cache_holds_in_part_is_never_downloaded(cache: Path, model: str) -> None:
    fails("some/model", "some/model")
    shutil.copytree(model, cache, dirs_exist_ok=True)
    (cache / "model.safetensors").unlink()
    with pytest.raises(ModelError) as caught:
        TransformerReader("some/model")
    assert "looked at the network" not in str(caught.value)


def test_nobody_is_asked_to_convert_old_weights(cache: Path, model: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nor is what the user's environment says of it changed."""
    import torch
    from safetensors.torch import load_file

    started: list[str] = []
    start = threading.Thread.start
    monkeypatch.setattr(threading.Thread, "start", lambda self: (started.append(self.name), start(self))[1])
    shutil.copytree(model, cache, dirs_exist_ok=True)
    torch.save(load_file(cache / "model.safetensors"), cache / "pytorch_model.bin")
    (cache / "model.safetensors").unlink()
    assert TransformerReader("some/model").identity == TransformerReader(model).identity
    assert "Thread-auto_conversion" not in started
    assert "DISABLE_SAFETENSORS_CONVERSION" not in os.environ


def test_loading_says_nothing_and_leaves_logging_as_it_was(
    model: str, copy: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    from safetensors.numpy import load_file, save_file
    from transformers.utils import logging as told

    weights = load_file(copy / "model.safetensors")
    save_file({**weights, "bert.pooler.dense.weight": np.zeros((16, 16), "f4")}, copy / "model.safetensors")
    told.enable_progress_bar()  # type: ignore[no-untyped-call]
    told.set_verbosity(logging.INFO)
    try:
        capfd.readouterr()
        reader = TransformerReader(str(copy))
        assert capfd.readouterr() == ("", "")
        assert (told.get_verbosity(), told.is_progress_bar_enabled()) == (logging.INFO, True)
        reader.scores("oui " * 600, [passage("oui " * 600)])
        assert capfd.readouterr() == ("", "")
    finally:
        told.set_verbosity_warning()  # type: ignore[no-untyped-call]
