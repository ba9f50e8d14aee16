-- What is lacking of which thing, and when that was last looked at. When a contact was last said to
-- be right: of those that are here nobody knows.

CREATE TABLE care_gap (
    asset_id UUID NOT NULL,
    kind VARCHAR(24) NOT NULL,
    district_id UUID NOT NULL,
    code TEXT NOT NULL,
    about TEXT DEFAULT '' NOT NULL,
    since_on DATE,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    CONSTRAINT pk_care_gap PRIMARY KEY (asset_id, kind),
    CONSTRAINT ck_care_gap_kind CHECK (kind IN ('no_keeper', 'no_funding', 'agreement_ends', 'not_inspected', 'no_contract', 'not_seen')),
    CONSTRAINT fk_care_gap_asset_id FOREIGN KEY(asset_id) REFERENCES asset (id) ON DELETE CASCADE,
    CONSTRAINT fk_care_gap_district_id FOREIGN KEY(district_id) REFERENCES district (id)
);

CREATE INDEX ix_care_gap_oldest ON care_gap (district_id, kind, coalesce(since_on, 'infinity'::date), code);

CREATE TABLE care_look (
    district_id UUID NOT NULL,
    looked_at TIMESTAMP WITH TIME ZONE,
    CONSTRAINT pk_care_look PRIMARY KEY (district_id),
    CONSTRAINT fk_care_look_district_id FOREIGN KEY(district_id) REFERENCES district (id) ON DELETE CASCADE
);

ALTER TABLE contact ADD COLUMN checked_on DATE;
