"""Words that somebody types and everybody reads, before they are kept."""

from collections.abc import Mapping

from geoapp.errors import Invalid
from geoapp.moderation.rules import find_personal


def check_public(said: Mapping[str, str]) -> None:
    """Nothing where no words, by the name of their field, lead to a person.

    Raises:
        Invalid: there is somebody's phone number, address or licence plate in them.
    """
    for field, words in said.items():
        if find_personal(words):
            raise Invalid(
                "Everybody can read this: leave out phone numbers, addresses and licence plates.",
                field=field,
            )
