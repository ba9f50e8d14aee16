"""The production shape holds together: docker-compose.yml and the front proxy's configuration."""

import re
from typing import Any

import pytest
import yaml  # type: ignore[import-untyped]  # it ships none

from geoapp.app import create_app
from geoapp.config import PROJECT_DIR, Settings, check_production, read_settings
from geoapp.outbox.mails import SmtpMailer, make_mailer

COMPOSE: dict[str, Any] = yaml.safe_load((PROJECT_DIR / "docker-compose.yml").read_text("utf-8"))
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
PROXY = re.sub(r"#.*", "", (PROJECT_DIR / "scripts" / "proxy.conf").read_text("utf-8"))
LOCATIONS = re.findall(r"location \S+(?= {)", PROXY)


def block(opening: str) -> str:
    """What stands between the braces of `opening` in the proxy's configuration."""
    found = re.search(rf"^( *){re.escape(opening)} {{\n(.*?)^\1}}", PROXY, re.DOTALL | re.MULTILINE)
    assert found, opening
    return found[2]


def mounts() -> list[tuple[str, str, str]]:
    """Service, source and target of each mount; a source is a path, a volume or a variable."""
    parts = re.compile(r"(\$\{[^}]*\}|[^:]+):([^:]+)(?::ro)?")
    return [
        (name, source, target)
        for name, service in SERVICES.items()
        for mount in service.get("volumes", [])
        for source, target in parts.findall(mount)
    ]


# -- The compose file ------------------------------------------------------------------------


def test_only_the_proxy_can_be_reached_from_outside() -> None:
    reached = {name: service["ports"] for name, service in SERVICES.items() if "ports" in service}
    assert set(reached) == {"proxy", "mail"}
    assert all(port.startswith("127.0.0.1:") for port in reached["mail"])
    assert not [name for name, service in SERVICES.items() if "network_mode" in service]


def test_no_secret_has_a_value_of_its_own() -> None:
    text = (PROJECT_DIR / "docker-compose.yml").read_text("utf-8")
    asked = re.findall(r"\$\{([A-Z_]+)([^}]*)\}", text)
    assert {"POSTGRES_PASSWORD", "GEOAPP_SECRET", "GEOAPP_HOSTS"} <= {name for name, _ in asked}
    assert [rest for _, rest in asked if rest and not rest.startswith(":?")] == []
    for service in SERVICES.values():
        for name, value in service.get("environment", {}).items():
            if re.search("SECRET|PASSWORD", name):
                assert re.fullmatch(r"\$\{[A-Z_]+\}", value)


GIVEN = {
    "POSTGRES_PASSWORD": "p",
    "GEOAPP_SECRET": "kT4vQ9xL2mZ7pR8sW3bN6cF1hJ5gD0aY",
    "GEOAPP_HOSTS": "map.example",
    "GEOAPP_URL": "https://map.example",
    "GEOAPP_SMTP": "smtps://map:secret@mail.example",
    "GEOAPP_MAIL_FROM": "map@map.example",
}


def settings_of(service: str) -> Settings:
    """What a service reads where the operator has set all there is to set."""
    environment = {
        name: re.sub(r"\$\{(\w+)\}", lambda found: GIVEN[found[1]], value)
        for name, value in SERVICES[service]["environment"].items()
    }
    return read_settings(environment)


def test_the_worker_is_in_production_and_can_send_mail() -> None:
    settings = settings_of("worker")
    check_production(settings)
    assert settings.production
    assert isinstance(make_mailer(settings), SmtpMailer)
    assert SERVICES["worker"]["command"] == ["geoapp", "worker"]


def test_what_is_for_trying_out_starts_only_when_asked_for() -> None:
    profiles = {name: service.get("profiles") for name, service in SERVICES.items()}
    assert {name for name, asked in profiles.items() if asked} == {"mail"}
    assert profiles["mail"] == ["development"]


def test_the_service_is_in_production_behind_one_proxy() -> None:
    settings = settings_of("web")
    check_production(settings)
    assert (settings.production, settings.proxy_hops, settings.debug) == (True, 1, False)
    target = next(target for name, source, target in mounts() if (name, source) == ("web", "media"))
    assert str(settings.media_dir) == target


def test_what_is_mounted_and_built_from_is_there() -> None:
    sources = {source for _, source, _ in mounts()}
    files = {source for source in sources if source.startswith(".")}
    assert "./scripts/proxy.conf" in files
    assert [file for file in files if not (PROJECT_DIR / file).is_file()] == []
    named = {source for source in sources if not source.startswith((".", "$"))}
    assert named == set(COMPOSE["volumes"])
    built = {s["build"]["dockerfile"] for s in SERVICES.values() if "build" in s}
    assert [file for file in built if not (PROJECT_DIR / file).is_file()] == []


def test_each_image_is_pinned() -> None:
    images = [service["image"] for service in SERVICES.values() if "image" in service]
    assert len(images) == 3
    assert [image for image in images if not re.search(r":v?\d+[.-]\d+", image)] == []


# -- The proxy -------------------------------------------------------------------------------


def test_the_proxy_takes_as_large_a_body_as_the_service() -> None:
    app = create_app(Settings(database_url="postgresql+psycopg://nowhere/", secret="s" * 32))
    megabytes = re.findall(r"client_max_body_size (\d+)m;", PROXY)
    assert [int(size) * 1024 * 1024 for size in megabytes] == [app.config["MAX_CONTENT_LENGTH"]]


@pytest.mark.parametrize("path", ["/metrics", "/health/ready"])
def test_what_is_for_the_operator_is_refused_from_outside(path: str) -> None:
    assert block(f"location {path}").strip() == "return 404;"


def test_the_service_hears_the_address_of_the_peer_alone() -> None:
    told = dict(re.findall(r"proxy_set_header (\S+) (\S+);", PROXY))
    assert told["X-Forwarded-For"] == "$remote_addr"
    # Werkzeug's ProxyFix believes these as well: they must be ours or nothing.
    assert told["X-Forwarded-Proto"] == "$scheme"
    assert told["X-Forwarded-Host"] == told["Host"] == "$http_host"
    assert told["Forwarded"] == told["X-Forwarded-Port"] == told["X-Forwarded-Prefix"] == '""'
    assert "$proxy_add_x_forwarded_for" not in PROXY
    # A block with a header of its own would lose all of them.
    assert not [opening for opening in LOCATIONS if "proxy_set_header" in block(opening)]


def test_the_proxy_keeps_nothing_but_tiles_and_files() -> None:
    keeping = {opening for opening in LOCATIONS if "proxy_cache " in block(opening)}
    assert keeping == {"location /tiles/", "location /static/"}
    assert PROXY.count("proxy_cache ") == 2
    assert re.findall(r"^ +(\S+) (shared|off);", block("map $args $kept_tile"), re.MULTILINE) == [
        ('""', "shared"),
        ("default", "off"),
    ]
    pattern = re.findall(r"~(\S+) shared;", block("map $args $kept_file"))[0]
    assert re.search(pattern, "v=0a1b2c3d4e5f")
    for query in ("secret=abc", "v=0a&secret=abc", "secret=abc&v=0a", ""):
        assert not re.search(pattern, query)


def test_the_proxys_log_says_nothing_of_people() -> None:
    named = set(re.findall(r"\$(\w+)", re.findall(r"log_format told (.*?);", PROXY, re.DOTALL)[0]))
    assert named == {
        "time_iso8601",
        "request_method",
        "part",
        "status",
        "bytes_sent",
        "request_time",
        "upstream_cache_status",
        "upstream_status",
        "upstream_response_time",
    }
    assert set(re.findall(r"access_log \S+ (\w+);", PROXY)) == {"told"}
    assert re.search(r"^  error_log /dev/null emerg;", PROXY, re.MULTILINE)
