"""Words of the answers page: the four shares with what they mean, and what became of promises."""

from geoapp.defects.rules import PromiseState, Share
from geoapp.web.language import Words, lazy_gettext

SHARES: dict[Share, Words] = {
    Share.GOOD: lazy_gettext("Residents say: good"),
    Share.NOT_GOOD: lazy_gettext("Residents say: not good"),
    Share.UNCHECKED: lazy_gettext("Nobody has checked"),
    Share.GOING_ON: lazy_gettext("Still going on"),
}
# The same at the head of a column.
SHARE_COLUMNS: dict[Share, Words] = {
    Share.GOOD: lazy_gettext("Good"),
    Share.NOT_GOOD: lazy_gettext("Not good"),
    Share.UNCHECKED: lazy_gettext("Not checked"),
    Share.GOING_ON: lazy_gettext("Going on"),
}
SHARE_MEANINGS: dict[Share, Words] = {
    Share.GOOD: lazy_gettext(
        "Whoever reported it, or others on the spot, say that it is good. The word of the "
        "organisation is not enough."
    ),
    Share.NOT_GOOD: lazy_gettext(
        "Somebody on the spot says no, residents see it differently, or there is no agreement."
    ),
    Share.UNCHECKED: lazy_gettext(
        "The organisation says that it is done, or the thing was taken away. Nobody on the spot "
        "has said whether that is right."
    ),
    Share.GOING_ON: lazy_gettext(
        "No answer yet, promised, passed on or refused. A no of the organisation ends nothing."
    ),
}

PROMISES: dict[PromiseState, Words] = {
    PromiseState.KEPT: lazy_gettext("Kept"),
    PromiseState.MOVED: lazy_gettext("Moved to another day"),
    PromiseState.MISSED: lazy_gettext("Not kept"),
    PromiseState.OPEN: lazy_gettext("Still stands"),
}
