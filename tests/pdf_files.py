"""PDF files written by hand, a line of text at a time, so that a test knows where each word stands."""

from __future__ import annotations

from collections.abc import Sequence

WIDTH, HEIGHT = 595, 842
Line = tuple[float, float, str]
"""How far from the left and from the bottom, in points, and what it says."""


def pdf(
    pages: Sequence[Sequence[Line]], title: str = "", size: float = 10, turned: bool = False, picture: bool = False
) -> bytes:
    """Return a file of these pages, in Helvetica; `picture` puts a grey image on each.

    Those of a turned file lie on their side and are shown upright, as landscape pages often are.
    """
    count = len(pages)
    image = 4
    first = 5
    kids = " ".join(f"{first + 2 * number} 0 R" for number in range(count))
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        f"<< /Type /Pages /Kids [{kids}] /Count {count} >>".encode(),
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>",
        stream(
            b"/Type /XObject /Subtype /Image /Width 1 /Height 1 /ColorSpace /DeviceGray /BitsPerComponent 8", b"\x80"
        ),
    ]
    for number, lines in enumerate(pages):
        drawn = b"".join(
            b"BT /F1 %g Tf %s Tm (%s) Tj ET\n" % (size, matrix(left, bottom, turned), escaped(text))
            for left, bottom, text in lines
        )
        if picture:
            drawn += b"q 400 0 0 400 50 50 cm /Im Do Q\n"
        rotate = " /Rotate 90" if turned else ""
        objects += [
            f"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 {WIDTH} {HEIGHT}]{rotate} /Contents {first + 2 * number + 1}"
            f" 0 R /Resources << /Font << /F1 3 0 R >> /XObject << /Im {image} 0 R >> >> >>".encode(),
            stream(b"", drawn),
        ]
    objects.append(b"<< /Title (%s) >>" % escaped(title))
    return assembled(objects)


def assembled(objects: Sequence[bytes]) -> bytes:
    """Return a file of objects, numbered from 1; the first is the catalogue, the last says the title."""
    data, places = b"%PDF-1.7\n", []
    for number, each in enumerate(objects, start=1):
        places.append(len(data))
        data += b"%d 0 obj\n%s\nendobj\n" % (number, each)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    trailer = b"trailer\n<< /Size %d /Root 1 0 R /Info %d 0 R >>" % (len(objects) + 1, len(objects))
    return data + b"xref\n0 %d\n0000000000 65535 f \n%s%s\nstartxref\n%d\n%%%%EOF\n" % (
        len(objects) + 1,
        table,
        trailer,
        len(data),
    )


def matrix(left: float, bottom: float, turned: bool) -> bytes:
    return b"0 1 -1 0 %g %g" % (WIDTH - bottom, left) if turned else b"1 0 0 1 %g %g" % (left, bottom)


def stream(header: bytes, data: bytes) -> bytes:
    return b"<< %s /Length %d >>\nstream\n%s\nendstream" % (header, len(data), data)


def escaped(text: str) -> bytes:
    return text.encode("cp1252").replace(b"\\", b"\\\\").replace(b"(", b"\\(").replace(b")", b"\\)")


def column(left: float, top: float, lines: Sequence[str], step: float = 12) -> list[Line]:
    """Return lines one below the other."""
    return [(left, top - step * number, text) for number, text in enumerate(lines)]
