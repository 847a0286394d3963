"""A conversation as a file: Markdown in which nothing of others is live, and lines that verify."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from markdown_it.token import Token

from qa.export import conversation_jsonl, conversation_markdown, in_source
from qa.session import Session
from qa.show import one_line
from qa.types import Answer, Question, Reason
from qa.verify import tally, verify_file

ON = date(2025, 6, 1)
LIVE = {"link_open", "image", "html_inline", "html_block", "code_inline", "fence", "code_block", "em_open", "hr"}
HOSTILE = (
    "<img src=x onerror=alert(1)>",
    "![x](http://evil.example/p.png)",
    "[click](javascript:alert(1)) <http://evil.example>",
    "`code` *em* **strong** ~~gone~~ | a | b |",
    "# title\n\n- item\n\n```\nfence\n```\n\n1. one",
    "[^1]: a note of theirs",
    "[a]: http://evil.example",
    "</p><script>alert(1)</script> &lt; &#60; \\",
    "***",
    "--- ",
    "12) twelve",
    "    indented",
    "===",
)


def tokens(markdown: str) -> list[Token]:
    parsed = MarkdownIt("commonmark").enable(["table", "strikethrough"]).parse(markdown)
    return [each for token in parsed for each in (token, *(token.children or ()))]


def text_of(markdown: str) -> str:
    return "".join(token.content for token in tokens(markdown) if token.type in ("text", "text_special"))


def hostile(answer: Answer, text: str) -> Answer:
    """Return an answer in which everything that others wrote is a text."""
    cited = tuple(
        replace(each, title=text, source=text, quote=text, date=text, sentence=(0, len(text), text))
        for each in answer.citations
    )
    groups = (
        tuple(replace(group, value=text, date=text) for group in answer.agreement.groups) if answer.agreement else ()
    )
    agreement = replace(answer.agreement, groups=groups) if answer.agreement else None
    question = replace(answer.question, text=text)
    return replace(answer, question=question, text=text, citations=cited, agreement=agreement, read_as=text)


def refusal(reason: Reason) -> Answer:
    asked = Question(None, "Qui ?", "fr", "other")  # type: ignore[arg-type]
    return Answer(asked, None, reason, 0.0)


@pytest.fixture(scope="module")
def answers(seeds_session: Session) -> list[Answer]:
    return [
        seeds_session.ask("Combien Microsoft a-t-il ajouté par la suite, en plus du milliard ?"),
        seeds_session.ask("Combien coûte le projet Stargate ?"),
        seeds_session.ask("Who is Apple's chief executive?"),
        seeds_session.ask("Et Google ?", previous=["Qui dirige Microsoft ?"]),
    ]


def test_a_conversation_reads_from_top_to_bottom(answers: list[Answer]) -> None:
    told = conversation_markdown(answers, "fr", "mes articles", ON)
    assert told.startswith("# Conversation avec Sourcier\n\n- Exportée le 2025-06-01\n- Dossier\u00a0: mes articles\n")
    assert answers[0].index_version in told
    assert "\n## Combien coûte le projet Stargate ?\n\n**500 millions de dollars**\n\nConfiance" in told
    assert "Les chiffres diffèrent\u00a0:\n\n- **plus de 13 milliards** (2025-05)\n  - «\u00a0Depuis, plus de" in told
    assert "\n## Who is Apple's chief executive?\n\nPas de réponse\u00a0: " in told
    assert "Question lue ainsi\u00a0: Qui dirige Google ?" in told


def test_in_english(answers: list[Answer]) -> None:
    told = conversation_markdown(answers, "en", on=ON)
    assert told.startswith("# Conversation with Sourcier\n\n- Exported on 2025-06-01\n- Index version: ")
    assert "Figures differ:" in told
    assert re.search(r"confidence.* \(\d\d%\)", told)
    assert '“Cette décision a conduit au projet "Stargate"' in told


def test_footnotes_are_numbered_through_and_each_is_told_once(answers: list[Answer]) -> None:
    told = conversation_markdown(answers, "fr", on=ON)
    notes = re.findall(r"^\[\^(\d+)\]: ", told, re.MULTILINE)
    cited = [each for answer in answers for each in answer.citations]
    assert notes == [str(number) for number in range(1, len(cited) + 1)]
    body = re.sub(r"^\[\^\d+\]: .*$", "", told, flags=re.MULTILINE)
    assert sorted(map(int, re.findall(r"\[\^(\d+)\]", body))) == list(range(1, len(cited) + 1))


def test_a_footnote_says_where_its_sentence_stands(answers: list[Answer]) -> None:
    told = conversation_markdown(answers, "fr", on=ON)
    for cited in (each for answer in answers for each in answer.citations):
        note = next(line for line in told.splitlines() if line.startswith("[^") and cited.sha256[:12] in line)
        assert f"ligne {cited.line}" in told
        assert cited.sha256[:13] not in note
    assert "sans date" in told


def test_every_reason_is_told_in_both_languages() -> None:
    for language in ("fr", "en"):
        told = [conversation_markdown([refusal(reason)], language, on=ON) for reason in Reason]
        assert len(set(told)) == len(Reason)


def test_an_empty_conversation_says_so() -> None:
    assert conversation_markdown([], "en", on=ON).endswith("No question was asked.\n")


@pytest.mark.parametrize("text", HOSTILE)
def test_nothing_of_others_is_live(answers: list[Answer], text: str) -> None:
    told = conversation_markdown([hostile(answers[0], text)], "en", text, ON)
    found = tokens(told)
    assert not {token.type for token in found} & LIVE
    assert not [token for token in found if token.type in ("table_open", "s_open", "ordered_list_open")]
    assert [token.tag for token in found if token.type == "heading_open"] == ["h1", "h2"]
    own = len(re.findall(r"^(?:## |\*\*|- \*\*|Read as: |- Folder: )", told, re.MULTILINE))
    assert text_of(told).count(one_line(text).strip()) >= own


@given(st.text(min_size=1))
def test_any_text_shows_as_it_is(text: str) -> None:
    shown = one_line(text).strip()
    found = tokens(in_source(text))
    if shown:
        assert "".join(token.content for token in found if token.type in ("text", "text_special")) == shown
        assert {token.type for token in found} <= {
            *("paragraph_open", "paragraph_close", "inline", "text", "text_special")
        }


@given(st.text(alphabet="[]()!<>*_`#-+=~|&\\^:/.1ax\n \t", min_size=1))
def test_any_marks_show_as_they_are_in_a_conversation(text: str) -> None:
    asked = Question(None, text, "en", "other")  # type: ignore[arg-type]
    told = conversation_markdown([Answer(asked, None, Reason.NO_MATCH, 0.0, read_as=text)], "en", text, ON)
    assert not {token.type for token in tokens(told)} & LIVE
    shown = one_line(text).strip()
    assert text_of(told).count(shown) >= 1


def test_plain_words_are_left_as_they_are() -> None:
    assert in_source("L’accord de 2019 (13 Md$) : 27 %, c'est-à-dire « peu ».") == (
        "L’accord de 2019 (13 Md\\$) : 27 %, c'est-à-dire « peu »."
    )


def test_the_lines_verify(answers: list[Answer], seeds_session: Session, tmp_path) -> None:
    path = tmp_path / "conversation.jsonl"
    path.write_text(conversation_jsonl(answers), "utf-8")
    checked = tally(verify_file(path, seeds_session.index.folder))
    assert checked.citations == sum(len(answer.citations) for answer in answers) > 0
    lines = path.read_text("utf-8").splitlines()
    assert [json.loads(line)["question"] for line in lines] == [answer.question.text for answer in answers]
    assert {json.loads(line)["schema"] for line in lines} == {1}


def test_no_answers_make_no_lines() -> None:
    assert conversation_jsonl([]) == ""
