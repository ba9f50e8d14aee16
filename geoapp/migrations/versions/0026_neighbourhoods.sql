-- Neighbourhoods by agreement. The cells are those of 25 m of a district's metric grid, the squares
-- of who lives where 100 m; what is counted here is kept by the service from now on.

ALTER TABLE neighbourhood_answer
    ADD COLUMN sender BYTEA,
    ADD COLUMN is_example BOOLEAN DEFAULT false NOT NULL,
    ADD CONSTRAINT ck_neighbourhood_answer_sender CHECK (octet_length(sender) = 32);
ALTER TABLE neighbourhood_answer ALTER COLUMN is_example DROP DEFAULT;
CREATE INDEX ix_neighbourhood_answer_unknown ON neighbourhood_answer (district_id, created_at) WHERE organic_area_id IS NULL;
CREATE INDEX ix_neighbourhood_answer_name ON neighbourhood_answer (district_id, search_key);

CREATE TABLE neighbourhood_outline (
    id UUID NOT NULL,
    district_id UUID NOT NULL,
    organic_area_id UUID NOT NULL,
    kind VARCHAR(24) NOT NULL,
    organisation_id UUID,
    sender BYTEA,
    valid_from TIMESTAMP WITH TIME ZONE NOT NULL,
    valid_to TIMESTAMP WITH TIME ZONE,
    is_example BOOLEAN NOT NULL,
    run_rows INTEGER[] NOT NULL,
    run_firsts INTEGER[] NOT NULL,
    run_lasts INTEGER[] NOT NULL,
    geom geometry(MULTIPOLYGON,4326) NOT NULL,
    CONSTRAINT pk_neighbourhood_outline PRIMARY KEY (id),
    CONSTRAINT ck_neighbourhood_outline_kind CHECK (kind IN ('drawn', 'declared', 'source')),
    CONSTRAINT ck_neighbourhood_outline_author CHECK ((organisation_id IS NOT NULL) = (kind = 'declared') AND (sender IS NOT NULL) = (kind = 'drawn' AND valid_to IS NULL)),
    CONSTRAINT ck_neighbourhood_outline_sender CHECK (octet_length(sender) = 32),
    CONSTRAINT ck_neighbourhood_outline_valid CHECK (valid_to >= valid_from),
    CONSTRAINT ck_neighbourhood_outline_runs CHECK (cardinality(run_rows) > 0 AND cardinality(run_rows) = cardinality(run_firsts) AND cardinality(run_rows) = cardinality(run_lasts)),
    CONSTRAINT ck_neighbourhood_outline_geom CHECK (NOT ST_IsEmpty(geom) AND ST_NPoints(geom) <= 10000 AND ST_XMin(geom) >= -180 AND ST_XMax(geom) <= 180 AND ST_YMin(geom) >= -90 AND ST_YMax(geom) <= 90 AND ST_IsValid(geom)),
    CONSTRAINT fk_neighbourhood_outline_district_id FOREIGN KEY(district_id) REFERENCES district (id),
    CONSTRAINT fk_neighbourhood_outline_organic_area_id FOREIGN KEY(organic_area_id) REFERENCES organic_area (id) ON DELETE CASCADE,
    CONSTRAINT fk_neighbourhood_outline_organisation_id FOREIGN KEY(organisation_id) REFERENCES organisation (id)
);
CREATE INDEX ix_neighbourhood_outline_organic_area_id ON neighbourhood_outline (organic_area_id);
CREATE INDEX ix_neighbourhood_outline_organisation_id ON neighbourhood_outline (organisation_id);
CREATE UNIQUE INDEX uq_neighbourhood_outline_in_force ON neighbourhood_outline (organic_area_id, kind, organisation_id, sender) NULLS NOT DISTINCT WHERE valid_to IS NULL;

CREATE TABLE neighbourhood_tally (
    organic_area_id UUID NOT NULL,
    outlines INTEGER DEFAULT 0 NOT NULL,
    drawings INTEGER DEFAULT 0 NOT NULL,
    declarations INTEGER DEFAULT 0 NOT NULL,
    answers INTEGER DEFAULT 0 NOT NULL,
    redraws INTEGER DEFAULT 0 NOT NULL,
    CONSTRAINT pk_neighbourhood_tally PRIMARY KEY (organic_area_id),
    CONSTRAINT ck_neighbourhood_tally_counts CHECK (outlines >= drawings + declarations AND drawings >= 0 AND declarations >= 0 AND answers >= 0 AND redraws >= 0),
    CONSTRAINT fk_neighbourhood_tally_organic_area_id FOREIGN KEY(organic_area_id) REFERENCES organic_area (id) ON DELETE CASCADE
);

CREATE TABLE agreement_cell (
    district_id UUID NOT NULL,
    cell_x INTEGER NOT NULL,
    cell_y INTEGER NOT NULL,
    organic_area_id UUID NOT NULL,
    yes_outlines INTEGER DEFAULT 0 NOT NULL,
    yes_answers INTEGER DEFAULT 0 NOT NULL,
    CONSTRAINT pk_agreement_cell PRIMARY KEY (district_id, cell_x, cell_y, organic_area_id),
    CONSTRAINT ck_agreement_cell_voices CHECK (yes_outlines >= 0 AND yes_answers >= 0 AND yes_outlines + yes_answers > 0),
    CONSTRAINT fk_agreement_cell_organic_area_id FOREIGN KEY(organic_area_id) REFERENCES organic_area (id) ON DELETE CASCADE
);
CREATE INDEX ix_agreement_cell_area ON agreement_cell (organic_area_id, cell_x, cell_y);

CREATE TABLE answered_cell (
    district_id UUID NOT NULL,
    cell_x INTEGER NOT NULL,
    cell_y INTEGER NOT NULL,
    answers INTEGER NOT NULL,
    CONSTRAINT pk_answered_cell PRIMARY KEY (district_id, cell_x, cell_y),
    CONSTRAINT ck_answered_cell_answers CHECK (answers > 0),
    CONSTRAINT fk_answered_cell_district_id FOREIGN KEY(district_id) REFERENCES district (id) ON DELETE CASCADE
);

CREATE TABLE population_cell (
    district_id UUID NOT NULL,
    cell_x INTEGER NOT NULL,
    cell_y INTEGER NOT NULL,
    area_id UUID NOT NULL,
    inhabitants DOUBLE PRECISION NOT NULL,
    households DOUBLE PRECISION NOT NULL,
    households_with_children DOUBLE PRECISION NOT NULL,
    year SMALLINT NOT NULL,
    source TEXT NOT NULL,
    CONSTRAINT pk_population_cell PRIMARY KEY (district_id, cell_x, cell_y),
    CONSTRAINT ck_population_cell_not_negative CHECK (inhabitants >= 0 AND households >= 0 AND households_with_children >= 0),
    CONSTRAINT fk_population_cell_district_id FOREIGN KEY(district_id) REFERENCES district (id) ON DELETE CASCADE,
    CONSTRAINT fk_population_cell_area_id FOREIGN KEY(area_id) REFERENCES official_area (id) ON DELETE CASCADE
);
CREATE INDEX ix_population_cell_area_id ON population_cell (area_id);

-- Every neighbourhood there is gets its first voice: the shape it came with.
WITH metric AS (
    SELECT area.id, ST_Transform(geom, metric_srid) AS geom, metric_srid
    FROM organic_area area JOIN district ON district.id = area.district_id
), held AS (
    SELECT id, x, y, x - row_number() OVER (PARTITION BY id, y ORDER BY x) AS run
    FROM metric,
        generate_series(floor(ST_XMin(geom) / 25)::int, floor(ST_XMax(geom) / 25)::int) AS x,
        generate_series(floor(ST_YMin(geom) / 25)::int, floor(ST_YMax(geom) / 25)::int) AS y
    WHERE ST_Contains(geom, ST_SetSRID(ST_MakePoint((x + 0.5) * 25, (y + 0.5) * 25), metric_srid))
), runs AS (
    SELECT id, y, min(x) AS first, max(x) AS last FROM held GROUP BY id, y, run
)
INSERT INTO neighbourhood_outline
SELECT gen_random_uuid(), area.district_id, area.id, 'source', NULL, NULL, area.created_at, NULL,
    area.is_example, array_agg(y ORDER BY y, first), array_agg(first ORDER BY y, first),
    array_agg(last ORDER BY y, first), area.geom
FROM runs JOIN organic_area area ON area.id = runs.id GROUP BY area.id;

INSERT INTO neighbourhood_tally (organic_area_id, outlines, answers)
SELECT area.id, count(DISTINCT outline.id), count(DISTINCT answer.id)
FROM organic_area area
LEFT JOIN neighbourhood_outline outline ON outline.organic_area_id = area.id
LEFT JOIN neighbourhood_answer answer ON answer.organic_area_id = area.id GROUP BY area.id;

INSERT INTO agreement_cell (district_id, cell_x, cell_y, organic_area_id, yes_outlines, yes_answers)
SELECT district_id, x, y, organic_area_id, sum(outlines), sum(answers) FROM (
    SELECT district_id, x, y, organic_area_id, 1 AS outlines, 0 AS answers
    FROM neighbourhood_outline, unnest(run_rows, run_firsts, run_lasts) AS run (y, first, last),
        generate_series(first, last) AS x
    UNION ALL
    SELECT district_id, cell_x + x, cell_y + y, organic_area_id, 0, 1
    FROM neighbourhood_answer, generate_series(-2, 2) AS x, generate_series(-2, 2) AS y
    WHERE organic_area_id IS NOT NULL
) AS voices GROUP BY district_id, x, y, organic_area_id;

INSERT INTO answered_cell
SELECT district_id, cell_x + x, cell_y + y, count(*)
FROM neighbourhood_answer, generate_series(-2, 2) AS x, generate_series(-2, 2) AS y
GROUP BY 1, 2, 3;

-- Who lives where: the newest figures of each buurt, evenly over its area.
WITH buurt AS (
    SELECT DISTINCT ON (area.id) area.id, area.district_id, figure.inhabitants, figure.households,
        figure.households_with_children, figure.year, figure.source,
        ST_Transform(area.geom, district.metric_srid) AS geom, district.metric_srid
    FROM official_area area
    JOIN district ON district.id = area.district_id
    JOIN area_figure figure ON figure.area_id = area.id
    WHERE area.level = 'buurt' AND area.valid_to IS NULL
    ORDER BY area.id, figure.year DESC
), met AS (
    SELECT buurt.*, x, y, ST_Area(ST_Intersection(geom,
        ST_MakeEnvelope(x * 100, y * 100, (x + 1) * 100, (y + 1) * 100, metric_srid))) AS area_m2
    FROM buurt,
        generate_series(floor(ST_XMin(geom) / 100)::int, floor(ST_XMax(geom) / 100)::int) AS x,
        generate_series(floor(ST_YMin(geom) / 100)::int, floor(ST_YMax(geom) / 100)::int) AS y
), shared AS (
    SELECT *, area_m2 / sum(area_m2) OVER (PARTITION BY id) AS part FROM met WHERE area_m2 > 0
)
INSERT INTO population_cell
SELECT district_id, x, y, (array_agg(id ORDER BY inhabitants * part DESC))[1],
    sum(inhabitants * part), sum(households * part), sum(households_with_children * part),
    min(year), string_agg(DISTINCT source, '; ' ORDER BY source)
FROM shared GROUP BY district_id, x, y;
