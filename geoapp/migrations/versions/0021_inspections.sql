-- Lists of questions, inspections, the ladder to removal; and what can have happened to an asset.

ALTER TABLE asset_event DROP CONSTRAINT ck_asset_event_kind;
ALTER TABLE asset_event ADD CONSTRAINT ck_asset_event_kind CHECK (kind IN ('planned', 'built', 'registered', 'deregistered', 'inspected', 'seen', 'moved', 'owned', 'replaced', 'reviewed', 'removed'));

CREATE TABLE checklist (
    id UUID NOT NULL,
    district_id UUID NOT NULL,
    kind VARCHAR(24) NOT NULL,
    version SMALLINT NOT NULL,
    starts_on DATE NOT NULL,
    every_days SMALLINT NOT NULL,
    items JSONB NOT NULL,
    source TEXT NOT NULL,
    is_example BOOLEAN NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    CONSTRAINT pk_checklist PRIMARY KEY (id),
    CONSTRAINT uq_checklist_district_id_kind_version UNIQUE (district_id, kind, version),
    CONSTRAINT ck_checklist_version CHECK (version > 0),
    CONSTRAINT ck_checklist_every_days CHECK (every_days BETWEEN 1 AND 730),
    CONSTRAINT ck_checklist_items CHECK (jsonb_array_length(items) BETWEEN 1 AND 6),
    CONSTRAINT fk_checklist_district_id FOREIGN KEY(district_id) REFERENCES district (id),
    CONSTRAINT ck_checklist_kind CHECK (kind IN ('cabinet', 'playground', 'sport_court', 'bench', 'bin', 'sign'))
);

CREATE TABLE inspection (
    id UUID NOT NULL,
    number BIGINT GENERATED ALWAYS AS IDENTITY,
    asset_id UUID NOT NULL,
    checklist_id UUID NOT NULL,
    done_at TIMESTAMP WITH TIME ZONE NOT NULL,
    done_on DATE NOT NULL,
    by_organisation_id UUID NOT NULL,
    by_district BOOLEAN NOT NULL,
    person_id UUID,
    with_organisation_id UUID,
    confirmed_at TIMESTAMP WITH TIME ZONE,
    confirmed_by UUID,
    is_shared BOOLEAN GENERATED ALWAYS AS (confirmed_at IS NOT NULL) STORED NOT NULL,
    answers JSONB NOT NULL,
    result VARCHAR(24) NOT NULL,
    note TEXT NOT NULL,
    picture_id UUID,
    is_example BOOLEAN NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    CONSTRAINT pk_inspection PRIMARY KEY (id),
    CONSTRAINT uq_inspection_id_asset_id_is_shared UNIQUE (id, asset_id, is_shared),
    CONSTRAINT ck_inspection_note CHECK (char_length(note) <= 500),
    CONSTRAINT ck_inspection_answers CHECK (jsonb_typeof(answers) = 'object'),
    CONSTRAINT ck_inspection_two_sides CHECK (with_organisation_id <> by_organisation_id),
    CONSTRAINT ck_inspection_two_persons CHECK (confirmed_by <> person_id),
    CONSTRAINT ck_inspection_confirmed_at CHECK (confirmed_at IS NULL OR with_organisation_id IS NOT NULL),
    CONSTRAINT ck_inspection_confirmed_by CHECK (confirmed_by IS NULL OR confirmed_at IS NOT NULL),
    CONSTRAINT uq_inspection_number UNIQUE (number),
    CONSTRAINT fk_inspection_asset_id FOREIGN KEY(asset_id) REFERENCES asset (id) ON DELETE CASCADE,
    CONSTRAINT fk_inspection_checklist_id FOREIGN KEY(checklist_id) REFERENCES checklist (id),
    CONSTRAINT fk_inspection_by_organisation_id FOREIGN KEY(by_organisation_id) REFERENCES organisation (id),
    CONSTRAINT fk_inspection_person_id FOREIGN KEY(person_id) REFERENCES person (id) ON DELETE SET NULL,
    CONSTRAINT fk_inspection_with_organisation_id FOREIGN KEY(with_organisation_id) REFERENCES organisation (id),
    CONSTRAINT fk_inspection_confirmed_by FOREIGN KEY(confirmed_by) REFERENCES person (id) ON DELETE SET NULL,
    CONSTRAINT ck_inspection_result CHECK (result IN ('right', 'not_right', 'not_safe')),
    CONSTRAINT fk_inspection_picture_id FOREIGN KEY(picture_id) REFERENCES picture (id) ON DELETE SET NULL
);

CREATE INDEX ix_inspection_asset_id ON inspection (asset_id, number DESC);
CREATE INDEX ix_inspection_by_organisation_id ON inspection (by_organisation_id);
CREATE INDEX ix_inspection_checklist_id ON inspection (checklist_id);
CREATE INDEX ix_inspection_confirmed_by ON inspection (confirmed_by) WHERE confirmed_by NOTNULL;
CREATE INDEX ix_inspection_person_id ON inspection (person_id) WHERE person_id NOTNULL;
CREATE INDEX ix_inspection_picture_id ON inspection (picture_id);
CREATE INDEX ix_inspection_with_organisation_id ON inspection (with_organisation_id);

CREATE TABLE removal_case (
    id UUID NOT NULL,
    asset_id UUID NOT NULL,
    inspection_id UUID NOT NULL,
    is_shared BOOLEAN NOT NULL,
    state VARCHAR(24) NOT NULL,
    warned_on DATE NOT NULL,
    repair_until DATE NOT NULL,
    ended_on DATE,
    ended_because TEXT NOT NULL,
    is_example BOOLEAN NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    CONSTRAINT pk_removal_case PRIMARY KEY (id),
    CONSTRAINT fk_removal_case_inspection_id FOREIGN KEY(inspection_id, asset_id, is_shared) REFERENCES inspection (id, asset_id, is_shared) ON DELETE CASCADE,
    CONSTRAINT ck_removal_case_is_shared CHECK (is_shared),
    CONSTRAINT ck_removal_case_repair_until CHECK (repair_until >= warned_on),
    CONSTRAINT ck_removal_case_ended_on CHECK ((ended_on IS NULL) = (state IN ('warned', 'repairing', 'to_remove'))),
    CONSTRAINT fk_removal_case_asset_id FOREIGN KEY(asset_id) REFERENCES asset (id) ON DELETE CASCADE,
    CONSTRAINT ck_removal_case_state CHECK (state IN ('warned', 'repairing', 'repaired', 'to_remove', 'removed', 'withdrawn'))
);

CREATE INDEX ix_removal_case_asset_id ON removal_case (asset_id);
CREATE INDEX ix_removal_case_inspection_id ON removal_case (inspection_id);
CREATE UNIQUE INDEX uq_removal_case_open ON removal_case (asset_id) WHERE state IN ('warned', 'repairing', 'to_remove');

CREATE TABLE removal_request (
    id UUID NOT NULL,
    asset_id UUID NOT NULL,
    look_id UUID NOT NULL,
    case_id UUID,
    ground VARCHAR(24) NOT NULL,
    reason TEXT NOT NULL,
    interests TEXT NOT NULL,
    decides TEXT NOT NULL,
    still_possible TEXT NOT NULL,
    displacement JSONB NOT NULL,
    asked_on DATE NOT NULL,
    organisation_id UUID NOT NULL,
    by_officer BOOLEAN NOT NULL,
    outcome VARCHAR(24),
    settled_on DATE,
    settled_organisation_id UUID,
    answer TEXT NOT NULL,
    is_example BOOLEAN NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    CONSTRAINT pk_removal_request PRIMARY KEY (id),
    CONSTRAINT ck_removal_request_case_id CHECK ((ground = 'ladder') = (case_id IS NOT NULL)),
    CONSTRAINT ck_removal_request_reasons CHECK (reason <> '' AND interests <> '' AND decides <> '' AND still_possible <> ''),
    CONSTRAINT ck_removal_request_settled_on CHECK ((outcome IS NULL) = (settled_on IS NULL)),
    CONSTRAINT ck_removal_request_answer CHECK (outcome <> 'refused' OR answer <> ''),
    CONSTRAINT fk_removal_request_asset_id FOREIGN KEY(asset_id) REFERENCES asset (id) ON DELETE CASCADE,
    CONSTRAINT uq_removal_request_look_id UNIQUE (look_id),
    CONSTRAINT fk_removal_request_look_id FOREIGN KEY(look_id) REFERENCES second_look (id) ON DELETE CASCADE,
    CONSTRAINT fk_removal_request_case_id FOREIGN KEY(case_id) REFERENCES removal_case (id) ON DELETE CASCADE,
    CONSTRAINT ck_removal_request_ground CHECK (ground IN ('ladder', 'worn_out', 'place_needed', 'moved_away')),
    CONSTRAINT fk_removal_request_organisation_id FOREIGN KEY(organisation_id) REFERENCES organisation (id),
    CONSTRAINT ck_removal_request_outcome CHECK (outcome IN ('confirmed', 'refused')),
    CONSTRAINT fk_removal_request_settled_organisation_id FOREIGN KEY(settled_organisation_id) REFERENCES organisation (id)
);

CREATE INDEX ix_removal_request_asset_id ON removal_request (asset_id);
CREATE INDEX ix_removal_request_case_id ON removal_request (case_id);
CREATE INDEX ix_removal_request_organisation_id ON removal_request (organisation_id);
CREATE INDEX ix_removal_request_settled_organisation_id ON removal_request (settled_organisation_id);
