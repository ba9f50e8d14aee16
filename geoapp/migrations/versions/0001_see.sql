-- The schema of what is shown: districts, areas, organisations, assets, money, defects.


CREATE TABLE district (
    id UUID NOT NULL,
    slug TEXT NOT NULL,
    name TEXT NOT NULL,
    full_name TEXT NOT NULL,
    metric_srid INTEGER NOT NULL,
    time_zone TEXT NOT NULL,
    calendar TEXT NOT NULL,
    languages TEXT[] NOT NULL,
    answer_days SMALLINT NOT NULL,
    acceptance_days SMALLINT NOT NULL,
    silence_days SMALLINT NOT NULL,
    emergency JSONB NOT NULL,
    attribution TEXT NOT NULL,
    search_example TEXT NOT NULL,
    bounds geometry(MULTIPOLYGON,4326),
    bounds_mercator geometry(MULTIPOLYGON,3857) GENERATED ALWAYS AS (ST_Transform(bounds, 3857)) STORED,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    CONSTRAINT pk_district PRIMARY KEY (id),
    CONSTRAINT ck_district_slug CHECK (slug ~ '^[a-z0-9]+(-[a-z0-9]+)*$'),
    CONSTRAINT ck_district_languages CHECK (cardinality(languages) > 0),
    CONSTRAINT ck_district_days CHECK (answer_days > 0 AND acceptance_days > 0 AND silence_days > 0),
    CONSTRAINT ck_district_bounds CHECK (bounds IS NULL OR (NOT ST_IsEmpty(bounds) AND ST_NPoints(bounds) <= 10000 AND ST_XMin(bounds) >= -180 AND ST_XMax(bounds) <= 180 AND ST_YMin(bounds) >= -90 AND ST_YMax(bounds) <= 90 AND ST_IsValid(bounds))),
    CONSTRAINT uq_district_slug UNIQUE (slug)
);

CREATE TABLE agreement (
    id UUID NOT NULL,
    district_id UUID NOT NULL,
    slug TEXT NOT NULL,
    title TEXT NOT NULL,
    signed_on DATE,
    valid_to DATE,
    is_example BOOLEAN NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    CONSTRAINT pk_agreement PRIMARY KEY (id),
    CONSTRAINT ck_agreement_valid CHECK (valid_to IS NULL OR signed_on IS NULL OR valid_to > signed_on),
    CONSTRAINT fk_agreement_district_id FOREIGN KEY(district_id) REFERENCES district (id),
    CONSTRAINT uq_agreement_slug UNIQUE (slug)
);
CREATE INDEX ix_agreement_district_id ON agreement (district_id);

CREATE TABLE budget_round (
    id UUID NOT NULL,
    district_id UUID NOT NULL,
    slug TEXT NOT NULL,
    name TEXT NOT NULL,
    model VARCHAR(24) NOT NULL,
    year SMALLINT NOT NULL,
    is_example BOOLEAN NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    CONSTRAINT pk_budget_round PRIMARY KEY (id),
    CONSTRAINT ck_budget_round_slug CHECK (slug ~ '^[a-z0-9]+(-[a-z0-9]+)*$'),
    CONSTRAINT fk_budget_round_district_id FOREIGN KEY(district_id) REFERENCES district (id),
    CONSTRAINT uq_budget_round_slug UNIQUE (slug),
    CONSTRAINT ck_budget_round_model CHECK (model IN ('a', 'b', 'c'))
);
CREATE INDEX ix_budget_round_district_id ON budget_round (district_id);

CREATE TABLE official_area (
    id UUID NOT NULL,
    number BIGINT GENERATED ALWAYS AS IDENTITY,
    district_id UUID NOT NULL,
    parent_id UUID,
    slug TEXT NOT NULL,
    level VARCHAR(24) NOT NULL,
    code TEXT NOT NULL,
    statistics_code TEXT,
    name TEXT NOT NULL,
    search_key TEXT NOT NULL,
    valid_from DATE NOT NULL,
    valid_to DATE,
    tint SMALLINT,
    source TEXT NOT NULL,
    licence TEXT NOT NULL,
    geom geometry(MULTIPOLYGON,4326) NOT NULL,
    geom_mercator geometry(MULTIPOLYGON,3857) GENERATED ALWAYS AS (ST_Transform(geom, 3857)) STORED NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    CONSTRAINT pk_official_area PRIMARY KEY (id),
    CONSTRAINT uq_official_area_district_id_level_code_valid_from UNIQUE (district_id, level, code, valid_from),
    CONSTRAINT ck_official_area_slug CHECK (slug ~ '^[a-z0-9]+(-[a-z0-9]+)*$'),
    CONSTRAINT ck_official_area_valid CHECK (valid_to IS NULL OR valid_to > valid_from),
    CONSTRAINT ck_official_area_tint CHECK (tint BETWEEN 0 AND 3),
    CONSTRAINT ck_official_area_geom CHECK (NOT ST_IsEmpty(geom) AND ST_NPoints(geom) <= 10000 AND ST_XMin(geom) >= -180 AND ST_XMax(geom) <= 180 AND ST_YMin(geom) >= -90 AND ST_YMax(geom) <= 90 AND ST_IsValid(geom)),
    CONSTRAINT uq_official_area_number UNIQUE (number),
    CONSTRAINT fk_official_area_district_id FOREIGN KEY(district_id) REFERENCES district (id),
    CONSTRAINT fk_official_area_parent_id FOREIGN KEY(parent_id) REFERENCES official_area (id),
    CONSTRAINT uq_official_area_slug UNIQUE (slug),
    CONSTRAINT ck_official_area_level CHECK (level IN ('gebied', 'wijk', 'buurt'))
);
CREATE INDEX ix_official_area_geom ON official_area USING gist (geom);
CREATE INDEX ix_official_area_geom_mercator ON official_area USING gist (geom_mercator);
CREATE INDEX ix_official_area_parent_id ON official_area (parent_id);
CREATE INDEX ix_official_area_search_key ON official_area (search_key text_pattern_ops);

CREATE TABLE organic_area (
    id UUID NOT NULL,
    number BIGINT GENERATED ALWAYS AS IDENTITY,
    district_id UUID NOT NULL,
    slug TEXT NOT NULL,
    name TEXT NOT NULL,
    source TEXT NOT NULL,
    is_example BOOLEAN NOT NULL,
    geom geometry(MULTIPOLYGON,4326) NOT NULL,
    geom_mercator geometry(MULTIPOLYGON,3857) GENERATED ALWAYS AS (ST_Transform(geom, 3857)) STORED NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    CONSTRAINT pk_organic_area PRIMARY KEY (id),
    CONSTRAINT ck_organic_area_slug CHECK (slug ~ '^[a-z0-9]+(-[a-z0-9]+)*$'),
    CONSTRAINT ck_organic_area_geom CHECK (NOT ST_IsEmpty(geom) AND ST_NPoints(geom) <= 10000 AND ST_XMin(geom) >= -180 AND ST_XMax(geom) <= 180 AND ST_YMin(geom) >= -90 AND ST_YMax(geom) <= 90 AND ST_IsValid(geom)),
    CONSTRAINT uq_organic_area_number UNIQUE (number),
    CONSTRAINT fk_organic_area_district_id FOREIGN KEY(district_id) REFERENCES district (id),
    CONSTRAINT uq_organic_area_slug UNIQUE (slug)
);
CREATE INDEX ix_organic_area_district_id ON organic_area (district_id);
CREATE INDEX ix_organic_area_geom ON organic_area USING gist (geom);
CREATE INDEX ix_organic_area_geom_mercator ON organic_area USING gist (geom_mercator);

CREATE TABLE organisation (
    id UUID NOT NULL,
    district_id UUID NOT NULL,
    slug TEXT NOT NULL,
    name TEXT NOT NULL,
    kind VARCHAR(24) NOT NULL,
    about TEXT NOT NULL,
    how_to_reach TEXT NOT NULL,
    reads_along BOOLEAN NOT NULL,
    is_volunteer BOOLEAN NOT NULL,
    is_desk BOOLEAN NOT NULL,
    is_example BOOLEAN NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    CONSTRAINT pk_organisation PRIMARY KEY (id),
    CONSTRAINT ck_organisation_slug CHECK (slug ~ '^[a-z0-9]+(-[a-z0-9]+)*$'),
    CONSTRAINT fk_organisation_district_id FOREIGN KEY(district_id) REFERENCES district (id),
    CONSTRAINT uq_organisation_slug UNIQUE (slug),
    CONSTRAINT ck_organisation_kind CHECK (kind IN ('municipality', 'contractor', 'platform', 'residents', 'fund', 'sponsor'))
);
CREATE INDEX ix_organisation_district_id ON organisation (district_id);
CREATE UNIQUE INDEX uq_organisation_desk ON organisation (district_id) WHERE is_desk;

CREATE TABLE agreement_party (
    agreement_id UUID NOT NULL,
    organisation_id UUID NOT NULL,
    undertakes TEXT NOT NULL,
    CONSTRAINT pk_agreement_party PRIMARY KEY (agreement_id, organisation_id),
    CONSTRAINT fk_agreement_party_agreement_id FOREIGN KEY(agreement_id) REFERENCES agreement (id) ON DELETE CASCADE,
    CONSTRAINT fk_agreement_party_organisation_id FOREIGN KEY(organisation_id) REFERENCES organisation (id)
);

CREATE TABLE area_crosswalk (
    id UUID NOT NULL,
    district_id UUID NOT NULL,
    area_id UUID,
    old_code TEXT NOT NULL,
    old_name TEXT NOT NULL,
    old_statistics_code TEXT,
    new_code TEXT NOT NULL,
    new_name TEXT NOT NULL,
    share_old NUMERIC(6, 4) NOT NULL,
    share_new NUMERIC(6, 4) NOT NULL,
    inhabitants INTEGER,
    households INTEGER,
    households_with_children INTEGER,
    year SMALLINT NOT NULL,
    source TEXT NOT NULL,
    licence TEXT NOT NULL,
    CONSTRAINT pk_area_crosswalk PRIMARY KEY (id),
    CONSTRAINT uq_area_crosswalk_district_id_old_code_new_code UNIQUE (district_id, old_code, new_code),
    CONSTRAINT ck_area_crosswalk_share_old CHECK (share_old > 0 AND share_old <= 1),
    CONSTRAINT ck_area_crosswalk_share_new CHECK (share_new > 0 AND share_new <= 1),
    CONSTRAINT fk_area_crosswalk_district_id FOREIGN KEY(district_id) REFERENCES district (id),
    CONSTRAINT fk_area_crosswalk_area_id FOREIGN KEY(area_id) REFERENCES official_area (id)
);
CREATE INDEX ix_area_crosswalk_area_id ON area_crosswalk (area_id);

CREATE TABLE area_figure (
    area_id UUID NOT NULL,
    year SMALLINT NOT NULL,
    inhabitants INTEGER NOT NULL,
    households INTEGER NOT NULL,
    households_with_children INTEGER NOT NULL,
    source TEXT NOT NULL,
    CONSTRAINT pk_area_figure PRIMARY KEY (area_id, year),
    CONSTRAINT ck_area_figure_not_negative CHECK (inhabitants >= 0 AND households >= 0 AND households_with_children >= 0),
    CONSTRAINT fk_area_figure_area_id FOREIGN KEY(area_id) REFERENCES official_area (id)
);

CREATE TABLE asset (
    id UUID NOT NULL,
    number BIGINT GENERATED ALWAYS AS IDENTITY,
    district_id UUID NOT NULL,
    code TEXT NOT NULL,
    kind VARCHAR(24) NOT NULL,
    name TEXT NOT NULL,
    search_key TEXT NOT NULL,
    register_status VARCHAR(24) NOT NULL,
    physical_status VARCHAR(24) NOT NULL,
    details JSONB NOT NULL,
    owner_id UUID,
    last_seen_on DATE,
    source TEXT NOT NULL,
    source_ref TEXT NOT NULL,
    source_on DATE,
    licence TEXT NOT NULL,
    is_example BOOLEAN NOT NULL,
    geom geometry(GEOMETRY,4326) NOT NULL,
    point geometry(POINT,4326) GENERATED ALWAYS AS (ST_PointOnSurface(geom)) STORED NOT NULL,
    point_mercator geometry(POINT,3857) GENERATED ALWAYS AS (ST_Transform(ST_PointOnSurface(geom), 3857)) STORED NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    CONSTRAINT pk_asset PRIMARY KEY (id),
    CONSTRAINT uq_asset_district_id_source_source_ref UNIQUE (district_id, source, source_ref),
    CONSTRAINT ck_asset_code CHECK (code ~ '^[23456789BCDFGHJKMNPQRSTVWXYZ]{2,6}-[23456789BCDFGHJKMNPQRSTVWXYZ]{3,6}$'),
    CONSTRAINT ck_asset_name CHECK (name <> ''),
    CONSTRAINT ck_asset_geom CHECK (GeometryType(geom) IN ('POINT', 'POLYGON', 'MULTIPOLYGON') AND NOT ST_IsEmpty(geom) AND ST_NPoints(geom) <= 10000 AND ST_XMin(geom) >= -180 AND ST_XMax(geom) <= 180 AND ST_YMin(geom) >= -90 AND ST_YMax(geom) <= 90 AND ST_IsValid(geom)),
    CONSTRAINT uq_asset_number UNIQUE (number),
    CONSTRAINT fk_asset_district_id FOREIGN KEY(district_id) REFERENCES district (id),
    CONSTRAINT uq_asset_code UNIQUE (code),
    CONSTRAINT ck_asset_kind CHECK (kind IN ('cabinet', 'playground', 'sport_court', 'bench', 'bin', 'sign')),
    CONSTRAINT ck_asset_register_status CHECK (register_status IN ('in_register', 'removed', 'never', 'unknown')),
    CONSTRAINT ck_asset_physical_status CHECK (physical_status IN ('planned', 'in_use', 'out_of_order', 'removed')),
    CONSTRAINT fk_asset_owner_id FOREIGN KEY(owner_id) REFERENCES organisation (id)
);
CREATE INDEX ix_asset_district_id_kind_code ON asset (district_id, kind, code);
CREATE INDEX ix_asset_geography ON asset USING gist (geography(point));
CREATE INDEX ix_asset_owner_id ON asset (owner_id);
CREATE INDEX ix_asset_point ON asset USING gist (point);
CREATE INDEX ix_asset_point_mercator ON asset USING gist (point_mercator);
CREATE INDEX ix_asset_search_key ON asset (search_key text_pattern_ops);

CREATE TABLE budget_line (
    id UUID NOT NULL,
    district_id UUID NOT NULL,
    round_id UUID,
    payer_id UUID NOT NULL,
    slug TEXT NOT NULL,
    name TEXT NOT NULL,
    amount_cents BIGINT NOT NULL,
    committed_cents BIGINT NOT NULL,
    earmark TEXT,
    approved_on DATE,
    spend_from DATE,
    spend_by DATE,
    is_example BOOLEAN NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    CONSTRAINT pk_budget_line PRIMARY KEY (id),
    CONSTRAINT ck_budget_line_slug CHECK (slug ~ '^[a-z0-9]+(-[a-z0-9]+)*$'),
    CONSTRAINT ck_budget_line_amount_cents CHECK (amount_cents >= 0),
    CONSTRAINT ck_budget_line_not_overspent CHECK (committed_cents BETWEEN 0 AND amount_cents),
    CONSTRAINT ck_budget_line_spend_by CHECK (spend_by IS NULL OR spend_from IS NULL OR spend_by >= spend_from),
    CONSTRAINT fk_budget_line_district_id FOREIGN KEY(district_id) REFERENCES district (id),
    CONSTRAINT fk_budget_line_round_id FOREIGN KEY(round_id) REFERENCES budget_round (id),
    CONSTRAINT fk_budget_line_payer_id FOREIGN KEY(payer_id) REFERENCES organisation (id),
    CONSTRAINT uq_budget_line_slug UNIQUE (slug)
);
CREATE INDEX ix_budget_line_district_id ON budget_line (district_id);
CREATE INDEX ix_budget_line_payer_id ON budget_line (payer_id);
CREATE INDEX ix_budget_line_round_id ON budget_line (round_id);

CREATE TABLE place_name (
    id UUID NOT NULL,
    number BIGINT GENERATED ALWAYS AS IDENTITY,
    district_id UUID NOT NULL,
    organic_area_id UUID,
    name TEXT NOT NULL,
    search_key TEXT NOT NULL,
    is_example BOOLEAN NOT NULL,
    geom geometry(POINT,4326),
    geom_mercator geometry(POINT,3857) GENERATED ALWAYS AS (ST_Transform(geom, 3857)) STORED,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    CONSTRAINT pk_place_name PRIMARY KEY (id),
    CONSTRAINT ck_place_name_one_target CHECK ((organic_area_id IS NULL) <> (geom IS NULL)),
    CONSTRAINT ck_place_name_search_key CHECK (search_key <> ''),
    CONSTRAINT ck_place_name_geom CHECK (geom IS NULL OR (NOT ST_IsEmpty(geom) AND ST_X(geom) BETWEEN -180 AND 180 AND ST_Y(geom) BETWEEN -90 AND 90)),
    CONSTRAINT uq_place_name_number UNIQUE (number),
    CONSTRAINT fk_place_name_district_id FOREIGN KEY(district_id) REFERENCES district (id),
    CONSTRAINT fk_place_name_organic_area_id FOREIGN KEY(organic_area_id) REFERENCES organic_area (id) ON DELETE CASCADE
);
CREATE INDEX ix_place_name_district_id ON place_name (district_id);
CREATE INDEX ix_place_name_search_key ON place_name (search_key text_pattern_ops);
CREATE UNIQUE INDEX uq_place_name_alias ON place_name (organic_area_id, search_key) WHERE organic_area_id IS NOT NULL;

CREATE TABLE platform (
    id UUID NOT NULL,
    district_id UUID NOT NULL,
    organisation_id UUID NOT NULL,
    slug TEXT NOT NULL,
    name TEXT NOT NULL,
    search_key TEXT NOT NULL,
    about TEXT NOT NULL,
    meets TEXT NOT NULL,
    since_year SMALLINT,
    is_example BOOLEAN NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    CONSTRAINT pk_platform PRIMARY KEY (id),
    CONSTRAINT ck_platform_slug CHECK (slug ~ '^[a-z0-9]+(-[a-z0-9]+)*$'),
    CONSTRAINT fk_platform_district_id FOREIGN KEY(district_id) REFERENCES district (id),
    CONSTRAINT uq_platform_organisation_id UNIQUE (organisation_id),
    CONSTRAINT fk_platform_organisation_id FOREIGN KEY(organisation_id) REFERENCES organisation (id),
    CONSTRAINT uq_platform_slug UNIQUE (slug)
);
CREATE INDEX ix_platform_district_id ON platform (district_id);

CREATE TABLE agreement_asset (
    agreement_id UUID NOT NULL,
    asset_id UUID NOT NULL,
    CONSTRAINT pk_agreement_asset PRIMARY KEY (agreement_id, asset_id),
    CONSTRAINT fk_agreement_asset_agreement_id FOREIGN KEY(agreement_id) REFERENCES agreement (id) ON DELETE CASCADE,
    CONSTRAINT fk_agreement_asset_asset_id FOREIGN KEY(asset_id) REFERENCES asset (id) ON DELETE CASCADE
);
CREATE INDEX ix_agreement_asset_asset_id ON agreement_asset (asset_id);

CREATE TABLE asset_event (
    id UUID NOT NULL,
    asset_id UUID NOT NULL,
    kind VARCHAR(24) NOT NULL,
    happened_on DATE NOT NULL,
    precision VARCHAR(24) NOT NULL,
    note TEXT NOT NULL,
    is_example BOOLEAN NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    CONSTRAINT pk_asset_event PRIMARY KEY (id),
    CONSTRAINT fk_asset_event_asset_id FOREIGN KEY(asset_id) REFERENCES asset (id) ON DELETE CASCADE,
    CONSTRAINT ck_asset_event_kind CHECK (kind IN ('planned', 'built', 'registered', 'deregistered', 'inspected', 'seen', 'moved')),
    CONSTRAINT ck_asset_event_precision CHECK (precision IN ('year', 'month', 'day'))
);
CREATE INDEX ix_asset_event_asset_id ON asset_event (asset_id);

CREATE TABLE defect (
    id UUID NOT NULL,
    number BIGINT GENERATED ALWAYS AS IDENTITY,
    district_id UUID NOT NULL,
    code TEXT NOT NULL,
    category VARCHAR(24) NOT NULL,
    description TEXT NOT NULL,
    asset_id UUID,
    area_id UUID,
    cell_x INTEGER NOT NULL,
    cell_y INTEGER NOT NULL,
    work VARCHAR(24) NOT NULL,
    street VARCHAR(24) NOT NULL,
    file VARCHAR(24) NOT NULL,
    state TEXT GENERATED ALWAYS AS (CASE WHEN file = 'merged' THEN 'merged' WHEN file = 'withdrawn' THEN 'withdrawn' WHEN file = 'removed' THEN 'removed' WHEN street = 'good' THEN 'solved' WHEN work = 'refused_twice' THEN 'no_agreement' WHEN street = 'mixed' THEN 'mixed' WHEN street = 'not_good' THEN 'disputed' WHEN street = 'silent' AND work = 'handled' THEN 'lapsed' WHEN work = 'received' THEN 'received' WHEN work = 'assigned' THEN 'assigned' WHEN work = 'planned' THEN 'planned' WHEN work = 'passed_on' THEN 'passed_on' WHEN work = 'handled' THEN 'handled' WHEN work = 'refused' THEN 'refused' END) STORED NOT NULL,
    addressee_id UUID NOT NULL,
    passed_to_id UUID,
    merged_into_id UUID,
    promised_on DATE,
    turn_since DATE NOT NULL,
    reported_at TIMESTAMP WITH TIME ZONE NOT NULL,
    is_example BOOLEAN NOT NULL,
    geom geometry(POINT,4326) NOT NULL,
    point geometry(POINT,4326) NOT NULL,
    point_mercator geometry(POINT,3857) GENERATED ALWAYS AS (ST_Transform(point, 3857)) STORED NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    CONSTRAINT pk_defect PRIMARY KEY (id),
    CONSTRAINT ck_defect_code CHECK (code ~ '^[23456789BCDFGHJKMNPQRSTVWXYZ]{2,6}-[23456789BCDFGHJKMNPQRSTVWXYZ]{3,6}$'),
    CONSTRAINT ck_defect_description CHECK (char_length(description) <= 2000),
    CONSTRAINT ck_defect_merged_into CHECK ((file = 'merged') = (merged_into_id IS NOT NULL)),
    CONSTRAINT ck_defect_not_into_itself CHECK (merged_into_id <> id),
    CONSTRAINT ck_defect_geom CHECK (NOT ST_IsEmpty(geom) AND ST_X(geom) BETWEEN -180 AND 180 AND ST_Y(geom) BETWEEN -90 AND 90),
    CONSTRAINT ck_defect_point CHECK (NOT ST_IsEmpty(point) AND ST_X(point) BETWEEN -180 AND 180 AND ST_Y(point) BETWEEN -90 AND 90),
    CONSTRAINT uq_defect_number UNIQUE (number),
    CONSTRAINT fk_defect_district_id FOREIGN KEY(district_id) REFERENCES district (id),
    CONSTRAINT uq_defect_code UNIQUE (code),
    CONSTRAINT ck_defect_category CHECK (category IN ('broken', 'dirty', 'full', 'litter', 'unsafe', 'missing', 'closed', 'other')),
    CONSTRAINT fk_defect_asset_id FOREIGN KEY(asset_id) REFERENCES asset (id),
    CONSTRAINT fk_defect_area_id FOREIGN KEY(area_id) REFERENCES official_area (id),
    CONSTRAINT ck_defect_work CHECK (work IN ('received', 'assigned', 'planned', 'passed_on', 'handled', 'refused', 'refused_twice')),
    CONSTRAINT ck_defect_street CHECK (street IN ('not_asked', 'waiting', 'silent', 'good', 'not_good', 'mixed')),
    CONSTRAINT ck_defect_file CHECK (file IN ('public', 'merged', 'withdrawn', 'removed')),
    CONSTRAINT fk_defect_addressee_id FOREIGN KEY(addressee_id) REFERENCES organisation (id),
    CONSTRAINT fk_defect_passed_to_id FOREIGN KEY(passed_to_id) REFERENCES organisation (id),
    CONSTRAINT fk_defect_merged_into_id FOREIGN KEY(merged_into_id) REFERENCES defect (id)
);
CREATE INDEX ix_defect_addressee_id ON defect (addressee_id);
CREATE INDEX ix_defect_area_id ON defect (area_id);
CREATE INDEX ix_defect_asset_id ON defect (asset_id);
CREATE INDEX ix_defect_district_id_state_code ON defect (district_id, state, code);
CREATE INDEX ix_defect_geography ON defect USING gist (geography(point)) WHERE file = 'public';
CREATE INDEX ix_defect_merged_into_id ON defect (merged_into_id);
CREATE INDEX ix_defect_passed_to_id ON defect (passed_to_id);
CREATE INDEX ix_defect_point ON defect USING gist (point);
CREATE INDEX ix_defect_point_mercator ON defect USING gist (point_mercator) WHERE file = 'public';

CREATE TABLE funding (
    id UUID NOT NULL,
    asset_id UUID NOT NULL,
    line_id UUID NOT NULL,
    amount_cents BIGINT,
    share NUMERIC(5, 4),
    is_example BOOLEAN NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    CONSTRAINT pk_funding PRIMARY KEY (id),
    CONSTRAINT uq_funding_asset_id_line_id UNIQUE (asset_id, line_id),
    CONSTRAINT ck_funding_amount_cents CHECK (amount_cents > 0),
    CONSTRAINT ck_funding_share CHECK (share > 0 AND share <= 1),
    CONSTRAINT ck_funding_says_something CHECK (amount_cents IS NOT NULL OR share IS NOT NULL),
    CONSTRAINT fk_funding_asset_id FOREIGN KEY(asset_id) REFERENCES asset (id) ON DELETE CASCADE,
    CONSTRAINT fk_funding_line_id FOREIGN KEY(line_id) REFERENCES budget_line (id)
);
CREATE INDEX ix_funding_line_id ON funding (line_id);

CREATE TABLE maintenance_duty (
    id UUID NOT NULL,
    asset_id UUID NOT NULL,
    organisation_id UUID NOT NULL,
    covers TEXT[] NOT NULL,
    starts_on DATE,
    until DATE,
    is_example BOOLEAN NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    CONSTRAINT pk_maintenance_duty PRIMARY KEY (id),
    CONSTRAINT ck_maintenance_duty_covers_something CHECK (cardinality(covers) > 0),
    CONSTRAINT ck_maintenance_duty_covers CHECK (covers <@ ARRAY['device', 'cleaning', 'operation']::text[]),
    CONSTRAINT ck_maintenance_duty_until CHECK (until IS NULL OR starts_on IS NULL OR until > starts_on),
    CONSTRAINT fk_maintenance_duty_asset_id FOREIGN KEY(asset_id) REFERENCES asset (id) ON DELETE CASCADE,
    CONSTRAINT fk_maintenance_duty_organisation_id FOREIGN KEY(organisation_id) REFERENCES organisation (id)
);
CREATE INDEX ix_maintenance_duty_asset_id ON maintenance_duty (asset_id);
CREATE INDEX ix_maintenance_duty_organisation_id ON maintenance_duty (organisation_id);

CREATE TABLE platform_area (
    id UUID NOT NULL,
    number BIGINT GENERATED ALWAYS AS IDENTITY,
    district_id UUID NOT NULL,
    platform_id UUID NOT NULL,
    valid_from DATE NOT NULL,
    valid_to DATE,
    is_example BOOLEAN NOT NULL,
    geom geometry(MULTIPOLYGON,4326) NOT NULL,
    geom_mercator geometry(MULTIPOLYGON,3857) GENERATED ALWAYS AS (ST_Transform(geom, 3857)) STORED NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    CONSTRAINT pk_platform_area PRIMARY KEY (id),
    CONSTRAINT ck_platform_area_valid CHECK (valid_to IS NULL OR valid_to > valid_from),
    CONSTRAINT ck_platform_area_geom CHECK (NOT ST_IsEmpty(geom) AND ST_NPoints(geom) <= 10000 AND ST_XMin(geom) >= -180 AND ST_XMax(geom) <= 180 AND ST_YMin(geom) >= -90 AND ST_YMax(geom) <= 90 AND ST_IsValid(geom)),
    CONSTRAINT uq_platform_area_number UNIQUE (number),
    CONSTRAINT fk_platform_area_district_id FOREIGN KEY(district_id) REFERENCES district (id),
    CONSTRAINT fk_platform_area_platform_id FOREIGN KEY(platform_id) REFERENCES platform (id) ON DELETE CASCADE
);
CREATE INDEX ix_platform_area_geom ON platform_area USING gist (geom);
CREATE INDEX ix_platform_area_geom_mercator ON platform_area USING gist (geom_mercator);
CREATE INDEX ix_platform_area_platform_id ON platform_area (platform_id);

CREATE TABLE defect_event (
    id UUID NOT NULL,
    defect_id UUID NOT NULL,
    kind VARCHAR(24) NOT NULL,
    at TIMESTAMP WITH TIME ZONE NOT NULL,
    organisation_id UUID,
    note TEXT NOT NULL,
    due_on DATE,
    is_example BOOLEAN NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    CONSTRAINT pk_defect_event PRIMARY KEY (id),
    CONSTRAINT fk_defect_event_defect_id FOREIGN KEY(defect_id) REFERENCES defect (id) ON DELETE CASCADE,
    CONSTRAINT ck_defect_event_kind CHECK (kind IN ('reported', 'taken', 'promised', 'asked', 'passed_on', 'accepted', 'handled', 'refused', 'refused_again', 'said_solved', 'said_not_good', 'said_broken_again', 'checked', 'lapsed', 'merged', 'withdrawn', 'removed')),
    CONSTRAINT fk_defect_event_organisation_id FOREIGN KEY(organisation_id) REFERENCES organisation (id)
);
CREATE INDEX ix_defect_event_defect_id_at_id ON defect_event (defect_id, at, id);
CREATE INDEX ix_defect_event_organisation_id ON defect_event (organisation_id);
CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'table % is append-only: add a new event instead', TG_TABLE_NAME
        USING ERRCODE = 'restrict_violation';
END $$;
CREATE TRIGGER append_only BEFORE UPDATE ON defect_event
    FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER append_only BEFORE UPDATE ON asset_event
    FOR EACH ROW EXECUTE FUNCTION refuse_change();
-- Swapped axes are a valid place on earth, only not here: nothing may lie far outside its
-- district (0.02 degrees is about 2 km, room for what stands just across the border).
CREATE FUNCTION refuse_outside_district() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.geom IS NOT NULL AND EXISTS (
        SELECT FROM district
        WHERE id = NEW.district_id
        AND NOT ST_Covers(ST_Expand(ST_Envelope(bounds), 0.02), NEW.geom)
    ) THEN
        RAISE EXCEPTION 'the geometry lies outside its district (are the axes swapped?)'
            USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER in_district BEFORE INSERT OR UPDATE OF geom, district_id ON asset
    FOR EACH ROW EXECUTE FUNCTION refuse_outside_district();
CREATE TRIGGER in_district BEFORE INSERT OR UPDATE OF geom, district_id ON defect
    FOR EACH ROW EXECUTE FUNCTION refuse_outside_district();
CREATE TRIGGER in_district BEFORE INSERT OR UPDATE OF geom, district_id ON organic_area
    FOR EACH ROW EXECUTE FUNCTION refuse_outside_district();
CREATE TRIGGER in_district BEFORE INSERT OR UPDATE OF geom, district_id ON platform_area
    FOR EACH ROW EXECUTE FUNCTION refuse_outside_district();
CREATE TRIGGER in_district BEFORE INSERT OR UPDATE OF geom, district_id ON place_name
    FOR EACH ROW EXECUTE FUNCTION refuse_outside_district();
CREATE FUNCTION refuse_point_outside_district() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (
        SELECT FROM district
        WHERE id = NEW.district_id
        AND NOT ST_Covers(ST_Expand(ST_Envelope(bounds), 0.02), NEW.point)
    ) THEN
        RAISE EXCEPTION 'the point lies outside its district (are the axes swapped?)'
            USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER point_in_district BEFORE INSERT OR UPDATE OF point, district_id ON defect
    FOR EACH ROW EXECUTE FUNCTION refuse_point_outside_district();
