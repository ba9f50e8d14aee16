"""Settings: the only reader of the environment."""

import contextlib
import dataclasses
import os
import secrets
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from email.policy import default as mail_policy
from pathlib import Path
from urllib.parse import SplitResult, urlsplit

from werkzeug.sansio.utils import host_is_trusted

from geoapp.errors import Invalid

PROJECT_DIR = Path(__file__).resolve().parent.parent
DEMO_MAIL_DIR = PROJECT_DIR / ".local" / "mail"

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
    `url` is the public address of the service, without a slash at its end: links in mails begin
    with it, never with what a visitor's browser says.
    `smtp` is the address of the mail server and `mail_from` whom mail is from; `mail_folder`
    catches mail instead, so that none leaves.
    `demo` opens what only a demonstration may show.
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
    url: str = ""
    smtp: str = ""
    mail_from: str = ""
    mail_folder: Path | None = None
    demo: bool = False
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
    demo = _read_switch("GEOAPP_DEMO", env.get("GEOAPP_DEMO", ""))
    mail_folder = env.get("GEOAPP_MAIL_FOLDER") or (str(DEMO_MAIL_DIR) if demo else "")
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
        url=_read_url(env.get("GEOAPP_URL", "")),
        smtp=_read_mail_server(env.get("GEOAPP_SMTP", "")),
        mail_from=_read_sender(env.get("GEOAPP_MAIL_FROM", "")),
        mail_folder=Path(mail_folder) if mail_folder else None,
        demo=demo,
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
            (not settings.url.startswith("https://"), "set GEOAPP_URL to its https address"),
            (not _is_own_host(settings), "name the host of GEOAPP_URL in GEOAPP_HOSTS"),
            (not settings.smtp, "set GEOAPP_SMTP to the address of your mail server"),
            (not settings.mail_from, "set GEOAPP_MAIL_FROM to whom mail is from"),
            (settings.demo, "unset GEOAPP_DEMO"),
            # That of a demonstration comes with it.
            (settings.mail_folder not in (None, DEMO_MAIL_DIR), "unset GEOAPP_MAIL_FOLDER"),
        )
        if is_wrong
    ]
    if wrong:
        raise Invalid("This is production: {wrong}.", wrong="; ".join(wrong))


def _is_own_host(settings: Settings) -> bool:
    """Whether a link of a mail, if there are any, is one the service answers to."""
    return not settings.url or host_is_trusted(urlsplit(settings.url).netloc, settings.hosts)


def make_demo_environment(url: str) -> dict[str, str]:
    """The environment of the processes of a demonstration, which is reached at `url`."""
    return {**os.environ, "GEOAPP_DEMO": "1", "GEOAPP_URL": url}


def _read_url(words: str) -> str:
    found = _split(words.rstrip("/"))
    is_bare = (found.path, found.query, found.fragment, found.username) == ("", "", "", None)
    if words and not (found.scheme in ("http", "https") and found.hostname and is_bare):
        raise Invalid(
            "GEOAPP_URL must be an address without a path, such as {example}",
            example="https://map.example.org",
        )
    return words.rstrip("/")


def _read_mail_server(words: str) -> str:
    found = _split(words)
    if words and not (found.scheme in ("smtp", "smtps") and found.hostname):
        # Not told back: there may be a password in it.
        raise Invalid(
            "GEOAPP_SMTP must read like {example}", example="smtp://user:password@host:587"
        )
    return words


def _read_sender(words: str) -> str:
    found = mail_policy.header_factory("From", " ".join(words.split()))
    if words and (found.defects or [bool(sender.domain) for sender in found.addresses] != [True]):
        raise Invalid(
            "GEOAPP_MAIL_FROM must be an e-mail address, such as {example}",
            example="map@example.org",
        )
    return str(found)


def _split(words: str) -> SplitResult:
    """The parts of an address; none where it is no address at all."""
    try:
        found = urlsplit(words)
        _ = found.port  # raises where it is no number
    except ValueError:
        return SplitResult("", "", "", "", "")
    return found


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
