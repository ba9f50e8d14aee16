-- Platforms that put themselves forward, and stand here by their own word until a commission has
-- chosen them; areas over time, mandates, choices with reasons, recognition files. No column counts
-- or weighs anything of a file.

ALTER TABLE organisation ADD COLUMN is_own_word BOOLEAN DEFAULT false NOT NULL;
ALTER TABLE platform ADD COLUMN put_forward_by UUID;
ALTER TABLE platform ADD COLUMN put_forward_at TIMESTAMP WITH TIME ZONE;
ALTER TABLE platform ADD COLUMN hidden_for TEXT DEFAULT '' NOT NULL;
ALTER TABLE platform ADD CONSTRAINT ck_platform_put_forward CHECK (put_forward_by IS NULL OR put_forward_at IS NOT NULL);
ALTER TABLE platform ADD CONSTRAINT fk_platform_put_forward_by FOREIGN KEY(put_forward_by) REFERENCES person (id) ON DELETE SET NULL;
CREATE INDEX ix_platform_put_forward_by ON platform (put_forward_by) WHERE put_forward_by IS NOT NULL;
CREATE UNIQUE INDEX uq_platform_area_in_force ON platform_area (platform_id) WHERE valid_to IS NULL;

CREATE TABLE platform_mandate (
    id UUID NOT NULL,
    platform_id UUID NOT NULL,
    about TEXT NOT NULL,
    role TEXT NOT NULL,
    on_behalf_of TEXT NOT NULL,
    valid_from DATE NOT NULL,
    valid_to DATE,
    ended_on DATE,
    is_example BOOLEAN NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    CONSTRAINT pk_platform_mandate PRIMARY KEY (id),
    CONSTRAINT ck_platform_mandate_said CHECK (about <> '' AND role <> '' AND on_behalf_of <> ''),
    CONSTRAINT ck_platform_mandate_valid CHECK (valid_to >= valid_from),
    CONSTRAINT ck_platform_mandate_ended CHECK (ended_on >= valid_from),
    CONSTRAINT fk_platform_mandate_platform_id FOREIGN KEY(platform_id) REFERENCES platform (id) ON DELETE CASCADE
);
CREATE INDEX ix_platform_mandate_platform_id ON platform_mandate (platform_id);

CREATE TABLE area_choice (
    id UUID NOT NULL,
    number BIGINT GENERATED ALWAYS AS IDENTITY,
    district_id UUID NOT NULL,
    organic_area_id UUID,
    official_area_id UUID,
    body TEXT NOT NULL,
    reasons TEXT NOT NULL,
    interests TEXT NOT NULL,
    still_possible TEXT NOT NULL,
    decided_on DATE NOT NULL,
    is_example BOOLEAN NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    CONSTRAINT pk_area_choice PRIMARY KEY (id),
    CONSTRAINT ck_area_choice_area CHECK ((organic_area_id IS NULL) <> (official_area_id IS NULL)),
    CONSTRAINT ck_area_choice_said CHECK (body <> '' AND reasons <> '' AND interests <> '' AND still_possible <> ''),
    CONSTRAINT uq_area_choice_number UNIQUE (number),
    CONSTRAINT fk_area_choice_district_id FOREIGN KEY(district_id) REFERENCES district (id),
    CONSTRAINT fk_area_choice_organic_area_id FOREIGN KEY(organic_area_id) REFERENCES organic_area (id) ON DELETE CASCADE,
    CONSTRAINT fk_area_choice_official_area_id FOREIGN KEY(official_area_id) REFERENCES official_area (id)
);
CREATE INDEX ix_area_choice_official_area_id ON area_choice (official_area_id, number);
CREATE INDEX ix_area_choice_organic_area_id ON area_choice (organic_area_id, number);

CREATE TABLE area_choice_platform (
    choice_id UUID NOT NULL,
    platform_id UUID NOT NULL,
    CONSTRAINT pk_area_choice_platform PRIMARY KEY (choice_id, platform_id),
    CONSTRAINT fk_area_choice_platform_choice_id FOREIGN KEY(choice_id) REFERENCES area_choice (id) ON DELETE CASCADE,
    CONSTRAINT fk_area_choice_platform_platform_id FOREIGN KEY(platform_id) REFERENCES platform (id) ON DELETE CASCADE
);
CREATE INDEX ix_area_choice_platform_platform_id ON area_choice_platform (platform_id);

CREATE TABLE criteria_list (
    id UUID NOT NULL,
    district_id UUID NOT NULL,
    version SMALLINT NOT NULL,
    valid_from DATE NOT NULL,
    owners JSONB NOT NULL,
    source JSONB NOT NULL,
    criteria JSONB NOT NULL,
    is_example BOOLEAN NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    CONSTRAINT pk_criteria_list PRIMARY KEY (id),
    CONSTRAINT uq_criteria_list_district_id_version UNIQUE (district_id, version),
    CONSTRAINT ck_criteria_list_version CHECK (version > 0),
    CONSTRAINT ck_criteria_list_criteria CHECK (jsonb_array_length(criteria) BETWEEN 1 AND 20),
    CONSTRAINT fk_criteria_list_district_id FOREIGN KEY(district_id) REFERENCES district (id)
);

CREATE TABLE recognition_file (
    platform_id UUID NOT NULL,
    list_id UUID NOT NULL,
    published_at TIMESTAMP WITH TIME ZONE,
    is_example BOOLEAN NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    CONSTRAINT pk_recognition_file PRIMARY KEY (platform_id),
    CONSTRAINT fk_recognition_file_platform_id FOREIGN KEY(platform_id) REFERENCES platform (id) ON DELETE CASCADE,
    CONSTRAINT fk_recognition_file_list_id FOREIGN KEY(list_id) REFERENCES criteria_list (id)
);
CREATE INDEX ix_recognition_file_list_id ON recognition_file (list_id);

CREATE TABLE recognition_entry (
    platform_id UUID NOT NULL,
    criterion TEXT NOT NULL,
    words TEXT NOT NULL,
    version INTEGER NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    CONSTRAINT pk_recognition_entry PRIMARY KEY (platform_id, criterion),
    CONSTRAINT ck_recognition_entry_version CHECK (version > 0),
    CONSTRAINT fk_recognition_entry_platform_id FOREIGN KEY(platform_id) REFERENCES recognition_file (platform_id) ON DELETE CASCADE
);

CREATE TABLE recognition_evidence (
    platform_id UUID NOT NULL,
    criterion TEXT NOT NULL,
    kind VARCHAR(24) NOT NULL,
    code TEXT NOT NULL,
    CONSTRAINT pk_recognition_evidence PRIMARY KEY (platform_id, criterion, kind, code),
    CONSTRAINT fk_recognition_evidence_platform_id FOREIGN KEY(platform_id, criterion) REFERENCES recognition_entry (platform_id, criterion) ON DELETE CASCADE,
    CONSTRAINT ck_recognition_evidence_code CHECK (code <> ''),
    CONSTRAINT ck_recognition_evidence_kind CHECK (kind IN ('asset', 'agreement', 'report', 'plan'))
);

CREATE TABLE recognition_remark (
    id UUID NOT NULL,
    number BIGINT GENERATED ALWAYS AS IDENTITY,
    platform_id UUID NOT NULL,
    criterion TEXT NOT NULL,
    side VARCHAR(24) NOT NULL,
    organisation_id UUID,
    body TEXT NOT NULL,
    words TEXT NOT NULL,
    said_on DATE NOT NULL,
    is_example BOOLEAN NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    CONSTRAINT pk_recognition_remark PRIMARY KEY (id),
    CONSTRAINT ck_recognition_remark_side_named CHECK ((side = 'peer') = (organisation_id IS NOT NULL) AND (side = 'peer') = (body = '')),
    CONSTRAINT ck_recognition_remark_words CHECK (words <> ''),
    CONSTRAINT uq_recognition_remark_number UNIQUE (number),
    CONSTRAINT fk_recognition_remark_platform_id FOREIGN KEY(platform_id) REFERENCES recognition_file (platform_id) ON DELETE CASCADE,
    CONSTRAINT ck_recognition_remark_side CHECK (side IN ('peer', 'commission', 'independent')),
    CONSTRAINT fk_recognition_remark_organisation_id FOREIGN KEY(organisation_id) REFERENCES organisation (id)
);
CREATE INDEX ix_recognition_remark_organisation_id ON recognition_remark (organisation_id);
CREATE INDEX ix_recognition_remark_platform_id ON recognition_remark (platform_id, number);

CREATE TABLE recognition_review (
    id UUID NOT NULL,
    number BIGINT GENERATED ALWAYS AS IDENTITY,
    platform_id UUID NOT NULL,
    list_id UUID NOT NULL,
    side VARCHAR(24) NOT NULL,
    organisation_id UUID,
    body TEXT NOT NULL,
    decision VARCHAR(24) NOT NULL,
    reasons TEXT NOT NULL,
    interests TEXT NOT NULL,
    still_possible TEXT NOT NULL,
    decided_on DATE NOT NULL,
    is_example BOOLEAN NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    CONSTRAINT pk_recognition_review PRIMARY KEY (id),
    CONSTRAINT ck_recognition_review_side_named CHECK ((side = 'peer') = (organisation_id IS NOT NULL) AND (side = 'peer') = (body = '')),
    CONSTRAINT ck_recognition_review_said CHECK (reasons <> '' AND interests <> '' AND still_possible <> ''),
    CONSTRAINT uq_recognition_review_number UNIQUE (number),
    CONSTRAINT fk_recognition_review_platform_id FOREIGN KEY(platform_id) REFERENCES recognition_file (platform_id) ON DELETE CASCADE,
    CONSTRAINT fk_recognition_review_list_id FOREIGN KEY(list_id) REFERENCES criteria_list (id),
    CONSTRAINT ck_recognition_review_side CHECK (side IN ('peer', 'commission', 'independent')),
    CONSTRAINT fk_recognition_review_organisation_id FOREIGN KEY(organisation_id) REFERENCES organisation (id),
    CONSTRAINT ck_recognition_review_decision CHECK (decision IN ('recognised', 'not_yet'))
);
CREATE INDEX ix_recognition_review_list_id ON recognition_review (list_id);
CREATE INDEX ix_recognition_review_organisation_id ON recognition_review (organisation_id);
CREATE INDEX ix_recognition_review_platform_id ON recognition_review (platform_id, number);

CREATE TRIGGER append_only BEFORE UPDATE ON area_choice
    FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER append_only BEFORE UPDATE ON recognition_remark
    FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER append_only BEFORE UPDATE ON recognition_review
    FOR EACH ROW EXECUTE FUNCTION refuse_change();
