"""The sentence splitter: French and English by hand, any text by its invariants, any length in linear time."""

from __future__ import annotations

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from index.sentences import sentence_bounds

# `|` marks where a sentence ends: taken out, the text is what the splitter sees.
EXAMPLES = (
    "M. Dupont est venu. |Mme Durand aussi.",
    "MM. Altman et Nadella ont signé. |Me Martin conseille M. Le Goff.",
    "Le livre de J.-P. Sartre est paru. |Il est long.",
    "Né en 52 av. J.-C. |Les Romains suivent.",
    "Selon l'art. 5 du traité, rien. |L'art. L. 123-4 aussi, et le chap. IV.",
    "C'est de l'art. |L'artiste le sait.",
    "La part passe de 32,5 % à 27.5 % en 2019. |Depuis, 12 milliards.",
    "Il a dit : « Oui. Je viens. Demain ! » |Puis il est parti.",
    "« Il part. » |Elle reste.",
    "« C'est fini ! », dit-il. |Rien.",
    "« C'est fini ! » s'écrie-t-il. |Rien.",
    "« Un oubli. |Le reste va bien.",
    "Fin » d'un oubli. |Il dit « Oui. Non. » et part.",
    "“It works. We tested it,” he said. |“Good.” |She left.",
    'Il a dit "oui." |Puis rien.',
    "The U.S. Supreme Court ruled. |It lost in the U.S. |The end.",
    "George W. Bush came. |Apple Inc. CEO Tim Cook left. |He joined Apple Inc. |The firm grew.",
    "Dr. Who met Mr. Smith at 9 a.m. Paris time. |They left.",
    "On Jan. 5 he came. |On Sept. 12, 2024 he left.",
    "Oracle, SoftBank, etc. sont là. |Oracle, SoftBank, etc. |Microsoft reste.",
    "Give it to me. |Paul left. |Il court 100 m. |Paul suit.",
    "La vitamine C. |Les autres.",
    "1. Le contrat Azure",
    "II. Le divorce est acté. |La suite aussi.",
    "Le contrat […] Microsoft (!) et Azure. |Fin.",
    "Anthropic ou xAI. |iPhone sales rose. |OpenAI fell.",
    "Fini. |😀 Le reste est là. 😀",
    "La suite. . . |Puis plus rien.",
    "La fin.[12] |Le début. |(Voir p. 5.) |Suite.",
    "Vraiment ?! |Oui... |Non… peut-être. |Hé... |Ah.",
    "Combien\u00a0?\u202fun milliard\u00a0! |Deux milliards.",
    "Voir exemple.com/a.b?c=d pour la suite. |Fin.",
)
UNKIND = st.text(
    st.sampled_from("aéA1 .!?…«»“”\"'()[]\n\r\t\u00a0\u202f\u2028\u2029\x0b\x0c\x85\x1c\u0301\u200d😀-–L’•#"),
    max_size=60,
)


@pytest.mark.parametrize("marked", EXAMPLES)
def test_splits_as_a_reader_would(marked: str) -> None:
    text = marked.replace("|", "")
    assert [text[start:end] for start, end in sentence_bounds(text)] == [piece.strip() for piece in marked.split("|")]


def test_a_line_break_ends_a_sentence() -> None:
    text = "Le contrat Azure\r\nIl date de 2019\u2028Rien  \n\n  Fin\n"
    assert [text[start:end] for start, end in sentence_bounds(text)] == [
        "Le contrat Azure",
        "Il date de 2019",
        "Rien",
        "Fin",
    ]


def test_a_line_break_that_a_fixed_width_made_does_not() -> None:
    text = (
        "En 2019, Microsoft misait un milliard de dollars sur une start-up\n"
        "encore perçue comme un laboratoire idéaliste : OpenAI. En\n"
        "contrepartie, Redmond obtenait un partenariat exclusif autour\n"
        "d’Azure. Six ans plus tard, ce pari est devenu un empire.\n"
        "\n"
        "Le contrat\n"
        "Il a changé.\n"
    )
    assert [text[start:end].replace("\n", " ") for start, end in sentence_bounds(text)] == [
        "En 2019, Microsoft misait un milliard de dollars sur une start-up encore perçue comme un laboratoire"
        " idéaliste : OpenAI.",
        "En contrepartie, Redmond obtenait un partenariat exclusif autour d’Azure.",
        "Six ans plus tard, ce pari est devenu un empire.",
        "Le contrat",
        "Il a changé.",
    ]


@pytest.mark.parametrize("mark", ["- ", "• ", "1. ", "| ", "# "])
def test_the_items_of_a_list_stay_apart_at_any_width(mark: str) -> None:
    text = "\n".join(f"{mark}un article de liste dont la longueur est celle des autres" for _ in range(8))
    assert len(sentence_bounds(text)) == 8


def check_bounds(text: str) -> None:
    position = 0
    for start, end in sentence_bounds(text):
        assert position <= start < end
        assert text[position:start].strip() == ""
        assert text[start:end] == text[start:end].strip()
        position = end
    assert text[position:].strip() == ""


@settings(max_examples=200, deadline=None)
@given(UNKIND | st.text(max_size=60))
def test_bounds_are_in_order_trimmed_and_leave_out_only_blanks(text: str) -> None:
    check_bounds(text)


@settings(max_examples=100, deadline=None)
@given(st.lists(st.text(st.sampled_from("aB .»«-1é"), min_size=36, max_size=60), min_size=4, max_size=12))
def test_bounds_hold_in_wrapped_text_too(lines: list[str]) -> None:
    check_bounds("\n".join(lines))


@pytest.mark.parametrize(
    ("piece", "millions"),
    [("« ", 5), ("a.a.", 5), (".", 5), (". ", 5)]
    + [
        (piece, 0.3)
        for piece in ("« a. ", "?!", "(", ".)", " .", "\u00a0", "[…] ", "1.1.", '." ', ".-", "« A. B» ", ".\n")
    ],
)
def test_millions_of_characters_of_anything_take_seconds(piece: str, millions: float) -> None:
    text = piece * int(millions * 1_000_000 / len(piece))
    began = time.perf_counter()
    sentence_bounds(text + "a")
    sentence_bounds("a" + text)
    assert time.perf_counter() - began < 20  # anything quadratic takes an hour
