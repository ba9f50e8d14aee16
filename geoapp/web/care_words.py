"""Words of the care page: what is lacking, what it means, and the one next step."""

from geoapp.assets.rules import Aspect
from geoapp.care.rules import Gap
from geoapp.web.language import Words, lazy_gettext

# The name of each list.
GAPS: dict[Gap, Words] = {
    Gap.NO_KEEPER: lazy_gettext("Nobody keeps it"),
    Gap.NO_FUNDING: lazy_gettext("Nobody pays"),
    Gap.AGREEMENT_ENDS: lazy_gettext("Agreement ends"),
    Gap.NOT_INSPECTED: lazy_gettext("Not inspected"),
    Gap.NO_CONTRACT: lazy_gettext("No contract"),
    Gap.NOT_SEEN: lazy_gettext("Not seen for a year"),
}
# Which things are in it, after their number.
COUNTED: dict[Gap, Words] = {
    Gap.NO_KEEPER: lazy_gettext("nobody answers for the devices or the cleaning"),
    Gap.NO_FUNDING: lazy_gettext("nobody pays that we know of"),
    Gap.AGREEMENT_ENDS: lazy_gettext("the agreement has ended or soon will"),
    Gap.NOT_INSPECTED: lazy_gettext("not inspected in time"),
    Gap.NO_CONTRACT: lazy_gettext("planned for a day on which no contract runs"),
    Gap.NOT_SEEN: lazy_gettext("seen by nobody for a year"),
}
METHODS: dict[Gap, Words] = {
    Gap.NO_KEEPER: lazy_gettext(
        "Counted is what stands, and for which nobody is down today: for the devices of every "
        "place, for the cleaning of playgrounds, courts and bins."
    ),
    Gap.NO_FUNDING: lazy_gettext(
        "Counted is what stands or is planned, without a budget line or another payer that we "
        "know. Somebody may pay all the same: then we were not told."
    ),
    Gap.AGREEMENT_ENDS: lazy_gettext(
        "Counted is what stands and has no agreement in force beyond the days in which its "
        "parties want a word."
    ),
    Gap.NOT_INSPECTED: lazy_gettext(
        "Counted is what stands and was inspected longer ago than the checklist of its kind says, "
        "or never."
    ),
    Gap.NO_CONTRACT: lazy_gettext(
        "Counted is what is planned for a day, without a framework contract that runs on it."
    ),
    Gap.NOT_SEEN: lazy_gettext(
        "Counted is what should stand, and of which nobody has said for a year that it does. Many "
        "places came from a file and were never looked at since."
    ),
}
STEPS: dict[Gap, Words] = {
    Gap.NO_KEEPER: lazy_gettext("Say who keeps it"),
    Gap.NO_FUNDING: lazy_gettext("Ask who pays for it"),
    Gap.AGREEMENT_ENDS: lazy_gettext("Make a new agreement"),
    Gap.NOT_INSPECTED: lazy_gettext("Inspect it"),
    Gap.NO_CONTRACT: lazy_gettext("Look for a contract"),
    Gap.NOT_SEEN: lazy_gettext('Go there and tap "Still there"'),
}
# What somebody must answer for.
ASPECTS: dict[Aspect, Words] = {
    Aspect.DEVICE: lazy_gettext("the devices"),
    Aspect.CLEANING: lazy_gettext("the cleaning"),
    Aspect.OPERATION: lazy_gettext("opening it"),
}
