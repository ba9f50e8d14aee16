"""Judging the words of reports and voices, and pictures; objecting, and looking again; each with
its line in the audit."""

import uuid
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy import ColumnElement, and_, or_, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from geoapp.assets.tables import Sighting
from geoapp.db.base import new_id
from geoapp.db.text import read_words
from geoapp.defects.queries import thing_of
from geoapp.defects.rules import WordsState
from geoapp.defects.tables import Defect, DefectNote, DefectPicture, DefectVoice
from geoapp.errors import Conflict, GeoappError, NotAllowed, NotFound
from geoapp.ledger.audit import record_change
from geoapp.ledger.chain import Deed, Doer, Thing
from geoapp.media.actions import bring_back_picture, look_at_picture
from geoapp.media.rules import PictureState
from geoapp.media.tables import Picture
from geoapp.moderation.rules import (
    MOST_NOTE_LETTERS,
    OUTCOMES,
    PICTURE_AFTER,
    WORDS_AFTER,
    WORDS_LOOKS,
    Judgement,
    Reason,
    Target,
    Verdict,
)
from geoapp.moderation.tables import HiddenWords, ModerationAppeal, ModerationVerdict
from geoapp.platforms import queries as platforms
from geoapp.platforms.queries import PlatformFacts
from geoapp.platforms.tables import Platform

# Whoever objects gives no name and needs no account.
ANYBODY = Doer(None, "anonymous")
_ACTIONS: dict[Target, str] = {
    Target.WORDS: "judge_words",
    Target.PICTURE: "judge_photo",
    Target.VOICE: "judge_voice",
    Target.NOTE: "judge_note",
    Target.SIGHTING: "judge_photo",
}


def judge_words(
    session: Session,
    *,
    defect_id: uuid.UUID,
    judgement: Judgement,
    was: WordsState,
    doer: Doer,
    now: datetime,
) -> ModerationVerdict:
    """Show or hide the words of a report; `was` is their state as the moderator saw it.

    Raises:
        NotFound: there are no such words.
        Conflict: somebody has looked since, or the words are hidden: an appeal brings them back.
    """
    said = _Said(judgement, Target.WORDS, doer, now)
    return _judge(session, defect_id, said, was=was)


def judge_voice(
    session: Session,
    *,
    voice_id: uuid.UUID,
    judgement: Judgement,
    was: WordsState,
    doer: Doer,
    now: datetime,
) -> ModerationVerdict:
    """As `judge_words`, of the words of a voice; what the voice said of the report stays said.

    Raises:
        NotFound: there is no such voice, or it has no words (any more).
        Conflict: somebody has looked since, or the words are hidden: an appeal brings them back.
    """
    voice = session.execute(
        select(DefectVoice.defect_id, DefectVoice.position).where(DefectVoice.id == voice_id)
    ).one_or_none()
    if voice is None:
        raise NotFound("There are no such words.")
    said = _Said(judgement, Target.VOICE, doer, now, voice.position)
    return _judge(session, voice.defect_id, said, was=was)


def judge_note(
    session: Session,
    *,
    event_id: uuid.UUID,
    judgement: Judgement,
    was: WordsState,
    doer: Doer,
    now: datetime,
) -> ModerationVerdict:
    """As `judge_words`, of what a resident tells that the city said; that it said so stays.

    Raises:
        NotFound: there is no such note.
        Conflict: somebody has looked since, or the words are hidden: an appeal brings them back.
    """
    note = session.get(DefectNote, event_id)
    if note is None:
        raise NotFound("There are no such words.")
    said = _Said(judgement, Target.NOTE, doer, now, note.position)
    return _judge(session, note.defect_id, said, was=was)


def judge_picture(
    session: Session,
    *,
    picture_id: uuid.UUID,
    judgement: Judgement,
    was: PictureState | None,
    doer: Doer,
    now: datetime,
) -> ModerationVerdict | None:
    """Show or hide a picture; `was` is its state as the moderator saw it, None where they did not
    see one: then the same verdict again changes nothing, and None comes back.

    Raises:
        NotFound: there is no such picture at a report or at a sighting.
        Conflict: somebody has looked since, or the picture is hidden: an appeal brings back one
            of a report.
    """
    about_id, target, position = _find_place_of_picture(session, picture_id)
    state = session.scalars(
        select(Picture.state).where(Picture.id == picture_id).with_for_update()
    ).one()
    after = PICTURE_AFTER[judgement.verdict]
    if was is None and state is after:
        return None
    if was is not None and state is not was:
        raise Conflict("Somebody has looked at this photo already: reload the list.")
    look_at_picture(session, picture_id=picture_id, verdict=after, now=now)
    said = _Said(judgement, target, doer, now, position)
    return said.keep(session, about_id, before=state, after=after)


def _find_place_of_picture(
    session: Session, picture_id: uuid.UUID
) -> tuple[uuid.UUID, Target, int | None]:
    """The id of the report or the asset it belongs to, as what, and its position there."""
    link = session.scalar(select(DefectPicture).where(DefectPicture.picture_id == picture_id))
    if link is not None:
        return link.defect_id, Target.PICTURE, link.position
    sighting = session.scalar(select(Sighting).where(Sighting.picture_id == picture_id))
    if sighting is None:
        raise NotFound("There is no such photo.")
    return sighting.asset_id, Target.SIGHTING, sighting.position


def hide_words(
    session: Session, *, thing: Thing, position: int, reason: Reason, doer: Doer, now: datetime
) -> None:
    """Hide words of a question, or of what was brought before the mediating team; what was said
    stays said. Words that are hidden stay so, for the first reason.

    Raises:
        Conflict: somebody has hidden them already.
    """
    column = {"question": "question_id", "mediation": "case_id"}[thing.kind]
    hidden = session.execute(
        insert(HiddenWords)
        .values(
            **{column: thing.id},
            id=new_id(),
            position=position,
            reason=reason,
            person_id=doer.person_id,
            decided_at=now,
        )
        .on_conflict_do_nothing(constraint="uq_hidden_words_place")
        .returning(HiddenWords.id)
    ).first()
    if hidden is None:
        raise Conflict("Somebody has looked at these words already: reload the page.")
    deed = Deed("judge_words", after={"position": position, "reason": reason.value})
    record_change(session, thing=thing, doer=doer, deed=deed, now=now)


def object_to(
    session: Session, *, verdict_id: uuid.UUID, note: str, now: datetime
) -> ModerationAppeal:
    """Ask another moderator to look at what a verdict hides; `note` is for them alone.

    Raises:
        Invalid: the note is too long.
        NotFound: this verdict hides nothing of a report, or came of an appeal and stands.
        Conflict: somebody has objected to it already.
    """
    words = read_words(note, field="note", most=MOST_NOTE_LETTERS)
    verdict = session.get(ModerationVerdict, verdict_id)
    if verdict is None or verdict.verdict is Verdict.SHOW or verdict.is_second_look:
        raise NotFound("There is nothing here to object to.")
    if verdict.defect_id is None:
        raise NotFound("There is nothing here to object to.")
    district = select(Defect.district_id).where(Defect.id == verdict.defect_id)
    appeal: ModerationAppeal | None = session.scalar(
        insert(ModerationAppeal)
        .values(
            id=new_id(),
            verdict_id=verdict_id,
            district_id=district.scalar_subquery(),
            decided_by=verdict.person_id,
            note=words,
            asked_at=now,
        )
        .on_conflict_do_nothing(index_elements=["verdict_id"])
        .returning(ModerationAppeal)
    )
    if appeal is None:
        raise Conflict("Somebody has objected already: another moderator looks at it.")
    deed = Deed("object", after={"target": verdict.target, "position": verdict.position})
    record_change(session, thing=thing_of(verdict.defect_id), doer=ANYBODY, deed=deed, now=now)
    return appeal


def settle_appeal(
    session: Session, *, appeal_id: uuid.UUID, judgement: Judgement, doer: Doer, now: datetime
) -> ModerationVerdict:
    """Look again at what somebody else hid. Of many at once exactly one succeeds.

    Raises:
        NotFound: there is no such appeal, or nothing is left to look at.
        NotAllowed: the same moderator gave the verdict.
        Conflict: somebody has settled it already.
    """
    decided_by_others = or_(
        ModerationAppeal.decided_by.is_(None), ModerationAppeal.decided_by != doer.person_id
    )
    settled = session.scalar(
        update(ModerationAppeal)
        .where(
            ModerationAppeal.id == appeal_id,
            ModerationAppeal.outcome.is_(None),
            decided_by_others,
        )
        .values(
            outcome=OUTCOMES[judgement.verdict],
            settled_by=doer.person_id,
            settled_at=now,
            # It was for who looks again, and nobody does any more.
            note="",
        )
        .returning(ModerationAppeal),
        execution_options={"synchronize_session": False, "populate_existing": True},
    )
    if settled is None:
        raise _refuse(session, appeal_id, doer)
    hidden = session.get_one(ModerationVerdict, settled.verdict_id)
    if hidden.defect_id is None:
        raise NotFound("There is no such objection.")
    said = _Said(judgement, hidden.target, doer, now, hidden.position, is_second_look=True)
    if hidden.target is Target.PICTURE:
        return _look_again(session, hidden.defect_id, said)
    state = _lock_words(session, hidden.defect_id, said)
    if state is not WordsState.HIDDEN:
        # Their reporter has taken them away since.
        raise NotFound("There is no such objection.")
    return _put_words(session, hidden.defect_id, said, before=state)


def forget_notes(session: Session, *, defect_id: uuid.UUID) -> None:
    """Take away what objections about a report say: they quote what it hides."""
    verdicts = select(ModerationVerdict.id).where(ModerationVerdict.defect_id == defect_id)
    session.execute(
        update(ModerationAppeal).where(ModerationAppeal.verdict_id.in_(verdicts)).values(note="")
    )


def judge_platform(
    session: Session, *, platform: PlatformFacts, judgement: Judgement, doer: Doer, now: datetime
) -> None:
    """Show or hide all that a platform says of itself: its words, its mandates, its file. Nothing
    of it is lost, and its area stays."""
    hidden_for = "" if judgement.reason is None else judgement.reason.value
    row = session.scalars(
        select(Platform)
        .where(Platform.id == platform.id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).one()
    before, row.hidden_for = row.hidden_for, hidden_for
    session.flush()
    if before != hidden_for:
        deed = Deed("judge_platform", before={"reason": before}, after={"reason": hidden_for})
        record_change(session, thing=platforms.thing_of(platform), doer=doer, deed=deed, now=now)


def _refuse(session: Session, appeal_id: uuid.UUID, doer: Doer) -> GeoappError:
    """Why an appeal could not be settled."""
    appeal = session.execute(
        select(ModerationAppeal.decided_by).where(ModerationAppeal.id == appeal_id)
    ).one_or_none()
    if appeal is None:
        return NotFound("There is no such objection.")
    if appeal.decided_by == doer.person_id:
        return NotAllowed("You hid this yourself: another moderator must look at it.")
    return Conflict("Somebody has settled this already.")


def _look_again(session: Session, defect_id: uuid.UUID, said: "_Said") -> ModerationVerdict:
    picture_id = session.scalar(
        select(DefectPicture.picture_id).where(
            DefectPicture.defect_id == defect_id, DefectPicture.position == said.position
        )
    )
    if picture_id is None:
        raise NotFound("There is no such photo.")
    if said.judgement.verdict is Verdict.SHOW:
        bring_back_picture(session, picture_id=picture_id)
    after = PICTURE_AFTER[said.judgement.verdict]
    return said.keep(session, defect_id, before=PictureState.HIDDEN, after=after)


@dataclass(frozen=True)
class _Said:
    """A judgement on one thing of a report, or on a photo of an asset, by whom and when."""

    judgement: Judgement
    target: Target
    doer: Doer
    now: datetime
    position: int | None = None
    is_second_look: bool = False

    def keep(
        self, session: Session, about_id: uuid.UUID, *, before: StrEnum, after: StrEnum
    ) -> ModerationVerdict:
        """Write it, and what it changes into the audit: never the words or the picture."""
        is_of_asset = self.target is Target.SIGHTING
        row = ModerationVerdict(
            defect_id=None if is_of_asset else about_id,
            asset_id=about_id if is_of_asset else None,
            target=self.target,
            position=self.position,
            verdict=self.judgement.verdict,
            reason=self.judgement.reason,
            is_second_look=self.is_second_look,
            person_id=self.doer.person_id,
            decided_at=self.now,
        )
        session.add(row)
        session.flush()
        told = {
            "target": self.target.value,
            "position": self.position,
            "reason": self.judgement.reason,
        }
        deed = Deed(
            self._action,
            before={"state": before.value},
            after={"state": after.value} | {name: value for name, value in told.items() if value},
        )
        thing = Thing("asset", about_id) if is_of_asset else thing_of(about_id)
        record_change(session, thing=thing, doer=self.doer, deed=deed, now=self.now)
        return row

    @property
    def _action(self) -> str:
        if self.is_second_look:
            return "settle_appeal"
        return _ACTIONS[self.target]


def _judge(
    session: Session, defect_id: uuid.UUID, said: _Said, *, was: WordsState
) -> ModerationVerdict:
    state = _lock_words(session, defect_id, said)
    if state is not was or said.judgement.verdict not in WORDS_LOOKS[state]:
        raise Conflict("Somebody has looked at these words already: reload the page.")
    return _put_words(session, defect_id, said, before=state)


def _place_of_words(
    defect_id: uuid.UUID, said: _Said
) -> tuple[type[Defect | DefectVoice | DefectNote], ColumnElement[bool]]:
    """Where the state of these words is kept; a voice whose words were taken away has none."""
    if said.target is Target.WORDS:
        return Defect, Defect.id == defect_id
    if said.target is Target.NOTE:
        return DefectNote, and_(
            DefectNote.defect_id == defect_id, DefectNote.position == said.position
        )
    return DefectVoice, and_(
        DefectVoice.defect_id == defect_id,
        DefectVoice.position == said.position,
        DefectVoice.note != "",
    )


def _lock_words(session: Session, defect_id: uuid.UUID, said: _Said) -> WordsState:
    table, where = _place_of_words(defect_id, said)
    state = session.scalar(select(table.words_state).where(where).with_for_update())
    if state is None:
        raise NotFound("There are no such words.")
    return state


def _put_words(
    session: Session, defect_id: uuid.UUID, said: _Said, *, before: WordsState
) -> ModerationVerdict:
    after = WORDS_AFTER[said.judgement.verdict]
    table, where = _place_of_words(defect_id, said)
    session.execute(update(table).where(where).values(words_state=after))
    return said.keep(session, defect_id, before=before, after=after)
