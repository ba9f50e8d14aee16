"""A service that is killed (-9) at one moment of a report: for tests of what survives.

    python -m tests.dying_server MOMENT DATABASE_URL MEDIA_DIR

MOMENT: `before_commit`, or `after_commit` (before the answer leaves). Writes its port.
"""

import os
import signal
import sys
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from sqlalchemy import event
from sqlalchemy.orm import Session
from werkzeug.serving import make_server

from geoapp.app import create_app
from geoapp.config import Settings
from tests.conftest import NOW

SECRET = "only-for-tests-" * 4


def die(*_: object) -> None:
    """As a power cut has it: nothing is tidied up."""
    os.kill(os.getpid(), signal.SIGKILL)


class DiesBeforeAnswering:
    """Lets the service do all of its work on what is posted, and dies with the answer in hand."""

    def __init__(self, app: Callable[..., Iterable[bytes]]) -> None:
        self.app = app

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Any:
        """Answer what is read; die on what is posted."""
        answer = self.app(environ, start_response)
        if environ["REQUEST_METHOD"] == "POST":
            list(answer)
            die()
        return answer


def main(moment: str, url: str, media_dir: str) -> None:
    """Serve until killed."""
    settings = Settings(
        database_url=url, background_url="", secret=SECRET, media_dir=Path(media_dir)
    )
    app: Callable[..., Any] = create_app(settings, clock=lambda: NOW)
    if moment == "before_commit":
        event.listen(Session, "before_commit", die)
    if moment == "after_commit":
        app = DiesBeforeAnswering(app)
    server = make_server("127.0.0.1", 0, app, threaded=True)
    sys.stdout.write(f"{server.port}\n")
    sys.stdout.flush()
    server.serve_forever()


if __name__ == "__main__":
    main(*sys.argv[1:])
