"""One platform for machines: everybody reads it; those who may change its words, with a token."""

import re
from typing import Any

from flask import Response, request, url_for

from geoapp.actors import check_subject, doer_of
from geoapp.api.v1 import answer_json, check_parameters
from geoapp.catalogue import publish_platform
from geoapp.edge import Route, open_session, read_json_object, wiring
from geoapp.errors import Invalid, Stale, UnknownMedia, VersionNeeded
from geoapp.people.rules import Permission
from geoapp.platforms.actions import change_words
from geoapp.platforms.queries import PlatformFacts, get_platform, subject_of, thing_of
from geoapp.platforms.rules import MOST_LETTERS, read_platform_words


def show_platform(slug: str) -> Response:
    """One platform, with the version of its words as its tag."""
    check_parameters()
    with open_session() as session:
        platform = get_platform(session, slug=slug)
    return _answer(platform)


def patch_platform(slug: str) -> Response:
    """Change some of a platform's words; `If-Match` names the version they were read in.

    Raises:
        VersionNeeded: no version is named.
        Stale: somebody was first.
    """
    check_parameters()
    with open_session() as session:
        platform = get_platform(session, slug=slug)
        seat = check_subject(subject_of(platform), thing=thing_of(platform))
        version = _read_version(platform)
        given = _read_words(platform)
        change_words(
            session,
            platform=platform,
            change=(given, version),
            doer=doer_of(seat, whose=platform.slug),
            now=wiring().clock(),
        )
        return _answer(get_platform(session, slug=slug))


def _read_words(platform: PlatformFacts) -> Any:
    if request.mimetype not in ("application/json", "application/merge-patch+json"):
        raise UnknownMedia("Send application/json or application/merge-patch+json.")
    values = read_json_object()
    if not values:
        raise Invalid("Name what to change: {names}.", names=", ".join(MOST_LETTERS))
    kept = {name: getattr(platform, name) for name in MOST_LETTERS}
    return read_platform_words(kept | values)


def _read_version(platform: PlatformFacts) -> int:
    """The version of `If-Match`; a compressed answer's tag has the name of its coding behind it."""
    given = request.headers.get("If-Match", "").strip()
    if not given:
        raise VersionNeeded("Send If-Match with the ETag of what you read.")
    if given == "*":
        return platform.version
    found = re.fullmatch(r'"v([0-9]{1,9})(:[a-z]+)?"', given)
    if found is None:
        raise Stale("This version is none: read the thing again, and send its ETag.")
    return int(found[1])


def _answer(platform: PlatformFacts) -> Response:
    url = url_for("web.show_platform", slug=platform.slug, _external=True)
    return answer_json(publish_platform(platform, url=url), tag=f"v{platform.version}")


ROUTES = (
    Route("/api/v1/platforms/<slug>", show_platform, Permission.SEE_PUBLIC),
    Route("/api/v1/platforms/<slug>", patch_platform, Permission.EDIT_PLATFORM, methods=("PATCH",)),
)
