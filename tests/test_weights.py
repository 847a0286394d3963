"""Where the weights of retrieval are kept, and what may be wrong with them."""

import json
from types import SimpleNamespace

import pytest

from index.encoder import EMBEDDED_FOLDER, embedded
from index.errors import ModelError
from qa.scoring import MixWeights, RetrievalWeights
from qa.weights import RETRIEVAL_FILE, WEIGHTS_FILE, load_retrieval, load_weights, retrieval_file, retrieval_of

STORED = {
    "same": {"lexical": 0.5, "dense": 0.2, "late": 0.3},
    "cross": {"lexical": 0.0, "dense": 0.25, "late": 0.75},
    "sentence": 0.5,
    "norm_power": 1.5,
    "rarity_power": 2.0,
    "encoder": "0123456789abcdef",
}
READ = RetrievalWeights(MixWeights(0.5, 0.2, 0.3), MixWeights(0.0, 0.25, 0.75), 0.5, 1.5, 2.0)


def model(name, identity="0123456789abcdef"):
    return SimpleNamespace(name=str(name), identity=identity)


def write(path, stored):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(stored if isinstance(stored, str) else json.dumps(stored), "utf-8")
    return path


def test_the_embedded_model_s_stand_in_its_folder_and_were_fitted_on_it():
    assert retrieval_file(embedded()).parent == EMBEDDED_FOLDER
    assert retrieval_of(embedded()) == (load_weights().retrieval, True)


def test_those_of_reading_are_kept_apart():
    assert "retrieval" not in json.loads(WEIGHTS_FILE.read_text("utf-8"))


def test_a_model_s_folder_holds_its_own(tmp_path):
    folder = tmp_path / "model"
    folder.mkdir()
    assert retrieval_of(model(folder)) == (load_retrieval(RETRIEVAL_FILE), False)
    write(folder / "sourcier.json", STORED)
    assert retrieval_of(model(folder)) == (READ, True)


def test_those_of_a_model_by_name_are_the_user_s(tmp_path, monkeypatch):
    monkeypatch.setattr("platformdirs.user_data_path", lambda name, **_: tmp_path / name)
    named = model("intfloat/e5")
    assert retrieval_of(named) == (load_retrieval(RETRIEVAL_FILE), False)
    path = tmp_path / "sourcier" / "retrieval" / "0123456789abcdef.json"
    assert retrieval_file(named) == path
    write(path, STORED)
    assert retrieval_of(named) == (READ, True)


def test_weights_fitted_before_a_model_changed_are_used_but_not_its_own(tmp_path):
    write(tmp_path / "sourcier.json", STORED)
    assert retrieval_of(model(tmp_path, "fedcba9876543210")) == (READ, False)


@pytest.mark.parametrize(
    "stored",
    [
        "",
        "no JSON",
        "[]",
        {name: value for name, value in STORED.items() if name != "same"},
        {name: value for name, value in STORED.items() if name != "encoder"},
        {name: value for name, value in STORED.items() if name != "norm_power"},
        {**STORED, "same": {"lexical": 0.5, "late": 0.5}},
        {**STORED, "same": {"lexical": 0.5, "dense": 0.5, "late": 0.5}},
        {**STORED, "cross": {"lexical": -0.5, "dense": 0.5, "late": 1.0}},
        {**STORED, "cross": [0.2, 0.3, 0.5]},
        {**STORED, "sentence": 1.5},
        {**STORED, "sentence": "half"},
        {**STORED, "rarity_power": None},
        {**STORED, "rarity_power": float("nan")},
        {**STORED, "norm_power": -1.0},
        {**STORED, "same": {"lexical": float("nan"), "dense": 0.5, "late": 0.5}},
    ],
    ids=range(16),
)
def test_what_does_not_fit_is_refused_with_the_remedy(tmp_path, stored):
    path = write(tmp_path / "sourcier.json", stored)
    with pytest.raises(ModelError) as told:
        retrieval_of(model(tmp_path))
    assert str(path) in str(told.value)
    assert "python -m qa.fit_retrieval" in str(told.value)
    assert "\n" not in str(told.value)


def test_missing_weights_are_refused(tmp_path):
    with pytest.raises(ModelError, match="fit them again by"):
        load_retrieval(tmp_path / "none.json")
