-- Opening hours, days that differ, the district's calendar; what stands in a site, what a sign shows.

ALTER TABLE asset ADD COLUMN part_of_id UUID;
ALTER TABLE asset ADD COLUMN shows_id UUID;
ALTER TABLE asset ADD CONSTRAINT ck_asset_part_of CHECK (part_of_id <> id);
ALTER TABLE asset ADD CONSTRAINT ck_asset_shows CHECK (shows_id IS NULL OR (shows_id <> id AND kind = 'sign'));
ALTER TABLE asset ADD CONSTRAINT fk_asset_part_of_id FOREIGN KEY(part_of_id) REFERENCES asset (id) ON DELETE SET NULL;
ALTER TABLE asset ADD CONSTRAINT fk_asset_shows_id FOREIGN KEY(shows_id) REFERENCES asset (id) ON DELETE SET NULL;

CREATE INDEX ix_asset_part_of_id ON asset (part_of_id);
CREATE INDEX ix_asset_shows_id ON asset (shows_id);

CREATE TABLE opening_hours (
    id UUID NOT NULL,
    asset_id UUID NOT NULL,
    hours TEXT NOT NULL,
    organisation_id UUID,
    since DATE NOT NULL,
    version INTEGER DEFAULT '1' NOT NULL,
    is_example BOOLEAN NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    CONSTRAINT pk_opening_hours PRIMARY KEY (id),
    CONSTRAINT ck_opening_hours_hours CHECK (length(hours) BETWEEN 1 AND 500),
    CONSTRAINT ck_opening_hours_version CHECK (version > 0),
    CONSTRAINT fk_opening_hours_asset_id FOREIGN KEY(asset_id) REFERENCES asset (id) ON DELETE CASCADE,
    CONSTRAINT uq_opening_hours_asset_id UNIQUE (asset_id),
    CONSTRAINT fk_opening_hours_organisation_id FOREIGN KEY(organisation_id) REFERENCES organisation (id)
);

CREATE INDEX ix_opening_hours_organisation_id ON opening_hours (organisation_id);

CREATE TABLE hours_exception (
    id UUID NOT NULL,
    asset_id UUID NOT NULL,
    on_day DATE NOT NULL,
    hours TEXT,
    is_shut BOOLEAN NOT NULL,
    note TEXT NOT NULL,
    organisation_id UUID,
    is_example BOOLEAN NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    CONSTRAINT pk_hours_exception PRIMARY KEY (id),
    CONSTRAINT uq_hours_exception_asset_id_on_day UNIQUE (asset_id, on_day),
    CONSTRAINT ck_hours_exception_differs CHECK (is_shut OR hours IS NOT NULL),
    CONSTRAINT ck_hours_exception_note CHECK (length(note) <= 80),
    CONSTRAINT fk_hours_exception_asset_id FOREIGN KEY(asset_id) REFERENCES asset (id) ON DELETE CASCADE,
    CONSTRAINT fk_hours_exception_organisation_id FOREIGN KEY(organisation_id) REFERENCES organisation (id)
);

CREATE INDEX ix_hours_exception_organisation_id ON hours_exception (organisation_id);

CREATE TABLE calendar_day (
    id UUID NOT NULL,
    district_id UUID NOT NULL,
    kind VARCHAR(24) NOT NULL,
    first_day DATE NOT NULL,
    last_day DATE NOT NULL,
    name TEXT NOT NULL,
    source TEXT NOT NULL,
    is_example BOOLEAN NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    CONSTRAINT pk_calendar_day PRIMARY KEY (id),
    CONSTRAINT uq_calendar_day_district_id_kind_first_day UNIQUE (district_id, kind, first_day),
    CONSTRAINT ck_calendar_day_last_day CHECK (last_day BETWEEN first_day AND first_day + 100),
    CONSTRAINT ck_calendar_day_name CHECK (name <> ''),
    CONSTRAINT ck_calendar_day_kind CHECK (kind IN ('public_holiday', 'school_vacation', 'local')),
    CONSTRAINT fk_calendar_day_district_id FOREIGN KEY(district_id) REFERENCES district (id)
);
