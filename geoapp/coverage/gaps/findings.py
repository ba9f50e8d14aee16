"""The answer to a question about gaps, as pages, files and commands take it."""

from dataclasses import dataclass
from datetime import date, datetime

from geoapp.completeness.queries import KnownFacts
from geoapp.coverage.gaps.counting import Answers, Counts
from geoapp.coverage.gaps.questions import Question
from geoapp.coverage.gaps.worlds import (
    Ints,
    Measured,
    World,
)
from geoapp.districts.queries import Place
from geoapp.needs.queries import NeedFacts
from geoapp.norms.queries import BandFacts, NormFacts, OwnNorm
from geoapp.platforms.queries import (
    CounterViewFacts,
    PlatformGround,
)
from geoapp.walking.queries import NetworkFacts


@dataclass(frozen=True)
class SourceFacts:
    """Whence things are known, and how many are."""

    name: str
    licence: str
    on: date | None
    count: int
    is_example: bool


@dataclass(frozen=True)
class Method:
    """How it was reckoned. `network` None: straight lines times `detour`. Of the things `closed`
    are closed at the time asked about and do not count, `without_hours` count for nobody knows
    when they open (both 0 where no time was asked about); `out_of_order` stand there beside them
    and do not count. For squares and things off the network a straight line has to do."""

    network: NetworkFacts | None
    detour: float
    things: int
    closed: int
    without_hours: int
    out_of_order: int
    squares_off: int
    things_off: int


@dataclass(frozen=True)
class Line:
    """What is so in one buurt. `platforms` are active there, `views` what they say beside it;
    `has_examples`: it is near for some only because of a thing that is an example."""

    slug: str
    name: str
    code: str
    counts: Counts
    known: KnownFacts
    platforms: tuple[PlatformGround, ...]
    views: tuple[CounterViewFacts, ...]
    has_examples: bool


@dataclass(frozen=True, eq=False)
class Finding:
    """The answer to a question. Square i has column `columns[i]` and row `rows[i]` of the metric
    grid, lies in `lines[world.ground_of[i]]`, and has the answer `answers[i]`. `lines` are from A
    to Z, with every buurt in force. `distance_m` is what was asked, `own` where something else
    counts; `at` in UTC, None: at any time."""

    place: Place
    question: Question
    need: NeedFacts
    norm: NormFacts | None
    band: BandFacts | None
    distance_m: int
    own: tuple[OwnNorm, ...]
    at: datetime | None
    world: World
    columns: Ints
    rows: Ints
    measured: Measured
    answers: Answers
    whole: Counts
    lines: tuple[Line, ...]
    method: Method
    sources: tuple[SourceFacts, ...]
