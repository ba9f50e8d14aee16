"""An answer about gaps in lines for whoever asks at a command line: in a sentence, the best spots,
how crowded and how even it is, and as a file."""

import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from math import isfinite
from pathlib import Path
from threading import Event, Thread

import numpy as np
from sqlalchemy.orm import Session

from geoapp.coverage.gaps.counting import LEAST_TOLD
from geoapp.coverage.gaps.crowding import find_crowding
from geoapp.coverage.gaps.equity import find_equity
from geoapp.coverage.gaps.exact import LIMIT_S, choose_exactly
from geoapp.coverage.gaps.findings import Finding
from geoapp.coverage.gaps.frames import shapes_of_areas
from geoapp.coverage.gaps.proposing import Proposal, Proposed, propose, tell
from geoapp.coverage.gaps.questions import Question
from geoapp.coverage.gaps.reading import find_gaps
from geoapp.coverage.gaps.spots import More, check_wanted, find_spots
from geoapp.coverage.gaps.telling import name_need, say_answer
from geoapp.districts.queries import get_district
from geoapp.errors import Invalid
from geoapp.exchange.gap_files import GAP_WRITERS, GapWriter

Say = Callable[[str], object]
# How often whoever waits is told how long it has been.
TICK_S = 5.0
WHY_NONE = {
    "no_plans": "there is no plan with a spot for this; try --spots grid",
    "not_known": "nobody knows what stands there",
    "nobody_far": "wherever it is known what stands there, everybody has one near",
    "too_far": "none of the spots is near anybody who has nothing near now",
}


@dataclass(frozen=True)
class Order:
    """What somebody wants to know: a question, and what beside its answer; no spots if `more` is
    None."""

    district: str
    question: Question
    more: More | None = None
    is_exact: bool = False
    with_crowding: bool = False
    with_equity: bool = False
    out: Path | None = None
    limit_s: float = LIMIT_S


def find_writer(out: Path) -> GapWriter:
    """How a file of this name is written.

    Raises:
        Invalid: its end is that of no format, or its folder is not there.
    """
    if not out.parent.is_dir():
        raise Invalid("There is no folder {folder}.", field="out", folder=out.parent)
    writer = GAP_WRITERS.get(out.suffix)
    if writer is None:
        ends = ", ".join(GAP_WRITERS)
        raise Invalid("Give the file a name that ends in {ends}.", field="out", ends=ends)
    return writer


def answer(session: Session, order: Order, *, now: datetime, say: Say) -> Iterator[str]:
    """Lines of the answer, the first a sentence; `say` is told how it goes. The file is written
    before the last line.

    Raises:
        NotFound: there is no such district, layer of need or norm.
        Invalid: the question cannot be asked, or the file not written.
    """
    writer = find_writer(order.out) if order.out else None
    if order.more:
        check_wanted(order.question.kind)
    place = get_district(session, slug=order.district)
    say("Reading who lives where, what stands there and how far it is.")
    finding = find_gaps(session, place=place, question=order.question, now=now)
    say(f"{len(finding.world.xy)} squares, {len(finding.world.things)} places.")
    yield say_answer(finding)
    if order.more:
        yield from _tell_best(session, finding, order, order.more, say)
    if order.with_crowding:
        say("Counting how many share each place.")
        yield from _tell_crowding(finding)
    if order.with_equity:
        say("Measuring how even it is.")
        yield from _tell_equity(finding)
    if order.out is not None and writer is not None:
        say(f"Writing {order.out}.")
        shapes = shapes_of_areas(session, finding)
        put_file(order.out, writer.write(finding, shapes=shapes, now=now))
        yield f"{order.out}: {len(finding.lines)} neighbourhoods."


def put_file(path: Path, content: bytes) -> None:
    """Write a file beside, and put it in its place when it is whole.

    Raises:
        Invalid: it cannot be written.
    """
    part = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        try:
            part.write_bytes(content)
            part.replace(path)
        finally:
            part.unlink(missing_ok=True)
    except OSError as error:
        reason = error.strerror or error
        raise Invalid(
            "{path} cannot be written: {reason}.", field="out", path=path, reason=reason
        ) from error


# -- The best spots ------------------------------------------------------------------------------


def _tell_best(
    session: Session, finding: Finding, order: Order, more: More, say: Say
) -> Iterator[str]:
    spots = find_spots(session, finding=finding, whence=more.whence)
    say(f"Weighing {len(spots.xy)} spots.")
    quick = propose(session, finding=finding, more=more, spots=spots)
    yield from _tell_spots(finding, quick)
    if not order.is_exact or quick.why:
        return
    began = time.monotonic()
    with _ticking(say, order.limit_s):
        exact = choose_exactly(
            finding.world, finding.measured, spots, more.count, limit_s=order.limit_s
        )
    say(f"{time.monotonic() - began:.1f} s.")
    gain = round(exact.choice.amount - quick.proposals[-1].together)
    if gain < 1:
        sure = "this is proven" if exact.is_proven else "none better was found in time"
        yield f"No other choice does more: {sure}."
        return
    yield f"Reckoned exactly: {_say_few(gain)} more than one after the other."
    most = tell(session, finding=finding, more=more, spots=spots, choice=exact.choice)
    yield from _tell_spots(finding, most)
    if not exact.is_proven:
        yield f"No choice can do more than {round(exact.bound)}; it was not proven in time."


def _tell_spots(finding: Finding, more: Proposed) -> Iterator[str]:
    if more.why:
        yield f"No spot is proposed: {WHY_NONE[more.why.value]}."
    whom = name_need(finding)
    for number, one in enumerate(more.proposals, start=1):
        title = f" ({one.item.title})" if one.item else ""
        yield (
            f"{number}. {one.lat:.5f}, {one.lon:.5f}{title}: near for "
            f"{_say_few(round(one.amount))} more {whom}, together {_say_together(one)}."
        )
    for change in (*more.neighbourhoods, *more.buurten):
        before, after = change.before.rounded(), change.after.rounded()
        first, last = before.told()[0], after.told()[0]
        gain = after.near - before.near
        if first is None or last is None or gain < LEAST_TOLD:
            yield f"   {change.name}: a few more."
        else:
            yield f"   {change.name}: near for {first}, then for {last}."


def _say_together(one: Proposal) -> str:
    # Beside one that is not told, together would tell it.
    return _say_few(round(one.together)) if round(one.amount) >= LEAST_TOLD else "not told"


def _say_few(number: int) -> str:
    return f"fewer than {LEAST_TOLD}" if 0 <= number < LEAST_TOLD else str(number)


@contextmanager
def _ticking(say: Say, limit_s: float) -> Iterator[None]:
    """Tells how long it has been, for as long as the block takes."""
    ended = Event()

    def tick() -> None:
        past = 0.0
        while not ended.wait(TICK_S):
            past += TICK_S
            say(f"Reckoning exactly: {past:.0f} of at most {limit_s:.0f} seconds.")

    say(f"Reckoning exactly: at most {limit_s:.0f} seconds.")
    thread = Thread(target=tick, daemon=True)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()


# -- Crowded and even ------------------------------------------------------------------------------


def _tell_crowding(finding: Finding) -> Iterator[str]:
    """The places that most people share, by the method of `coverage.gaps.crowding`."""
    crowding = find_crowding(finding.world)
    order = np.argsort(-crowding.demand, kind="stable")[:5]
    yield f"How many {name_need(finding)} share each place, the most crowded first:"
    for index in order.tolist():
        thing, demand = finding.world.things[index], round(float(crowding.demand[index]))
        yield f"   {thing.name} ({thing.code}): {_say_few(demand)}"


def _tell_equity(finding: Finding) -> Iterator[str]:
    """How even it is, by the measures of `coverage.gaps.equity`."""
    equity = find_equity(finding.world, finding.measured)
    yield "How even it is, where it is known what stands there:"
    for said, value in (
        ("near, of all", equity.share_near),
        ("near, in the neighbourhood with the least", equity.least_share),
        ("near, in the neighbourhood with the most", equity.most_share),
    ):
        yield f"   {said}: {'not known' if value is None else f'{value:.0%}'}"
    for said, metres in (("half have", equity.middle_m), ("90 of 100 have", equity.ninetieth_m)):
        yield f"   {said} at most: {_say_metres(metres)}"
    gini = "not known" if equity.gini is None else f"{equity.gini:.2f}"
    yield f"   Gini of the distance (0 is even): {gini}"


def _say_metres(metres: float | None) -> str:
    if metres is None or not isfinite(metres):
        return "nothing is there for them" if metres is not None else "not known"
    return f"{metres:.0f} m"
