"""Titles, dates, headings and page furniture: those of the seeds, and what must not be taken for them."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from index.dates import dateline, file_name_date, iso_date, labelled_date
from index.documents import read_document
from index.layout import Layout, layout
from index.types import Range

SEEDS = Path(__file__).parent.parent / "seeds"
PROSE = "Microsoft a investi 13 milliards de dollars dans OpenAI, selon le Financial Times et Les Echos."
MORE = "Depuis 2019, les deux groupes américains partagent leurs modèles, leurs puces et leurs clients."


def seed(number: str) -> tuple[str, Layout]:
    path = next(SEEDS.glob(f"{number}_*.txt"))
    text = path.read_text("utf-8")
    return text, layout(text)


def pieces(text: str, ranges: tuple[Range, ...]) -> list[str]:
    return [text[start:end] for start, end in ranges]


def left_out(text: str, markdown: bool = False) -> list[str]:
    return pieces(text, layout(text, markdown=markdown).left_out)


def headings(text: str, markdown: bool = False) -> list[str]:
    return pieces(text, layout(text, markdown=markdown).headings)


def test_seed_000_opens_without_a_title() -> None:
    text, found = seed("000")
    assert found.title == (
        "L’un des partenariats les plus emblématiques de l’ère de l’intelligence artificielle semble vaciller."
    )
    assert pieces(text, found.headings) == [
        "Le contrat Azure, l’enjeu de tous les conflits",
        "Une diversification stratégique… sans Microsoft",
        "L’AGI, la clause qui pourrait tout faire exploser",
    ]
    assert found.left_out == ()
    assert found.date is None


def test_seed_001_ends_in_a_comment_form_and_a_spam_notice() -> None:
    text, found = seed("001")
    assert found.title == "Microsoft et OpenAI redéfinissent profondément leur pacte"
    form, notice = pieces(text, found.left_out)
    assert form == "Laisser un commentaire"
    assert notice.startswith("Ce site utilise Akismet")
    assert notice.endswith("sont traitées.")
    assert len(found.headings) == 6


def test_seed_002_says_its_title_twice() -> None:
    text, found = seed("002")
    title = "Microsoft et OpenAI renégocient leur partenariat historique autour de l'IA"
    assert found.title == title
    assert pieces(text, found.left_out) == [f"{title}\n\n{title}"]
    assert pieces(text, found.headings) == [
        "Un partenariat rediscuté dans un contexte de changement",
        "Un rapport de force et des relations complexes",
    ]


def test_seed_003_has_a_title_and_nothing_else() -> None:
    text, found = seed("003")
    assert found.title == "OpenAI et Microsoft : Vers une Rupture Épique aux Enjeux Colossaux"
    assert pieces(text, found.headings) == [found.title]
    assert (found.left_out, found.date) == ((), None)


def test_seed_004_begins_with_its_date_and_ends_with_a_question_to_readers() -> None:
    text, found = seed("004")
    assert found.date == "2025-05"
    assert pieces(text, found.left_out) == [
        "date 2025-05",
        "Selon vous, OpenAI a-t-elle raison de vouloir reprendre le contrôle face à Microsoft ? Dites-nous ce que vous"
        " en pensez !",
    ]
    assert found.title
    assert found.title.startswith("Comme nous le savons tous")
    article = read_document(SEEDS, next(SEEDS.glob("004_*.txt")).name)
    assert (article.date, article.date_origin, article.language) == ("2025-05", "text", "fr")


@pytest.mark.parametrize(
    ("line", "date"),
    [
        ("12 mai 2025", "2025-05-12"),
        ("Publié le lundi 12 mai 2025 à 14h30", "2025-05-12"),
        ("Mis à jour le 12/05/2025", "2025-05-12"),
        ("1er août 2025 | Par Jean Dupont", "2025-08-01"),
        ("By A. Martin, published on 12 May 2025", "2025-05-12"),
        ("May 12, 2025 at 10:00", "2025-05-12"),
        ("FÉVRIER 2025", "2025-02"),
        ("2025-05-12T10:00:00Z", "2025-05-12"),
        ("Janvier 2019 marque le début du partenariat", None),
        ("12 mai 2025, une journée historique pour OpenAI", None),
        ("Public benefit corporation : que dit l'accord du 12 mai 2025", None),
        ("République française, 14 juillet 1789", None),
        ("Une étude publiée le 3 mars 2019 contredit Microsoft", None),
        ("31 février 2025", None),
        ("12 maı 2025", None),
        ("12 marſ 2025", None),
        ("12 mai 2025 " + "x" * 90, None),
    ],
)
def test_a_dateline_is_told_from_a_sentence_with_a_date(line: str, date: str | None) -> None:
    assert dateline(line) == date


@pytest.mark.parametrize(
    ("text", "date", "label"),
    [
        ("date 2025-05 Comme nous le savons tous", "2025-05", "date 2025-05"),
        ("Publié le 12 mai 2025 Microsoft annonce", "2025-05-12", "Publié le 12 mai 2025"),
        ("Published: May 12, 2025", "2025-05-12", "Published: May 12, 2025"),
        ("Publié le 12 mai 2025, le rapport dit que", None, None),
        ("Publié le 12 mai 2025 par le Financial Times", "2025-05-12", "Publié le 12 mai 2025"),
        ("12 mai 2025 Microsoft annonce", None, None),
    ],
)
def test_a_labelled_date_is_read_off_only_where_no_sentence_needs_it(
    text: str, date: str | None, label: str | None
) -> None:
    found = labelled_date(text)
    assert (found and found[0], found and text[: found[1]]) == (date, label)


@pytest.mark.parametrize(
    ("name", "date"),
    [
        ("2025-05-12_titre.txt", "2025-05-12"),
        ("20250512.md", "2025-05-12"),
        ("note_2025_05.txt", "2025-05"),
        ("000_6bf0d6dca34366c9.txt", None),
        ("id_150712.txt", None),
        ("2025-13-01.txt", None),
        ("IMG_2048.txt", None),
    ],
)
def test_dates_in_file_names(name: str, date: str | None) -> None:
    assert file_name_date(name) == date


@pytest.mark.parametrize(
    ("written", "date"),
    [("2025", "2025"), (" 2025-05 ", "2025-05"), ("12 May 2025", "2025-05-12"), ("hier", None), ("", None)],
)
def test_dates_in_a_front_matter(written: str, date: str | None) -> None:
    assert iso_date(written) == date


def test_title_author_and_date_stack_up() -> None:
    text = f"Microsoft et OpenAI rompent leur pacte\nPar Jean Dupont\n12 mai 2025\n\n{PROSE}\n{MORE}"
    found = layout(text)
    assert (found.title, found.date) == ("Microsoft et OpenAI rompent leur pacte", "2025-05-12")
    assert found.left_out == ()


@pytest.mark.parametrize(
    "text",
    [
        f"{PROSE}\n{MORE}",  # sentences
        f"Les partenaires :\n{PROSE}",  # announces, but says it is a sentence
        f"{PROSE}\n- Microsoft\n- OpenAI et ses filiales\n1. Un\n| a | b |\n{MORE}",  # lists and tables
        f"{PROSE}\nMicrosoft\nOpenAI Global LLC\nSoftBank Group Corporation",  # a list without marks
        f"{PROSE}\nLe géant de Redmond a\nrenoncé à son exclusivité sur les services de calcul en nuage.",  # goes on
        f"{PROSE}\n2019\n{MORE}",
        "Un seul bloc",
    ],
)
def test_ordinary_lines_are_no_headings(text: str) -> None:
    assert headings(text) == []


def test_a_text_wrapped_at_a_fixed_width_has_no_headings_but_its_own() -> None:
    text = (
        "Le contrat\n\n"
        "En 2019, Microsoft misait un milliard de dollars sur une start-up\n"
        "encore perçue comme un laboratoire idéaliste : OpenAI. En échange\n"
        "Redmond obtenait un partenariat exclusif autour de son nuage\n"
        "Azure. Six ans plus tard, ce pari est devenu un empire industriel\n"
        "et politique.\n"
    )
    assert headings(text) == ["Le contrat"]


def test_a_heading_as_long_as_the_lines_below_it_is_not_joined_to_them() -> None:
    heading = "# Le géant de Redmond renonce à son exclusivité sur les nuages d"
    line = "Le géant de Redmond renonce à son exclusivité sur les nuages du\n"
    assert headings(f"{heading}\n{line * 5}", markdown=True) == [heading]


def test_markdown_headings_are_the_hash_lines() -> None:
    text = f"![logo](a.png)\n\n# Le pacte #\n\n## C#\n\n- un\n\n###\n\n# {'x' * 200}\n"
    assert headings(text, markdown=True) == ["# Le pacte #", "## C#"]
    assert layout(text, markdown=True).title == "Le pacte"
    assert layout("# C#\n\nUn langage.", markdown=True).title == "C#"
    assert headings("# Le pacte\n", markdown=False) == []


def test_a_long_title_is_cut_at_a_word() -> None:
    title = layout("Le pacte " * 15 + f"\n{PROSE * 3}").title
    assert title == ("Le pacte " * 15).strip()
    cut = layout("mot " * 400).title
    assert cut
    assert cut.endswith("mot…")
    assert len(cut) <= 121


@pytest.mark.parametrize(
    "closing",
    [
        "Laisser un commentaire\n\nVotre adresse e-mail ne sera pas publiée.\n\nNom\n\nE-mail",
        "Répondre\n\nAnnuler la réponse",
        "Leave a Reply\n\nYour email address will not be published.\n\nName",
        "Lire aussi : Google rachète Windsurf",
        "Publicité",
        "Crédit photo : AFP",
        "Partagez cet article",
        "© 2025 Le Monde",
        "All rights reserved.",
        "We use cookies to improve your experience.",
        "Et vous, qu’en pensez-vous ?",
        "What do you think? Let us know in the comments!",
    ],
)
def test_page_furniture_at_the_end_is_left_out(closing: str) -> None:
    text = f"{PROSE}\n\n{MORE}\n\n{closing}"
    assert left_out(text) == [line for line in closing.split("\n") if line]


@pytest.mark.parametrize(
    "closing",
    [
        "Partager la valeur créée par l'IA reste l'enjeu, conclut Sam Altman.",
        f"Laisser un commentaire est un droit, dit la loi. {PROSE} {MORE}",
        "Répondre à la demande exige 500 milliards de dollars.",
        "Elon Musk replied in the comments.",
        "Reste une question : que fera Microsoft ?",
        "Publicité et abonnements rapportent 3 milliards de dollars.",
        "Votre commentateur préféré, Paul, a quitté Microsoft.",
    ],
)
def test_an_articles_own_last_words_are_kept(closing: str) -> None:
    assert left_out(f"{PROSE}\n\n{MORE}\n\n{closing}") == []


def test_a_call_to_readers_leaves_what_stands_before_it() -> None:
    text = f"{PROSE}\n\nOpenAI vaut 260 milliards de dollars. Est-ce trop ? Qu'en pensez-vous ?"
    assert left_out(text) == ["Est-ce trop ? Qu'en pensez-vous ?"]


def test_furniture_in_the_middle_takes_nothing_along() -> None:
    text = "\n\n".join([PROSE, MORE, PROSE, MORE, "Lire aussi : un autre article", PROSE, MORE, PROSE])
    assert left_out(text) == []


@pytest.mark.parametrize("text", ["Laisser un commentaire", "© 2025", "Qu'en pensez-vous ?", "Lire aussi\nLire aussi"])
def test_a_page_of_nothing_but_furniture_keeps_a_block(text: str) -> None:
    found = layout(text)
    assert len(found.left_out) == text.count("\n")
    assert found.title


@pytest.mark.parametrize(
    "text",
    [
        f"Stargate\n\nStargate coûte 500 milliards de dollars. {PROSE}",
        f"Le pacte de Microsoft\n\nLe pacte de Microsoft avec OpenAI a été signé en 2019. {PROSE}",
        f"Sam Altman\n\nSam Altman Dirige OpenAI. {PROSE}",
    ],
)
def test_a_first_sentence_that_begins_as_the_title_does_is_kept(text: str) -> None:
    assert left_out(text) == []


def test_a_repeated_title_alone_on_its_line_is_left_out() -> None:
    text = f"Microsoft et OpenAI rompent\n\nMicrosoft et OpenAI rompent Les deux groupes négocient. {PROSE}"
    assert left_out(text) == ["Microsoft et OpenAI rompent\n\nMicrosoft et OpenAI rompent"]


@pytest.mark.parametrize("text", ["", " \n\t\r\n\u00a0", "date 2025-05", "date 2025-05\n \n"])
def test_a_text_without_an_article_has_no_title(text: str) -> None:
    assert layout(text).title is None


LINES = st.sampled_from(
    [
        *(
            "date 2025-05",
            "Publié le 12 mai 2025",
            "Un titre court",
            PROSE,
            MORE,
            "Laisser un commentaire",
            "# A",
            "",
            " ",
        ),
        *("© 2025", "Qu'en pensez-vous ?", "Lire aussi", "Et vous ? " + PROSE, "\u2028", "a" * 300),
    ]
)


@settings(max_examples=300, deadline=None)
@given(st.lists(LINES, max_size=16).map("\n".join) | st.text(max_size=120), st.integers(0, 20), st.booleans())
def test_ranges_are_sorted_apart_and_inside_the_text(text: str, body_start: int, markdown: bool) -> None:
    body_start = min(body_start, len(text))
    found = layout(text, body_start, markdown)
    for ranges in (found.left_out, found.headings):
        position = 0
        for start, end in ranges:
            assert position <= start < end <= len(text)
            position = end
    assert all(start >= body_start for start, _ in found.headings)
    own = [text[start:end] for start, end in found.headings]
    assert own == [piece.strip() for piece in own]
    if text[body_start:].strip() and not text[body_start:].strip().startswith(("date", "Publié")):
        assert found.title


@pytest.mark.parametrize(
    "piece", [" ", "x\n", " \n", "« ", "le 12 ", "\u00a0", "# ", "date ", "? ", "Qu'en pensez-vous ? "]
)
def test_hundreds_of_thousands_of_characters_of_anything_take_seconds(piece: str) -> None:
    text = piece * (300_000 // len(piece))
    began = time.perf_counter()
    layout(text + "a")
    assert time.perf_counter() - began < 20
