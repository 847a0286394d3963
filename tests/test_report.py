"""Reports of evaluations that can be worked out by hand, of hostile ones, and one in a real browser."""

from __future__ import annotations

import base64
import hashlib
import json
import re
import time
from collections import Counter
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.errors import UsageError
from qa.measure.evaluation import FIGURES, Evaluation, Result, confidence_rows, rows_of
from qa.measure.report import check_report, write_report
from qa.measure.report.escaping import clean, code, code_block, in_html, in_markdown
from qa.measure.report.html import html_report
from qa.measure.report.markdown import markdown_report
from qa.measure.report.svg import nice_ticks
from qa.measure.report.verdicts import Verdict, failures_first, rank_of, verdict_of
from qa.measure.report.wording import EXPLAINED

STYLE = Path(__file__).parent.parent / "qa" / "measure" / "report" / "style.css"
CHROMIUM = Path("/usr/bin/chromium")
HOSTILE = (
    "<script>window.pwned=1</script><img src=x onerror=window.pwned=1>",
    '\'" onmouseover="window.pwned=1" x=\'',
    "</td></tr></table></svg></style></title></textarea><h1>pwned</h1>",
    "]]> <![CDATA[ --> <!-- &amp; &lt;b&gt; &#60;i&#62;",
    "\u200f\u202eesrever\u2066 \u2069\u2069 مرحبا שלום\u200e",
    "nul\x00 bell\x07 escape\x1b[31m next\x85 delete\x7f \ufffe \U0001ffff",
    "half a pair \ud800",
    "one\ntwo\r\nthree\rfour\u2028five\tsix",
    "| a | b |\n| --- | --- |\n# h\n\n---\n> q\n1. x\n- y\n\n    code\n```\nfence\n```",
    "[x](http://evil.example) ![y](http://evil.example/y) <http://evil.example> http://evil.example www.evil.example",
    "**bold** __bold__ *i* _i_ ~~s~~ `c` ``d`` $m$ \\<b\\> [ref]: http://evil.example {{ x }} @someone #1 :smile:",
    "W" * 500,
    "long " * 2_000,
    "",
    " ",
    "`",
    "```",
)


def result(name="q", direction="fr->fr", answerable=True, answer="27 %", right=True, **others):
    """Return what became of a question, right unless told otherwise."""
    figures = {"answered": float(answer is not None), "recall@5": 1.0, "mrr": 0.5, "em": float(right), "f1": 0.25}
    figures["sentence"] = float(right and answer is not None)
    told = {
        "question": f"Question {name} ?",
        "gold": "0" * 16,
        "expected": ("27 %", "33 %") if answerable else (),
        "source": None if answer is None else f"{name}.txt",
        "sentence": None if answer is None else "Elle détient 27 % du capital.",
        "confidence": 0.5,
        "pair": direction,
        "ms": 100.0,
        "citations": int(answer is not None),
        "citations_valid": int(answer is not None),
        "relevant": {"a.txt:0": 1} if answerable else {},
        "found": ("b.txt:0", "a.txt:0"),
        "figures": figures if answerable else {"refused": float(answer is None)},
        **others,
    }
    return Result(id=name, direction=direction, answerable=answerable, answer=answer, right=right, **told)


def evaluation(results, made_of=None, seen=0):
    """Return the evaluation of some questions, as measuring would give it."""
    judged = [each for each in results if each.judged]
    made_of = made_of or {"index": "c0ffee", "encoder": "embedded", "split": ""}
    return Evaluation(rows_of(results), confidence_rows(judged), tuple(results), made_of, seen)


def mixed():
    """Return a question of each fate: right, wrong, refused wrongly, refused rightly, answered wrongly."""
    return [
        result("right", confidence=0.9, ms=10),
        result("wrong", "en->fr", answer="2019", right=False, confidence=0.6, ms=20),
        result("shy", "en->fr", answer=None, confidence=0.3, ms=30),
        result("quiet", "fr->none", answerable=False, answer=None, right=False, confidence=0.1, ms=40),
        result("rash", "en->none", answerable=False, answer="Paris", right=False, confidence=0.4, ms=50),
    ]


def files_judged():
    figures = {"recall@5": 1.0, "mrr": 1.0, "answered": 1.0}
    return [result("file", expected=(), right=False, relevant={"7": 3}, found=("7",), figures=figures)]


CASES = {
    "mixed": evaluation(mixed(), seen=3),
    "one question": evaluation([result()]),
    "one refusal": evaluation([result(answer=None, right=False)]),
    "no answerable question": evaluation([each for each in mixed() if not each.answerable]),
    "no confidence": replace(evaluation(mixed()), confidence=()),
    "files judged": evaluation(files_judged()),
    "nothing but time": evaluation([result(figures={}, citations=0, citations_valid=0)]),
    "no time at all": evaluation([result(ms=0.0), result("r", ms=0.0)]),
    "one far slower": evaluation([*(result(str(n), ms=100.0 + n) for n in range(40)), result("slow", ms=90_000.0)]),
    "many directions": evaluation([result(d, d) for d in ("fr->en", "de->fr", "en->en+fr", "und->none", "fr->de")]),
    "hostile": evaluation(
        [
            result(
                f"{n}{text}", "fr->fr", question=text, answer=text, source=text, sentence=text,
                expected=(text, text, text, text), right=False, found=(text,), relevant={text: 1},
            )
            for n, text in enumerate(HOSTILE)
        ]
        + [result(text, text, pair=text, answer=None) for text in (*HOSTILE[:5], HOSTILE[8])],
        {text: text for text in HOSTILE},
    ),
}  # fmt: skip
TEXTS = {"hostile": "\n".join(HOSTILE)}


@pytest.fixture(params=CASES.items(), ids=CASES)
def case(request):
    """Return each evaluation, its title, and its texts."""
    name, told = request.param
    text = TEXTS.get(name)
    return told, HOSTILE[0] + HOSTILE[1] if text else name, text, text


class Page(HTMLParser):
    """Reads a page strictly: every tag is closed in its turn, every attribute stands once."""

    VOID = frozenset({"meta", "link", "br", "input"})
    SELF_CLOSED = frozenset({"circle", "rect", "polyline", "polygon"})

    def __init__(self, text):
        super().__init__(convert_charrefs=True)
        self.open, self.tags, self.attributes, self.text, self.headings = [], Counter(), [], [], []
        self.cells = []
        self.feed(text)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag, attributes):
        assert len(dict(attributes)) == len(attributes), f"{tag} has an attribute twice"
        assert tag not in self.SELF_CLOSED
        self.tags[tag] += 1
        self.attributes += [(tag, name, value or "") for name, value in attributes]
        if tag not in self.VOID:
            self.open.append(tag)
        if re.fullmatch("h[1-6]", tag):
            self.headings.append(int(tag[1]))
        if tag in ("td", "th"):
            self.cells.append("")

    def handle_startendtag(self, tag, attributes):
        assert tag in self.SELF_CLOSED, f"{tag} closes itself"
        self.tags[tag] += 1
        self.attributes += [(tag, name, value or "") for name, value in attributes]

    def handle_endtag(self, tag):
        assert self.open, f"</{tag}> closes nothing"
        assert self.open.pop() == tag

    def handle_data(self, data):
        if self.open and self.open[-1] not in ("script", "style"):
            self.text.append(data)
            if self.cells and {"td", "th"} & set(self.open):
                self.cells[-1] += data

    def values(self, name):
        return [value for _, named, value in self.attributes if named == name]


def test_the_page_is_whole_and_closed_whatever_it_tells(case):
    text = html_report(*case)
    page = Page(text)
    assert text.startswith("<!doctype html>\n")
    assert page.tags["script"] == page.tags["style"] == page.tags["h1"] == page.tags["main"] == 1
    assert not page.tags.keys() & {"img", "iframe", "object", "embed", "base", "h4", "textarea"}
    assert page.tags["title"] >= 1
    ids = page.values("id")
    assert len(ids) == len(set(ids))
    assert all(name in ids for name in page.values("aria-labelledby"))
    assert all(after - before <= 1 for before, after in zip(page.headings, page.headings[1:], strict=False))
    assert not [name for _, name, _ in page.attributes if name.startswith("on")]
    assert {value for value in page.values("href") if not value.startswith("#")} == {"data:,"}
    assert {value[1:] for value in page.values("href") if value.startswith("#")} <= set(ids)
    assert page.values("src") == []
    assert "url(" not in STYLE.read_text("utf-8")
    assert "@import" not in STYLE.read_text("utf-8")
    assert page.tags["th"] == len([1 for tag, name, _ in page.attributes if (tag, name) == ("th", "scope")])
    plots = len([1 for tag, name, value in page.attributes if (tag, name, value) == ("svg", "role", "img")])
    assert plots == len([1 for tag, name, _ in page.attributes if (tag, name) == ("svg", "aria-label")])
    assert page.tags["svg"] == plots + len(
        [1 for tag, name, _ in page.attributes if (tag, name) == ("svg", "aria-hidden")]
    )
    assert "nan" not in " ".join(page.values("points")) + " ".join(page.values("cx"))


def test_no_character_that_html_forbids_is_written(case):
    text = html_report(*case)
    for character in set(text):
        point = ord(character)
        assert character in "\n\t" or point >= 0x20
        assert not 0x7F <= point <= 0x9F
        assert not 0xD800 <= point <= 0xDFFF
        assert not 0xFDD0 <= point <= 0xFDEF
        assert point & 0xFFFE != 0xFFFE
        assert not 0x202A <= point <= 0x202E
        assert not 0x2066 <= point <= 0x2069


def test_hostile_text_is_shown_as_it_is():
    page = Page(html_report(CASES["hostile"], HOSTILE[0], HOSTILE[2], HOSTILE[3]))
    for text in HOSTILE[:4] + HOSTILE[9:11]:
        assert sum(text in cell for cell in page.cells) >= 3, text  # asked, expected and answered
        assert page.text.count(text) > 4, text
    assert "… (9,700 more characters)" in "".join(page.cells)


def test_the_policy_lets_in_the_page_s_own_script_and_nothing_else():
    text = html_report(CASES["mixed"], "t")
    (policy,) = re.findall(r'Content-Security-Policy" content="([^"]+)"', text)
    (script,) = re.findall(r"<script>(.*?)</script>", text, re.DOTALL)
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    assert policy.split("; ") == [
        *("default-src 'none'", "style-src 'unsafe-inline'", f"script-src 'sha256-{digest}'", "img-src data:"),
        *("base-uri 'none'", "form-action 'none'"),
    ]
    assert text.index("Content-Security-Policy") < text.index("<style>") < text.index("<script>")


def test_verdicts_and_ranks_by_hand():
    results = [*mixed(), *files_judged()]
    assert [verdict_of(each) for each in results] == [
        *(Verdict.RIGHT, Verdict.WRONG, Verdict.SHY, Verdict.REFUSED, Verdict.RASH, Verdict.UNJUDGED)
    ]
    assert [each.id for each in failures_first(results)] == ["wrong", "shy", "rash", "right", "quiet", "file"]
    assert [rank_of(each) for each in results] == [2, 2, 2, None, None, 1]


def test_the_figures_of_the_page_are_those_of_the_evaluation():
    told = CASES["mixed"]
    page = Page(html_report(told, "The title & more"))
    text = " ".join("".join(page.text).split())
    assert "The title & more" in text
    assert "5 questions, 3 with an answer in the articles; 3 answered." in text
    low, high = told.rows[0].intervals["sentence"]
    assert f"right sentence cited33\u00a0%95 %: {100 * low:.0f} to {100 * high:.0f}\u00a0%" in "".join(page.text)
    assert "p50, time a question30\u00a0msp95 48\u00a0ms" in "".join(page.text)
    assert "right 1 (20 %)" in text
    assert "Confidence was calibrated on 3 of these very questions" in text
    for row in told.rows:
        for name, (low, high) in row.intervals.items():
            assert f"{row.figures[name]:.3f}{low:.3f} to {high:.3f}" in page.cells
    gap = told.gap["answered"]
    assert f"{gap.value:.3f}{gap.low:.3f} to {gap.high:.3f}".replace("-", "−") in page.cells


def test_marks_stand_where_the_figures_say():
    text = html_report(
        evaluation([*(result(str(n), confidence=0.8) for n in range(9)), result("x", confidence=0.8, right=False)]), "t"
    )
    left, right, top, bottom = 54, 400 - 14, 12, 340 - 44
    x, y = left + 0.8 * (right - left), bottom - 0.9 * (bottom - top)
    assert f'<circle cx="{x:.1f}" cy="{y:.1f}"' in text  # told 0.8, nine of ten right
    reliability, risk = text.index(f'cy="{y:.1f}"'), text.index('class="band"')
    assert reliability < risk
    y = bottom - 0.1 * (bottom - top)
    assert f'points="{right:.1f},{y - 6.1:.1f} ' in text  # the diamond: all is answered, one of ten wrong


def test_one_question_has_a_point_where_more_have_a_curve():
    one, more = (html_report(CASES[name], "t") for name in ("one question", "mixed"))
    assert '"band"' not in one
    assert "all answered: 0.000 (0.000 to" in one
    assert '"band"' in more


def test_every_question_is_in_the_histogram_once():
    for told in CASES.values():
        text = html_report(told, "t")
        counts = [int(n.replace(",", "")) for n in re.findall(r"([\d,]+) questions? from [\d.,e+]+ ms to", text)]
        assert sum(counts) == len(told.per_question)
    bars = re.findall(r"<title>(\d+) question from (\d+) ms to (\d+) ms</title>", html_report(CASES["mixed"], "t"))
    assert bars == [("1", str(start), str(start + 2)) for start in (10, 20, 30, 40, 48)]  # 50 ends the last
    assert "The last bar holds what took longer too (1)." in html_report(CASES["one far slower"], "t")


@given(st.just(0.0) | st.floats(min_value=1e-3, max_value=1e9), st.integers(min_value=2, max_value=50))
def test_ticks_are_round_and_reach_far_enough(most, about):
    ticks = nice_ticks(most, about)
    assert ticks[0] == 0.0
    assert ticks[-1] >= most * (1 - 1e-6)
    assert 2 <= len(ticks) <= 2.5 * about + 2
    assert most == 0 or ticks[-2] < most


def test_every_figure_is_explained():
    assert EXPLAINED.keys() == set(FIGURES)


def test_a_large_evaluation_stays_small_and_tells_what_it_leaves_out():
    results = [replace(each, id=f"{each.id}{n}", expected=("x" * 900,) * 9) for n in range(1_000) for each in mixed()]
    told = evaluation(results)
    before = time.perf_counter()
    text = html_report(told, "t")
    assert time.perf_counter() - before < 10
    assert len(text.encode()) < 5_000_000
    rows = re.findall(r'<tr data-verdict="([^"]+)"', text)
    assert len(rows) == 2_000
    assert rows.count("wrong sentence") + rows.count("refused wrongly") + rows.count("answered wrongly") == 2_000
    assert "2,000 of 5,000 are shown: the first 2,000 of 3,000 that failed. 3,000 are left out" in text
    few = evaluation([result(str(n), answer=None if n > 2_400 else "x") for n in range(2_500)])
    assert (
        "2,000 of 2,500 are shown: all 99 that failed, then the others in their order. 500 are left out"
        in html_report(few, "t")
    )
    assert "are left out" not in html_report(CASES["mixed"], "t")


def test_text_meets_the_contrast_that_wcag_asks_for():
    light, dark = re.findall(r":root \{(.*?)\n\t?\}", STYLE.read_text("utf-8"), re.DOTALL)

    def luminance(colour):
        parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
        linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    def contrast(one, other):
        low, high = sorted((luminance(one), luminance(other)))
        return (high + 0.05) / (low + 0.05)

    for block in (light, dark):
        colours = dict(re.findall(r"--(\w+): (#[0-9a-f]{6})", block))
        for ground in ("page", "sheet", "wash"):
            for ink in ("ink", "soft", "accent"):
                assert contrast(colours[ink], colours[ground]) >= 4.5, (ink, ground)
        for name in ("fr", "en", "other", "right", "refused", "unjudged", "wrong", "shy", "rash", "edge"):
            assert contrast(colours[name], colours["sheet"]) >= 3.0, name


def test_markdown_tells_the_figures_and_the_failures():
    text = markdown_report(CASES["mixed"], "Title", "a  b\n1  2", "c")
    lines = text.splitlines()
    assert lines[0] == "# Title"
    assert "|  | all questions | fr → fr | en → fr | en → none | fr → none | gap |" in lines
    low, high = CASES["mixed"].rows[0].intervals["sentence"]
    assert f"| right sentence cited | 0.333 ({low:.3f} to {high:.3f}) | 1.000" in text
    assert "```text\na  b\n1  2\n```" in text
    failed = text[text.index("## Questions that failed") : text.index("## Comparison")]
    assert failed.splitlines()[2:-1] == [
        *("- `wrong`, en → fr, wrong sentence", "  - asked: Question wrong ?", "  - expected: 27 % / 33 %"),
        "  - got: 2019, from `wrong.txt`",
        *("- `shy`, en → fr, refused wrongly", "  - asked: Question shy ?", "  - expected: 27 % / 33 %"),
        "  - got: no answer",
        *("- `rash`, en → none, answered wrongly", "  - asked: Question rash ?", "  - expected: no answer"),
        "  - got: Paris, from `rash.txt`",
    ]
    assert "- index: `c0ffee`" in lines
    assert "- split" not in text  # which was not set
    assert "## Questions that failed\n\nNone.\n" in markdown_report(CASES["one question"], "t")


def test_markdown_caps_the_failures():
    text = markdown_report(evaluation([result(f"q{n}", right=False) for n in range(53)]), "t")
    assert text.count(", wrong sentence\n") == 50
    assert "\n\nAnd 3 more.\n" in text


def test_tables_of_markdown_have_as_many_cells_in_every_line(case):
    text = markdown_report(*case)
    for table in re.findall(r"(?:^\|.*\|\n)+", text[: text.index("## Questions that failed")], re.MULTILINE):
        assert len({len(re.findall(r"(?<!\\)\|", line)) for line in table.splitlines()}) == 1


def test_hostile_text_is_no_markdown():
    markdown = pytest.importorskip(
        "markdown_it", reason="no reader of Markdown to check with: pip install markdown-it-py"
    )
    text = markdown_report(CASES["hostile"], HOSTILE[0], HOSTILE[8], HOSTILE[10])
    tokens = markdown.MarkdownIt("gfm-like", {"linkify": False}).parse(text)
    kinds = Counter(token.type for token in tokens)
    inline = Counter(child.type for token in tokens for child in token.children or ())
    assert not inline.keys() & {"link_open", "image", "html_inline", "em_open", "s_open", "softbreak", "hardbreak"}
    assert not kinds.keys() & {"html_block", "blockquote_open", "ordered_list_open", "hr", "code_block"}
    assert kinds["heading_open"] == 9
    assert kinds["fence"] == 2
    assert kinds["table_open"] == 2
    shown = ["".join(child.content for child in token.children or ()) for token in tokens if token.type == "inline"]
    for each in HOSTILE[:4] + HOSTILE[9:11]:
        assert f"asked: {each}" in shown
        assert f"expected: {each} / {each} / {each} / 1 more" in shown
        assert any(line.startswith(f"got: {each}, from ") for line in shown)
    for each in HOSTILE[:5] + HOSTILE[8:11]:  # as a block of code, and in a span of it
        told = " ".join(clean(each).split())
        (block,) = markdown.MarkdownIt().parse(code_block(each))
        assert block.content == f"{clean(each)}\n"
        (_, line, _) = markdown.MarkdownIt().parse(code(told))
        assert [child.content for child in line.children] == [told]


@given(st.text())
def test_any_text_shows_as_itself_in_markdown(text):
    markdown = pytest.importorskip(
        "markdown_it", reason="no reader of Markdown to check with: pip install markdown-it-py"
    )
    tokens = markdown.MarkdownIt("gfm-like", {"linkify": False}).parse(f"- asked: {in_markdown(text)}")
    assert [token.type for token in tokens].count("inline") == 1
    (line,) = [token for token in tokens if token.type == "inline"]
    assert {child.type for child in line.children} <= {"text"}
    assert line.children[0].content.rstrip() == f"asked: {' '.join(clean(text).split())}".rstrip()


@given(st.text())
def test_any_text_shows_as_itself_in_html(text):
    page = Page(f"<p title='{in_html(text)}'>{in_html(text)}</p>")
    assert "".join(page.text) == clean(text)
    assert page.values("title") == [clean(text)]


def test_a_report_is_written_in_the_form_its_name_asks_for(tmp_path):
    told = CASES["hostile"]
    for name in ("a.html", "a.md", "a.json", "B.HTML"):
        check_report(tmp_path / name)
        write_report(tmp_path / name, told, "t")
        first = (tmp_path / name).read_bytes()
        write_report(tmp_path / name, told, "t")
        assert (tmp_path / name).read_bytes() == first
        assert b"\r" not in first
    assert json.loads((tmp_path / "a.json").read_text("utf-8")) == json.loads(json.dumps(told.to_json()))
    assert (tmp_path / "a.md").read_text("utf-8") == markdown_report(told, "t")
    assert (tmp_path / "B.HTML").read_text("utf-8") == html_report(told, "t")


def test_where_no_report_can_be_written(tmp_path):
    for refused in (check_report, lambda path: write_report(path, CASES["mixed"], "t")):
        with pytest.raises(UsageError, match=r"cannot report into .*r\.pdf: name a \.html, \.md or \.json file"):
            refused(tmp_path / "r.pdf")
        with pytest.raises(UsageError, match=r"none/r\.md \(no such folder\): give a file in a folder that is there"):
            refused(tmp_path / "none" / "r.md")
        (tmp_path / "r.html").mkdir(exist_ok=True)
        with pytest.raises(UsageError, match=r"r\.html \(it is a folder\): give a file"):
            refused(tmp_path / "r.html")
    assert not (tmp_path / "none").exists()


def test_what_cannot_be_written_after_all_is_told(tmp_path, monkeypatch):
    (tmp_path / "r.md").touch()
    monkeypatch.setattr("qa.measure.report.write.os.access", lambda *_: False)
    with pytest.raises(UsageError, match=r"r\.md \(no permission\): give a file that you may write"):
        check_report(tmp_path / "r.md")
    monkeypatch.undo()
    with pytest.raises(UsageError, match=r"\(File name too long\)"):
        write_report(tmp_path / f"{'r' * 300}.md", CASES["mixed"], "t")


@pytest.fixture(scope="module")
def browser():
    sync_api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed: pip install playwright")
    if not CHROMIUM.exists():
        pytest.skip(f"no browser at {CHROMIUM}: apt-get install chromium")
    arguments = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking"]
    with sync_api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=str(CHROMIUM), args=arguments)
        yield browser
        browser.close()


@pytest.fixture
def visit(browser, tmp_path):
    """Return a function that opens the report of an evaluation, which may ask for nothing, and complain of nothing."""
    contexts, requests, said = [], [], []

    def open_report(told, width=1280, **options):
        path = tmp_path / "report.html"
        write_report(path, told, HOSTILE[0], "wide " * 100, "more")
        context = browser.new_context(viewport={"width": width, "height": 844}, **options)
        contexts.append(context)
        page = context.new_page()
        page.on("request", lambda request: requests.append(request.url))
        page.on("console", lambda message: said.append(message.text))
        page.on("pageerror", lambda error: said.append(str(error)))
        page.goto(path.as_uri())
        return page

    yield open_report
    for context in contexts:
        context.close()
    assert said == []
    assert {url.rpartition("/")[2] for url in requests if not url.startswith("data:")} == {"report.html"}


def shown(page):
    return page.locator("#questions tbody tr:visible").count()


def test_the_table_is_filtered_and_sorted(visit):
    page = visit(CASES["mixed"])
    assert shown(page) == 5
    page.select_option("#verdict", "failed")
    assert shown(page) == 3
    assert page.locator("#count").text_content() == "3 of 5"
    page.select_option("#direction", "en->fr")
    assert shown(page) == 2
    page.fill("#search", "WRONG.TXT")
    assert shown(page) == 1
    page.select_option("#verdict", "right")
    assert shown(page) == 0
    page.keyboard.press("Enter")  # which sends nothing
    for id_ in ("#verdict", "#direction"):
        page.select_option(id_, "")
    page.fill("#search", "")
    assert shown(page) == 5

    def ids():
        return [each.split(" · ")[0] for each in page.locator("#questions tbody th .meta").all_text_contents()]

    page.get_by_role("button", name="Confidence").click()
    assert ids() == ["quiet", "shy", "rash", "wrong", "right"]
    page.get_by_role("button", name="Confidence").click()
    assert ids() == ["right", "wrong", "rash", "shy", "quiet"]
    assert page.locator("[aria-sort]").count() == 1
    page.get_by_role("button", name="F1").click()
    assert ids()[3:] == ["rash", "quiet"]  # which have none


@pytest.mark.parametrize("width", [1280, 820, 390, 320])
@pytest.mark.parametrize("name", ["mixed", "hostile", "many directions", "no confidence"])
def test_nothing_is_wider_than_the_screen(visit, name, width):
    page = visit(CASES[name], width)
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    for box in page.locator("svg.plot").all():
        assert box.bounding_box()["width"] >= min(width, 400) * 0.6


def test_hostile_text_does_nothing_in_a_browser(visit):
    page = visit(CASES["hostile"])
    assert page.evaluate("window.pwned") is None
    assert page.locator("h1").text_content() == HOSTILE[0]
    assert page.locator("img, h1 script, td script, th script, td h1").count() == 0
    assert page.locator("#questions tbody tr").count() == len(CASES["hostile"].per_question)
    page.fill("#search", "<script>")
    assert shown(page) >= 1


def test_the_page_reads_without_script_and_in_the_dark(visit):
    page = visit(CASES["mixed"], java_script_enabled=False, color_scheme="dark")
    assert shown(page) == 5
    assert page.locator("#filters").is_hidden()
    assert page.locator("#questions button").count() == 0
    page = visit(CASES["mixed"], color_scheme="dark")
    assert page.evaluate("getComputedStyle(document.documentElement).backgroundColor") == "rgb(21, 21, 19)"


def test_the_policy_is_in_force(browser, tmp_path):
    write_report(tmp_path / "r.html", CASES["mixed"], "t")
    page = browser.new_page()
    page.goto((tmp_path / "r.html").as_uri())
    blocked = page.evaluate(
        """async () => {
            const seen = [];
            document.addEventListener("securitypolicyviolation", (event) => seen.push(event.effectiveDirective));
            const script = document.createElement("script");
            script.textContent = "window.pwned = 1";
            const image = document.createElement("img");
            image.src = "http://127.0.0.1:9/x.png";
            document.body.append(script, image);
            await new Promise((done) => setTimeout(done, 200));
            return [window.pwned, seen.sort()];
        }"""
    )
    page.close()
    assert blocked == [None, ["img-src", "script-src-elem"]]
