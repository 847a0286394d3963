"""`sourcier info` lists every file with its state; `sourcier index` counts what it skipped."""

import json
import re

import pytest

from qa.cli import main

ARTICLE = "Le phare\n\nLe phare mesure 42 mètres. Il fut bâti en 1900.\n\nSa lumière porte loin.\n"


@pytest.fixture
def run(capsys):
    def call(*words):
        code = main([str(word) for word in words])
        told = capsys.readouterr()
        return code, told.out, told.err

    return call


@pytest.fixture
def folder(make_folder, run):
    folder = make_folder(
        {
            "2025-05-12_phare.txt": ARTICLE,
            "entete.md": f"---\ntitle: Un phare\ndate: 2024-03\n---\n{ARTICLE}",
            "sans-date.txt": ARTICLE * 20,
            "vide.txt": "",
            "binaire.txt": b"\x00\x01\x02\x03" * 50,
            "sub/notes.xyz": "x",
        }
    )
    code, _, _ = run("index", folder)
    assert code == 0
    return folder


def test_the_last_line_of_index_counts_what_was_skipped_and_errors_name_it(folder, run):
    code, out, err = run("index", folder, "--rebuild")
    assert code == 0
    assert re.search(r"\(3 added, 0 changed, 0 removed, 3 skipped\); version [0-9a-f]{12} in .*\n$", out)
    assert [line.split(":")[1].strip() for line in err.splitlines()] == [
        *("skipped binaire.txt", "skipped sub/notes.xyz", "skipped vide.txt"),
    ]
    assert "(up to date, 3 skipped); version" in run("index", folder)[1]
    for name in ("vide.txt", "binaire.txt", "sub/notes.xyz"):
        (folder / name).unlink()
    code, out, err = run("index", folder)
    assert (code, err) == (0, "")
    assert "skipped" not in out


def test_every_file_has_a_line_with_its_state_reason_and_counts(folder, run):
    code, out, err = run("info", folder)
    assert (code, err) == (0, "")
    lines = out.splitlines()
    assert re.fullmatch(r"articles  3, in \d+ passages and \d+ sentences; 3 skipped", lines[3])
    dated, headed, long, *skipped = lines[4:]
    size, name = len(ARTICLE.encode()), "2025-05-12_phare"
    assert re.fullmatch(
        rf"  indexed +{size} B +1 passages +4 sentences  fr   2025-05-12 \(file name\) +{name}\.txt  Le phare",
        dated,
    )
    assert re.fullmatch(
        r"  indexed +\d+ B +1 passages +4 sentences  fr   2024-03 \(front matter\) +entete\.md  Un phare", headed
    )
    assert re.fullmatch(
        rf"  indexed +{20 * size / 1000:.1f} kB +\d+ passages +\d+ sentences  fr   - +sans-date\.txt  Le phare", long
    )
    assert [line.split(None, 2)[2].strip() for line in skipped if "notes" in line] == [skipped[1].split(None, 2)[2]]
    assert re.fullmatch(r"  skipped +200 B  binaire\.txt  is not text .*", skipped[0])
    assert re.fullmatch(r"  skipped +-  sub/notes\.xyz  format \.xyz is not read: .*", skipped[1])
    assert re.fullmatch(r"  skipped +0 B  vide\.txt  is empty: nothing to index", skipped[2])


def test_as_json_it_is_one_object_that_adds_up(folder, run):
    code, out, err = run("info", folder, "--json")
    assert (code, err, out.count("\n")) == (0, "", 1)
    told = json.loads(out)
    assert list(told) == ["schema", "folder", "since", "index", "encoder", "calibration", "totals", "files"]
    assert told["folder"] == str(folder.resolve())
    assert re.fullmatch(r"[0-9a-f]{12}", told["index"]["version"])
    assert (told["encoder"]["name"], told["calibration"]) == ("embedded", None)
    indexed = [each for each in told["files"] if each["state"] == "indexed"]
    skipped = [each for each in told["files"] if each["state"] == "skipped"]
    assert told["totals"] == {
        "indexed": len(indexed),
        "skipped": len(skipped),
        "passages": sum(each["passages"] for each in indexed),
        "sentences": sum(each["sentences"] for each in indexed),
    }
    assert indexed[1] == {
        **{"state": "indexed", "source": "entete.md", "reason": None, "size": (folder / "entete.md").stat().st_size},
        **{"title": "Un phare", "language": "fr", "date": "2024-03", "date_origin": "front matter"},
        **{"extraction": "markdown/1", "passages": 1, "sentences": 4},
    }
    assert [(each["source"], each["size"], each["passages"]) for each in skipped] == [
        *(("binaire.txt", 200, 0), ("sub/notes.xyz", None, 0), ("vide.txt", 0, 0)),
    ]
    assert all(each["reason"] for each in skipped)


def test_what_became_of_the_folder_since_is_told(folder, run):
    assert run("info", folder)[1].splitlines()[0] == f"folder    {folder.resolve()}"
    (folder / "entete.md").touch()
    (folder / "binaire.txt").touch()
    assert run("info", folder)[1].splitlines()[0] == f"folder    {folder.resolve()}"
    (folder / "entete.md").write_text("Autre chose, et plus long qu'avant.", "utf-8")
    (folder / "sans-date.txt").unlink()
    (folder / "vide.txt").unlink()
    (folder / "neuf.txt").write_text(ARTICLE, "utf-8")
    since = "since the index was made: 1 new, 1 changed, 2 gone; `sourcier index` reads them"
    assert run("info", folder)[1].splitlines()[0] == f"folder    {folder.resolve()} ({since})"
    told = json.loads(run("info", folder, "--json")[1])
    assert told["since"] == {"new": ["neuf.txt"], "changed": ["entete.md"], "gone": ["sans-date.txt", "vide.txt"]}
    run("index", folder)
    assert set(map(len, json.loads(run("info", folder, "--json")[1])["since"].values())) == {0}


def test_of_a_folder_that_is_gone_the_index_is_told(folder, run, tmp_path):
    run("index", folder, "-i", tmp_path / "index")
    folder.rename(tmp_path / "elsewhere")
    code, out, err = run("info", "-i", tmp_path / "index")
    assert (code, err) == (0, "")
    assert out.splitlines()[0].endswith(" (cannot be read now)")
    assert json.loads(run("info", "-i", tmp_path / "index", "--json")[1])["since"] is None


def test_names_cannot_break_a_line(make_folder, run):
    folder = make_folder({"a.txt": ARTICLE, "b\n\x1b[2J.xyz": "x"})
    run("index", folder)
    out = run("info", folder)[1]
    assert "b �[2J.xyz" in out
    assert "\x1b" not in out
