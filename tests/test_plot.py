"""The picture of confidence: there, of the right size, with its marks where they belong."""

import pytest
from PIL import Image

from index.errors import UsageError
from qa.measure.plot import check_plot, write_plot
from qa.measure.reliability import reliability

BLUE, ORANGE = (0x1F, 0x5F, 0xBF), (0xC2, 0x41, 0x0C)
SIDE, LEFT, TOP, PANEL = 520, 110, 110, (670, 740)


def rows(*directions):
    confidence = [0.2] * 10 + [0.8] * 10
    right = [False] * 10 + [True] * 10
    answered = [False] * 10 + [True] * 10
    return [reliability(direction, confidence, right, answered) for direction in directions]


def test_marks_stand_where_the_figures_say(tmp_path):
    write_plot(tmp_path / "p.png", rows("all", "fr->fr"))
    with Image.open(tmp_path / "p.png") as opened:
        picture = opened.convert("RGB")
    assert picture.size == (2 * PANEL[0], 2 * PANEL[1])

    def at(column, row, x, y):
        return picture.getpixel((column * PANEL[0] + LEFT + x * SIDE, row * PANEL[1] + TOP + (1 - y) * SIDE))

    for column in (0, 1):
        assert at(column, 0, 0.2, 0.0) == at(column, 0, 0.8, 1.0) == BLUE  # never right at 20 %, ever at 80 %
        assert at(column, 1, 0.5, 0.0) == ORANGE  # half is answered, nothing of it wrong
        assert at(column, 1, 0.3, 0.0) == at(column, 1, 1.0, 0.5) == BLUE  # all: half of them wrong
        assert at(column, 1, 0.3, 0.9) == (255, 255, 255)


def test_one_question_and_no_answer_can_be_drawn(tmp_path):
    write_plot(tmp_path / "p.png", [reliability("all", [0.3], [False], [False])])
    with Image.open(tmp_path / "p.png") as picture:
        assert picture.size == (PANEL[0], 2 * PANEL[1])


def test_where_no_picture_can_be_written(tmp_path):
    with pytest.raises(UsageError, match=r"cannot draw into p\.jpg: name a \.png file"):
        check_plot(tmp_path.joinpath("p.jpg").relative_to(tmp_path))
    with pytest.raises(UsageError, match=r"cannot write .*none/p\.png \(no such folder\): give a file in a folder"):
        check_plot(tmp_path / "none" / "p.png")
    (tmp_path / "p.png").mkdir()
    with pytest.raises(UsageError, match=r"cannot write .*p\.png \(Is a directory\)"):
        write_plot(tmp_path / "p.png", rows("all"))
    check_plot(tmp_path / "q.PNG")
