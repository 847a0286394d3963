"""`--reader`: where its name comes from, and how one that cannot be used is refused."""

import pytest
from command_line import GOLD, STARGATE, fails, sourcier
from reader_models import save_model

UNKNOWN = r"^sourcier: cannot load the reader 'no-such-model' \(there is no such folder, nor such a model in the local"

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::FutureWarning", "ignore::UserWarning")


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    return save_model(tmp_path_factory.mktemp("reader") / "model")


@pytest.mark.parametrize("words", [["ask", STARGATE], ["batch", "questions.txt"], ["serve"], ["eval", GOLD]])
def test_an_unknown_reader_is_a_line_and_a_failure(own, run, words):
    (own.parent / "questions.txt").write_text(STARGATE)
    fails(run(*words, own, "--reader", "no-such-model"), 1, UNKNOWN)


def test_flags_then_variables_then_the_settings_file(own, run, monkeypatch):
    (own.parent / "sourcier.toml").write_text('reader = "by-file"\n')
    fails(run("ask", STARGATE), 1, "cannot load the reader 'by-file'")
    monkeypatch.setenv("SOURCIER_READER", "by-variable")
    fails(run("ask", STARGATE), 1, "cannot load the reader 'by-variable'")
    fails(run("ask", STARGATE, "--reader", "by-flag"), 1, "cannot load the reader 'by-flag'")
    assert run("ask", STARGATE, "--reader", "embedded")[0] == 0


def test_an_index_is_built_without_a_reader(own, run, monkeypatch):
    monkeypatch.setenv("SOURCIER_READER", "no-such-model")
    assert run("index", own)[0] == 0
    code, out, err = run("index", own, "--reader", "no-such-model")
    assert (code, out) == (2, "")
    assert "unrecognized arguments: --reader" in err


def test_it_is_told_before_an_index_is_built(run, make_folder, monkeypatch):
    lighthouse = make_folder({"phare.txt": "Le phare de la Vieille mesure 27 mètres."})
    monkeypatch.chdir(lighthouse.parent)
    fails(run("ask", "Combien mesure le phare ?", lighthouse, "--reader", "no-such-model"), 1, UNKNOWN)
    assert not (lighthouse / ".sourcier").exists()


def test_an_index_whose_folder_is_gone_is_read_by_it_too(own, run):
    own.rename(own.with_name("gone"))
    index = own.with_name("gone") / ".sourcier"
    code, out, err = run("ask", STARGATE, "-i", index, "--reader", "no-such-model")
    assert (code, out) == (1, "")
    assert "cannot load the reader 'no-such-model'" in err


def test_a_model_that_was_not_trained_to_answer(own, run, tmp_path, model):
    from transformers import AutoModel, AutoTokenizer

    AutoModel.from_pretrained(model).save_pretrained(tmp_path / "model")
    AutoTokenizer.from_pretrained(model).save_pretrained(tmp_path / "model")
    reason = r"it was not trained to answer, or is not whole: it has no weights qa_outputs\.bias, qa_outputs\.weight"
    told = run("ask", STARGATE, own, "--reader", "model")
    fails(told, 1, rf"^sourcier: cannot load the reader '/.*/model' \({reason}\): give the folder of a")


def test_the_real_command_takes_a_model_and_says_nothing_of_it(own, model):
    done = sourcier("ask", STARGATE, own, "--reader", model, cwd=own.parent, HF_HUB_OFFLINE="1")
    assert done.returncode == 0
    assert "transformers" not in done.stderr
