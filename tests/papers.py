"""What is read back from paper: the words of a PDF, and whether a screen reader can read it."""

from collections.abc import Iterator
from io import BytesIO
from typing import Any

import pikepdf
from pypdf import PdfReader


def words_on(paper: bytes) -> str:
    pages = PdfReader(BytesIO(paper)).pages
    return " ".join(" ".join(page.extract_text() for page in pages).split())


def list_figures(node: Any) -> Iterator[str]:
    """The alternative texts of a PDF's pictures."""
    if isinstance(node, pikepdf.Array):
        for part in node.as_list():
            yield from list_figures(part)
    elif isinstance(node, pikepdf.Dictionary):
        if node.get("/S") == "/Figure":
            yield str(node.get("/Alt", ""))
        if "/K" in node:
            yield from list_figures(node.K)


def check_tagged(paper: bytes, *, title: str, size: tuple[int, int]) -> list[str]:
    """A PDF that a screen reader can read, every page of a size; what its pictures are called."""
    with pikepdf.open(BytesIO(paper)) as pdf:
        assert pdf.check_pdf_syntax() == []
        for page in pdf.pages:
            _, _, right, top = (float(edge) for edge in page.mediabox.as_list())
            assert (round(right), round(top)) == size
        assert pdf.Root.MarkInfo.Marked
        assert str(pdf.Root.Lang) == "nl"
        assert pdf.Root.ViewerPreferences.DisplayDocTitle
        with pdf.open_metadata() as told:
            assert told["pdfuaid:part"] == "1"
            assert str(told["dc:title"]) == title
        return list(list_figures(pdf.Root.StructTreeRoot.K))
