"""What an officer has said so far of a register they bring: kept with the file, step by step."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any

from geoapp.assets.rules import Kind
from geoapp.exchange.matching import Matching, Said, match_columns
from geoapp.exchange.registers import AtTwin, Terms
from geoapp.exchange.uploads import Upload


class Step(StrEnum):
    """What is asked, in this order."""

    COLUMNS = "columns"
    WHERE = "where"
    CHECK = "check"


STEPS = tuple(Step)


@dataclass(frozen=True)
class Choices:
    """What was said; `reached` is the first step that was not gone through.

    `encoding` and `srid` are None where the file tells, or nobody has said it.
    """

    matching: Matching
    reached: Step = Step.COLUMNS
    encoding: str | None = None
    srid: int | None = None
    source: str = ""
    licence: str = ""
    at_twin: AtTwin = AtTwin.LEAVE

    @property
    def terms(self) -> Terms:
        """As a dry run takes them."""
        return Terms(self.matching, self.source, self.licence, self.srid)

    def opens(self, step: Step) -> bool:
        """True where all before a step was said."""
        return STEPS.index(step) <= STEPS.index(self.reached)

    def reach(self, step: Step) -> "Choices":
        """The same, with all before `step` said."""
        return self if self.opens(step) else replace(self, reached=step)


def begin_choices(upload: Upload) -> Choices:
    """What is proposed of a file that comes for the first time."""
    return Choices(match_columns(upload))


def refit_choices(choices: Choices, upload: Upload) -> Choices:
    """The same choices for a mended file: what it tells itself, or has no column for, is not kept;
    then it is asked again."""
    before = choices.matching
    kept = Matching(
        {said: name for said, name in before.columns.items() if name in upload.columns},
        {name: column for name, column in before.details.items() if column in upload.columns},
        before.kind,
    )
    fits = (kept.columns, kept.details) == (before.columns, before.details)
    refitted = replace(
        choices,
        matching=kept,
        encoding=choices.encoding if upload.encoding in (None, choices.encoding) else None,
        srid=choices.srid if upload.srid is None else None,
    )
    needs = (upload.encoding, refitted.encoding), (upload.srid, refitted.srid)
    asked_again = any(told is None and chosen is None for told, chosen in needs)
    if not fits:
        return replace(refitted, reached=Step.COLUMNS)
    if asked_again and choices.opens(Step.CHECK):
        return replace(refitted, reached=Step.WHERE)
    return refitted


def rename_columns(matching: Matching, before: Upload, after: Upload) -> Matching:
    """The same columns of the same file, read in other letters; by their place, for their names
    may have changed."""
    if len(before.columns) != len(after.columns):
        return match_columns(after)
    names = dict(zip(before.columns, after.columns, strict=True))
    return replace(
        matching,
        columns={said: names.get(name, name) for said, name in matching.columns.items()},
        details={name: names.get(column, column) for name, column in matching.details.items()},
    )


def write_choices(choices: Choices) -> dict[str, Any]:
    """Choices as they are kept."""
    matching = choices.matching
    return {
        "columns": {said.value: name for said, name in matching.columns.items()},
        "details": dict(matching.details),
        "kind": matching.kind and matching.kind.value,
        "reached": choices.reached.value,
        "encoding": choices.encoding,
        "srid": choices.srid,
        "source": choices.source,
        "licence": choices.licence,
        "at_twin": choices.at_twin.value,
    }


def read_choices(kept: Mapping[str, Any]) -> Choices:
    """Choices as `write_choices` has them."""
    return Choices(
        matching=Matching(
            {Said(said): name for said, name in kept["columns"].items()},
            dict(kept["details"]),
            Kind(kept["kind"]) if kept["kind"] else None,
        ),
        reached=Step(kept["reached"]),
        encoding=kept["encoding"],
        srid=kept["srid"],
        source=kept["source"],
        licence=kept["licence"],
        at_twin=AtTwin(kept["at_twin"]),
    )
