"""Asking some of the articles only: which those are, and that nothing else is found or cited."""

import json
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import qa.retrieve
from index.build import bring_up_to_date
from index.errors import UsageError
from index.subset import Subset
from index.types import DocumentInfo
from qa.batch import run_batch
from qa.cli import main
from qa.formats import QuestionLine
from qa.question import read_question
from qa.retrieve import find_candidates, question_words
from qa.scope import MAX_NAME, MAX_SOURCES, Scope, passages_within
from qa.session import Session

NAMES = ("Ar-Men", "Planier", "Cordouan", "Chassiron", "Kermorvan", "Goulphar", "Calais", "Contis")
DATES = ("2021", "2022-05", "2022-05-12", "2023-01", None)
QUESTION = "Combien de mètres mesure le phare ?"


def tower(number):
    """Return the file and the text of one of many lighthouses: of a subfolder, a date, and a language in turn."""
    name, date = NAMES[number % len(NAMES)], DATES[number % len(DATES)]
    text = f"Le phare de {name} mesure {20 + number} mètres. Son gardien a compté {number} navires."
    if number % 3 == 0:
        text = f"The {name} lighthouse is {20 + number} metres tall. Its keeper counted {number} ships."
    folder = ("", "nord/", "nord/mer/", "sud/")[number % 4]
    return f"{folder}{number:02}.md", f"---\ndate: {date}\n---\n\n{text}\n" if date else f"{text}\n"


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Return 48 articles about lighthouses."""
    here = tmp_path_factory.mktemp("scope") / "articles"
    for name, text in map(tower, range(48)):
        (here / name).parent.mkdir(parents=True, exist_ok=True)
        (here / name).write_text(text, "utf-8")
    bring_up_to_date(here)
    return here


@pytest.fixture(scope="module")
def session(folder):
    with Session.of_folder(folder) as opened:
        yield opened


def article(source="a.txt", date=None):
    return DocumentInfo("id", source, "Title", "fr", date, "00", "text/1")


def timeless(answer):
    return replace(answer, timings_ms={})


def days(period, end):
    """Return a period's first or last day as numbers, by hand."""
    year, month, day = [*map(int, period.split("-")), 0, 0][:3]
    return (year, month or (12 if end else 1), day or (31 if end else 1))


YEARS, PARTS = st.sampled_from(["2021", "2022"]), st.sampled_from(["01", "02", "12"])
PERIODS = st.one_of(YEARS, st.builds("{}-{}".format, YEARS, PARTS), st.builds("{}-{}-{}".format, YEARS, PARTS, PARTS))


@pytest.mark.parametrize(
    ("sources", "source", "admitted"),
    [
        (["a.txt"], "a.txt", True),
        (["a.txt"], "b/a.txt", False),
        (["a.txt", "b/"], "b/c/d.txt", True),
        (["b/c/"], "b/c/d.txt", True),
        (["b/c/"], "b/d.txt", False),
        (["b"], "b/c.txt", False),
        (["b/"], "bc/d.txt", False),
        (["/"], "b/c.txt", False),
        (["A.txt"], "a.txt", False),
    ],
)
def test_sources_are_files_and_subfolders(sources, source, admitted):
    assert Scope.of(sources).admits(article(source)) is admitted


@pytest.mark.parametrize(
    ("since", "until", "date", "admitted"),
    [
        ("2025-03", None, "2025", True),
        (None, "2025-03", "2025", True),
        ("2025-03", None, "2025-02", False),
        ("2025-03", None, "2025-03-01", True),
        ("2025-03-02", None, "2025-03", True),
        ("2025-03-02", None, "2025-03-01", False),
        (None, "2025", "2025-12-31", True),
        (None, "2025", "2026-01", False),
        (None, "2025-03", "2025-04", False),
        (None, "2025-03-10", "2025-03-11", False),
        ("2024", "2025", "2025-07", True),
        ("2025-03", "2025-05", "2025", True),
        ("2024", None, None, False),
        (None, "2024", None, False),
    ],
)
def test_dates_are_periods_of_which_one_day_in_common_is_enough(since, until, date, admitted):
    assert Scope.of(since=since, until=until).admits(article(date=date)) is admitted


@given(since=st.none() | PERIODS, until=st.none() | PERIODS, date=PERIODS)
def test_dates_admit_as_their_days_do(since, until, date):
    first, last = days(since or "0001", end=False), days(until or "9999", end=True)
    if first > last:
        with pytest.raises(UsageError, match="give the earlier date as since"):
            Scope.of(since=since, until=until)
    elif since or until:
        expected = days(date, end=True) >= first and days(date, end=False) <= last
        assert Scope.of(since=since, until=until).admits(article(date=date)) is expected


@pytest.mark.parametrize("none", [{}, {"sources": []}, {"sources": ""}, {"sources": ()}, {"since": "", "until": None}])
def test_what_is_empty_bounds_nothing(none):
    assert Scope.of(**none) is None


def test_a_scope_is_the_same_however_it_is_given():
    assert Scope.of("a.txt") == Scope.of(["a.txt", "a.txt"]) == Scope.of(("a.txt",)) == Scope(("a.txt",))
    assert len({Scope.of("a.txt"), Scope.of(["a.txt"])}) == 1


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"sources": 3}, "sources is of type int"),
        ({"sources": {"a.txt": 1}}, "sources is of type dict"),
        ({"sources": b"a.txt"}, "sources is of type bytes"),
        ({"sources": [None]}, "sources holds what is no name"),
        ({"sources": ["a.txt", ["b.txt"]]}, "sources holds what is no name"),
        ({"sources": [""]}, "sources holds what is no name"),
        ({"sources": ["x" * (MAX_NAME + 1)]}, f"a name of {MAX_NAME + 1} characters"),
        ({"sources": ["x"] * (MAX_SOURCES + 1)}, f"names {MAX_SOURCES + 1} files"),
        ({"since": 2025}, "since is of type int"),
        ({"until": ["2025"]}, "until is of type list"),
        ({"since": "2025", "until": "2024-12-31"}, "since is 2025, after until, which is 2024-12-31"),
        ({"since": True}, "since is of type bool"),
    ],
)
def test_what_is_no_scope_is_refused(given, message):
    with pytest.raises(UsageError, match=message):
        Scope.of(**given)


@pytest.mark.parametrize(
    "date",
    ["25", "2025-", "2025-5", "2025-13", "2025-02-30", "2025-05-12T10", " 2025", "٢٠٢٥", "0000", "2025\n", "hier"],
)
@pytest.mark.parametrize("name", ["since", "until"])
def test_what_is_no_date_is_refused(name, date):
    with pytest.raises(UsageError, match=f"^{name} is '.*: give a date such as 2025, 2025-05 or 2025-05-12$"):
        Scope.of(**{name: date})


@given(st.recursive(st.none() | st.booleans() | st.text() | st.floats(), lambda inner: st.lists(inner, max_size=3)))
def test_whatever_is_given_there_is_a_scope_or_a_line_that_tells_why_not(anything):
    for name in ("sources", "since", "until"):
        told = None
        try:
            assert isinstance(Scope.of(**{name: anything}), Scope | None)
        except UsageError as error:
            told = str(error)
        assert told is None or (told.isprintable() and name in told)


def test_a_name_that_no_article_has_is_told(session):
    with pytest.raises(UsageError, match=r"no article is named 'nord', 'x\\n.md': give files by their path"):
        passages_within(session.index, Scope.of(["00.md", "nord", "x\n.md"]))
    with pytest.raises(UsageError, match=r"'a', 'b', 'c' and others: "):
        passages_within(session.index, Scope.of(["a", "b", "c", "d"]))
    for name in ("/", "//", "nord//", "nor/", "00.md/", "\ud800", "\ud800/", "zzz/", "nord/\0"):
        with pytest.raises(UsageError, match="no article is named"):
            passages_within(session.index, Scope.of([name]))


def test_a_scope_without_an_article_is_told(session):
    with pytest.raises(UsageError, match=r"no article is within '00.md', since 2030: `sourcier info` lists"):
        session.ask(QUESTION, scope=Scope.of("00.md", since="2030"))
    with pytest.raises(UsageError, match="no article is within until 1999"):
        session.check_scope(Scope.of(until="1999"))
    session.check_scope(None)


@given(ids=st.sets(st.integers(0, 300), min_size=1), asked=st.lists(st.integers(0, 300)))
def test_a_subset_holds_its_passages(ids, asked):
    subset = Subset.of(ids)
    asked = [each for each in asked if each <= subset.last]
    assert (subset.first, subset.last, len(subset)) == (min(ids), max(ids), len(ids))
    assert subset.holds(np.asarray(asked, np.int64)).tolist() == [each in ids for each in asked]


def test_a_subset_is_never_empty():
    with pytest.raises(ValueError, match="at least one"):
        Subset.of([])


def test_the_passages_of_a_scope_are_those_of_its_articles(session):
    index, scope = session.index, Scope.of("nord/", since="2022")
    chosen = [document for document in index.passages.documents() if scope.admits(document)]
    assert 0 < len(chosen) < 24
    expected = [passage.passage_id for document in chosen for passage in index.passages.passages_of(document.doc_id)]
    within = passages_within(index, scope)
    assert np.flatnonzero(within.holds(np.arange(within.last + 1))).tolist() == sorted(expected)
    assert index.passages.passage_ids([]) == []


@settings(max_examples=60, deadline=None)
@given(
    ids=st.sets(st.integers(0, 47), min_size=1),
    k=st.integers(1, 60),
    text=st.sampled_from([QUESTION, "How tall is the Planier lighthouse?", "navires", "gardien de Calais", "zzz"]),
)
def test_searching_a_subset_equals_searching_all_and_leaving_the_others_out(session, ids, k, text):
    index, within, question = session.index, Subset.of(ids), read_question(text)
    language, everything = question.language, len(session.index.lexical)
    assert everything == 48
    all_lexical = index.lexical.search(text, language, everything)
    assert index.lexical.search(text, language, k, within) == [hit for hit in all_lexical if hit[0] in ids][:k]

    query = index.query_vector(text, question_words(question))
    rows = np.asarray(sorted(ids))
    cosines = index.dense.vectors(rows) @ query[0]
    scores, found = index.dense.search(query, k, within)
    assert found.shape == (1, min(k, len(ids)))
    assert len({*found[0].tolist()} & ids) == found.shape[1]
    assert scores[0] == pytest.approx(np.sort(cosines)[::-1][:k], abs=1e-6)
    assert cosines[np.searchsorted(rows, found[0])] == pytest.approx(scores[0], abs=1e-6)


def test_candidates_are_the_best_of_the_scope_however_many_others_are_better(session, monkeypatch):
    monkeypatch.setattr(qa.retrieve, "DEPTH", 3)
    index, question = session.index, read_question("Combien de mètres mesure le phare de Planier ?")
    words, scope = question_words(question), Scope.of(["sud/", "00.md"])
    allowed = {document.source for document in index.passages.documents() if scope.admits(document)}
    free, held = (find_candidates(index, question, words, each) for each in (None, passages_within(index, scope)))
    assert not {document.source for document in free.documents} <= allowed
    assert {document.source for document in held.documents} <= allowed
    assert 3 <= len(held.passages) <= 6

    of_all = dict(index.lexical.search(question.text, question.language, 48))
    rows = [row for row, document in enumerate(index.passages.passages(range(48))[1]) if document.source in allowed]
    best = sorted((-of_all.get(row, 0.0), row) for row in rows)[:3]
    cosines = index.dense.vectors(np.asarray(rows)) @ index.query_vector(question.text, words)[0]
    nearest = [rows[at] for at in np.argsort(-cosines, kind="stable")[:3]]
    assert [passage.passage_id for passage in held.passages] == sorted({*(row for _, row in best), *nearest})


SCOPES = [
    Scope.of("sud/07.md"),
    Scope.of(["nord/"]),
    Scope.of(["nord/mer/", "sud/", "00.md"], since="2022"),
    Scope.of(until="2022-05-01"),
    Scope.of(since="2022-05-12", until="2022-05-12"),
]


@pytest.mark.parametrize("scope", SCOPES, ids=str)
@pytest.mark.parametrize(
    "text", [QUESTION, "How tall is the Calais lighthouse?", "Combien de navires le gardien a-t-il comptés ?"]
)
def test_every_passage_and_citation_is_of_the_scope(session, scope, text):
    allowed = {document.source for document in session.index.passages.documents() if scope.admits(document)}
    answer = session.ask(text, k=100, scope=scope)
    assert {hit.document.source for hit in answer.passages} <= allowed
    assert {citation.source for citation in answer.citations} <= allowed
    assert answer.passages
    if answer.best:
        assert answer.best.hit.document.source in allowed
    assert timeless(session.ask(text, k=100, scope=scope)) == timeless(answer)


@pytest.mark.parametrize("scope", [Scope.of(["nord/", "sud/", *(f"{n:02}.md" for n in range(0, 48, 4))]), Scope()])
def test_a_scope_of_all_is_none(session, scope):
    assert passages_within(session.index, scope) is None
    for text in (QUESTION, "zzz", ""):
        assert timeless(session.ask(text, scope=scope)) == timeless(session.ask(text))


@pytest.mark.parametrize("file", ["000_6bf0d6dca34366c9.txt", "001_eb3ee6aa52e1339d.txt"])
def test_the_answer_is_that_of_the_articles_asked(seeds_session, file):
    question = "Quelle part d'OpenAI revient à Microsoft ?"
    free, held = seeds_session.ask(question), seeds_session.ask(question, scope=Scope.of(file))
    assert {citation.source for citation in free.citations} > {file}
    assert {citation.source for citation in held.citations} == {file}
    assert [each.quote for each in free.citations if each.source == file] == [held.text]


def test_a_follow_up_stays_in_the_scope(session, monkeypatch):
    asked, ask = [], Session.ask
    monkeypatch.setattr(Session, "ask", lambda *args, **named: asked.append(named.get("scope")) or ask(*args, **named))
    scope = Scope.of("nord/")
    answer = session.ask("Quel âge a-t-il ?", previous=["Qui garde le phare ?"], scope=scope)
    assert asked == [scope, scope]
    assert all(hit.document.source.startswith("nord/") for hit in answer.passages)


def test_a_scope_s_passages_are_looked_up_once(folder, monkeypatch):
    with Session.of_folder(folder) as opened:
        looked, catalogue = [], type(opened.index.catalogue)
        passages = catalogue.passages
        monkeypatch.setattr(catalogue, "passages", lambda *given: looked.append(1) or passages(*given))
        for _ in range(3):
            opened.ask(QUESTION, scope=Scope.of(["sud/"]))
        assert len(looked) == 1


def test_a_newer_index_has_its_own_passages_of_a_scope(make_folder):
    scope = Scope.of("b/")
    folder = make_folder(
        {"a.txt": "Le phare de Planier mesure 66 mètres.", "b/c.txt": "Le pain est cuit à sept heures."}
    )
    with Session.of_folder(folder) as opened:
        assert [hit.document.source for hit in opened.ask("phare", scope=scope).passages] == ["b/c.txt"]
    make_folder({"b/a.txt": "Le phare de Calais mesure 58 mètres."})
    with Session.of_folder(folder) as opened:
        assert {hit.document.source for hit in opened.ask("phare", scope=scope).passages} == {"b/a.txt", "b/c.txt"}


def test_a_batch_stays_in_the_scope(session, tmp_path):
    out = tmp_path / "out.jsonl"
    items = [QuestionLine(1, "a", QUESTION), QuestionLine(2, "b", "How tall is the Calais lighthouse?", "en")]
    run_batch(session, items, out, scope=Scope.of(["sud/"]))
    told = [json.loads(line) for line in out.read_text("utf-8").splitlines()]
    assert len(told) == 2
    assert all(passage["source"].startswith("sud/") for each in told for passage in each["passages"])


def test_ask_of_the_command_line_stays_in_the_scope(folder, session, capsys):
    assert main(["ask", QUESTION, str(folder), "--json", "--in", "nord/mer/", "--in", "00.md", "--since", "2022"]) == 0
    told = json.loads(capsys.readouterr().out)
    expected = session.ask(QUESTION, scope=Scope.of(["nord/mer/", "00.md"], since="2022"))
    assert [passage["source"] for passage in told["passages"]] == [hit.document.source for hit in expected.passages]


def test_batch_of_the_command_line_stays_in_the_scope(folder, session, tmp_path, capsys):
    questions = tmp_path / "q.txt"
    questions.write_text(QUESTION + "\n", "utf-8")
    assert main(["batch", str(questions), str(folder), "--until", "2021"]) == 0
    told = json.loads(capsys.readouterr().out)
    expected = session.ask(QUESTION, scope=Scope.of(until="2021"))
    assert [passage["source"] for passage in told["passages"]] == [hit.document.source for hit in expected.passages]


@pytest.mark.parametrize("command", ["ask", "batch"])
@pytest.mark.parametrize(
    ("flags", "message"),
    [
        (["--in", "nord"], "no article is named 'nord'"),
        (["--since", "demain"], "since is 'demain'"),
        (["--since", "2022", "--until", "2021"], "since is 2022, after until"),
        (["--since", "2030"], "no article is within since 2030"),
    ],
)
def test_a_wrong_scope_ends_the_command(folder, tmp_path, capsys, command, flags, message):
    questions = tmp_path / "q.txt"
    questions.write_text(QUESTION + "\n", "utf-8")
    asked = QUESTION if command == "ask" else str(questions)
    assert main([command, asked, str(folder), *flags]) == 2
    told = capsys.readouterr()
    assert (told.out, told.err.count("\n")) == ("", 1)
    assert message in told.err
