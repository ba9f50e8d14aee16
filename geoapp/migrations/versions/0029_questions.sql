-- Questions of platforms with what happened to them, what the mediating team does, who reads the news
-- of a platform's week; and indexes by which what is new or stuck is found.

CREATE TABLE question (
    id UUID NOT NULL,
    district_id UUID NOT NULL,
    code TEXT NOT NULL,
    platform_id UUID NOT NULL,
    organisation_id UUID NOT NULL,
    theme VARCHAR(24) NOT NULL,
    words TEXT NOT NULL,
    about_kind TEXT NOT NULL,
    about_code TEXT NOT NULL,
    state VARCHAR(24) NOT NULL,
    turn_since DATE NOT NULL,
    due_on DATE,
    bounces SMALLINT DEFAULT '0' NOT NULL,
    refusals SMALLINT DEFAULT '0' NOT NULL,
    asked_at TIMESTAMP WITH TIME ZONE NOT NULL,
    is_example BOOLEAN NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    CONSTRAINT pk_question PRIMARY KEY (id),
    CONSTRAINT ck_question_code CHECK (code ~ '^[23456789BCDFGHJKMNPQRSTVWXYZ]{2,6}-[23456789BCDFGHJKMNPQRSTVWXYZ]{3,6}$'),
    CONSTRAINT ck_question_words CHECK (char_length(words) BETWEEN 1 AND 1000),
    CONSTRAINT ck_question_about CHECK ((about_kind = '') = (about_code = '')),
    CONSTRAINT ck_question_due_on CHECK ((state = 'promised') = (due_on IS NOT NULL)),
    CONSTRAINT fk_question_district_id FOREIGN KEY(district_id) REFERENCES district (id),
    CONSTRAINT uq_question_code UNIQUE (code),
    CONSTRAINT fk_question_platform_id FOREIGN KEY(platform_id) REFERENCES platform (id),
    CONSTRAINT fk_question_organisation_id FOREIGN KEY(organisation_id) REFERENCES organisation (id),
    CONSTRAINT ck_question_theme CHECK (theme IN ('repair', 'cleaning', 'green', 'play_sport', 'safety', 'money', 'permits', 'other')),
    CONSTRAINT ck_question_state CHECK (state IN ('asked', 'answered', 'promised', 'passed_on', 'granted', 'partly', 'refused', 'withdrawn'))
);

CREATE INDEX ix_question_bounced ON question (district_id, turn_since) WHERE bounces >= 2 AND state IN ('asked', 'promised', 'passed_on');
CREATE INDEX ix_question_denied ON question (district_id, turn_since) WHERE refusals > 0 AND state IN ('asked', 'promised', 'passed_on');
CREATE INDEX ix_question_district_id ON question (district_id, asked_at);
CREATE INDEX ix_question_organisation_id ON question (organisation_id);
CREATE INDEX ix_question_platform_id ON question (platform_id, asked_at);
CREATE INDEX ix_question_waiting ON question (district_id, turn_since) WHERE state IN ('asked', 'promised', 'passed_on');

CREATE TABLE question_event (
    id UUID NOT NULL,
    question_id UUID NOT NULL,
    position SMALLINT NOT NULL,
    kind VARCHAR(24) NOT NULL,
    at TIMESTAMP WITH TIME ZONE NOT NULL,
    organisation_id UUID NOT NULL,
    to_id UUID,
    note TEXT NOT NULL,
    due_on DATE,
    told JSONB DEFAULT '{}' NOT NULL,
    is_example BOOLEAN NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    CONSTRAINT pk_question_event PRIMARY KEY (id),
    CONSTRAINT uq_question_event_question_id_position UNIQUE (question_id, position),
    CONSTRAINT ck_question_event_note CHECK (char_length(note) <= 1000),
    CONSTRAINT ck_question_event_to CHECK ((kind IN ('asked', 'passed_on')) = (to_id IS NOT NULL)),
    CONSTRAINT ck_question_event_due_on CHECK ((kind = 'promised') = (due_on IS NOT NULL)),
    CONSTRAINT ck_question_event_told CHECK (kind NOT IN ('partly', 'refused') OR (note <> '' AND coalesce(told ->> 'possible', '') <> '' AND coalesce(told ->> 'interests', '') <> '' AND coalesce(told ->> 'decided_by', '') <> '')),
    CONSTRAINT fk_question_event_question_id FOREIGN KEY(question_id) REFERENCES question (id) ON DELETE CASCADE,
    CONSTRAINT ck_question_event_kind CHECK (kind IN ('asked', 'answered', 'promised', 'passed_on', 'granted', 'partly', 'refused', 'no_answer', 'withdrawn', 'brought')),
    CONSTRAINT fk_question_event_organisation_id FOREIGN KEY(organisation_id) REFERENCES organisation (id),
    CONSTRAINT fk_question_event_to_id FOREIGN KEY(to_id) REFERENCES organisation (id)
);

CREATE INDEX ix_question_event_at ON question_event (at);
CREATE INDEX ix_question_event_organisation_id ON question_event (organisation_id);
CREATE INDEX ix_question_event_to_id ON question_event (to_id);

CREATE TABLE question_follower (
    question_id UUID NOT NULL,
    person_id UUID NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    CONSTRAINT pk_question_follower PRIMARY KEY (question_id, person_id),
    CONSTRAINT fk_question_follower_question_id FOREIGN KEY(question_id) REFERENCES question (id) ON DELETE CASCADE,
    CONSTRAINT fk_question_follower_person_id FOREIGN KEY(person_id) REFERENCES person (id) ON DELETE CASCADE
);

CREATE INDEX ix_question_follower_person_id ON question_follower (person_id);

CREATE TABLE mediation_case (
    id UUID NOT NULL,
    district_id UUID NOT NULL,
    code TEXT NOT NULL,
    platform_id UUID NOT NULL,
    thing_kind VARCHAR(24) NOT NULL,
    thing_code TEXT NOT NULL,
    why TEXT NOT NULL,
    state VARCHAR(24) NOT NULL,
    result VARCHAR(24),
    asked_on DATE NOT NULL,
    is_example BOOLEAN NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    CONSTRAINT pk_mediation_case PRIMARY KEY (id),
    CONSTRAINT ck_mediation_case_code CHECK (code ~ '^[23456789BCDFGHJKMNPQRSTVWXYZ]{2,6}-[23456789BCDFGHJKMNPQRSTVWXYZ]{3,6}$'),
    CONSTRAINT ck_mediation_case_why CHECK (char_length(why) BETWEEN 1 AND 1000),
    CONSTRAINT ck_mediation_case_ended CHECK ((state = 'ended') = (result IS NOT NULL)),
    CONSTRAINT fk_mediation_case_district_id FOREIGN KEY(district_id) REFERENCES district (id),
    CONSTRAINT uq_mediation_case_code UNIQUE (code),
    CONSTRAINT fk_mediation_case_platform_id FOREIGN KEY(platform_id) REFERENCES platform (id),
    CONSTRAINT ck_mediation_case_thing_kind CHECK (thing_kind IN ('defect', 'question', 'plan')),
    CONSTRAINT ck_mediation_case_state CHECK (state IN ('asked', 'taken_up', 'ended')),
    CONSTRAINT ck_mediation_case_result CHECK (result IN ('agreed', 'partly', 'no_agreement'))
);

CREATE INDEX ix_mediation_case_platform_id ON mediation_case (platform_id);
CREATE INDEX ix_mediation_case_thing ON mediation_case (thing_kind, thing_code, asked_on);
CREATE INDEX ix_mediation_case_waiting ON mediation_case (district_id, asked_on) WHERE state <> 'ended';
CREATE UNIQUE INDEX uq_mediation_case_open ON mediation_case (thing_kind, thing_code) WHERE state <> 'ended';

CREATE TABLE mediation_step (
    id UUID NOT NULL,
    case_id UUID NOT NULL,
    position SMALLINT NOT NULL,
    kind VARCHAR(24) NOT NULL,
    on_day DATE NOT NULL,
    note TEXT NOT NULL,
    result VARCHAR(24),
    is_example BOOLEAN NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    CONSTRAINT pk_mediation_step PRIMARY KEY (id),
    CONSTRAINT uq_mediation_step_case_id_position UNIQUE (case_id, position),
    CONSTRAINT ck_mediation_step_note CHECK (char_length(note) <= 1000),
    CONSTRAINT ck_mediation_step_said CHECK (kind = 'taken_up' OR note <> ''),
    CONSTRAINT ck_mediation_step_ended CHECK ((kind = 'ended') = (result IS NOT NULL)),
    CONSTRAINT fk_mediation_step_case_id FOREIGN KEY(case_id) REFERENCES mediation_case (id) ON DELETE CASCADE,
    CONSTRAINT ck_mediation_step_kind CHECK (kind IN ('taken_up', 'talked', 'visited', 'proposed', 'ended')),
    CONSTRAINT ck_mediation_step_result CHECK (result IN ('agreed', 'partly', 'no_agreement'))
);

CREATE TABLE week_reader (
    id UUID NOT NULL,
    platform_id UUID NOT NULL,
    person_id UUID NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    CONSTRAINT pk_week_reader PRIMARY KEY (id),
    CONSTRAINT uq_week_reader_platform_id_person_id UNIQUE (platform_id, person_id),
    CONSTRAINT fk_week_reader_platform_id FOREIGN KEY(platform_id) REFERENCES platform (id) ON DELETE CASCADE,
    CONSTRAINT fk_week_reader_person_id FOREIGN KEY(person_id) REFERENCES person (id) ON DELETE CASCADE
);

CREATE INDEX ix_week_reader_person_id ON week_reader (person_id);

CREATE TABLE hidden_words (
    id UUID NOT NULL,
    question_id UUID,
    case_id UUID,
    position SMALLINT NOT NULL,
    reason VARCHAR(24) NOT NULL,
    person_id UUID,
    decided_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_hidden_words PRIMARY KEY (id),
    CONSTRAINT ck_hidden_words_thing CHECK ((question_id IS NULL) <> (case_id IS NULL)),
    CONSTRAINT ck_hidden_words_position CHECK (position >= 0),
    CONSTRAINT uq_hidden_words_place UNIQUE NULLS NOT DISTINCT (question_id, case_id, position),
    CONSTRAINT fk_hidden_words_question_id FOREIGN KEY(question_id) REFERENCES question (id) ON DELETE CASCADE,
    CONSTRAINT fk_hidden_words_case_id FOREIGN KEY(case_id) REFERENCES mediation_case (id) ON DELETE CASCADE,
    CONSTRAINT ck_hidden_words_reason CHECK (reason IN ('face', 'name', 'phone_or_address', 'insult', 'advertising', 'not_about_this', 'other')),
    CONSTRAINT fk_hidden_words_person_id FOREIGN KEY(person_id) REFERENCES person (id) ON DELETE SET NULL
);

CREATE INDEX ix_hidden_words_case_id ON hidden_words (case_id) WHERE case_id IS NOT NULL;
CREATE INDEX ix_hidden_words_person_id ON hidden_words (person_id) WHERE person_id IS NOT NULL;

CREATE INDEX ix_defect_bounced ON defect (district_id, turn_since) WHERE bounces >= 2 AND file = 'public' AND state IN ('received', 'assigned', 'planned', 'passed_on', 'disputed');
CREATE INDEX ix_defect_no_agreement ON defect (district_id, turn_since) WHERE file = 'public' AND (state = 'no_agreement' OR (state = 'disputed' AND work IN ('refused', 'refused_twice')));
CREATE INDEX ix_defect_event_at ON defect_event (at);
CREATE INDEX ix_defect_promise_closed_at ON defect_promise (closed_at);
CREATE INDEX ix_asset_event_happened_on ON asset_event (happened_on);
CREATE INDEX ix_sighting_seen_on ON sighting (seen_on);

CREATE TRIGGER append_only BEFORE UPDATE ON question_event
    FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER append_only BEFORE UPDATE ON mediation_step
    FOR EACH ROW EXECUTE FUNCTION refuse_change();
