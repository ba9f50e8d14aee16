"""Reading what machines send in: JSON or a form, with pictures and the key it is sent once by."""

from collections.abc import Mapping

from flask import request

from geoapp.edge import read_form, read_json_object, read_json_pictures, read_uploads
from geoapp.errors import Invalid, UnknownMedia
from geoapp.media.gate import Cleaned


def read_body(
    pictures: Mapping[str, int],
) -> tuple[dict[str, object], dict[str, list[Cleaned]]]:
    """The fields of the body, and under each name of `pictures` at most so many of them.

    Raises:
        UnknownMedia: neither JSON nor a form.
        Invalid: it cannot be read, or a picture is none.
    """
    if request.mimetype == "application/json":
        values = read_json_object()
        return values, {
            name: read_json_pictures(values.pop(name, []), field=name, most=most)
            for name, most in pictures.items()
        }
    if request.mimetype in ("multipart/form-data", "application/x-www-form-urlencoded"):
        values = read_form()
        return values, read_uploads(pictures)
    raise UnknownMedia("Send application/json or multipart/form-data.")


def take_key(values: dict[str, object]) -> str | None:
    """The header's key, also where it is wrong; the hidden field of a form serves as well, and is
    taken out of `values`."""
    field = values.pop("key", None)
    if field is not None and not isinstance(field, str):
        raise Invalid("The key must be 8 to 200 plain letters: use a random UUID.", field="key")
    return request.headers.get("Idempotency-Key", field)
