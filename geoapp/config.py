"""Settings: the only reader of the environment."""

import contextlib
import dataclasses
import os
import secrets
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from geoapp.errors import Invalid

PROJECT_DIR = Path(__file__).resolve().parent.parent

# Of a secret made at random; one typed by hand has fewer different letters.
FEWEST_LETTERS = 12


@dataclass(frozen=True)
class Settings:
    """What an operator may set; the README's table lists each with its meaning.

    `database_url` None means: bring up the private cluster of this folder.
    `background_url` replaces the background map of every district; empty means none at all, None
    that each district has its own.
    `district` is the slug `/` shows first; empty means the oldest district.
    `secret` signs links and forms; empty means: made once and kept in this folder.
    `proxy_hops` is how many proxies of our own stand before the service: only what they say of a
    visitor's address is believed.
    `production` refuses whatever is only good for trying out; `hosts` are the names the service
    answers to, none meaning any.
    """

    database_url: str | None = None
    background_url: str | None = None
    background_attribution: str = ""
    district: str = ""
    secret: str = ""
    media_dir: Path = PROJECT_DIR / ".local" / "media"
    proxy_hops: int = 0
    production: bool = False
    hosts: tuple[str, ...] = ()
    debug: bool = False


def read_settings(environ: Mapping[str, str] | None = None) -> Settings:
    """Settings from `environ` (the process's own when None).

    Raises:
        Invalid: a value cannot be used; the message names the variable.
    """
    env = os.environ if environ is None else environ
    defaults = Settings()
    background = env.get("GEOAPP_BACKGROUND_URL")
    check_map_address("GEOAPP_BACKGROUND_URL", background or "")
    attribution = env.get("GEOAPP_BACKGROUND_ATTRIBUTION", defaults.background_attribution)
    if background and not attribution:
        raise Invalid("Say in GEOAPP_BACKGROUND_ATTRIBUTION whose background map it is")
    return Settings(
        database_url=env.get("DATABASE_URL") or None,
        background_url=background,
        background_attribution=attribution,
        district=env.get("GEOAPP_DISTRICT", defaults.district),
        secret=_read_secret(env.get("GEOAPP_SECRET", "")),
        media_dir=Path(env.get("GEOAPP_MEDIA", str(defaults.media_dir))),
        proxy_hops=_read_count(env.get("GEOAPP_PROXY_HOPS", "0")),
        production=_read_switch("GEOAPP_PRODUCTION", env.get("GEOAPP_PRODUCTION", "")),
        hosts=tuple(filter(None, env.get("GEOAPP_HOSTS", "").replace(",", " ").split())),
        debug=_read_switch("FLASK_DEBUG", env.get("FLASK_DEBUG", "")),
    )


def check_map_address(name: str, address: str) -> None:
    """Whether a browser can ask `address` for tiles; empty stands for no map.

    Raises:
        Invalid: it cannot.
    """
    is_address = address.startswith(("http://", "https://", "/"))
    if address and not (is_address and all(part in address for part in ("{z}", "{x}", "{y}"))):
        raise Invalid(
            "{name} must be the address of map tiles such as {example}, or empty for no map",
            name=name,
            example="https://example.org/{z}/{x}/{y}.png",
        )


def check_production(settings: Settings) -> None:
    """Whether the settings may meet the public; where `production` is not set, they may.

    Raises:
        Invalid: names everything that is missing or must not be.
    """
    if not settings.production:
        return
    wrong = [
        words
        for is_wrong, words in (
            (settings.debug, "unset FLASK_DEBUG"),
            (settings.database_url is None, "set DATABASE_URL"),
            (len(set(settings.secret)) < FEWEST_LETTERS, "set GEOAPP_SECRET to random letters"),
            (not settings.hosts, "set GEOAPP_HOSTS to the names the service answers to"),
        )
        if is_wrong
    ]
    if wrong:
        raise Invalid("This is production: {wrong}.", wrong="; ".join(wrong))


def _read_switch(name: str, words: str) -> bool:
    if words not in ("", "0", "1"):
        raise Invalid("{name} must be 1 or 0", name=name)
    return words == "1"


def _read_secret(words: str) -> str:
    if words and len(words) < 32:
        raise Invalid("GEOAPP_SECRET must be at least 32 letters: make it with a random generator")
    return words


def _read_count(words: str) -> int:
    if not (words.isascii() and words.isdigit() and int(words) <= 5):
        raise Invalid("GEOAPP_PROXY_HOPS must be a whole number from 0 to 5")
    return int(words)


def keep_secret(settings: Settings, folder: Path = PROJECT_DIR / ".local") -> Settings:
    """`settings` with a secret: the one given, else one made once and kept in `folder`.

    Raises:
        Invalid: none is given and the folder cannot be written.
    """
    if settings.secret:
        return settings
    file = folder / "secret"
    try:
        folder.mkdir(exist_ok=True)
        if not file.exists():
            _write_once(file, secrets.token_urlsafe(48))
        return dataclasses.replace(settings, secret=file.read_text().strip())
    except OSError as error:
        raise Invalid(
            "Set GEOAPP_SECRET: {folder} cannot be used ({error}).", folder=folder, error=error
        ) from error


def _write_once(file: Path, content: str) -> None:
    """Of several processes that write at once, one wins whole and the others keep its word."""
    descriptor, draft = tempfile.mkstemp(dir=file.parent)
    with os.fdopen(descriptor, "w") as stream:
        stream.write(content)
    with contextlib.suppress(FileExistsError):
        os.link(draft, file)
    Path(draft).unlink()
