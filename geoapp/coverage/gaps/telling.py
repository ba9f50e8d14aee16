"""An answer as rows that everybody may read: what files, tables and notebooks hold of it.

Of fewer than `LEAST_TOLD` nothing is told by number, in no row: where a part of a buurt is too
small to tell, its squares do not tell how many they hold either. Names of columns are English
wherever they are read. Pure.
"""

from collections.abc import Iterator
from datetime import date, datetime
from math import isfinite
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np

from geoapp.coverage.gaps.counting import (
    LEAST_TOLD,
    Counts,
    Told,
    hide_in_sum,
    tell_all,
    tells_hundred,
)
from geoapp.coverage.gaps.findings import Finding, Line
from geoapp.coverage.gaps.questions import PLATFORM
from geoapp.coverage.gaps.worlds import Nearness

Row = dict[str, Any]
AREA_COLUMNS = (
    "code",
    "name",
    "slug",
    "all",
    "near",
    "far",
    "unknown",
    "near_of_100",
    "far_of_100",
    "unknown_of_100",
    "known",
    "known_by",
    "known_on",
    "note",
    "platforms",
    "counter_view",
    "kind",
    "need",
    "need_year",
    "norm",
    "distance_m",
    "at",
    "source",
    "made_on",
    "is_example",
)
SQUARE_COLUMNS = (
    "column",
    "row",
    "area_code",
    "answer",
    "distance_m",
    "reach_m",
    "nearest",
    "amount",
)
THING_COLUMNS = ("code", "name", "counts", "hours", "is_example")
HIDDEN = (
    f"Numbers from 1 to {LEAST_TOLD - 1} are left empty; so is the largest other number of that "
    "line, and how many live in its squares."
)


def tell_areas(finding: Finding, *, now: datetime) -> list[Row]:
    """A row for every buurt, from A to Z, by `AREA_COLUMNS`."""
    asked = {
        "kind": finding.question.kind,
        "need": finding.need.code,
        "need_year": finding.need.year,
        "norm": name_norm(finding),
        "at": str(finding.question.at or ""),
        "source": "; ".join(_name_source(one.name, one.licence) for one in finding.sources),
        "made_on": find_day(finding, now).isoformat(),
    }
    reach = _find_reach(finding)
    zone = ZoneInfo(finding.place.time_zone)
    return [
        _sort(_tell_area(line, zone) | asked | {"distance_m": reach[i]}, AREA_COLUMNS)
        for i, line in enumerate(finding.lines)
    ]


def _tell_area(line: Line, zone: ZoneInfo) -> Row:
    said_at = line.known.said_at
    said_on = said_at.astimezone(zone).date().isoformat() if said_at else None
    return {
        "code": line.code,
        "name": line.name,
        "slug": line.slug,
        **tell_counts(line.counts),
        "known": line.known.known.value,
        "known_by": line.known.by,
        "known_on": said_on,
        "note": line.known.note,
        "platforms": "; ".join(one.name for one in line.platforms),
        "counter_view": " | ".join(
            f"{one.name}{' (example)' if one.is_example else ''}, "
            f"{one.said_at.astimezone(zone).date().isoformat()}: {' '.join(one.words.split())}"
            for one in line.views
        ),
        "is_example": line.has_examples or line.known.is_example,
    }


def tell_counts(counts: Counts) -> Row:
    """How many of all are near, far and unknown, and of a hundred; None where it is not told."""
    told = counts.rounded()
    if told.is_small(told.all):
        return dict.fromkeys(("all", *_PARTS, *_SHARES))
    shares = (None,) * 3 if told.hides else counts.of_hundred()
    return {
        "all": told.all,
        **dict(zip(_PARTS, told.told(), strict=True)),
        **dict(zip(_SHARES, shares, strict=True)),
    }


_PARTS = tuple(answer.name.lower() for answer in Nearness)
_SHARES = tuple(f"{part}_of_100" for part in _PARTS)


def tell_squares(finding: Finding) -> list[Row]:
    """A row for every square in every buurt it lies in, by `SQUARE_COLUMNS`: its column and row in
    the grid of 100 m of the district's metric system."""
    world, measured = finding.world, finding.measured
    silent = [not _tells_all(line.counts.rounded()) for line in finding.lines]
    rows = []
    for i in range(len(world.xy)):
        ground, nearest = int(world.ground_of[i]), int(measured.nearest[i])
        amount, distance = float(world.amounts[i]), float(measured.distance_m[i])
        is_told = amount >= LEAST_TOLD and not silent[ground]
        rows.append(
            {
                "column": int(finding.columns[i]),
                "row": int(finding.rows[i]),
                "area_code": world.grounds[ground].code,
                "answer": _PARTS[int(finding.answers[i])],
                "distance_m": round(distance, 1) if isfinite(distance) else None,
                "reach_m": round(float(world.reach_m[i]), 1),
                "nearest": world.things[nearest].code if nearest >= 0 else None,
                "amount": round(amount, 1) if is_told else None,
            }
        )
    return rows


def _tells_all(told: Told) -> bool:
    return not told.hides and not told.is_small(told.all)


def tell_things(finding: Finding) -> list[Row]:
    """A row for everything that is looked for, in the order of the world, by `THING_COLUMNS`."""
    is_timed = finding.at is not None
    hours = {None: "not known", True: "open", False: "closed"}
    return [
        {
            "code": thing.code,
            "name": thing.name,
            "counts": thing.counts,
            "hours": hours[thing.is_open] if is_timed else "",
            "is_example": thing.is_example,
        }
        for thing in finding.world.things
    ]


def tell_about(finding: Finding, *, now: datetime) -> dict[str, str]:
    """What was asked and how it was answered, item by item."""
    need, whole = finding.need, _tell_whole(finding)
    told = {
        "question": "&".join(f"{key}={word}" for key, word in finding.question.to_values().items()),
        "answer": say_answer(finding),
        "district": finding.place.full_name,
        **{
            f"count_{name}": "" if whole[name] is None else str(whole[name])
            for name in ("all", *_PARTS)
        },
        "hidden": HIDDEN,
        "need": " ".join(filter(None, (name_need(finding), str(need.year or "")))),
        "need_source": _name_source(need.source, need.licence),
        "need_rounded_to": str(need.rounded_to or ""),
        **dict(_tell_norm(finding)),
        "at": str(finding.question.at or "at any time"),
        "at_utc": finding.at.isoformat() if finding.at else "",
        "method": say_method(finding),
        "made_on": find_day(finding, now).isoformat(),
        "coordinate_system": f"EPSG:{finding.place.metric_srid}",
    }
    for number, source in enumerate(finding.sources, start=1):
        day = f", {source.on.isoformat()}" if source.on else ""
        example = " (examples)" if source.is_example else ""
        said = f"{_name_source(source.name, source.licence)}{day}: {source.count}{example}"
        told[f"source_{number}"] = said
    return told


def _tell_whole(finding: Finding) -> Row:
    """The sums, without what would tell the one number that the lines hide."""
    whole = finding.whole.rounded()
    lines = [line.counts.rounded() for line in finding.lines]
    listed = [line for line in lines if not line.is_small(line.all)]
    parts = hide_in_sum(whole, listed, left_out=len(lines) - len(listed))
    told = {**tell_counts(finding.whole), **dict(zip(_PARTS, parts, strict=True))}
    return {**told, "all": tell_all(whole, lines)}


def _tell_norm(finding: Finding) -> Iterator[tuple[str, str]]:
    norm = finding.norm
    yield "norm", name_norm(finding)
    yield "distance_m", str(finding.distance_m)
    yield "own_norms", "; ".join(f"{one.name}: {one.distance_m} m" for one in finding.own)
    if norm is not None:
        yield "norm_version", str(norm.version)
        yield "norm_since", norm.starts_on.isoformat()
        yield "norm_owners", norm.owners.get("en") or next(iter(norm.owners.values()), "")
        yield "norm_source", norm.source
        yield "norm_text", norm.source_text


def say_answer(finding: Finding) -> str:
    """The answer in one sentence."""
    near, far, unknown = finding.whole.of_hundred()
    told = finding.whole.rounded()
    if not told.all:
        return "Nobody is counted here."
    if not tells_hundred(finding.whole):
        return "Too few live here to say it of 100."
    return f"Of 100 {name_need(finding)}: {near} near, {far} not near, {unknown} we do not know."


def say_method(finding: Finding) -> str:
    """How it was reckoned, in sentences."""
    method = finding.method
    if finding.question.kind == PLATFORM:
        return "Near is who lives in the area of a platform."
    said = [f"A straight line times {method.detour:g}."]
    if method.network is not None:
        source = _name_source(method.network.source, method.network.licence)
        said = [f"Along paths: {source}, version {method.network.version}."]
        if method.squares_off or method.things_off:
            said.append(
                f"For {method.squares_off} squares and {method.things_off} places off the paths "
                f"a straight line times {method.detour:g}."
            )
    said.append("From the middle of each square of 100 m to the nearest place, or its edge.")
    if finding.at is not None:
        said.append(
            f"Of {method.things} places {method.closed} are closed then and do not count; of "
            f"{method.without_hours} nobody knows when they are open, and they count."
        )
    if method.out_of_order:
        said.append(f"{method.out_of_order} places are out of order and do not count.")
    said.append("Where it is not known whether all places are on the map, the answer is unknown.")
    return " ".join(said)


def name_need(finding: Finding) -> str:
    """Who is asked about."""
    need = finding.need
    return need.name.get("en") or next(iter(need.name.values()), need.code.replace("_", " "))


def name_norm(finding: Finding) -> str:
    """The norm with its band and version, or the distance."""
    if finding.norm is None or finding.band is None:
        return f"{finding.distance_m} m"
    return f"{finding.norm.code}:{finding.band.code} (version {finding.norm.version})"


def find_day(finding: Finding, now: datetime) -> date:
    """The day it is in the district."""
    return now.astimezone(ZoneInfo(finding.place.time_zone)).date()


def _name_source(source: str, licence: str) -> str:
    return f"{source} ({licence})" if licence else source


def _find_reach(finding: Finding) -> list[float | None]:
    """Of every buurt how far is near; None where that differs within it, or there is no such
    distance."""
    if finding.question.kind == PLATFORM:
        return [None] * len(finding.lines)
    found: list[float | None] = []
    for i in range(len(finding.lines)):
        mine = np.unique(finding.world.reach_m[finding.world.ground_of == i])
        found.append(float(finding.distance_m) if len(mine) == 0 else None)
        if len(mine) == 1:
            found[-1] = float(mine[0])
    return found


def _sort(row: Row, columns: tuple[str, ...]) -> Row:
    return {name: row[name] for name in columns}
