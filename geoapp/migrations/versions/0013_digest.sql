-- What waits for one organisation: all of it, what was called done and is not, what was promised.
CREATE INDEX ix_defect_waits ON defect (addressee_id, turn_since, id) INCLUDE (promised_on) WHERE file = 'public' AND state IN ('received', 'assigned', 'planned', 'disputed') AND NOT (work IN ('handled', 'refused', 'refused_twice') AND no_said IS false);
CREATE INDEX ix_defect_waits_denied ON defect (addressee_id, rung, turn_since, id) WHERE file = 'public' AND state IN ('received', 'assigned', 'planned', 'disputed') AND NOT (work IN ('handled', 'refused', 'refused_twice') AND no_said IS false) AND state = 'disputed' AND handlings > 0;
CREATE INDEX ix_defect_waits_promised ON defect (addressee_id, promised_on) WHERE file = 'public' AND state IN ('received', 'assigned', 'planned', 'disputed') AND NOT (work IN ('handled', 'refused', 'refused_twice') AND no_said IS false) AND promised_on IS NOT NULL;

-- How soon a follower hears, and what waits for their weekly mail.
ALTER TABLE defect_follower
    ADD COLUMN pace VARCHAR(24) DEFAULT 'at_once' NOT NULL,
    ADD CONSTRAINT ck_defect_follower_pace CHECK (pace IN ('at_once', 'weekly'));

CREATE TABLE follower_word (
    follower_id UUID NOT NULL,
    event_id UUID NOT NULL,
    noted_at TIMESTAMP WITH TIME ZONE NOT NULL,
    digest_id UUID,
    CONSTRAINT pk_follower_word PRIMARY KEY (follower_id, event_id),
    CONSTRAINT fk_follower_word_follower_id FOREIGN KEY(follower_id) REFERENCES defect_follower (id) ON DELETE CASCADE,
    CONSTRAINT fk_follower_word_event_id FOREIGN KEY(event_id) REFERENCES defect_event (id) ON DELETE CASCADE
);

CREATE INDEX ix_follower_word_waiting ON follower_word (noted_at) WHERE digest_id IS NULL;
CREATE INDEX ix_follower_word_digest_id ON follower_word (digest_id);
CREATE INDEX ix_follower_word_event_id ON follower_word (event_id);
