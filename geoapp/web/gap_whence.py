"""Where a gap's figures come from, in sentences: sources, who is asked about, how it was reckoned,
by whose norm. It stands open on the page and in every copy of it."""

from collections.abc import Iterator
from dataclasses import dataclass

from geoapp.completeness.rules import Known
from geoapp.coverage.gaps.counting import tell_all
from geoapp.coverage.gaps.findings import Finding, SourceFacts
from geoapp.coverage.gaps.questions import PLATFORM
from geoapp.needs.rules import Counted
from geoapp.norms.queries import NormFacts
from geoapp.web import gap_words, words
from geoapp.web.gap_asking import say_when
from geoapp.web.gap_lines import count_known
from geoapp.web.language import gettext, ngettext
from geoapp.web.page import Page


@dataclass(frozen=True)
class Quote:
    """Words of somebody else, in their own language."""

    words: str
    language: str


@dataclass(frozen=True)
class Fact:
    """One thing that is told of a figure, in sentences."""

    about: str
    lines: tuple[str, ...]
    quote: Quote | None = None


def list_facts(page: Page, finding: Finding) -> list[Fact]:
    """All there is to say of it."""
    facts = [
        Fact(gettext("Source"), tuple(_say_sources(finding))),
        Fact(gap_words.say_unit(finding.need), tuple(_say_need(finding))),
        Fact(gettext("Date"), (words.say_day(page.today),)),
        Fact(gettext("How is it counted?"), tuple(_say_method(finding))),
    ]
    if finding.question.kind != PLATFORM:
        facts.append(Fact(gettext("When?"), tuple(_say_time(finding))))
    if finding.norm is not None:
        facts.append(_say_norm(finding.norm))
    facts.append(Fact(gettext("Areas"), (page.place.attribution,)))
    return facts


def _say_sources(finding: Finding) -> Iterator[str]:
    if finding.question.kind == PLATFORM:
        yield gettext("Platforms themselves say where they are active.")
        return
    if not finding.sources:
        yield gettext("Nothing of this kind is on the map.")
    for source in finding.sources:
        yield _say_source(source)
    known = count_known(finding)
    if known[Known.PARTIAL]:
        yield ngettext(
            "In %(num)s neighbourhood a part is on the map: there may be more than we count.",
            "In %(num)s neighbourhoods a part is on the map: there may be more than we count.",
            known[Known.PARTIAL],
        )
    if known[Known.UNKNOWN]:
        yield ngettext(
            'In %(num)s neighbourhood nobody has a list: there we say "we do not know".',
            'In %(num)s neighbourhoods nobody has a list: there we say "we do not know".',
            known[Known.UNKNOWN],
        )


def _say_source(source: SourceFacts) -> str:
    if source.is_example:
        return gettext("Example: %(count)s, made up.", count=words.say_number(source.count))
    name = source.name or gettext("This map itself")
    if source.licence:
        name = f"{name} ({source.licence})"
    if source.on:
        name = gettext("%(source)s, as of %(day)s", source=name, day=words.say_day(source.on))
    count = words.say_number(source.count)
    return gettext("%(source)s: %(count)s.", source=name, count=count)


def _say_need(finding: Finding) -> Iterator[str]:
    need = finding.need
    if not need.source:
        yield gettext("Nobody has figures of who lives here.")
        return
    told = [gap_words.say_need(need), need.source, str(need.year or "")]
    yield ", ".join(part for part in told if part) + "."
    if need.rounded_to:
        yield gettext("Rounded to %(number)s by the source.", number=need.rounded_to)
    if need.is_planned:
        yield gettext("They are planned, and are not there yet.")
    if need.code in set(Counted):
        yield gettext(
            "Nobody says where in a neighbourhood they live: every part of it counts the same."
        )
    count = tell_all(finding.whole.rounded(), [line.counts.rounded() for line in finding.lines])
    if count is not None:
        yield gettext("%(count)s in all.", count=words.say_number(count))
    squares = words.say_number(len(finding.answers))
    yield gettext("In %(squares)s squares of 100 metres.", squares=squares)
    if need.is_example:
        yield gettext("These figures are an example, made up.")


def _say_method(finding: Finding) -> Iterator[str]:
    method = finding.method
    if finding.question.kind == PLATFORM:
        yield gettext("Near is who lives inside the area of a platform.")
        return
    metres = gap_words.say_metres(finding.distance_m)
    if method.network is None:
        yield gettext(
            "A straight line times %(times)s. That is a guess of %(metres)s of walking.",
            times=words.say_decimal(method.detour),
            metres=metres,
        )
    else:
        yield gettext("Near is %(metres)s or less, along the paths.", metres=metres)
        yield gettext(
            "Paths: %(source)s (%(licence)s).",
            source=method.network.source,
            licence=method.network.licence,
        )
    if method.squares_off or method.things_off:
        yield gettext(
            "%(squares)s squares and %(places)s places lie off the paths: for them a straight line "
            "times %(times)s.",
            squares=words.say_number(method.squares_off),
            places=words.say_number(method.things_off),
            times=words.say_decimal(method.detour),
        )
    if finding.own:
        names = ", ".join(f"{own.name} ({own.distance_m} m)" for own in finding.own)
        yield ngettext(
            "%(num)s area has agreed on another distance: %(names)s.",
            "%(num)s areas have agreed on another distance: %(names)s.",
            len(finding.own),
            names=names,
        )


def _say_time(finding: Finding) -> Iterator[str]:
    method = finding.method
    at = finding.question.at
    if at is None:
        yield gettext("At any time: when a place opens and closes does not count.")
    else:
        yield say_when(at) + "."
        if finding.at is not None:
            zone = finding.place.time_zone
            yield gettext("Reckoned for %(day)s.", day=words.say_moment(finding.at, time_zone=zone))
        yield ngettext(
            "%(num)s place is closed then and does not count.",
            "%(num)s places are closed then and do not count.",
            method.closed,
        )
        yield ngettext(
            "Of %(num)s place nobody knows when it is open: it counts.",
            "Of %(num)s places nobody knows when they are open: they count.",
            method.without_hours,
        )
    if method.out_of_order:
        yield ngettext(
            "%(num)s place is out of order and does not count.",
            "%(num)s places are out of order and do not count.",
            method.out_of_order,
        )


def _say_norm(norm: NormFacts) -> Fact:
    lines = [
        gettext(
            "%(norm)s, version %(version)s, since %(day)s.",
            norm=gap_words.say_by_language(norm.name),
            version=norm.version,
            day=words.say_day(norm.starts_on),
        )
    ]
    owners = gap_words.say_by_language(norm.owners)
    if owners:
        lines.append(gettext("Whose norm is it? %(owners)s.", owners=owners.rstrip(".")))
    lines.append(norm.source)
    quote = Quote(norm.source_text, norm.source_language)
    return Fact(gettext("Norm"), tuple(lines), quote)
