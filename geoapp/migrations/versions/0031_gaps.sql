-- Who needs what, how far is near, how much is known, and where one can walk; exact answers that are
-- looked for apart; what platforms say beside gaps. A square at a border has a row for each buurt.

ALTER TABLE area_crosswalk ADD COLUMN rounded_to SMALLINT;

ALTER TABLE area_figure
    ADD COLUMN rounded_to SMALLINT,
    ADD CONSTRAINT ck_area_figure_rounded_to CHECK (rounded_to > 0);

ALTER TABLE population_cell
    ADD COLUMN rounded_to SMALLINT,
    DROP CONSTRAINT pk_population_cell,
    ADD CONSTRAINT pk_population_cell PRIMARY KEY (district_id, cell_x, cell_y, area_id);

CREATE TABLE norm (
    id UUID NOT NULL,
    district_id UUID NOT NULL,
    code TEXT NOT NULL,
    version SMALLINT NOT NULL,
    starts_on DATE NOT NULL,
    name JSONB NOT NULL,
    owners JSONB NOT NULL,
    source TEXT NOT NULL,
    source_text TEXT NOT NULL,
    source_language TEXT NOT NULL,
    is_example BOOLEAN NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    CONSTRAINT pk_norm PRIMARY KEY (id),
    CONSTRAINT uq_norm_district_id_code_version UNIQUE (district_id, code, version),
    CONSTRAINT ck_norm_code CHECK (code ~ '^[a-z0-9]+(-[a-z0-9]+)*$'),
    CONSTRAINT ck_norm_version CHECK (version > 0),
    CONSTRAINT ck_norm_source_text CHECK (source_text <> ''),
    CONSTRAINT fk_norm_district_id FOREIGN KEY(district_id) REFERENCES district (id)
);

CREATE TABLE norm_band (
    norm_id UUID NOT NULL,
    code TEXT NOT NULL,
    position SMALLINT NOT NULL,
    name JSONB NOT NULL,
    distance_m INTEGER NOT NULL,
    is_main BOOLEAN NOT NULL,
    CONSTRAINT pk_norm_band PRIMARY KEY (norm_id, code),
    CONSTRAINT ck_norm_band_code CHECK (code ~ '^[a-z0-9+-]{1,24}$'),
    CONSTRAINT ck_norm_band_distance_m CHECK (distance_m BETWEEN 25 AND 10000),
    CONSTRAINT fk_norm_band_norm_id FOREIGN KEY(norm_id) REFERENCES norm (id) ON DELETE CASCADE
);

CREATE UNIQUE INDEX uq_norm_band_main ON norm_band (norm_id) WHERE is_main;

CREATE TABLE area_norm (
    id UUID NOT NULL,
    district_id UUID NOT NULL,
    official_area_id UUID,
    organic_area_id UUID,
    band TEXT,
    distance_m INTEGER NOT NULL,
    note TEXT NOT NULL,
    said_by_id UUID,
    valid_from TIMESTAMP WITH TIME ZONE NOT NULL,
    valid_to TIMESTAMP WITH TIME ZONE,
    is_example BOOLEAN NOT NULL,
    CONSTRAINT pk_area_norm PRIMARY KEY (id),
    CONSTRAINT ck_area_norm_one_area CHECK ((official_area_id IS NULL) <> (organic_area_id IS NULL)),
    CONSTRAINT ck_area_norm_distance_m CHECK (distance_m BETWEEN 25 AND 10000),
    CONSTRAINT ck_area_norm_band CHECK (band ~ '^[a-z0-9+-]{1,24}$'),
    CONSTRAINT ck_area_norm_note CHECK (note <> '' AND char_length(note) <= 1000),
    CONSTRAINT ck_area_norm_valid CHECK (valid_to >= valid_from),
    CONSTRAINT fk_area_norm_district_id FOREIGN KEY(district_id) REFERENCES district (id),
    CONSTRAINT fk_area_norm_official_area_id FOREIGN KEY(official_area_id) REFERENCES official_area (id),
    CONSTRAINT fk_area_norm_organic_area_id FOREIGN KEY(organic_area_id) REFERENCES organic_area (id) ON DELETE CASCADE,
    CONSTRAINT fk_area_norm_said_by_id FOREIGN KEY(said_by_id) REFERENCES organisation (id)
);

CREATE INDEX ix_area_norm_district_id ON area_norm (district_id);

CREATE INDEX ix_area_norm_organic_area_id ON area_norm (organic_area_id);

CREATE INDEX ix_area_norm_said_by_id ON area_norm (said_by_id);

CREATE UNIQUE INDEX uq_area_norm_in_force ON area_norm (official_area_id, organic_area_id, band) NULLS NOT DISTINCT WHERE valid_to IS NULL;

CREATE TABLE need_layer (
    id UUID NOT NULL,
    district_id UUID NOT NULL,
    code TEXT NOT NULL,
    version SMALLINT NOT NULL,
    name JSONB NOT NULL,
    unit VARCHAR(24) NOT NULL,
    year SMALLINT NOT NULL,
    rounded_to SMALLINT,
    is_planned BOOLEAN NOT NULL,
    source TEXT NOT NULL,
    licence TEXT NOT NULL,
    digest TEXT NOT NULL,
    is_example BOOLEAN NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    CONSTRAINT pk_need_layer PRIMARY KEY (id),
    CONSTRAINT uq_need_layer_district_id_code_version UNIQUE (district_id, code, version),
    CONSTRAINT ck_need_layer_code CHECK (code ~ '^[a-z0-9]+([-_][a-z0-9]+)*$' AND code NOT IN ('households_with_children', 'households', 'inhabitants')),
    CONSTRAINT ck_need_layer_version CHECK (version > 0),
    CONSTRAINT ck_need_layer_rounded_to CHECK (rounded_to > 0),
    CONSTRAINT ck_need_layer_source CHECK (source <> ''),
    CONSTRAINT fk_need_layer_district_id FOREIGN KEY(district_id) REFERENCES district (id),
    CONSTRAINT ck_need_layer_unit CHECK (unit IN ('households', 'people', 'homes'))
);

CREATE TABLE need_cell (
    layer_id UUID NOT NULL,
    cell_x INTEGER NOT NULL,
    cell_y INTEGER NOT NULL,
    area_id UUID NOT NULL,
    amount DOUBLE PRECISION NOT NULL,
    CONSTRAINT pk_need_cell PRIMARY KEY (layer_id, cell_x, cell_y, area_id),
    CONSTRAINT ck_need_cell_amount CHECK (amount > 0 AND amount < 'infinity'::float8),
    CONSTRAINT fk_need_cell_layer_id FOREIGN KEY(layer_id) REFERENCES need_layer (id) ON DELETE CASCADE,
    CONSTRAINT fk_need_cell_area_id FOREIGN KEY(area_id) REFERENCES official_area (id) ON DELETE CASCADE
);

CREATE INDEX ix_need_cell_area_id ON need_cell (area_id);

CREATE TABLE completeness (
    id UUID NOT NULL,
    district_id UUID NOT NULL,
    area_id UUID NOT NULL,
    kind VARCHAR(24) NOT NULL,
    known VARCHAR(24) NOT NULL,
    note TEXT NOT NULL,
    source TEXT NOT NULL,
    organisation_id UUID,
    said_at TIMESTAMP WITH TIME ZONE NOT NULL,
    is_example BOOLEAN NOT NULL,
    CONSTRAINT pk_completeness PRIMARY KEY (id),
    CONSTRAINT ck_completeness_note CHECK (note <> '' AND char_length(note) <= 400),
    CONSTRAINT ck_completeness_who CHECK ((organisation_id IS NULL) = (source <> '')),
    CONSTRAINT fk_completeness_district_id FOREIGN KEY(district_id) REFERENCES district (id),
    CONSTRAINT fk_completeness_area_id FOREIGN KEY(area_id) REFERENCES official_area (id),
    CONSTRAINT ck_completeness_kind CHECK (kind IN ('cabinet', 'playground', 'sport_court', 'bench', 'bin', 'sign')),
    CONSTRAINT ck_completeness_known CHECK (known IN ('complete', 'partial', 'unknown')),
    CONSTRAINT fk_completeness_organisation_id FOREIGN KEY(organisation_id) REFERENCES organisation (id)
);

CREATE INDEX ix_completeness_area_id ON completeness (area_id);

CREATE INDEX ix_completeness_newest ON completeness (district_id, kind, area_id, said_at);

CREATE INDEX ix_completeness_organisation_id ON completeness (organisation_id);

CREATE TABLE walking_network (
    id UUID NOT NULL,
    district_id UUID NOT NULL,
    version SMALLINT NOT NULL,
    max_snap_m SMALLINT NOT NULL,
    source TEXT NOT NULL,
    licence TEXT NOT NULL,
    source_on DATE,
    digest TEXT NOT NULL,
    is_example BOOLEAN NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    CONSTRAINT pk_walking_network PRIMARY KEY (id),
    CONSTRAINT uq_walking_network_district_id_version UNIQUE (district_id, version),
    CONSTRAINT ck_walking_network_version CHECK (version > 0),
    CONSTRAINT ck_walking_network_max_snap_m CHECK (max_snap_m BETWEEN 1 AND 1000),
    CONSTRAINT fk_walking_network_district_id FOREIGN KEY(district_id) REFERENCES district (id)
);

CREATE TABLE walking_line (
    network_id UUID NOT NULL,
    position INTEGER NOT NULL,
    barred TEXT[] NOT NULL,
    geom geometry(LINESTRING,4326) NOT NULL,
    CONSTRAINT pk_walking_line PRIMARY KEY (network_id, position),
    CONSTRAINT ck_walking_line_geom CHECK (NOT ST_IsEmpty(geom) AND ST_NPoints(geom) <= 10000 AND ST_XMin(geom) >= -180 AND ST_XMax(geom) <= 180 AND ST_YMin(geom) >= -90 AND ST_YMax(geom) <= 90 AND ST_IsValid(geom) AND ST_Length(geom) > 0),
    CONSTRAINT ck_walking_line_barred CHECK (array_position(barred, NULL) IS NULL),
    CONSTRAINT fk_walking_line_network_id FOREIGN KEY(network_id) REFERENCES walking_network (id) ON DELETE CASCADE
);

CREATE TABLE search (
    id UUID NOT NULL,
    district_id UUID NOT NULL,
    code TEXT NOT NULL,
    person_id UUID,
    question JSONB NOT NULL,
    state VARCHAR(24) NOT NULL,
    percent SMALLINT DEFAULT 0 NOT NULL,
    found JSONB,
    reason TEXT DEFAULT '' NOT NULL,
    asked_at TIMESTAMP WITH TIME ZONE NOT NULL,
    ended_at TIMESTAMP WITH TIME ZONE,
    CONSTRAINT pk_search PRIMARY KEY (id),
    CONSTRAINT ck_search_code CHECK (code ~ '^[23456789BCDFGHJKMNPQRSTVWXYZ]{2,6}-[23456789BCDFGHJKMNPQRSTVWXYZ]{3,6}$'),
    CONSTRAINT ck_search_percent CHECK (percent BETWEEN 0 AND 100),
    CONSTRAINT ck_search_found CHECK ((found IS NOT NULL) = (state = 'done')),
    CONSTRAINT ck_search_ended_at CHECK ((ended_at IS NULL) = (state IN ('waiting', 'working'))),
    CONSTRAINT fk_search_district_id FOREIGN KEY(district_id) REFERENCES district (id),
    CONSTRAINT uq_search_code UNIQUE (code),
    CONSTRAINT fk_search_person_id FOREIGN KEY(person_id) REFERENCES person (id) ON DELETE SET NULL,
    CONSTRAINT ck_search_state CHECK (state IN ('waiting', 'working', 'done', 'cancelled', 'failed'))
);

CREATE INDEX ix_search_asked_at ON search (asked_at);

CREATE INDEX ix_search_district_id ON search (district_id);

CREATE INDEX ix_search_person_id ON search (person_id);

CREATE UNIQUE INDEX uq_search_open ON search (person_id) WHERE state IN ('waiting', 'working');

CREATE TABLE counter_view (
    platform_id UUID NOT NULL,
    about TEXT NOT NULL,
    words TEXT NOT NULL,
    said_at TIMESTAMP WITH TIME ZONE NOT NULL,
    is_example BOOLEAN NOT NULL,
    CONSTRAINT pk_counter_view PRIMARY KEY (platform_id, about),
    CONSTRAINT ck_counter_view_words CHECK (words <> '' AND char_length(words) <= 400),
    CONSTRAINT ck_counter_view_about CHECK (about ~ '^[a-z_]{1,24}$'),
    CONSTRAINT fk_counter_view_platform_id FOREIGN KEY(platform_id) REFERENCES platform (id) ON DELETE CASCADE
);
