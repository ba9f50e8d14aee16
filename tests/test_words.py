"""Words on screen: every one is translated, and a language is chosen as promised."""

from io import BytesIO

import pytest
from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.frontend import parse_mapping_cfg
from babel.messages.mofile import read_mo
from babel.messages.pofile import read_po
from flask.testing import FlaskClient

from geoapp.config import PROJECT_DIR
from geoapp.web.language import choose_language

KEYWORDS = {
    "_": None,
    "gettext": None,
    "ngettext": (1, 2),
    "lazy_gettext": None,
    "Invalid": None,
    "NotFound": None,
    "NotAllowed": None,
    "TooMany": None,
    "Conflict": None,
    "NotInstalled": None,
    "SignInNeeded": None,
    "CodeNeeded": None,
    "StaleWords": None,
    "Stale": None,
    "UnknownMedia": None,
    "VersionNeeded": None,
    "Refusal": (3,),
}
DUTCH = PROJECT_DIR / "geoapp/translations/nl/LC_MESSAGES"


def read_dutch() -> Catalog:
    with (DUTCH / "messages.po").open("rb") as stream:
        return read_po(stream, locale="nl")


def words_in_code() -> set[str]:
    """Every message of the pages, the first form of those with two."""
    config = PROJECT_DIR / "geoapp/translations.cfg"
    with config.open(encoding="utf-8") as stream:
        methods, options = parse_mapping_cfg(stream)  # type: ignore[no-untyped-call]  # Babel has no types here
    found = extract_from_dir(PROJECT_DIR / "geoapp", methods, options, keywords=KEYWORDS)
    return {
        message if isinstance(message, str) else message[0] for _, _, message, _, _ in found
    } - {""}


def first_form(key: str | tuple[str, ...] | list[str]) -> str:
    return key if isinstance(key, str) else key[0]


def forms_of(said: str | tuple[str, ...] | list[str] | None) -> list[str]:
    return [said] if isinstance(said, str) else list(said or ())


def test_dutch_has_every_word_of_the_pages_and_no_other() -> None:
    dutch = {first_form(message.id) for message in read_dutch() if message.id}
    assert dutch == words_in_code()


def test_no_dutch_word_is_empty_or_unsure() -> None:
    for message in read_dutch():
        forms = message.string if isinstance(message.string, tuple) else (message.string,)
        assert all(forms), message.id
        assert not (message.id and message.fuzzy), message.id


def test_a_translation_keeps_the_slots_of_its_message() -> None:
    for message in read_dutch():
        if message.id:
            assert not list(message.check()), message.id


def test_the_compiled_words_are_those_of_the_source() -> None:
    compiled = read_mo(BytesIO((DUTCH / "messages.mo").read_bytes()))
    for message in read_dutch():
        if message.id:
            said = compiled[first_form(message.id)].string
            assert forms_of(said) == forms_of(message.string), message.id


@pytest.mark.parametrize(
    ("wanted", "chosen"),
    [
        (["nl"], "nl"),
        (["nl-BE"], "nl"),
        (["nl_NL"], "nl"),
        (["fr", "en-GB"], "en"),
        (["fr"], None),
        ([], None),
        (["NL"], "nl"),
        ([""], None),
    ],
)
def test_the_first_wanted_language_that_is_known_is_chosen(
    wanted: list[str], chosen: str | None
) -> None:
    assert choose_language(wanted, ["en", "nl"]) == chosen


def language_of(client: FlaskClient, address: str = "/about", **headers: str) -> str | None:
    return client.get(address, headers=headers).headers.get("Content-Language")


def test_without_a_choice_or_a_header_the_districts_first_language_speaks(
    client: FlaskClient,
) -> None:
    assert language_of(client) == "nl"


def test_the_browsers_language_is_followed(client: FlaskClient) -> None:
    assert language_of(client, **{"Accept-Language": "en-GB,nl;q=0.5"}) == "en"


def test_a_language_nobody_has_falls_back_to_the_districts(client: FlaskClient) -> None:
    assert language_of(client, **{"Accept-Language": "ja"}) == "nl"


def test_a_choice_by_link_beats_the_browser_and_is_kept(client: FlaskClient) -> None:
    assert language_of(client, "/about?lang=en", **{"Accept-Language": "nl"}) == "en"
    assert language_of(client, **{"Accept-Language": "nl"}) == "en"


def test_an_unknown_choice_is_not_kept(client: FlaskClient) -> None:
    answer = client.get("/about?lang=xx", headers={"Accept-Language": "en"})
    assert answer.headers["Content-Language"] == "en"
    assert "lang=" not in answer.headers.get("Set-Cookie", "")


def test_an_error_is_said_in_the_readers_language(client: FlaskClient) -> None:
    answer = client.get("/areas/nergens", headers={"Accept-Language": "nl"})
    assert answer.status_code == 404
    assert "Er is geen gebied dat nergens heet." in answer.text
