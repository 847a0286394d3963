"""PDF: reading order, words cut at line ends, running heads, and the page of every offset."""

from __future__ import annotations

import random
from bisect import bisect_right
from itertools import chain

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pdf_files import assembled, column, pdf, stream

from index.errors import DocumentError
from index.formats.extracted import Extracted
from index.formats.pdf import MAX_PAGES, read
from index.formats.workers import read_apart

LEFT = [
    "Le premier pacte entre Microsoft et l'édi-",
    "teur date de 2019, et la première inves-",
    "tissement était de 1 milliard de dollars. Peut-",
    "être davantage, disent certains : c'est-à-",
    "dire deux milliards au moins, en comptant",
]
RIGHT = [
    "les machines que Microsoft a mises à dispo-",
    "sition de ses partenaires les plus proches.",
    "    Le second accord, signé en 2023, est dix fois",
    "plus grand et porte sur treize milliards de",
    "dollars, dont une part en calcul.",
]
IN_ORDER = (
    "Le premier pacte entre Microsoft et l'éditeur date de 2019, et la première investissement était de 1 milliard de"
    " dollars. Peut-être davantage, disent certains : c'est-à-dire deux milliards au moins, en comptant les machines"
    " que Microsoft a mises à disposition de ses partenaires les plus proches.\n"
    "Le second accord, signé en 2023, est dix fois plus grand et porte sur treize milliards de dollars, dont une part"
    " en calcul."
)
TITLE = (50.0, 740.0, "Un titre qui va d'un bord à l'autre de la page, par-dessus les deux colonnes")


def page_of(found: Extracted, words: str) -> int:
    """Return the page that some words, said once, start on."""
    assert found.text.count(words) == 1
    return bisect_right(found.pages, found.text.index(words))


@pytest.mark.parametrize("turned", [False, True])
@pytest.mark.parametrize("written", ["by column", "line by line", "in disorder"])
def test_two_columns_are_read_one_after_the_other(written: str, turned: bool) -> None:
    left, right = column(50, 700, LEFT), column(310, 700, RIGHT)
    lines = left + right if written == "by column" else list(chain.from_iterable(zip(left, right, strict=True)))
    if written == "in disorder":
        random.Random(1).shuffle(lines)
    assert read(pdf([[TITLE, *lines]], turned=turned)).text == f"{TITLE[2]}\n{IN_ORDER}"


def test_lines_across_both_columns_part_them() -> None:
    def half(left: float, top: float, words: str) -> list[tuple[float, float, str]]:
        return column(left, top, [f"{words} ligne {n} qui remplit bien sa colonne" for n in range(4)])

    across = (50.0, 600.0, "Une ligne qui va d'un bord à l'autre, et qui sépare ce qui la précède de ce qui la suit")
    text = read(
        pdf([[*half(50, 700, "A"), *half(310, 700, "B"), across, *half(50, 550, "C"), *half(310, 550, "D")]])
    ).text
    firsts = [text.index(f"{name} ligne 0") for name in "AB"] + [text.index("Une ligne")]
    firsts += [text.index(f"{name} ligne 0") for name in "CD"]
    assert firsts == sorted(firsts)


def test_a_table_is_read_row_by_row() -> None:
    rows = [
        ("Année", "Montant", "Part"),
        ("2019", "1 milliard", "5 %"),
        ("2021", "2 milliards", "9 %"),
        ("2023", "10", "27 %"),
    ]
    lines = [(50 + 150 * at, 700 - 14 * n, cell) for at in range(3) for n, cell in enumerate(row[at] for row in rows)]
    text = read(pdf([lines])).text
    assert [line.split() for line in text.splitlines()] == [" ".join(row).split() for row in rows]


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        (["une aug-", "mentation de 3 %"], "une augmentation de 3 %"),
        (["c'est-à-", "dire aujourd'hui"], "c'est-à-dire aujourd'hui"),
        (["que pense-t-", "il de ce pacte"], "que pense-t-il de ce pacte"),
        (["la ville de Saint-", "Denis au nord"], "la ville de Saint-Denis au nord"),
        (["le modèle GPT-", "4 de la firme"], "le modèle GPT-4 de la firme"),
        (["OpenAI existe. La firme Open-", "AI a grandi"], "OpenAI existe. La firme OpenAI a grandi"),
        (["un porte-avions. Le porte-", "avions est là"], "un porte-avions. Le porte-avions est là"),
        (["entre 2019 -", "ou presque"], "entre 2019 - ou presque"),
    ],
)  # fmt: skip
def test_words_cut_at_a_line_end_are_whole_again(lines: list[str], expected: str) -> None:
    assert read(pdf([column(50, 700, lines)])).text == expected


def test_running_heads_feet_and_page_numbers_are_left_out() -> None:
    pages = [
        [
            (50.0, 800.0, "Revue de presse" if number % 2 else "Le pacte de 2019"),
            *column(50, 700, [f"Le paragraphe {word} de l'article tient sur cette page et dit ce qu'il dit."]),
            (50.0, 400.0, f"En {2000 + 7 * number * number}, il en va autrement, comme le dit {word} la suite."),
            (290.0, 30.0, f"{number + 41} / 60"),
        ]
        for number, word in enumerate(["premier", "second", "tiers", "quatrième", "dernier"])
    ]
    found = read(pdf(pages))
    assert "Revue" not in found.text
    assert "Le pacte" not in found.text
    assert "/ 60" not in found.text
    assert all(f"En {2000 + 7 * n * n}" in found.text for n in range(5))
    assert [page_of(found, f"Le paragraphe {word}") for word in ("premier", "second", "dernier")] == [1, 2, 5]


def drawn(content: bytes) -> bytes:
    """Return a file of a page drawn by hand, in two fonts."""
    return assembled(
        [
            b"<< /Type /Catalog /Pages 2 0 R >>",
            b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
            b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 5 0 R"
            b" /Resources << /Font << /F1 4 0 R >> >> >>",
            b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>",
            stream(b"", b"BT 50 700 Td " + content + b" ET"),
            b"<< >>",
        ]
    )


def up(figures: bytes, size: int = 6, rise: int = 4) -> bytes:
    return b"/F1 %d Tf %d Ts (%s) Tj /F1 10 Tf 0 Ts " % (size, rise, figures)


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"(En 2019) Tj " + up(b"1") + b"(, on vit) Tj", "En 2019¹, on vit"),
        (b"(En 2019) Tj " + up(b"12") + b"( et 30 m) Tj" + up(b"2") + b"(.) Tj", "En 2019¹² et 30 m²."),
        (b"(Le mot) Tj " + up(b"3") + b"( suivant) Tj", "Le mot³ suivant"),
        (b"(La 2) Tj " + up(b"e") + b"( tour) Tj", "La 2e tour"),
        (b"(H) Tj " + up(b"2", rise=-2) + b"(O) Tj", "H2O"),
        (b"(De 2019) Tj ( 2020) Tj", "De 2019 2020"),
        (up(b"1") + b"(Selon le rapport) Tj", "1Selon le rapport"),
    ],
)
def test_a_raised_figure_is_no_part_of_the_number_before_it(content: bytes, says: str) -> None:
    assert read(drawn(b"/F1 10 Tf " + content)).text == says


def test_what_a_browser_prints_around_a_single_page_is_left_out() -> None:
    top = [(25.0, 820.0, "22/11/2026 17:19"), (400.0, 820.0, "Le pacte de 2019")]
    bottom = [(25.0, 15.0, "https://journal.example/le-pacte"), (560.0, 15.0, "1/1")]
    body = column(50, 700, ["Le pacte tient en une page,", "et cette page est imprimée."])
    assert read(pdf([[*top, *body, *bottom]])).text == "Le pacte tient en une page, et cette page est imprimée."
    assert "https://journal.example/le-pacte" in read(pdf([[*body, bottom[0]]])).text  # said by the article itself


def test_figures_at_the_foot_of_pages_are_no_page_numbers() -> None:
    pages = [[(50.0, 700.0, f"Page {word}."), (50.0, 600.0, "Du texte"), (50.0, 60.0, f"Total {total} euros")]
             for word, total in (("une", 812), ("deux", 99), ("trois", 1204))]  # fmt: skip
    text = read(pdf(pages)).text
    assert all(f"Total {total} euros" in text for total in (812, 99, 1204))


def test_the_page_of_every_offset_is_known() -> None:
    names = ["alpha", "bravo", "charlie"]
    pages = [column(50, 700, [f"Sur la page {name}, il est dit que {name} est grand et beau."]) for name in names]
    pages.insert(2, [])  # a blank page counts
    found = read(pdf(pages))
    assert [page_of(found, f"Sur la page {name}") for name in names] == [1, 2, 4]
    assert len(found.pages) == 4


def test_a_sentence_that_runs_over_a_page_is_whole() -> None:
    found = read(
        pdf(
            [
                column(50, 60, ["Le pacte prévoit une contre-", "partie qui vaut treize inves-"]),
                column(50, 800, ["tissements de plus."]),
            ]
        )
    )
    assert found.text == "Le pacte prévoit une contrepartie qui vaut treize investissements de plus."
    assert found.pages == (0, found.text.index("tissements"))


def test_a_title_is_told_unless_it_is_a_file_name() -> None:
    line = [(50.0, 700.0, "Un texte.")]
    assert read(pdf([line], title="Le pacte de 2019")).title == "Le pacte de 2019"
    assert read(pdf([line], title="Microsoft Word - pacte.docx")).title is None
    assert read(pdf([line])).title is None


def test_a_scanned_file_says_so() -> None:
    with pytest.raises(DocumentError, match=r"^has no text: it is scanned"):
        read(pdf([[], []], picture=True))
    with pytest.raises(DocumentError, match=r"^is empty"):
        read(pdf([[]]))
    assert read(pdf([[(50, 700, "Une page lue.")], []], picture=True)).text == "Une page lue."


def test_a_page_too_many_is_refused() -> None:
    pages = b" ".join([b"3 0 R"] * (MAX_PAGES + 1))
    tree = b"<< /Type /Pages /Kids [%s] /Count %d >>" % (pages, MAX_PAGES + 1)
    data = assembled([b"<< /Type /Catalog /Pages 2 0 R >>", tree, b"<< /Type /Page /Parent 2 0 R >>", b"<< >>"])
    with pytest.raises(DocumentError, match=r"has 2,001 pages, at most 2,000 are read: split it"):
        read(data)


WHOLE = pdf([[TITLE, *column(50, 700, LEFT)], column(50, 700, RIGHT)], title="Le pacte")


@pytest.mark.parametrize("kept", [0, 5, 20, 200, len(WHOLE) // 2, len(WHOLE) - 40])
def test_a_file_cut_short_is_read_or_refused(kept: int) -> None:
    told = ""
    try:
        assert "Microsoft" in read_apart("pdf", WHOLE[:kept]).text
    except DocumentError as error:
        told = str(error)
    assert not told or any(word in told for word in ("PDF", "empty", "damaged"))


@settings(max_examples=40, deadline=None)
@given(st.lists(st.tuples(st.integers(0, len(WHOLE) - 1), st.integers(0, 255)), max_size=12))
def test_flipped_bytes_are_read_or_refused(flips: list[tuple[int, int]]) -> None:
    data = bytearray(WHOLE)
    for at, value in flips:
        data[at] = value
    try:
        found = read_apart("pdf", bytes(data))  # nobody knows what it may swell to
    except DocumentError:
        return
    assert list(found.pages) == sorted(found.pages)
    assert all(0 <= start <= len(found.text) for start in found.pages)
    assert found.text.encode().decode() == found.text


def test_a_lone_letter_drawn_elsewhere_is_no_part_of_the_word_before_it() -> None:
    found = read(pdf([[(50.0, 20.0, "zz"), (50.0, 700.0, "a")]]))
    assert found.text.split() == ["a", "zz"]


SAID = ["Le", "pacte", "de", "2019", "vaut", "dix", "milliards", "et", "plus", "encore", "à", "été"]
WORDS = st.lists(st.sampled_from(SAID), min_size=1, max_size=9)


@settings(max_examples=25, deadline=None)
@given(st.lists(st.lists(WORDS, max_size=8), min_size=1, max_size=4))
def test_no_word_is_lost_in_the_middle_of_a_page(pages: list[list[list[str]]]) -> None:
    edge = [(50.0, 810.0, "zz"), (50.0, 795.0, "zz"), (50.0, 40.0, "zz"), (50.0, 20.0, "zz")]
    drawn = [[*edge, *column(50, 700, [" ".join(line) for line in page])] for page in pages]
    found = read(pdf(drawn))
    said = [word for word in found.text.split() if word != "zz"]
    assert said == [word for page in pages for line in page for word in line]
    assert len(found.pages) == len(pages)
