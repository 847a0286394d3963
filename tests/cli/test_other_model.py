"""Another model than the embedded one: retrieval says so where no weights were fitted for it."""

import json
import shutil

import pytest

from index.encoder import EMBEDDED_FOLDER
from index.store import open_current
from qa.weights import RETRIEVAL_FILE

QUESTION = "Quelle part d'OpenAI Microsoft détiendra-t-il ?"

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::FutureWarning", "ignore::UserWarning")


@pytest.fixture
def model(tmp_path, own, run):
    """A sentence-transformers model, which has built the index of `own`."""
    folder = tmp_path / "model"
    shutil.copytree(EMBEDDED_FOLDER, folder, ignore=shutil.ignore_patterns(RETRIEVAL_FILE.name))
    assert run("index", own, "--model", folder, "--rebuild")[0] == 0
    return folder


def write_weights(model, own, **changes):
    identity = open_current(own / ".sourcier").manifest.encoder_identity
    told = json.loads(RETRIEVAL_FILE.read_text("utf-8")) | {"encoder": identity} | changes
    (model / "sourcier.json").write_text(json.dumps(told), "utf-8")


def test_without_weights_of_its_own_a_line_says_so(own, model, run):
    code, out, err = run("ask", QUESTION, own, "--json")
    assert code == 0
    assert json.loads(out)["index"]["encoder"] == str(model)
    assert err.startswith(f"sourcier: no weights of retrieval fitted on {model}, using others: ")
    assert err.count("\n") == 1
    questions = own.parent / "questions.txt"
    questions.write_text(f"{QUESTION}\nQui a fondé OpenAI ?\n", "utf-8")
    assert run("batch", questions, own)[2].count("no weights of retrieval") == 1


def test_with_its_own_nothing_is_said(own, model, run):
    write_weights(model, own)
    code, out, err = run("ask", QUESTION, own, "--json")
    assert (code, err) == (0, "")
    assert json.loads(out)["passages"]


def test_its_own_are_those_that_rank(own, model, run):
    mix = {"lexical": 1.0, "dense": 0.0, "late": 0.0}
    write_weights(model, own, same=mix, cross=mix)
    scores = [each["score"] for each in json.loads(run("ask", QUESTION, own, "--json")[1])["passages"]]
    assert scores[0] == 1.0  # the best of BM25, and nothing else


def test_weights_that_do_not_fit_are_a_line_and_a_failure(own, model, run):
    (model / "sourcier.json").write_text("{}", "utf-8")
    code, out, err = run("ask", QUESTION, own)
    assert (code, out) == (1, "")
    assert err.startswith(f"sourcier: cannot read the weights in {model / 'sourcier.json'}")
    assert err.count("\n") == 1


def test_the_embedded_model_has_weights_of_its_own(own, run):
    assert run("ask", QUESTION, own)[2] == ""
