"""The symbols: one drawing each, for the page's sprite and for the map's canvas.

Every symbol stands on a 24 by 24 square and is nothing but SVG path data, so that a browser's
`Path2D`, an SVG file and a printed sheet draw the very same shape. Colours are roles, never
numbers: `screens.css` paints the sprite, the map's JavaScript looks the role up in `tokens.css`.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from html import escape

VIEW_BOX = "0 0 24 24"


class Role(StrEnum):
    """What a stroke means; a theme decides its colour."""

    OPEN = "open"
    ASKED = "asked"
    BAD = "bad"
    GOOD = "good"
    LINE = "line"  # a thing's line drawing; the text's colour in a page
    BRAND = "brand"
    TURN = "turn"  # gold
    WHITE = "white"
    RIM = "rim"  # the dashed edge of an example


@dataclass(frozen=True, slots=True)
class Stroke:
    """One path. `width` is in units of the 24 square and counts only with `stroke`."""

    d: str
    fill: Role | None = None
    stroke: Role | None = None
    width: float = 0.0


def circle_path(cx: float, cy: float, r: float) -> str:
    """A circle as path data: two half arcs."""
    return f"M{cx - r:g} {cy:g}a{r:g} {r:g} 0 1 0 {2 * r:g} 0a{r:g} {r:g} 0 1 0 {-2 * r:g} 0z"


def box_path(x: float, y: float, width: float, height: float, *, corner: float) -> str:
    """A rectangle with round corners as path data."""
    across, down, arc = width - 2 * corner, height - 2 * corner, f"a{corner:g} {corner:g} 0 0 1"
    return (
        f"M{x + corner:g} {y:g}h{across:g}{arc} {corner:g} {corner:g}v{down:g}"
        f"{arc} {-corner:g} {corner:g}h{-across:g}{arc} {-corner:g} {-corner:g}v{-down:g}"
        f"{arc} {corner:g} {-corner:g}z"
    )


def _line(*paths: str, width: float = 1.8) -> tuple[Stroke, ...]:
    return tuple(Stroke(d, stroke=Role.LINE, width=width) for d in paths)


REPORT_SHAPES: Mapping[str, tuple[Stroke, ...]] = {
    "open": (Stroke(circle_path(12, 12, 8.4), fill=Role.OPEN),),
    "asked": (
        Stroke("M1.2 17.2a10.8 10.8 0 0 1 21.6 0z", fill=Role.ASKED),
        Stroke("M9.8 10.2a2.3 2.3 0 1 1 3.5 1.7c-.9.4-1.3.7-1.3 1.3", stroke=Role.WHITE, width=1.7),
        Stroke(circle_path(12.1, 15.5, 1.05), fill=Role.WHITE),
    ),
    "bad": (Stroke("M12 3 22 20.4H2z", fill=Role.BAD),),
    "good": (Stroke("m3.6 12.8 5.6 5.8L20.6 5.6", stroke=Role.GOOD, width=4.2),),
}

THINGS: Mapping[str, tuple[Stroke, ...]] = {
    "cabinet": _line(
        box_path(5.2, 4.4, 13.6, 10, corner=1.2), "M8 18.8v-4.4m8 4.4v-4.4M8.4 8h4m-4 3h7"
    ),
    "playground": _line("M4 20 8 4h8l4 16M9.6 4v10.4m4.8-10.4v10.4M8.4 14.6h7.2"),
    "sport_court": _line(circle_path(12, 12, 8), "M4 12h16M12 4v16"),
    "bench": _line("M3.6 8.2h16.8M3.6 12.4h16.8M6 12.4V19m12-6.6V19M5.2 5v3.2m13.6-3.2v3.2"),
    "bin": _line("M6.2 9h11.6l-1.2 11H7.4zM4.6 9h14.8M9 9c-.6-3 .6-5 3-5s3.6 2 3 5"),
    "sign": _line("M4.8 5h11l3.8 3.6-3.8 3.6h-11zM11 12.200v8.200M8 20.400h6M8 8.600h5"),
    "broken": _line(
        "M3.6 9.4h7l1.6 2.6-1.4 2.6H3.6z",
        "M20.4 7.6l-5.6 1.8-1 2.6 2.2 2 5.8-1.8",
    ),
    "dirty": _line(
        "M12 4c3 4 5.2 6.8 5.2 9.8a5.2 5.2 0 0 1-10.4 0C6.8 10.8 9 8 12 4z",
        "M4 20.4h16",
    ),
    "unsafe": _line("M12 5v9.400", width=2.600)
    + (Stroke(circle_path(12, 18.8, 1.5), fill=Role.LINE),),
    "missing": _line(
        "M8.4 4.4H5.2v3.2m10.4-3.2h3.2v3.2M5.2 16.4v3.2h3.2m10.4-3.2v3.2h-3.2",
        "M9.4 9.4l5.2 5.2m0-5.2-5.2 5.2",
    ),
    "closed": _line(
        box_path(5.6, 10.6, 12.8, 9.4, corner=1.6),
        "M8.400 10.400V7.800a3.600 3.600 0 0 1 7.200 0v2.600M12 14v2.600",
    ),
    "camera": _line(
        box_path(3.6, 7.2, 16.8, 12, corner=2),
        circle_path(12, 13.2, 3.4),
        "M8.600 7l1.200-2.400h4.400L15.400 7",
    ),
    "lamp": _line(
        "M7 20.4h6M10 20.4V7.6c0-2.2 1.6-3.6 3.6-3.6h3.8l1.4 4.4h-6.2M15 12v2m3.2-2 .8 1.8"
    ),
    "litter": _line(
        "M12 5.2c-1 1.6-4.8 3.6-5.8 8.4C5.4 17.6 7.6 20 12 20s6.6-2.4 5.8-6.4"
        "c-1-4.8-4.8-6.8-5.8-8.4zM9.2 3.6 12 5.2l2.8-1.6"
    ),
    "pavement": _line("M3.6 6h16.8v12H3.6zM3.6 12h16.8M9 6v6m6 0v6M13 6l-1.6 3 2 3"),
    "other": tuple(Stroke(circle_path(x, 12, 1.6), fill=Role.LINE) for x in (6, 12, 18)),
}

INTERFACE: Mapping[str, tuple[Stroke, ...]] = {
    "search": _line(circle_path(10.4, 10.4, 6.2), "m15 15 5.6 5.6"),
    "plus": _line("M12 4.5v15M4.5 12h15"),
    "minus": _line("M4.5 12h15"),
    "check": _line("m4.5 12.8 5 5L19.5 7", width=2.6),
    "back": _line("M19.5 12h-15m6.5-6.500L4.5 12l6.5 6.5"),
    "bell": _line(
        "M6 16.5c1.4-1.6 1.2-3.5 1.4-6a4.6 4.6 0 0 1 9.2 0c.2 2.5 0 4.4 1.4 6z"
        "M10 19.5c.8 1.3 3.2 1.3 4 0"
    ),
    "locate": (
        Stroke(circle_path(12, 12, 3.2), fill=Role.LINE),
        *_line(circle_path(12, 12, 7), "M12 2v3m0 14v3M2 12h3m14 0h3"),
    ),
    "layers": _line(
        "m12 3.8 8.4 4.400L12 12.6 3.6 8.200z",
        "M3.6 12.2 12 16.600l8.4-4.400M3.6 16.2 12 20.600l8.4-4.4",
    ),
    "example": (Stroke(circle_path(12, 12, 10), fill=Role.WHITE, stroke=Role.RIM, width=1.3),),
    "brand": (
        Stroke("M14.6 3.9 12 2.4 3.7 7.2v9.6l8.3 4.8 8.3-4.8V10", stroke=Role.BRAND, width=3.4),
        Stroke(circle_path(18.9, 5.2, 2.7), fill=Role.TURN, stroke=Role.BRAND, width=1.4),
    ),
}

SYMBOLS: Mapping[str, tuple[Stroke, ...]] = {**REPORT_SHAPES, **THINGS, **INTERFACE}

# The classes of screens.css, by what they paint: (fill, stroke, width).
_CLASSES: Mapping[tuple[Role | None, Role | None, float], str] = {
    (Role.OPEN, None, 0.0): "f-open",
    (Role.ASKED, None, 0.0): "f-asked",
    (Role.BAD, None, 0.0): "f-bad",
    (None, Role.GOOD, 4.2): "l-good",
    (None, Role.LINE, 1.8): "p",
    (Role.LINE, None, 0.0): "pf",
    (None, Role.BRAND, 3.4): "mk",
    (Role.TURN, Role.BRAND, 1.4): "md",
    (Role.WHITE, Role.RIM, 1.3): "ex",
}

# Where screens.css has no class for it, an attribute says the same (a stylesheet would win).
_PAINT: Mapping[Role, str] = {Role.WHITE: "#fff", Role.LINE: "currentColor"}


def symbol_svg(name: str) -> str:
    """One `<symbol id="s-NAME">` for a sprite; carries classes, never a style attribute."""
    paths = "".join(_path_svg(stroke) for stroke in SYMBOLS[name])
    return f'<symbol id="s-{escape(name)}" viewBox="{VIEW_BOX}">{paths}</symbol>'


def sprite_svg(names: Iterable[str] = tuple(SYMBOLS)) -> str:
    """A hidden sprite of `names`; a page uses them as `<use href="#s-NAME"/>`."""
    symbols = "".join(symbol_svg(name) for name in names)
    return f'<svg width="0" height="0" class="spr" aria-hidden="true">{symbols}</svg>'


def symbology(
    names: Iterable[str] = (*REPORT_SHAPES, *THINGS),
) -> dict[str, list[dict[str, str | float]]]:
    """The same drawings for a canvas, ready for JSON: path data and roles, never a colour."""
    return {name: [_path_json(stroke) for stroke in SYMBOLS[name]] for name in names}


def _path_svg(stroke: Stroke) -> str:
    css_class = _CLASSES.get((stroke.fill, stroke.stroke, stroke.width))
    if css_class is not None:
        return f'<path d="{stroke.d}" class="{css_class}"/>'
    fill = _PAINT[stroke.fill] if stroke.fill else "none"
    if stroke.stroke is None:
        return f'<path d="{stroke.d}" fill="{fill}"/>'
    return (
        f'<path d="{stroke.d}" fill="{fill}" stroke="{_PAINT[stroke.stroke]}"'
        f' stroke-width="{stroke.width:g}" stroke-linecap="round" stroke-linejoin="round"/>'
    )


def _path_json(stroke: Stroke) -> dict[str, str | float]:
    drawing: dict[str, str | float] = {"d": stroke.d}
    if stroke.fill:
        drawing["fill"] = stroke.fill.value
    if stroke.stroke:
        drawing["stroke"] = stroke.stroke.value
        drawing["width"] = stroke.width
    return drawing
