"""Whether it lives, whether it is ready, and how it does."""

from pathlib import Path

from flask import Flask, Response, current_app
from sqlalchemy import text
from sqlalchemy.exc import OperationalError

from geoapp.edge import Route, open_session
from geoapp.media.queries import count_held
from geoapp.operate.logs import method_of_request, route_of_request, seconds_of_request
from geoapp.operate.metrics import Meter
from geoapp.outbox.queries import count_given_up, count_waiting
from geoapp.people.rules import Permission

METER = "geoapp.meter"


def show_live() -> Response:
    """The process answers."""
    return Response("ok\n", mimetype="text/plain")


def show_ready() -> Response:
    """The database answers too."""
    with open_session() as session:
        session.execute(text("SELECT 1"))
    return Response("ok\n", mimetype="text/plain")


def show_metrics() -> Response:
    """Counts and times of requests, and what waits for people, as Prometheus reads them."""
    try:
        with open_session() as session:
            held = count_held(session)
            waiting, given_up = count_waiting(session), count_given_up(session)
        gauges = [
            ("geoapp_database_up", "1 where the database answers.", 1.0),
            ("geoapp_pictures_held", "Photos nobody has looked at.", float(held)),
            ("geoapp_outbox_waiting", "Messages that wait to be sent.", float(waiting)),
            ("geoapp_outbox_given_up", "Messages that were given up.", float(given_up)),
        ]
    except OperationalError:
        gauges = [("geoapp_database_up", "1 where the database answers.", 0.0)]
    return Response(
        current_app.extensions[METER].write_text(gauges),
        content_type="text/plain; version=0.0.4; charset=utf-8",
    )


def count_requests(app: Flask, *, folder: Path | None) -> None:
    """Count each request the app answers; in `folder` with the other processes that serve."""
    meter = app.extensions[METER] = Meter(folder)

    @app.after_request
    def count(response: Response) -> Response:
        seconds = seconds_of_request()
        meter.count(method_of_request(), route_of_request(), response.status_code, seconds)
        return response


ROUTES = (
    Route("/health/live", show_live, Permission.OPERATE),
    Route("/health/ready", show_ready, Permission.OPERATE),
    Route("/metrics", show_metrics, Permission.OPERATE),
)
