"""Settings: the only reader of the environment."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from geoapp.errors import Invalid

PROJECT_DIR = Path(__file__).resolve().parent.parent

PDOK_GREY = "https://service.pdok.nl/brt/achtergrondkaart/wmts/v2_0/grijs/EPSG:3857/{z}/{x}/{y}.png"


@dataclass(frozen=True)
class Settings:
    """What an operator may set; the README's table lists each with its meaning.

    `database_url` None means: bring up the private cluster of this folder.
    `background_url` empty means: no background map.
    `district` is the slug `/` shows first; empty means the oldest district.
    """

    database_url: str | None = None
    background_url: str = PDOK_GREY
    background_attribution: str = "Kaart: Kadaster / PDOK, CC BY 4.0"
    district: str = ""


def read_settings(environ: Mapping[str, str] | None = None) -> Settings:
    """Settings from `environ` (the process's own when None).

    Raises:
        Invalid: a value cannot be used; the message names the variable.
    """
    env = os.environ if environ is None else environ
    defaults = Settings()
    background = env.get("GEOAPP_BACKGROUND_URL", defaults.background_url)
    if background and not background.startswith(("http://", "https://", "/")):
        raise Invalid("GEOAPP_BACKGROUND_URL must start with https://, or be empty for no map")
    return Settings(
        database_url=env.get("DATABASE_URL") or None,
        background_url=background,
        background_attribution=env.get(
            "GEOAPP_BACKGROUND_ATTRIBUTION", defaults.background_attribution
        ),
        district=env.get("GEOAPP_DISTRICT", defaults.district),
    )
