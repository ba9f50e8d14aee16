"""What the handler's side does to a report, for machines with a token."""

from flask import Response, request

from geoapp.actors import check_subject, current_actor
from geoapp.api.v1 import answer_json, check_parameters
from geoapp.db.codes import read_code
from geoapp.defects.queries import get_defect, handler_of, subject_of, thing_of
from geoapp.defects.rules import Action
from geoapp.dialogue.acts import Photos, take_act
from geoapp.dialogue.rules import PERMISSION_OF, PICTURES, ActBy, check_act
from geoapp.edge import (
    Route,
    open_session,
    read_form,
    read_json_object,
    read_json_pictures,
    read_uploads,
    utc_today,
    wiring,
)
from geoapp.errors import UnknownMedia
from geoapp.media.gate import Cleaned
from geoapp.people.rules import Permission


def post_action(code: str) -> Response:
    """Do it: `action` and what that action needs; the state it leads to."""
    check_parameters()
    with open_session() as session:
        defect = get_defect(session, code=read_code(code), today=utc_today())
        check_subject(subject_of(defect), thing=thing_of(defect.id))
        values, pictures = _read_body()
        draft = check_act(values, today=utc_today())
        seat = check_subject(
            handler_of(defect, of_receiver=draft.action is Action.ACCEPT),
            thing=thing_of(defect.id),
            permission=PERMISSION_OF[draft.action],
        )
        state = take_act(
            session,
            defect_id=defect.id,
            draft=draft,
            by=ActBy(seat.organisation_id, current_actor().person_id, seat.role.value),
            photos=Photos(pictures, wiring().store),
            now=wiring().clock(),
        )
    return answer_json({"code": defect.code, "state": state.value})


def _read_body() -> tuple[dict[str, object], list[Cleaned]]:
    (name, most), *_ = PICTURES.items()
    if request.mimetype == "application/json":
        values = read_json_object()
        return values, read_json_pictures(values.pop(name, []), field=name, most=most)
    if request.mimetype in ("multipart/form-data", "application/x-www-form-urlencoded"):
        return read_form(), read_uploads(PICTURES)[name]
    raise UnknownMedia("Send application/json or multipart/form-data.")


ROUTES = (
    Route(
        "/api/v1/defects/<code>/actions", post_action, Permission.ACT_ON_DEFECT, methods=("POST",)
    ),
)
