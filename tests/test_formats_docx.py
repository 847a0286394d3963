"""DOCX: what a document says now, and no more: changes, text boxes, nested tables, properties."""

from __future__ import annotations

import io
from datetime import UTC, datetime

import docx
import pytest
from docx.oxml import parse_xml
from docx.oxml.ns import nsdecls

from index.formats.docx import read
from index.formats.extracted import Extracted

BOX = (
    '<w:r><mc:AlternateContent xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006"><mc:Choice'
    ' Requires="wps"><w:txbxContent><w:p><w:r><w:t>BOITE</w:t></w:r></w:p></w:txbxContent></mc:Choice><mc:Fallback>'
    "<w:pict><w:txbxContent><w:p><w:r><w:t>BOITE</w:t></w:r></w:p></w:txbxContent></w:pict></mc:Fallback>"
    "</mc:AlternateContent></w:r>"
)


def run(text: str, look: str = "") -> str:
    return f'<w:r><w:rPr>{look}</w:rPr><w:t xml:space="preserve">{text}</w:t></w:r>'


def document(paragraph: str = "") -> docx.document.Document:
    made = docx.Document()
    made.element.body.insert(0, parse_xml(f"<w:p {nsdecls('w')}>{paragraph}</w:p>"))
    return made


def found(made: docx.document.Document) -> Extracted:
    buffer = io.BytesIO()
    made.save(buffer)
    return read(buffer.getvalue())


@pytest.mark.parametrize(
    ("paragraph", "says"),
    [
        ('<w:del w:id="1" w:author="x"><w:r><w:delText>12</w:delText></w:r></w:del><w:ins w:id="2" w:author="x">'
         + run("14") + "</w:ins>" + run(" bateaux"), "14 bateaux"),
        ('<w:moveFrom w:id="1" w:author="x">' + run("Parti.") + "</w:moveFrom>" + run("Resté."), "Resté."),
        (run("Coût 1") + run("2", "<w:strike/>") + run("3", "<w:dstrike/>") + run("4", '<w:strike w:val="0"/>'),
         "Coût 14"),
        (run("Vu") + run("caché", "<w:vanish/>") + run("."), "Vu."),
        (run("En 2019") + run("1", '<w:vertAlign w:val="superscript"/>') + run(", 30 m")
         + run("2", '<w:vertAlign w:val="superscript"/>') + run(" de H") + run("2", '<w:vertAlign w:val="subscript"/>'),
         "En 2019¹, 30 m² de H2"),
        (run("Avant ") + BOX + run("après"), "Avant après"),
        ("<w:r><w:t>a</w:t><w:tab/><w:t>b</w:t><w:br/><w:t>c</w:t><w:noBreakHyphen/><w:t>d</w:t></w:r>",
         "a b c\u2011d"),
    ],
)  # fmt: skip
def test_a_paragraph_says_what_it_says_now(paragraph: str, says: str) -> None:
    assert found(document(paragraph)).text == says


def test_each_cell_is_said_once_whatever_is_in_it() -> None:
    made = document(run("Avant."))
    table = made.add_table(rows=2, cols=2)
    table.cell(0, 0).text, table.cell(0, 1).text, table.cell(1, 0).text = "Année", "Bateaux", "2021"
    inner = table.cell(1, 1).add_table(rows=1, cols=2)
    inner.cell(0, 0).text, inner.cell(0, 1).text = "douze", "treize"
    table.cell(0, 0).paragraphs[0]._p.append(parse_xml(BOX.replace("<w:r>", f"<w:r {nsdecls('w')}>", 1)))
    assert found(made).text == "Avant.\nAnnée\tBateaux\n2021\tdouze treize"


def test_heads_feet_and_notes_are_no_part_of_the_text() -> None:
    made = document(run("Le corps."))
    made.sections[0].header.paragraphs[0].text = "EN-TÊTE"
    made.sections[0].footer.paragraphs[0].text = "PIED"
    assert found(made).text == "Le corps."


@pytest.mark.parametrize(
    ("created", "modified", "date"),
    [((2023, 4, 5), (2023, 4, 6), "2023-04-05"), ((2026, 11, 22), (2026, 11, 22), None)],
    ids=["by hand", "by a converter, just now"],
)
def test_when_it_was_made_is_told_unless_a_program_turned_it_into_what_it_is(created, modified, date) -> None:
    made = document(run("Le corps."))
    made.core_properties.last_modified_by = "Jo"
    made.core_properties.created = datetime(*created, tzinfo=UTC)
    made.core_properties.modified = datetime(*modified, tzinfo=UTC)
    assert found(made).made == date
