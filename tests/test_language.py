"""French, English, or neither: of questions and of articles, by the few words they have."""

from __future__ import annotations

import subprocess
import sys
import unicodedata
from pathlib import Path

import pytest

from index.language import language_of, question_language

ROOT = Path(__file__).parent.parent
FRENCH = (
    "Qui dirige Microsoft ?",
    "Combien coûte Stargate ?",
    "valorisation OpenAI",
    "exclusivité Azure",
    "montant investissement SoftBank",
    "Où se trouve le siège ?",
    "Pourquoi ?",
    "c'est quoi Stargate",
    "Es-tu sûr que Microsoft a investi ?",
    "jusqu’en quelle année Microsoft a-t-il accès aux modèles ?",
    "Peut-on dire que l'accord est rompu ?",
    "QUI A FONDÉ OPENAI",
)
ENGLISH = (
    "Who runs Microsoft?",
    "How much does Stargate cost?",
    "OpenAI valuation",
    "Stargate cost",
    "share of Microsoft in OpenAI",
    "Windsurf acquisition price",
    "Until when does Microsoft keep its rights?",
    "Why?",
    "Is it true that Microsoft invested?",
    "name the startup OpenAI wants to buy",
    "WHO FOUNDED OPENAI",
)
NEITHER = (
    "¿Cuántos millones de dólares invirtió la empresa en OpenAI?",
    "¿Quién dirige Microsoft?",
    "¿Qué es Stargate?",
    "Cuál es la capital de Francia",
    "Quanto ha investito Microsoft in OpenAI?",
    "Chi è il capo di Microsoft?",
    "Wer ist der Chef von Microsoft?",
    "Was ist Stargate?",
    "Dove?",
    "Was kostet das Projekt in Texas?",
    "Quem é o presidente da Microsoft?",
    "Hoeveel heeft Microsoft in OpenAI geïnvesteerd?",
    "Ile Microsoft zainwestował w OpenAI?",
    "Hur mycket har Microsoft investerat i OpenAI?",
    "Сколько Microsoft инвестировала в OpenAI?",
    "微软投资了多少钱？",
    "Microsoft 投资了多少钱 在 OpenAI 公司 的 股份 是 多少",
    "كم استثمرت مايكروسوفت؟",
    "Πόσα επένδυσε η Microsoft;",
    "12345",
    "???",
    "",
)


@pytest.mark.parametrize(
    ("question", "language"),
    [(text, code) for code, texts in (("fr", FRENCH), ("en", ENGLISH), ("und", NEITHER)) for text in texts],
)
def test_the_language_of_a_question(question: str, language: str) -> None:
    assert question_language(question) == language


@pytest.mark.parametrize("text", ["Cómo OpenAI", "Cuál es el número", "Où était OpenAI, où était Microsoft ?"])
def test_accents_may_stand_apart_from_their_letters(text: str) -> None:
    assert question_language(unicodedata.normalize("NFD", text)) == question_language(text)


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("OpenAI et Microsoft ont signé un nouvel accord. Le groupe de Redmond détiendra 27 % de la société.", "fr"),
        ("OpenAI and Microsoft have signed a new agreement. The company will hold 27% of the new entity.", "en"),
        (
            "OpenAI y Microsoft han firmado un nuevo acuerdo que redefine su alianza. La empresa tendrá una parte.",
            "und",
        ),
        (
            "OpenAI und Microsoft haben eine neue Vereinbarung unterzeichnet. Der Konzern hält künftig 27 Prozent.",
            "und",
        ),
        ("OpenAI и Microsoft подписали новое соглашение о партнёрстве.", "und"),
        ("微软与OpenAI签署了新的合作协议。", "und"),
        ("2019 : 27 %", "und"),
    ],
)
def test_the_language_of_an_article(text: str, language: str) -> None:
    assert language_of(text) == language
    assert language_of(f"{text}\n" * 500) == language


def test_a_foreign_name_does_not_make_an_article_foreign() -> None:
    assert (
        language_of("Le groupe Der Spiegel a écrit que la société El País und Los Angeles vont dans ce sens.") == "fr"
    )


def test_an_ordinary_question_does_not_load_py3langid() -> None:
    script = (
        "import sys; from index.language import question_language;"
        "assert question_language('Qui dirige Microsoft et où ?') == 'fr';"
        "assert question_language('Who runs the company?') == 'en';"
        "assert not any(name.startswith('py3langid') for name in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_threads_that_need_the_model_at_once_load_it_once(monkeypatch):
    import time
    from concurrent.futures import ThreadPoolExecutor

    import index.language

    loads = []

    def load(file):
        loads.append(file)
        time.sleep(0.05)  # long enough for the others to come
        return object()

    monkeypatch.setattr("py3langid.langid.LanguageIdentifier.from_model_file", load)
    index.language._loaded.cache_clear()
    try:
        with ThreadPoolExecutor(8) as threads:
            found = list(threads.map(lambda _: index.language._model(), range(8)))
        assert len(loads) == 1
        assert len(set(map(id, found))) == 1
    finally:
        index.language._loaded.cache_clear()
