-- The life of a report: what its axes rest on, voices, promises, calls, a rung of the ladder.

ALTER TABLE defect
    ADD COLUMN yes_said BOOLEAN DEFAULT false NOT NULL,
    ADD COLUMN no_said BOOLEAN DEFAULT false NOT NULL,
    ADD COLUMN was_disputed BOOLEAN DEFAULT false NOT NULL,
    ADD COLUMN handlings SMALLINT DEFAULT 0 NOT NULL,
    ADD COLUMN disputes SMALLINT DEFAULT 0 NOT NULL,
    ADD COLUMN disputed_at SMALLINT DEFAULT 0 NOT NULL,
    ADD COLUMN rung SMALLINT DEFAULT 1 NOT NULL,
    ADD COLUMN climbed_at SMALLINT DEFAULT 0 NOT NULL,
    ADD COLUMN bounces SMALLINT DEFAULT 0 NOT NULL,
    ADD COLUMN again_of_id UUID,
    ADD COLUMN refused_by_id UUID,
    ADD CONSTRAINT fk_defect_again_of_id FOREIGN KEY(again_of_id) REFERENCES defect (id),
    ADD CONSTRAINT fk_defect_refused_by_id FOREIGN KEY(refused_by_id) REFERENCES person (id) ON DELETE SET NULL;

DROP INDEX ix_defect_addressee_id;
DROP INDEX ix_defect_passed_to_id;
CREATE INDEX ix_defect_addressee_id_turn ON defect (addressee_id, turn_since, id);
CREATE INDEX ix_defect_passed_to_id_turn ON defect (passed_to_id, turn_since, id);
CREATE INDEX ix_defect_work_turn ON defect (work, turn_since) WHERE file = 'public';
CREATE INDEX ix_defect_again_of_id ON defect (again_of_id);
CREATE INDEX ix_defect_refused_by_id ON defect (refused_by_id);

ALTER TABLE defect_event DROP CONSTRAINT ck_defect_event_kind;
ALTER TABLE defect_event ADD CONSTRAINT ck_defect_event_kind CHECK (kind IN ('reported', 'taken', 'promised', 'missed', 'asked', 'passed_on', 'accepted', 'returned', 'handled', 'city_answered', 'refused', 'refused_again', 'said_solved', 'said_good', 'said_not_good', 'said_broken_again', 'settled', 'checked', 'checked_not_good', 'climbed', 'lapsed', 'merged', 'joined', 'joined_open', 'unmerged', 'withdrawn', 'retaken', 'removed'));
ALTER TABLE defect_picture DROP CONSTRAINT ck_defect_picture_role;
ALTER TABLE defect_picture ADD CONSTRAINT ck_defect_picture_role CHECK (role IN ('matter', 'city_answer', 'voice', 'work'));
ALTER TABLE moderation_verdict DROP CONSTRAINT ck_moderation_verdict_target;
ALTER TABLE moderation_verdict ADD CONSTRAINT ck_moderation_verdict_target CHECK (target IN ('words', 'picture', 'voice'));
ALTER TABLE moderation_verdict DROP CONSTRAINT ck_moderation_verdict_position;
ALTER TABLE moderation_verdict ADD CONSTRAINT ck_moderation_verdict_position CHECK ((target IN ('picture', 'voice')) = (position IS NOT NULL));

CREATE TABLE defect_voice (
    id UUID NOT NULL,
    defect_id UUID NOT NULL,
    position SMALLINT NOT NULL,
    says VARCHAR(24) NOT NULL,
    speaker VARCHAR(24) NOT NULL,
    handling SMALLINT NOT NULL,
    heard BOOLEAN,
    has_photo BOOLEAN NOT NULL,
    note TEXT NOT NULL,
    words_state VARCHAR(24) NOT NULL,
    sender BYTEA,
    said_at TIMESTAMP WITH TIME ZONE NOT NULL,
    is_example BOOLEAN NOT NULL,
    CONSTRAINT pk_defect_voice PRIMARY KEY (id),
    CONSTRAINT uq_defect_voice_defect_id_position UNIQUE (defect_id, position),
    CONSTRAINT ck_defect_voice_note CHECK (char_length(note) <= 2000),
    CONSTRAINT fk_defect_voice_defect_id FOREIGN KEY(defect_id) REFERENCES defect (id) ON DELETE CASCADE,
    CONSTRAINT ck_defect_voice_says CHECK (says IN ('solved', 'still_broken', 'broken_again')),
    CONSTRAINT ck_defect_voice_speaker CHECK (speaker IN ('reporter', 'follower', 'neighbour', 'tied')),
    CONSTRAINT ck_defect_voice_words_state CHECK (words_state IN ('shown', 'held', 'hidden'))
);

CREATE INDEX ix_defect_voice_words_held ON defect_voice (id) WHERE words_state = 'held';

CREATE TABLE defect_promise (
    id UUID NOT NULL,
    defect_id UUID NOT NULL,
    organisation_id UUID NOT NULL,
    due_on DATE NOT NULL,
    moves SMALLINT NOT NULL,
    state VARCHAR(24) NOT NULL,
    promised_at TIMESTAMP WITH TIME ZONE NOT NULL,
    closed_at TIMESTAMP WITH TIME ZONE,
    is_example BOOLEAN NOT NULL,
    CONSTRAINT pk_defect_promise PRIMARY KEY (id),
    CONSTRAINT ck_defect_promise_closed_at CHECK ((state = 'open') = (closed_at IS NULL)),
    CONSTRAINT fk_defect_promise_defect_id FOREIGN KEY(defect_id) REFERENCES defect (id) ON DELETE CASCADE,
    CONSTRAINT fk_defect_promise_organisation_id FOREIGN KEY(organisation_id) REFERENCES organisation (id),
    CONSTRAINT ck_defect_promise_state CHECK (state IN ('open', 'kept', 'moved', 'missed'))
);

CREATE INDEX ix_defect_promise_defect_id ON defect_promise (defect_id);
CREATE INDEX ix_defect_promise_due_on ON defect_promise (due_on) WHERE state = 'open';
CREATE INDEX ix_defect_promise_organisation_id ON defect_promise (organisation_id);
CREATE UNIQUE INDEX uq_defect_promise_open ON defect_promise (defect_id) WHERE state = 'open';

CREATE TABLE defect_call (
    id UUID NOT NULL,
    defect_id UUID NOT NULL,
    organisation_id UUID NOT NULL,
    person_id UUID NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    CONSTRAINT pk_defect_call PRIMARY KEY (id),
    CONSTRAINT uq_defect_call_defect_id_organisation_id_person_id UNIQUE (defect_id, organisation_id, person_id),
    CONSTRAINT fk_defect_call_defect_id FOREIGN KEY(defect_id) REFERENCES defect (id) ON DELETE CASCADE,
    CONSTRAINT fk_defect_call_organisation_id FOREIGN KEY(organisation_id) REFERENCES organisation (id),
    CONSTRAINT fk_defect_call_person_id FOREIGN KEY(person_id) REFERENCES person (id) ON DELETE CASCADE
);

CREATE INDEX ix_defect_call_organisation_id ON defect_call (organisation_id);
CREATE INDEX ix_defect_call_person_id ON defect_call (person_id);

ALTER TABLE defect_event
    ADD COLUMN voice_id UUID,
    ADD COLUMN told JSONB DEFAULT '{}' NOT NULL,
    ADD CONSTRAINT fk_defect_event_voice_id FOREIGN KEY(voice_id) REFERENCES defect_voice (id);
CREATE INDEX ix_defect_event_voice_id ON defect_event (voice_id);
ALTER TABLE defect_picture
    ADD COLUMN event_id UUID,
    ADD CONSTRAINT fk_defect_picture_event_id FOREIGN KEY(event_id) REFERENCES defect_event (id) ON DELETE CASCADE;
CREATE INDEX ix_defect_picture_event_id ON defect_picture (event_id);

-- What was said so far: yes and no since the last answer, and how often.
WITH told AS (
    SELECT d.id,
        count(*) FILTER (WHERE e.kind = 'handled') AS handlings,
        bool_or(e.kind IN ('said_not_good', 'said_broken_again')) AS was_disputed,
        max(e.at) FILTER (WHERE e.kind IN ('handled', 'refused')) AS answered_at
    FROM defect d JOIN defect_event e ON e.defect_id = d.id GROUP BY d.id
), since AS (
    SELECT t.id, t.handlings, t.was_disputed,
        coalesce(bool_or(e.kind IN ('said_solved', 'checked')), false) AS yes_said,
        coalesce(bool_or(e.kind IN ('said_not_good', 'said_broken_again')), false) AS no_said
    FROM told t LEFT JOIN defect_event e
        ON e.defect_id = t.id AND t.answered_at IS NOT NULL AND e.at >= t.answered_at
    GROUP BY t.id, t.handlings, t.was_disputed
)
UPDATE defect d SET
    handlings = s.handlings,
    was_disputed = coalesce(s.was_disputed, false),
    yes_said = s.yes_said,
    no_said = s.no_said,
    disputes = CASE WHEN s.was_disputed AND s.handlings > 0 THEN 1 ELSE 0 END,
    disputed_at = CASE WHEN NOT s.was_disputed OR s.handlings = 0 THEN 0
        WHEN s.no_said THEN s.handlings ELSE s.handlings - 1 END
FROM since s WHERE s.id = d.id;
