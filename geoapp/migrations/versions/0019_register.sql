-- The dated facts of the register: whose a thing was and is, under which framework contract it is
-- built, the day it is to be built, and the day a trial is looked at again.

CREATE TABLE ownership (
    id UUID NOT NULL,
    asset_id UUID NOT NULL,
    organisation_id UUID NOT NULL,
    starts_on DATE,
    until DATE,
    is_example BOOLEAN NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    CONSTRAINT pk_ownership PRIMARY KEY (id),
    CONSTRAINT ck_ownership_until CHECK (until IS NULL OR starts_on IS NULL OR until >= starts_on),
    CONSTRAINT fk_ownership_asset_id FOREIGN KEY(asset_id) REFERENCES asset (id) ON DELETE CASCADE,
    CONSTRAINT fk_ownership_organisation_id FOREIGN KEY(organisation_id) REFERENCES organisation (id)
);

CREATE INDEX ix_ownership_asset_id ON ownership (asset_id);
CREATE INDEX ix_ownership_organisation_id ON ownership (organisation_id);
CREATE UNIQUE INDEX uq_ownership_open ON ownership (asset_id) WHERE until IS NULL;

INSERT INTO ownership (id, asset_id, organisation_id, is_example)
SELECT gen_random_uuid(), asset.id, organisation.id, asset.is_example OR organisation.is_example
FROM asset JOIN organisation ON organisation.id = asset.owner_id;

CREATE TABLE framework_contract (
    id UUID NOT NULL,
    district_id UUID NOT NULL,
    slug TEXT NOT NULL,
    title TEXT NOT NULL,
    contractor_id UUID NOT NULL,
    covers_kinds TEXT[] NOT NULL,
    starts_on DATE NOT NULL,
    ends_on DATE NOT NULL,
    is_example BOOLEAN NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    CONSTRAINT pk_framework_contract PRIMARY KEY (id),
    CONSTRAINT uq_framework_contract_slug UNIQUE (slug),
    CONSTRAINT ck_framework_contract_title CHECK (title <> ''),
    CONSTRAINT ck_framework_contract_covers_something CHECK (cardinality(covers_kinds) > 0),
    CONSTRAINT ck_framework_contract_covers_kinds CHECK (covers_kinds <@ ARRAY['cabinet', 'playground', 'sport_court', 'bench', 'bin', 'sign']::text[]),
    CONSTRAINT ck_framework_contract_ends_on CHECK (ends_on >= starts_on),
    CONSTRAINT fk_framework_contract_district_id FOREIGN KEY(district_id) REFERENCES district (id),
    CONSTRAINT fk_framework_contract_contractor_id FOREIGN KEY(contractor_id) REFERENCES organisation (id)
);

CREATE INDEX ix_framework_contract_district_id ON framework_contract (district_id);
CREATE INDEX ix_framework_contract_contractor_id ON framework_contract (contractor_id);

CREATE TABLE asset_contract (
    asset_id UUID NOT NULL,
    contract_id UUID NOT NULL,
    CONSTRAINT pk_asset_contract PRIMARY KEY (asset_id, contract_id),
    CONSTRAINT fk_asset_contract_asset_id FOREIGN KEY(asset_id) REFERENCES asset (id) ON DELETE CASCADE,
    CONSTRAINT fk_asset_contract_contract_id FOREIGN KEY(contract_id) REFERENCES framework_contract (id) ON DELETE CASCADE
);

CREATE INDEX ix_asset_contract_contract_id ON asset_contract (contract_id);

ALTER TABLE asset ADD COLUMN planned_on DATE;
ALTER TABLE asset ADD COLUMN review_on DATE;
ALTER TABLE asset ADD CONSTRAINT ck_asset_planned_on CHECK (planned_on IS NULL OR physical_status = 'planned');

-- The first and the last day both count, so that a duty of one day is one.
ALTER TABLE maintenance_duty DROP CONSTRAINT ck_maintenance_duty_until;
ALTER TABLE maintenance_duty ADD CONSTRAINT ck_maintenance_duty_until CHECK (until IS NULL OR starts_on IS NULL OR until >= starts_on);

ALTER TABLE asset_event DROP CONSTRAINT ck_asset_event_kind;
ALTER TABLE asset_event ADD CONSTRAINT ck_asset_event_kind CHECK (kind IN ('planned', 'built', 'registered', 'deregistered', 'inspected', 'seen', 'moved', 'owned', 'replaced', 'reviewed'));
