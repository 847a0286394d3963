"""Question groups: how they are read, and how well agreement and difference are told of them."""

import json
import re
from pathlib import Path

import pytest

from index.errors import InputError
from qa.fit_groups import main
from qa.groups import GroupFigures, QuestionGroup, Told, figures, read_groups, tell
from qa.measure.intervals import wilson
from qa.types import AnswerKind

DATA = Path(__file__).parent / "data" / "groups.jsonl"
GROUPS = read_groups(DATA)
ONE = {
    "id": "g-1",
    "split": "dev",
    "folder": "groups/dev",
    "language": "fr",
    "question": "Combien ?",
    "verdict": "differ",
    "values": [{"value": "12 euros", "sources": ["a.txt"]}, {"value": "plus de 13 euros", "sources": ["b.txt"]}],
}


def write(path, *told):
    path.write_text("".join(f"{each if isinstance(each, str) else json.dumps(each)}\n" for each in told), "utf-8")
    return path


def test_there_are_enough_of_either_kind_language_and_split():
    assert len(GROUPS) == len({group.id for group in GROUPS}) >= 60
    for language in ("fr", "en"):
        assert 0.4 < sum(group.language == language for group in GROUPS) / len(GROUPS) < 0.6
    for split in ("dev", "test"):
        here = [group for group in GROUPS if group.split == split]
        assert {group.verdict for group in here} == {"single", "agree", "differ"}
        assert {group.invented for group in here} == {True, False}


def test_splits_share_no_scene_and_every_value_stands_in_its_source():
    scenes = {split: {group.scene for group in GROUPS if group.split == split} for split in ("dev", "test")}
    assert not scenes["dev"] & scenes["test"]
    for group in GROUPS:
        for value, sources in group.values:
            texts = [(group.folder / source).read_text("utf-8") for source in sources]
            assert any(plain(value) in plain(text) for text in texts), (group.id, value)


def plain(text):
    return text.replace("\u00a0", " ").replace("\u202f", " ").replace("’", "'")


def test_differ_is_told_rightly_on_the_dev_groups():
    """The weights were fitted on these. The figure to report is that of the split test, by the command."""
    groups = [group for group in GROUPS if group.split == "dev"]
    measured = figures(list(zip(groups, tell(groups), strict=True)))
    assert measured.precision is None or measured.precision.value >= 0.9, str(measured)
    assert measured.verdict.value >= 0.6, str(measured)


def test_what_is_read(tmp_path):
    (group,) = read_groups(write(tmp_path / "g.jsonl", {**ONE, "copies": [["a.txt", "b.txt"]]}))
    assert group.folder == tmp_path / "groups/dev"
    assert group.scene == "g"
    assert group.copies == (frozenset({"a.txt", "b.txt"}),)
    assert group.expects(AnswerKind.AMOUNT, "Il coûte 12 €.", 9, 13, "a.txt")
    assert not group.expects(AnswerKind.AMOUNT, "Il coûte 12 €.", 9, 13, "b.txt")
    assert group.expects(AnswerKind.AMOUNT, "Il coûte plus de 13 €.", 17, 21, "b.txt")
    assert not group.expects(AnswerKind.AMOUNT, "Il coûte 13 €.", 9, 13, "b.txt")


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("no JSON", "line 2"),
        ("[]", "line 2"),
        ({**ONE, "verdict": "contradict"}, "line 2: want the verdict single, agree, differ"),
        ({**ONE, "language": "de"}, "line 2: want the verdict"),
        ({name: value for name, value in ONE.items() if name != "values"}, "line 2: the field 'values' is missing"),
        ({**ONE, "extra": 1}, "line 2: the field 'extra' is unknown"),
        ({**ONE, "values": []}, "line 2: no value may be cited"),
        ({**ONE, "values": [{"value": "1"}]}, "line 2: its values or copies do not fit"),
        ({**ONE, "values": [{"value": "1", "sources": "a.txt"}]}, "line 2: its values or copies do not fit"),
        ({**ONE, "copies": [[]]}, "line 2: its values or copies do not fit"),
        ({**ONE, "question": 1}, "line 2: the field 'question' is 1: want a text"),
    ],
    ids=range(11),
)
def test_what_does_not_fit_is_refused_with_its_line(tmp_path, line, told):
    path = write(tmp_path / "g.jsonl", ONE, line)
    with pytest.raises(InputError, match=r"g\.jsonl") as error:
        read_groups(path)
    assert told in str(error.value)
    assert "\n" not in str(error.value)


def test_no_groups_are_refused(tmp_path, capsys):
    with pytest.raises(InputError, match="holds no question"):
        read_groups(write(tmp_path / "none.jsonl"))
    out = tmp_path / "weights.json"
    assert main([str(tmp_path / "missing.jsonl"), "--out", str(out)]) == 1
    assert capsys.readouterr().err.startswith("sourcier: no file at")
    assert not out.exists()
    assert main([str(DATA), "--measure", "--split", "none"]) == 2  # wrong usage


def test_the_counts():
    def group(verdict):
        return QuestionGroup("g-1", "dev", Path(), "fr", "Combien ?", verdict, ())

    told = [
        (group("differ"), Told("differ", answer_fits=True, all_fit=True)),
        (group("differ"), Told("differ", answer_fits=True, all_fit=False)),  # cites a value that does not belong
        (group("agree"), Told("differ", answer_fits=True, all_fit=True)),
        (group("differ"), Told(None, answer_fits=False, all_fit=False)),
        (group("agree"), Told("agree", answer_fits=True, all_fit=True)),
        (group("single"), Told("single", answer_fits=False, all_fit=False)),
    ]
    counted = figures(told)
    assert counted == GroupFigures(groups=6, answered=5, due=3, said=3, right=1, verdicts=3)
    assert counted.precision == wilson(1, 3)
    assert counted.recall == wilson(1, 3)
    assert "`differ`, precision      1 of   3  0.333" in str(counted)
    assert figures([]).precision is None


@pytest.mark.parametrize(
    ("question", "values"),
    [
        ("Quelle part d'OpenAI revient à Microsoft ?", {"33 %", "27 %", "32,5 %"}),
        (
            "Combien Microsoft a-t-il ajouté par la suite, en plus du milliard ?",
            {"12 milliards de dollars", "13 milliards de dollars", "plus de 13 milliards"},
        ),
        ("Combien Microsoft a-t-il investi dans OpenAI ?", {"un milliard de dollars"}),
        ("Jusqu'à quand Microsoft a-t-il accès aux technologies d'OpenAI ?", {"2030", "2032", "2030… et au-delà"}),
        ("Until when does Microsoft keep access to OpenAI's models?", {"2030", "2032", "2030… et au-delà"}),
        ("How much does Stargate cost?", {"500 millions de dollars"}),
    ],
)
def test_the_seeds_bring_out_what_is_said_differently(seeds_session, question, values):
    answer = seeds_session.ask(question)
    told = {group.value for group in answer.agreement.groups}
    told |= {value for cited in answer.citations for value in cited.beside}
    assert {re.sub(r"(?<=\d)%", " %", plain(value)) for value in told} >= values
    dates = {cited.source[:3]: cited.date for cited in answer.citations}
    assert all(date == ("2025-05" if source == "004" else None) for source, date in dates.items())
