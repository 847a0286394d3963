"""Gold that tells where its answers stand: checked against the files, word for word."""

import json
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.errors import InputError
from qa.gold import open_gold, read_gold
from qa.gold.spans import _UNITS
from qa.types import Example, GoldSpan

TEXT = "Un café 🎈 coûte 5 €.\r\nUn thé coûte 4 €, et un café 5 €."
PRICE = {"start": TEXT.index("5 €"), "end": TEXT.index("5 €") + 3, "text": "5 €"}
LINE = {"id": "a", "question": "Combien coûte un café ?", "document": "prix.txt", "spans": [PRICE]}


@pytest.fixture
def folder(make_folder):
    return make_folder(
        {
            "prix.txt": b"\xef\xbb\xbf" + TEXT.encode(),
            "sub/latin.md": "Le thé : 4 €.".encode("cp1252"),
            "notes.xlsx": b"PK",
            "bytes.txt": bytes(range(256)),
        }
    )


@pytest.fixture
def write(tmp_path):
    def write_lines(*lines):
        path = tmp_path / "gold.jsonl"
        path.write_text("\n".join(map(json.dumps, lines)), "utf-8")
        return path

    return write_lines


def test_a_span_is_an_answer_with_its_place(write, folder):
    wanted = Example(
        *("a", LINE["question"], ("5 €",), ("prix.txt",), "fr", "gold"),
        spans=(GoldSpan("prix.txt", PRICE["start"], PRICE["end"]),),
    )
    assert read_gold(write(LINE), folder) == (wanted,)
    (example,) = read_gold(write({**LINE, "language": "en", "split": "dev"}), folder)
    assert example == replace(wanted, language="en", split="dev")


def test_spans_in_several_documents_and_both_forms_in_one_file(write, folder):
    second = TEXT.rindex("5 €")
    tea = {"start": 9, "end": 12, "text": "4 €", "document": "sub/latin.md", "_by": "hand"}
    again = {"start": second, "end": second + 3, "text": "5 €", "source": "prix.txt"}
    own = {"question": "Quand a-t-il ouvert ?", "answers": [], "sources": []}
    path = write({**LINE, "spans": [PRICE, tea, again, PRICE]}, own, {**LINE, "id": 3, "document": None, "spans": []})
    first, other, none = open_gold(path, folder).examples
    assert first.answers == ("5 €", "4 €")
    assert first.sources == ("prix.txt", "sub/latin.md")
    assert first.spans == (
        GoldSpan("prix.txt", PRICE["start"], PRICE["end"]),
        GoldSpan("sub/latin.md", 9, 12),
        GoldSpan("prix.txt", second, second + 3),
    )
    assert (other.id, other.answerable, other.spans) == ("q2", False, ())
    assert (none.id, none.answerable, none.answers, none.spans) == ("3", False, (), ())


def test_without_a_folder_spans_need_only_agree_with_themselves(write, tmp_path):
    elsewhere = {**LINE, "spans": [{**PRICE, "start": 0, "end": 3}]}
    for folder in (None, tmp_path / "gone"):
        assert read_gold(write(elsewhere), folder)[0].spans == (GoldSpan("prix.txt", 0, 3),)
        with pytest.raises(InputError, match=r"line 1, span 1: 0:4 is 4 characters and its text 3: count again"):
            read_gold(write({**LINE, "spans": [{**PRICE, "start": 0, "end": 4}]}), folder)


@given(st.text(st.sampled_from("aé€🎈 \n"), min_size=1), st.data())
def test_what_stands_at_a_span_is_accepted_and_nothing_else(tmp_path_factory, text, data):
    folder = tmp_path_factory.mktemp("articles")
    (folder / "x.txt").write_bytes(text.encode())
    start = data.draw(st.integers(0, len(text) - 1))
    end = data.draw(st.integers(start + 1, len(text)))
    if not text[start:end].strip():
        return
    span = {"start": start, "end": end, "text": text[start:end]}
    path = folder.parent / f"{folder.name}.jsonl"
    path.write_text(json.dumps({**LINE, "document": "x.txt", "spans": [span]}), "utf-8")
    assert read_gold(path, folder)[0].answers == (text[start:end],)
    moved = data.draw(st.integers(0, len(text)))
    path.write_text(
        json.dumps({**LINE, "document": "x.txt", "spans": [{**span, "start": moved, "end": moved + end - start}]}),
        "utf-8",
    )
    if text[moved : moved + end - start] == text[start:end]:
        assert read_gold(path, folder)[0].answers == (text[start:end],)
    else:
        with pytest.raises(InputError, match="it stands at "):
            read_gold(path, folder)


@given(st.text(st.sampled_from("aé€🎈\n")), st.integers(0, 50))
def test_other_units_lead_back_to_characters(text, at):
    text, at = text.replace("\n", "\r\n"), min(at, len(text))
    whole = text[:at].removesuffix("\r")
    counts = {
        "bytes": len(whole.encode()),
        "UTF-16 units": len(whole.encode("utf-16-le")) // 2,
        "newlines of two characters as one": len(whole.replace("\r\n", "\n")),
    }
    assert {unit: counted(text, counts[unit]) for unit, counted in _UNITS.items()} == dict.fromkeys(counts, len(whole))


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"start": 5, "end": 8}, ["5:8 is 'fé ' and not '5 €'", "stands at 16:19 or 51:54", "count characters"]),
        (
            {"start": len(TEXT[:16].encode()), "end": len(TEXT[:19].encode())},
            ["stands at 16:19 or 51:54", "the offsets given count bytes"],
        ),
        ({"start": 17, "end": 20}, ["the offsets given count UTF-16 units"]),
        ({"start": 50, "end": 53}, ["the offsets given count newlines of two characters as one"]),
        ({"start": 16, "end": 20}, ["16:20 is '5 €.' and not '5 €'", "stands at 16:19 or 51:54; count characters"]),
        ({"text": "5 euros"}, ["16:19 is '5 €' and not '5 euros'", "stands nowhere there; copy it from the file"]),
        ({"start": 0, "end": 54}, [f"is {TEXT[:39] + '…'!r} and not"]),
        ({"start": 900, "end": 903}, ["900:903 is '' and not '5 €'"]),
        ({"start": 19, "end": 16}, ["starts at 19 and ends at 16: the end is that after the last character"]),
        ({"end": 16}, ["starts at 16 and ends at 16"]),
        ({"start": -1}, ["'start' is -1: want a whole number from 0"]),
        ({"start": 16.0}, ["'start' is 16.0: want a whole number"]),
        ({"end": "19"}, ["'end' is \"19\": want a whole number"]),
        ({"end": True}, ["'end' is true: want a whole number"]),
        ({"end": None}, ["'end' is missing: add it"]),
        ({"text": None}, ["'text' is missing: add it"]),
        ({"text": " "}, ["'text' is \" \": want a text"]),
        ({"score": 1}, ["'score' is unknown: want start, end, text, document"]),
        ({"document": 5}, ["'document' is 5: want a text"]),
        ({"document": "x.txt", "file": "x.txt"}, ["'document' and 'file' are one field"]),
        ({"document": "../gold.jsonl"}, ["../gold.jsonl is gone from", "name an article by its path in the folder"]),
        ({"document": "latin.md"}, ["latin.md is gone from", "by its path in the folder"]),
        ({"document": "bytes.txt"}, ["bytes.txt is not text"]),
    ],
)
def test_a_wrong_span_is_named(write, folder, change, says):
    path = write(LINE, {**LINE, "id": "b", "spans": [PRICE, {**PRICE, **change}]})
    with pytest.raises(InputError) as error:
        read_gold(path, folder)
    message = str(error.value)
    assert message.startswith(f"{path} line 2, span 2: ")
    assert "\n" not in message
    for part in says:
        assert part in message


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"spans": PRICE}, "the field 'spans' is .*: want a list of .* or \\[\\] where the folder does not answer"),
        ({"spans": None}, "the field 'spans' is null"),
        ({"spans": [5]}, "span 1: is no object: want a list of"),
        ({"document": None}, 'span 1: names no document: add "document" to it, or to the line'),
        ({"document": ["prix.txt"]}, "the field 'document' is .*: want a file name; if there are several"),
        ({"answers": ["5 €"]}, "the spans tell the answers: leave 'answers' out, or 'spans'"),
        ({"question": None}, "the field 'question' is missing"),
    ],
)
def test_a_wrong_line_of_spans_is_named(write, folder, change, says):
    path = write({**LINE, **change})
    with pytest.raises(InputError, match=rf"gold\.jsonl line 1(?:: |, ){says}"):
        read_gold(path, folder)
