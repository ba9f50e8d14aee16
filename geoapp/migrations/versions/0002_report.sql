-- Reports by residents: keys used once, limits, what a neighbourhood is called, pictures.

CREATE TABLE idempotency_key (
    purpose TEXT NOT NULL,
    key TEXT NOT NULL,
    fingerprint TEXT NOT NULL,
    outcome TEXT,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    CONSTRAINT pk_idempotency_key PRIMARY KEY (purpose, key)
);

CREATE TABLE limit_count (
    name TEXT NOT NULL,
    subject TEXT NOT NULL,
    window_start TIMESTAMP WITH TIME ZONE NOT NULL,
    used INTEGER NOT NULL,
    CONSTRAINT pk_limit_count PRIMARY KEY (name, subject, window_start),
    CONSTRAINT ck_limit_count_used CHECK (used > 0)
);

CREATE TABLE neighbourhood_answer (
    id UUID NOT NULL,
    district_id UUID NOT NULL,
    organic_area_id UUID,
    cell_x INTEGER NOT NULL,
    cell_y INTEGER NOT NULL,
    name TEXT NOT NULL,
    search_key TEXT NOT NULL,
    source_ref TEXT NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    CONSTRAINT pk_neighbourhood_answer PRIMARY KEY (id),
    CONSTRAINT ck_neighbourhood_answer_name CHECK (search_key <> '' AND char_length(name) <= 80),
    CONSTRAINT fk_neighbourhood_answer_district_id FOREIGN KEY(district_id) REFERENCES district (id),
    CONSTRAINT fk_neighbourhood_answer_organic_area_id FOREIGN KEY(organic_area_id) REFERENCES organic_area (id) ON DELETE SET NULL,
    CONSTRAINT uq_neighbourhood_answer_source_ref UNIQUE (source_ref)
);
CREATE INDEX ix_neighbourhood_answer_cell ON neighbourhood_answer (district_id, cell_x, cell_y);
CREATE INDEX ix_neighbourhood_answer_organic_area_id ON neighbourhood_answer (organic_area_id);

ALTER TABLE defect ADD COLUMN city_number TEXT NOT NULL DEFAULT '';
ALTER TABLE defect ADD COLUMN city_reported_on DATE;
ALTER TABLE defect ADD COLUMN secret_version INTEGER NOT NULL DEFAULT 1;
ALTER TABLE defect ADD CONSTRAINT ck_defect_city_number CHECK (char_length(city_number) <= 60);
ALTER TABLE defect ALTER COLUMN city_number DROP DEFAULT;
ALTER TABLE defect ALTER COLUMN secret_version DROP DEFAULT;

CREATE TABLE picture (
    id UUID NOT NULL,
    district_id UUID NOT NULL,
    state VARCHAR(24) NOT NULL,
    width SMALLINT NOT NULL,
    height SMALLINT NOT NULL,
    byte_count INTEGER NOT NULL,
    digest BYTEA NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    looked_at TIMESTAMP WITH TIME ZONE,
    is_example BOOLEAN NOT NULL,
    CONSTRAINT pk_picture PRIMARY KEY (id),
    CONSTRAINT ck_picture_sides CHECK (width BETWEEN 1 AND 2048 AND height BETWEEN 1 AND 2048),
    CONSTRAINT ck_picture_byte_count CHECK (byte_count > 0),
    CONSTRAINT ck_picture_digest CHECK (octet_length(digest) = 32),
    CONSTRAINT ck_picture_looked_at CHECK ((looked_at IS NULL) = (state = 'held')),
    CONSTRAINT fk_picture_district_id FOREIGN KEY(district_id) REFERENCES district (id),
    CONSTRAINT ck_picture_state CHECK (state IN ('held', 'shown', 'hidden'))
);
CREATE INDEX ix_picture_district_id ON picture (district_id);
CREATE INDEX ix_picture_held ON picture (id) WHERE state = 'held';

CREATE TABLE defect_picture (
    picture_id UUID NOT NULL,
    defect_id UUID NOT NULL,
    position SMALLINT NOT NULL,
    role VARCHAR(24) NOT NULL,
    CONSTRAINT pk_defect_picture PRIMARY KEY (picture_id),
    CONSTRAINT uq_defect_picture_defect_id_position UNIQUE (defect_id, position),
    CONSTRAINT fk_defect_picture_picture_id FOREIGN KEY(picture_id) REFERENCES picture (id),
    CONSTRAINT fk_defect_picture_defect_id FOREIGN KEY(defect_id) REFERENCES defect (id) ON DELETE CASCADE,
    CONSTRAINT ck_defect_picture_role CHECK (role IN ('matter', 'city_answer'))
);
