-- The ladder: days and rungs of each organisation, where one without an account gets its mail; and
-- what the city told, apart from the event, so that it can be hidden.

CREATE TABLE organisation_days (
    organisation_id UUID NOT NULL,
    answer_days SMALLINT,
    acceptance_days SMALLINT,
    silence_days SMALLINT,
    is_example BOOLEAN NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    CONSTRAINT pk_organisation_days PRIMARY KEY (organisation_id),
    CONSTRAINT ck_organisation_days_days CHECK (answer_days BETWEEN 1 AND 365 AND acceptance_days BETWEEN 1 AND 365 AND silence_days BETWEEN 1 AND 365),
    CONSTRAINT fk_organisation_days_organisation_id FOREIGN KEY(organisation_id) REFERENCES organisation (id) ON DELETE CASCADE
);

CREATE TABLE rung (
    id UUID NOT NULL,
    organisation_id UUID NOT NULL,
    number SMALLINT NOT NULL,
    contact_id UUID NOT NULL,
    days SMALLINT,
    is_example BOOLEAN NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    CONSTRAINT pk_rung PRIMARY KEY (id),
    CONSTRAINT ck_rung_number CHECK (number BETWEEN 1 AND 2),
    CONSTRAINT ck_rung_days CHECK (days BETWEEN 1 AND 365),
    CONSTRAINT uq_rung_organisation_id_number UNIQUE (organisation_id, number),
    CONSTRAINT fk_rung_organisation_id FOREIGN KEY(organisation_id) REFERENCES organisation (id) ON DELETE CASCADE,
    CONSTRAINT fk_rung_contact_id FOREIGN KEY(contact_id) REFERENCES contact (id) ON DELETE CASCADE
);

CREATE INDEX ix_rung_contact_id ON rung (contact_id);

ALTER TABLE organisation ADD COLUMN mailbox_id UUID;
ALTER TABLE organisation ADD CONSTRAINT fk_organisation_mailbox_id FOREIGN KEY(mailbox_id) REFERENCES address (id) ON DELETE SET NULL;
CREATE INDEX ix_organisation_mailbox_id ON organisation (mailbox_id);

ALTER TABLE defect_call ALTER COLUMN person_id DROP NOT NULL;
ALTER TABLE defect_call ADD COLUMN address_id UUID;
ALTER TABLE defect_call ADD CONSTRAINT fk_defect_call_address_id FOREIGN KEY(address_id) REFERENCES address (id) ON DELETE CASCADE;
ALTER TABLE defect_call ADD CONSTRAINT ck_defect_call_whom CHECK ((person_id IS NULL) <> (address_id IS NULL));
ALTER TABLE defect_call DROP CONSTRAINT uq_defect_call_defect_id_organisation_id_person_id;
ALTER TABLE defect_call ADD CONSTRAINT uq_defect_call_whom UNIQUE NULLS NOT DISTINCT (defect_id, organisation_id, person_id, address_id);
CREATE INDEX ix_defect_call_address_id ON defect_call (address_id);

CREATE TABLE defect_note (
    event_id UUID NOT NULL,
    defect_id UUID NOT NULL,
    position SMALLINT NOT NULL,
    note TEXT NOT NULL,
    words_state VARCHAR(24) DEFAULT 'shown' NOT NULL,
    CONSTRAINT pk_defect_note PRIMARY KEY (event_id),
    CONSTRAINT ck_defect_note_note CHECK (char_length(note) BETWEEN 1 AND 2000),
    CONSTRAINT ck_defect_note_words_state CHECK (words_state IN ('shown', 'held', 'hidden')),
    CONSTRAINT uq_defect_note_defect_id_position UNIQUE (defect_id, position),
    CONSTRAINT fk_defect_note_event_id FOREIGN KEY(event_id) REFERENCES defect_event (id) ON DELETE CASCADE,
    CONSTRAINT fk_defect_note_defect_id FOREIGN KEY(defect_id) REFERENCES defect (id) ON DELETE CASCADE
);

INSERT INTO defect_note (event_id, defect_id, position, note)
SELECT id, defect_id, row_number() OVER (PARTITION BY defect_id ORDER BY at, id), note
FROM defect_event WHERE kind = 'city_answered' AND note <> '';
-- The words stand in one place: an event cannot be changed otherwise.
ALTER TABLE defect_event DISABLE TRIGGER append_only;
UPDATE defect_event SET note = '' WHERE kind = 'city_answered';
ALTER TABLE defect_event ENABLE TRIGGER append_only;

ALTER TABLE moderation_verdict DROP CONSTRAINT ck_moderation_verdict_target;
ALTER TABLE moderation_verdict ADD CONSTRAINT ck_moderation_verdict_target CHECK (target IN ('words', 'picture', 'voice', 'note'));
ALTER TABLE moderation_verdict DROP CONSTRAINT ck_moderation_verdict_position;
ALTER TABLE moderation_verdict ADD CONSTRAINT ck_moderation_verdict_position CHECK ((target = 'words') = (position IS NULL));
