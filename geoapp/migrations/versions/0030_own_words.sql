-- What a platform itself says beside the figures of its area; and by place, what was called done and
-- is not, and what people say is missing.

CREATE TABLE own_word (
    platform_id UUID NOT NULL,
    figure VARCHAR(24) NOT NULL,
    words TEXT NOT NULL,
    said_at TIMESTAMP WITH TIME ZONE NOT NULL,
    is_example BOOLEAN NOT NULL,
    CONSTRAINT pk_own_word PRIMARY KEY (platform_id, figure),
    CONSTRAINT ck_own_word_words CHECK (words <> '' AND char_length(words) <= 400),
    CONSTRAINT fk_own_word_platform_id FOREIGN KEY(platform_id) REFERENCES platform (id) ON DELETE CASCADE,
    CONSTRAINT ck_own_word_figure CHECK (figure IN ('area', 'kept', 'denied', 'missing', 'plans', 'money'))
);

CREATE INDEX ix_defect_denied_point ON defect USING gist (point) WHERE handlings > 0 AND state IN ('disputed', 'mixed');

CREATE INDEX ix_defect_missing_point ON defect USING gist (point) WHERE category = 'missing' AND file = 'public' AND state IN ('received', 'assigned', 'planned', 'passed_on', 'handled', 'disputed', 'mixed', 'refused', 'no_agreement');
