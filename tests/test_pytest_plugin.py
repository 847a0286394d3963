"""The fixture that a user's own tests take: run by pytest in a repository of their own."""

import json

import pytest

pytest_plugins = ["pytester"]

ARTICLE = "Le phare de la Vieille fut allumé en 1887. Il mesure 27 mètres et son gardien s'appelait Paul."
GOLD = [
    {"id": "a", "question": "En quelle année fut allumé le phare de la Vieille ?", "answers": ["1887"]},
    {"id": "b", "question": "How tall is the Vieille lighthouse?", "answers": ["27 mètres"], "language": "en"},
]


@pytest.fixture
def own(pytester):
    """A repository with its articles, its gold, and no test yet."""
    articles = pytester.mkdir("articles")
    (articles / "phare.txt").write_text(ARTICLE, "utf-8")
    lines = [{"sources": ["phare.txt"], "language": "fr", "split": "dev", **each} for each in GOLD]
    pytester.path.joinpath("gold.jsonl").write_text("\n".join(map(json.dumps, lines)), "utf-8")
    pytester.makeconftest("")
    return pytester


def run(own, body):
    own.makepyfile(body)
    return own.runpytest_inprocess("-p", "no:cacheprovider")


def test_the_readme_s_example_passes(own):
    run(
        own,
        """
        def test_quality(sourcier_eval):
            scores = sourcier_eval("gold.jsonl", "articles")
            assert scores.recall_at_5 >= 0.9
            assert scores.recall_at_5 == scores.evaluation.overall()["recall@5"]
            assert scores.citations_valid == 1
            assert scores.direction("en->fr").recall_at_1 == 1
            assert scores.median_ms > 0
        """,
    ).assert_outcomes(passed=1)


def test_a_figure_too_low_fails_and_shows_them_all(own):
    result = run(
        own,
        """
        def test_quality(sourcier_eval):
            assert sourcier_eval("gold.jsonl", "articles").recall_at_5 > 1
        """,
    )
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["*assert 1.0 > 1*", "*<gold.jsonl: recall@1*", "*Captured stdout call*", "*nDCG@10*"])


def test_gold_is_measured_once_for_many_tests(own):
    run(
        own,
        """
        import pytest

        def test_one(sourcier_eval):
            sourcier_eval("gold.jsonl", "articles")

        def test_two(sourcier_eval, monkeypatch):
            monkeypatch.setattr("qa.measuring.asked", lambda options: pytest.fail("measured again"))
            assert sourcier_eval("gold.jsonl", "articles").mrr == 1
            with pytest.raises(pytest.fail.Exception, match="measured again"):
                sourcier_eval("gold.jsonl", "articles", split="dev")
        """,
    ).assert_outcomes(passed=2)


def test_paths_stand_beside_the_test(own):
    own.mkdir("quality").joinpath("test_it.py").write_text(
        "def test_it(sourcier_eval):\n    assert sourcier_eval('own.jsonl', '../articles').recall_at_1 == 1\n"
    )
    own.path.joinpath("gold.jsonl").rename(own.path / "quality" / "own.jsonl")
    own.runpytest_inprocess("-p", "no:cacheprovider").assert_outcomes(passed=1)


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ('sourcier_eval("none.jsonl", "articles")', "*sourcier_eval: no file at none.jsonl: check the path*"),
        ('sourcier_eval("gold.jsonl", "articles", split="x")', "*holds no question of the split 'x'*"),
        ('sourcier_eval("gold.jsonl", "articles", unanswerable="x")', "*unanswerable is 'x': give 'leave-out'*"),
        ('sourcier_eval("gold.jsonl", "articles").recall', "*no figure recall: there are recall_at_1*"),
        ('sourcier_eval("gold.jsonl", "articles").refused', "*no question of gold.jsonl counts for refused*"),
        ('sourcier_eval("gold.jsonl", "articles").direction("fr->en")', "*no question from fr->en: there are all*"),
    ],
    ids=["no file", "no split", "wrong option", "no figure", "no question", "no direction"],
)
def test_what_is_wrong_is_told(own, line, says):
    result = run(own, f"def test_it(sourcier_eval):\n    {line}\n")
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines([says])


def test_pytest_loads_nothing_of_sourcier_that_no_test_asks_for(own):
    own.makepyfile(
        """
        import sys

        def test_it():
            assert not {"qa.session", "numpy", "faiss", "torch"} & set(sys.modules)
        """
    )
    own.runpytest_subprocess("-p", "no:cacheprovider", "-p", "no:hypothesispytest").assert_outcomes(passed=1)
