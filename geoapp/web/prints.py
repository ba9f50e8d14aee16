"""Paper: a page of HTML becomes a tagged PDF (PDF/UA-1), with symbols and codes drawn into it. The
one room for WeasyPrint, which comes with the extra `print`.

Never here: what is printed, or for whom.
"""

import base64
import re
from collections.abc import Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from types import ModuleType

import segno
from flask import current_app
from markupsafe import Markup

from geoapp.edge import open_session, sender_subject, wiring
from geoapp.errors import NotInstalled
from geoapp.geo.symbol import SYMBOLS, VIEW_BOX, Role
from geoapp.ledger.actions import count_use
from geoapp.ledger.rules import EVERYONE, Limit

# Which of the brand's colours each role has on paper.
COLOURS: Mapping[Role, str] = {
    Role.OPEN: "blue",
    Role.ASKED: "magenta",
    Role.BAD: "vermilion",
    Role.GOOD: "teal",
    Role.LINE: "ink",
    Role.BRAND: "plum-9",
    Role.TURN: "gold",
    Role.WHITE: "white",
    Role.RIM: "grey-5",
}
_COLOUR = re.compile(r"--b-([a-z0-9-]+):(#[0-9a-f]{3,6})")


# Paper costs a core some seconds: a robot gets no more of it than a neighbourhood needs.
PAPERS_OF_ONE = Limit("papers_of_one", most=40, window_s=3600)
PAPERS_OF_ALL = Limit("papers_of_all", most=600, window_s=3600)


def count_paper() -> None:
    """Before anything is printed for whoever asks.

    Raises:
        TooMany: they, or all together, have had enough of it within an hour.
    """
    now = wiring().clock()
    with open_session() as session:
        count_use(session, limit=PAPERS_OF_ONE, subject=sender_subject(), now=now)
        count_use(session, limit=PAPERS_OF_ALL, subject=EVERYONE, now=now)


def print_pdf(html: str, *, styles: Sequence[str]) -> bytes:
    """A whole page of HTML on paper, in the `styles` of these files of ours. Its title and language
    are those of the HTML; of pictures only `data:` is read, nothing outside and no file.

    Raises:
        NotInstalled: the extra, or what it needs of the system, is not there.
    """
    weasyprint = _load()
    fetcher = weasyprint.urls.URLFetcher(allowed_protocols=("data",), allow_redirects=False)
    sheets = [
        weasyprint.CSS(string=_read_style(name), url_fetcher=fetcher)
        for name in ("css/tokens.css", *styles)
    ]
    page = weasyprint.HTML(string=html, url_fetcher=fetcher)
    made: bytes = page.write_pdf(stylesheets=sheets, pdf_variant="pdf/ua-1", pdf_tags=True)
    return made


def _load() -> ModuleType:
    # It takes a second or two, and most processes never print. An OSError: Pango is missing.
    try:
        import weasyprint  # noqa: PLC0415  see above
        import weasyprint.urls  # noqa: PLC0415  see above
    except (ImportError, OSError) as error:
        raise NotInstalled(
            "No PDF can be made on this installation: its operator can add the extra print. "
            "The CSV file has the same list."
        ) from error
    module: ModuleType = weasyprint
    return module


def draw_code(address: str) -> str:
    """A QR code of an address, as the source of an image."""
    return segno.make(address, error="m").svg_data_uri(border=2, dark="#000")


def draw_code_path(address: str) -> tuple[str, int]:
    """A QR code of an address as the path of its dark modules, one unit each, and how many units
    wide it is. It stands up to some dirt; whoever draws it leaves four units free all round."""
    code = segno.make(address, error="q", boost_error=False)
    modules = [
        f"M{x} {y}h1v1h-1z"
        for y, row in enumerate(code.matrix)
        for x, dark in enumerate(row)
        if dark
    ]
    return "".join(modules), len(code.matrix)


def draw_symbol(name: str) -> str:
    """A symbol in its own colours, as the source of an image."""
    drawing = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="{VIEW_BOX}">{_draw(name)}</svg>'
    return f"data:image/svg+xml;base64,{base64.b64encode(drawing.encode()).decode()}"


def draw_paths(name: str) -> Markup:
    """A symbol in its own colours, as paths of a drawing."""
    return Markup(_draw(name))  # noqa: S704  our own symbols


def read_colours() -> Mapping[str, str]:
    """The brand's colours by name, for a drawing that no style sheet reaches."""
    return dict(_COLOUR.findall(_read_style("css/tokens.css")))


def _draw(name: str) -> str:
    colours = {role: read_colours()[called] for role, called in COLOURS.items()}
    return "".join(
        f'<path d="{stroke.d}" fill="{colours[stroke.fill] if stroke.fill else "none"}"'
        + (
            f' stroke="{colours[stroke.stroke]}" stroke-width="{stroke.width:g}"'
            ' stroke-linecap="round" stroke-linejoin="round"/>'
            if stroke.stroke
            else "/>"
        )
        for stroke in SYMBOLS[name]
    )


def _read_style(name: str) -> str:
    folder: Path = current_app.config["STATIC_DIR"]
    return _read(folder / name)


@lru_cache(maxsize=8)
def _read(path: Path) -> str:
    return path.read_text(encoding="utf-8")
