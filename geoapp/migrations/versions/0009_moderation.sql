-- Moderation: words that are held or hidden, verdicts with a reason, appeals against them.

ALTER TABLE defect ADD COLUMN words_state VARCHAR(24) DEFAULT 'shown' NOT NULL;
ALTER TABLE defect ADD CONSTRAINT ck_defect_words_state CHECK (words_state IN ('shown', 'held', 'hidden'));
CREATE INDEX ix_defect_words_held ON defect (id) WHERE words_state = 'held';

CREATE TABLE moderation_verdict (
    id UUID NOT NULL,
    number BIGINT GENERATED ALWAYS AS IDENTITY,
    defect_id UUID NOT NULL,
    target VARCHAR(24) NOT NULL,
    position SMALLINT,
    verdict VARCHAR(24) NOT NULL,
    reason VARCHAR(24),
    is_second_look BOOLEAN NOT NULL,
    person_id UUID,
    decided_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_moderation_verdict PRIMARY KEY (id),
    CONSTRAINT ck_moderation_verdict_position CHECK ((target = 'picture') = (position IS NOT NULL)),
    CONSTRAINT ck_moderation_verdict_why CHECK ((verdict = 'hide') = (reason IS NOT NULL)),
    CONSTRAINT uq_moderation_verdict_number UNIQUE (number),
    CONSTRAINT fk_moderation_verdict_defect_id FOREIGN KEY(defect_id) REFERENCES defect (id) ON DELETE CASCADE,
    CONSTRAINT ck_moderation_verdict_target CHECK (target IN ('words', 'picture')),
    CONSTRAINT ck_moderation_verdict_verdict CHECK (verdict IN ('show', 'hide')),
    CONSTRAINT ck_moderation_verdict_reason CHECK (reason IN ('face', 'name', 'phone_or_address', 'insult', 'advertising', 'not_about_this', 'other')),
    CONSTRAINT fk_moderation_verdict_person_id FOREIGN KEY(person_id) REFERENCES person (id) ON DELETE SET NULL
);

CREATE INDEX ix_moderation_verdict_defect_id ON moderation_verdict (defect_id, target, position, number);
CREATE INDEX ix_moderation_verdict_person_id ON moderation_verdict (person_id) WHERE person_id IS NOT NULL;

CREATE TABLE moderation_appeal (
    id UUID NOT NULL,
    verdict_id UUID NOT NULL,
    decided_by UUID,
    note TEXT NOT NULL,
    asked_at TIMESTAMP WITH TIME ZONE NOT NULL,
    settled_by UUID,
    settled_at TIMESTAMP WITH TIME ZONE,
    outcome VARCHAR(24),
    CONSTRAINT pk_moderation_appeal PRIMARY KEY (id),
    CONSTRAINT ck_moderation_appeal_note CHECK (char_length(note) <= 500),
    CONSTRAINT ck_moderation_appeal_second CHECK (settled_by <> decided_by),
    CONSTRAINT ck_moderation_appeal_settled_at CHECK ((settled_at IS NULL) = (outcome IS NULL)),
    CONSTRAINT ck_moderation_appeal_settled_by CHECK (settled_by IS NULL OR outcome IS NOT NULL),
    CONSTRAINT uq_moderation_appeal_verdict_id UNIQUE (verdict_id),
    CONSTRAINT fk_moderation_appeal_verdict_id FOREIGN KEY(verdict_id) REFERENCES moderation_verdict (id) ON DELETE CASCADE,
    CONSTRAINT fk_moderation_appeal_decided_by FOREIGN KEY(decided_by) REFERENCES person (id) ON DELETE SET NULL,
    CONSTRAINT fk_moderation_appeal_settled_by FOREIGN KEY(settled_by) REFERENCES person (id) ON DELETE SET NULL,
    CONSTRAINT ck_moderation_appeal_outcome CHECK (outcome IN ('confirmed', 'reversed'))
);

CREATE INDEX ix_moderation_appeal_decided_by ON moderation_appeal (decided_by) WHERE decided_by IS NOT NULL;
CREATE INDEX ix_moderation_appeal_open ON moderation_appeal (id) WHERE outcome IS NULL;
CREATE INDEX ix_moderation_appeal_settled_by ON moderation_appeal (settled_by) WHERE settled_by IS NOT NULL;
