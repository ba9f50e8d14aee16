"""The four kinds of error; every message says what to do.

Inner rooms raise these with a message id in plain English (translated at the edge) and the
values that fill it. `web` turns them into pages, `api` into problem+json, `cli` into one sentence.
"""

from collections.abc import Mapping


class GeoappError(Exception):
    """Base of the four kinds. `message` may hold ``{name}`` slots, filled from `values`.

    `field` names the input that is wrong, where one is.
    """

    def __init__(self, message: str, *, field: str | None = None, **values: object) -> None:
        super().__init__(message)
        self.message = message
        self.field = field
        self.values: Mapping[str, object] = values

    def __str__(self) -> str:
        return self.message.format_map(self.values) if self.values else self.message

    @property
    def problems(self) -> "tuple[GeoappError, ...]":
        """What is wrong, one for each field; most errors are their own only one."""
        return (self,)


class NotFound(GeoappError):  # noqa: N818  the four kinds are named by what is the matter
    """There is no such thing, or this actor may not know of it."""


class Invalid(GeoappError):  # noqa: N818
    """The input is wrong; the message says how to put it right."""


class NotAllowed(GeoappError):  # noqa: N818
    """The actor may know of the thing and may not do this to it."""


class Conflict(GeoappError):  # noqa: N818
    """Someone else was first, or the thing is not in a state that allows this."""


class TooMany(NotAllowed):
    """Allowed as such, only not this often; the message names a way out.

    In `wait_s` seconds it is allowed again.
    """

    def __init__(
        self, message: str, *, wait_s: int, field: str | None = None, **values: object
    ) -> None:
        super().__init__(message, field=field, **values)
        self.wait_s = wait_s


class SignInNeeded(NotAllowed):
    """Nobody is signed in, or not well enough, and this asks for somebody who may."""


class CodeNeeded(SignInNeeded):
    """They have signed in, and what they may do asks for a second factor as well."""


class NotInstalled(Conflict):
    """This installation lacks what this needs; the message says what to do without it."""


class Stale(Conflict):
    """The thing has changed since the version this was made for."""


class VersionNeeded(Invalid):
    """This changes a thing, and does not say which version of it was read."""


class TooLarge(Invalid):
    """More was sent than is read here; it was refused before all of it was."""


class UnknownMedia(Invalid):
    """The body is of a kind of content that is not read here."""
