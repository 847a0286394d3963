"""HTML: no word of the article lost, none that it takes back, and no date but the one that it states."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from index.formats import html
from index.formats.extracted import Extracted

PROSE = "".join(
    f"<p>Paragraphe {n} : le conseil a voté un budget de {n} millions d’euros pour la réfection des remparts, comme on"
    " l’attendait ; les travaux, qui emploieront cent quarante personnes, commenceront en octobre et dureront trente"
    " mois.</p>"
    for n in range(5)
)


def page(body: str = "", head: str = "", foot: str = "", article: bool = True) -> Extracted:
    opened, closed = ("<article>", "</article>") if article else ("<div>", "</div>")
    return html.read(
        f"<html><head><title>Le budget</title>{head}</head><body><nav><a href='/'>Accueil</a></nav>{opened}"
        f"<h1>Les remparts</h1>{body}{PROSE}<h2>La suite</h2>{PROSE}{closed}{foot}</body></html>".encode()
    )


@pytest.mark.parametrize("article", [True, False])
@pytest.mark.parametrize(
    ("body", "says"),
    [
        ("<p>Le <time datetime='2020-05-12'>12 mai</time>, elle a dit non.</p>", "Le 12 mai, elle a dit non."),
        ("<p>Il a dit <q>oui, sans doute</q> puis il est parti.</p>", "Il a dit oui, sans doute puis il est parti."),
        ("<p>En 2019<sup>1</sup> et en 2020<sup><a href='#n'>2</a></sup>.</p>", "En 2019¹ et en 2020²."),
        ("<p>En 2019<a role='doc-noteref' href='#n'>12</a>, 30 m<sup>2</sup>.</p>", "En 2019¹², 30 m²."),
        ("<p>La 2<sup>e</sup> tour, H<sub>2</sub>O, 1<sup>er</sup> mai.</p>", "La 2e tour, H2O, 1er mai."),
        ("<p>Il coûte <del>12</del><s>13</s><strike>15</strike> 14 francs.</p>", "Il coûte 14 francs."),
        ("<p>Selon le rapport.<a href='#r' role='doc-backlink'>↩︎</a></p>", "Selon le rapport."),
        ("<center>Le port de Brest a brûlé.</center>", "Le port de Brest a brûlé."),
        ("<div>Une <i>vraie</i> phrase.</div><section>Une autre !</section>", "Une vraie phrase.\nUne autre !"),
        ("<div><a href='/s'>Partager</a></div>", ""),
        ("<div>Des mots <b>nus</b> d’abord.<p>Et un paragraphe.</p></div>", "Des mots nus d’abord.\nEt un paragraphe."),
        ("<table><tr><th>Port</th><th>Part</th></tr><tr><td>Brest</td><td>4</td></tr></table>",
         "| Port | Part | \n| Brest | 4 |"),
    ],
)  # fmt: skip
def test_a_sentence_is_what_a_reader_sees(body: str, says: str, article: bool) -> None:
    before = page(body, article=article).text.split("Paragraphe 0")[0]
    assert before.removeprefix("Les remparts").strip() == says


@pytest.mark.parametrize("article", [True, False])
def test_headings_are_kept_whatever_the_page_is_built_of(article: bool) -> None:
    found = page("<p hidden>Caché.</p><div hidden><p>Caché <del>x</del></p></div>", article=article)
    assert [found.text[start:end] for start, end in found.headings] == ["Les remparts", "La suite"]
    assert "Caché" not in found.text
    assert "Accueil" not in found.text


def meta(name: str, content: str) -> str:
    return f'<meta name="{name}" content="{content}">'


def data(value: str) -> str:
    return f'<script type="application/ld+json">{value}</script>'


@pytest.mark.parametrize(
    ("head", "body", "date"),
    [
        (meta("article:published_time", "2024-09-17T22:30:00Z"), "", "2024-09-17"),
        (meta("article:modified_time", "2025-01-05") + meta("date", "2024-09-17"), "", "2024-09-17"),
        (meta("created", "2026-11-22T17:16:58") + meta("date", "2024-03-07"), "", "2024-03-07"),
        (meta("citation_publication_date", "2019/04/03"), "", "2019-04-03"),
        (meta("date", "17 septembre 2024"), "", "2024-09-17"),
        (meta("date", "2019"), "", "2019"),
        (data('{"@graph": [{"@type": "WebPage", "datePublished": "2020-01-01"},'
              ' {"@type": ["NewsArticle"], "datePublished": "2020-01-02T00:00:00+00:00"}]}'), "", "2020-01-02"),
        ("", "<p>Par Jo | <time datetime='2024-09-17T06:00'>hier</time></p>", "2024-09-17"),
        ("", "<time datetime='2024-09-17'>mardi</time>", "2024-09-17"),
        ("", "<p>Publié le <time datetime='2024-09-17'>mardi</time>, mis à jour le <time datetime='2024-09-18'>hier"
             "</time></p>", "2024-09-17"),
        ("", "<h2>Éco</h2>Publié le<!-- x > --> <time datetime='2024-09-17'>17</time>", "2024-09-17"),
        ("", "<p>Mis à jour le <time datetime='2024-09-18'>hier</time></p>", None),
    ],
)  # fmt: skip
def test_a_page_states_its_date(head: str, body: str, date: str | None) -> None:
    assert page(body, head).date == date


@pytest.mark.parametrize(
    ("head", "body", "foot"),
    [
        ('<meta itemprop="copyrightYear" content="2021">', "", "<footer><p>© 2021 Le Courrier</p></footer>"),
        ("", "", "<div>Copyright 2019-2024, imprimé le 3 avril 2024</div>"),
        ("", "<p>Le 12 mai 1998, la ville fut prise par la neige. Depuis le 2019-05-12, rien ne va plus.</p>", ""),
        ("", "<p>Le <time datetime='1944-06-06'>6 juin 1944</time>, tout change.</p>", ""),
        ("", "<h2>Le conseil du 3 avril 2019</h2><img src='/2017/03/04/a.jpg'>", ""),
        (meta("date", "03/04/2019"), "", ""),
        (meta("date", "2019-02-30"), "", ""),
        (meta("created", "2026-11-22T17:16:58"), "", ""),
        (meta("article:modified_time", "2025-01-05"), "", ""),
        ("", "", "<aside><time datetime='2024-01-02'>2 janvier</time></aside>"),
        ("", "", "<div class='comments'><p><time datetime='2024-01-02'>2 janvier</time></p></div>"),
        ("", "", "<ul><li><a href='x'>Ailleurs</a> <time datetime='2023-01-01'>1 janvier</time></li></ul>"),
        ("", "", "<p><time datetime='2023-01-01'>1 janvier 2023</time></p>"),
        (data('{"@type": "VideoObject", "datePublished": "2011-01-01"}'), "", ""),
        (data('{"@type": "NewsArticle", "publisher": {"foundingDate": "1944-12-18"}}'), "", ""),
        (data('{"@type": "NewsArticle", "datePublished": "2020-01-02"') + data("[" * 5000) + data("7"), "", ""),
        ('<script>{"at": "2018-03-03T00:00:00Z"}</script>', "", ""),
    ],
)
def test_no_date_is_made_of_what_a_page_mentions(head: str, body: str, foot: str) -> None:
    assert page(body, head, foot).date is None


TAGS = ["div", "p", "b", "sup", "time", "q", "center", "del", "section", "td", "article"]


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.sampled_from(TAGS), st.booleans()), max_size=25))
def test_any_nesting_of_tags_is_read(tags: list[tuple[str, bool]]) -> None:
    body = "".join(f"mot{n} <{tag}>" if opens else f"</{tag}>" for n, (tag, opens) in enumerate(tags))
    found = html.read(f"<html><body>{body}</body></html>".encode())
    assert all(found.text[start:end].strip() for start, end in found.headings)
