-- Plans on the map, what is said and spent of them; earmarks, times and moves of money.

ALTER TABLE budget_line
    ADD COLUMN spent_cents BIGINT DEFAULT '0' NOT NULL,
    ADD COLUMN earmarks TEXT[] DEFAULT '{}' NOT NULL,
    ADD COLUMN platform_id UUID,
    ADD COLUMN asked_on DATE,
    ADD COLUMN ask_by DATE,
    ADD COLUMN lead_days SMALLINT DEFAULT '0' NOT NULL,
    ADD COLUMN needs_design BOOLEAN DEFAULT false NOT NULL,
    ADD COLUMN receipt_over_cents BIGINT DEFAULT '25000' NOT NULL,
    ADD CONSTRAINT ck_budget_line_spent_cents CHECK (spent_cents BETWEEN 0 AND committed_cents),
    ADD CONSTRAINT ck_budget_line_earmarks CHECK (earmarks <@ ARRAY['green', 'play_sport', 'meeting', 'safety', 'art', 'cleaning', 'participation', 'flats']::text[]),
    ADD CONSTRAINT ck_budget_line_lead_days CHECK (lead_days BETWEEN 0 AND 730),
    ADD CONSTRAINT ck_budget_line_receipt_over_cents CHECK (receipt_over_cents >= 0),
    ADD CONSTRAINT fk_budget_line_platform_id FOREIGN KEY(platform_id) REFERENCES platform (id) ON DELETE CASCADE;
CREATE INDEX ix_budget_line_platform_id ON budget_line (platform_id) WHERE platform_id IS NOT NULL;

CREATE TABLE money_move (
    id UUID NOT NULL,
    number BIGINT GENERATED ALWAYS AS IDENTITY,
    line_id UUID NOT NULL,
    to_line_id UUID,
    about_id UUID,
    kind VARCHAR(24) NOT NULL,
    amount_cents BIGINT NOT NULL,
    by_organisation_id UUID,
    moved_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    is_example BOOLEAN NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    CONSTRAINT pk_money_move PRIMARY KEY (id),
    CONSTRAINT ck_money_move_amount_cents CHECK (amount_cents > 0),
    CONSTRAINT ck_money_move_to_line_id CHECK ((kind = 'transfer') = (to_line_id IS NOT NULL)),
    CONSTRAINT ck_money_move_two_lines CHECK (to_line_id <> line_id),
    CONSTRAINT uq_money_move_number UNIQUE (number),
    CONSTRAINT fk_money_move_line_id FOREIGN KEY(line_id) REFERENCES budget_line (id) ON DELETE CASCADE,
    CONSTRAINT fk_money_move_to_line_id FOREIGN KEY(to_line_id) REFERENCES budget_line (id) ON DELETE CASCADE,
    CONSTRAINT ck_money_move_kind CHECK (kind IN ('reserve', 'release', 'spend', 'transfer')),
    CONSTRAINT fk_money_move_by_organisation_id FOREIGN KEY(by_organisation_id) REFERENCES organisation (id)
);

CREATE INDEX ix_money_move_about_id ON money_move (about_id, number) WHERE about_id IS NOT NULL;
CREATE INDEX ix_money_move_by_organisation_id ON money_move (by_organisation_id);
CREATE INDEX ix_money_move_line_id ON money_move (line_id, number);
CREATE INDEX ix_money_move_to_line_id ON money_move (to_line_id);

-- What was set aside before moves were kept is the first move of each line.
INSERT INTO money_move (id, line_id, kind, amount_cents, is_example)
SELECT gen_random_uuid(), id, 'reserve', committed_cents, is_example
FROM budget_line WHERE committed_cents > 0;

-- A move is never changed, and goes with examples alone.
CREATE TRIGGER append_only BEFORE UPDATE ON money_move
    FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER keep_real BEFORE DELETE ON money_move
    FOR EACH ROW WHEN (NOT OLD.is_example) EXECUTE FUNCTION refuse_change();

CREATE TABLE plan_item (
    id UUID NOT NULL,
    number BIGINT GENERATED ALWAYS AS IDENTITY,
    district_id UUID NOT NULL,
    platform_id UUID,
    organisation_id UUID,
    code TEXT NOT NULL,
    title TEXT NOT NULL,
    place VARCHAR(24) NOT NULL,
    geom geometry(GEOMETRY,4326),
    point geometry(POINT,4326) GENERATED ALWAYS AS (ST_PointOnSurface(geom)) STORED,
    themes TEXT[] NOT NULL,
    kind VARCHAR(24),
    maker_id UUID,
    keeper_id UUID,
    cost_cents BIGINT,
    wanted_by DATE,
    problem TEXT NOT NULL,
    whose_problem TEXT NOT NULL,
    who_left_out TEXT NOT NULL,
    state VARCHAR(24) NOT NULL,
    line_id UUID,
    asked_by UUID,
    granted_cents BIGINT,
    asset_id UUID,
    version INTEGER DEFAULT '1' NOT NULL,
    is_example BOOLEAN NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    CONSTRAINT pk_plan_item PRIMARY KEY (id),
    CONSTRAINT ck_plan_item_code CHECK (code ~ '^[23456789BCDFGHJKMNPQRSTVWXYZ]{2,6}-[23456789BCDFGHJKMNPQRSTVWXYZ]{3,6}$'),
    CONSTRAINT ck_plan_item_title CHECK (title <> ''),
    CONSTRAINT ck_plan_item_place_of CHECK ((place = 'none') = (geom IS NULL)),
    CONSTRAINT ck_plan_item_geom CHECK (GeometryType(geom) IN ('POINT', 'POLYGON', 'MULTIPOLYGON') AND NOT ST_IsEmpty(geom) AND ST_NPoints(geom) <= 10000 AND ST_XMin(geom) >= -180 AND ST_XMax(geom) <= 180 AND ST_YMin(geom) >= -90 AND ST_YMax(geom) <= 90 AND ST_IsValid(geom)),
    CONSTRAINT ck_plan_item_themes CHECK (themes <@ ARRAY['green', 'play_sport', 'meeting', 'safety', 'art', 'cleaning', 'participation', 'flats']::text[]),
    CONSTRAINT ck_plan_item_cost_cents CHECK (cost_cents > 0),
    CONSTRAINT ck_plan_item_granted_cents CHECK (granted_cents > 0),
    CONSTRAINT ck_plan_item_organisation_id CHECK ((platform_id IS NULL) = (organisation_id IS NULL)),
    CONSTRAINT ck_plan_item_line_id CHECK (state NOT IN ('asked', 'granted', 'partly', 'refused') OR line_id IS NOT NULL),
    CONSTRAINT ck_plan_item_granted CHECK (state NOT IN ('granted', 'partly') OR granted_cents IS NOT NULL),
    CONSTRAINT ck_plan_item_not_granted CHECK (granted_cents IS NULL OR state IN ('granted', 'partly', 'realised', 'not_realised')),
    CONSTRAINT uq_plan_item_number UNIQUE (number),
    CONSTRAINT fk_plan_item_district_id FOREIGN KEY(district_id) REFERENCES district (id),
    CONSTRAINT fk_plan_item_platform_id FOREIGN KEY(platform_id) REFERENCES platform (id) ON DELETE CASCADE,
    CONSTRAINT fk_plan_item_organisation_id FOREIGN KEY(organisation_id) REFERENCES organisation (id),
    CONSTRAINT uq_plan_item_code UNIQUE (code),
    CONSTRAINT ck_plan_item_place CHECK (place IN ('point', 'area', 'none')),
    CONSTRAINT ck_plan_item_kind CHECK (kind IN ('cabinet', 'playground', 'sport_court', 'bench', 'bin', 'sign')),
    CONSTRAINT fk_plan_item_maker_id FOREIGN KEY(maker_id) REFERENCES organisation (id),
    CONSTRAINT fk_plan_item_keeper_id FOREIGN KEY(keeper_id) REFERENCES organisation (id),
    CONSTRAINT ck_plan_item_state CHECK (state IN ('idea', 'plan', 'asked', 'granted', 'partly', 'refused', 'realised', 'not_realised', 'withdrawn')),
    CONSTRAINT fk_plan_item_line_id FOREIGN KEY(line_id) REFERENCES budget_line (id),
    CONSTRAINT fk_plan_item_asked_by FOREIGN KEY(asked_by) REFERENCES person (id) ON DELETE SET NULL,
    CONSTRAINT fk_plan_item_asset_id FOREIGN KEY(asset_id) REFERENCES asset (id) ON DELETE SET NULL
);

CREATE INDEX ix_plan_item_asked_by ON plan_item (asked_by) WHERE asked_by IS NOT NULL;
CREATE INDEX ix_plan_item_asset_id ON plan_item (asset_id) WHERE asset_id IS NOT NULL;
CREATE INDEX ix_plan_item_district_id ON plan_item (district_id, number);
CREATE INDEX ix_plan_item_keeper_id ON plan_item (keeper_id);
CREATE INDEX ix_plan_item_line_id ON plan_item (line_id, number);
CREATE INDEX ix_plan_item_maker_id ON plan_item (maker_id);
CREATE INDEX ix_plan_item_organisation_id ON plan_item (organisation_id);
CREATE INDEX ix_plan_item_platform_id ON plan_item (platform_id, number);
CREATE INDEX ix_plan_item_point ON plan_item USING gist (point);

CREATE TABLE plan_event (
    id UUID NOT NULL,
    number BIGINT GENERATED ALWAYS AS IDENTITY,
    item_id UUID NOT NULL,
    state VARCHAR(24) NOT NULL,
    happened_on DATE NOT NULL,
    by_organisation_id UUID,
    by_role TEXT NOT NULL,
    line_id UUID,
    granted_cents BIGINT,
    alternatives TEXT NOT NULL,
    interests TEXT NOT NULL,
    reasons TEXT NOT NULL,
    visited_on DATE,
    picture_id UUID,
    is_example BOOLEAN NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    CONSTRAINT pk_plan_event PRIMARY KEY (id),
    CONSTRAINT ck_plan_event_reasons CHECK (state NOT IN ('partly', 'refused') OR (reasons <> '' AND interests <> '' AND alternatives <> '')),
    CONSTRAINT ck_plan_event_visited_on CHECK (picture_id IS NULL OR visited_on IS NOT NULL),
    CONSTRAINT uq_plan_event_number UNIQUE (number),
    CONSTRAINT fk_plan_event_item_id FOREIGN KEY(item_id) REFERENCES plan_item (id) ON DELETE CASCADE,
    CONSTRAINT ck_plan_event_state CHECK (state IN ('idea', 'plan', 'asked', 'granted', 'partly', 'refused', 'realised', 'not_realised', 'withdrawn')),
    CONSTRAINT fk_plan_event_by_organisation_id FOREIGN KEY(by_organisation_id) REFERENCES organisation (id),
    CONSTRAINT fk_plan_event_line_id FOREIGN KEY(line_id) REFERENCES budget_line (id),
    CONSTRAINT fk_plan_event_picture_id FOREIGN KEY(picture_id) REFERENCES picture (id)
);

CREATE INDEX ix_plan_event_by_organisation_id ON plan_event (by_organisation_id);
CREATE INDEX ix_plan_event_item_id ON plan_event (item_id, number);
CREATE INDEX ix_plan_event_line_id ON plan_event (line_id);
CREATE INDEX ix_plan_event_picture_id ON plan_event (picture_id);

CREATE TABLE plan_voice (
    id UUID NOT NULL,
    number BIGINT GENERATED ALWAYS AS IDENTITY,
    item_id UUID NOT NULL,
    kind VARCHAR(24) NOT NULL,
    choice VARCHAR(24),
    words TEXT NOT NULL,
    words_state VARCHAR(24),
    hidden_because TEXT,
    distance_m INTEGER,
    has_account BOOLEAN NOT NULL,
    person_id UUID,
    said_on DATE NOT NULL,
    is_example BOOLEAN NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    CONSTRAINT pk_plan_voice PRIMARY KEY (id),
    CONSTRAINT ck_plan_voice_choice_of CHECK ((kind = 'view') = (choice IS NULL)),
    CONSTRAINT ck_plan_voice_words CHECK (kind <> 'view' OR words <> ''),
    CONSTRAINT ck_plan_voice_words_state_of CHECK ((words = '') = (words_state IS NULL)),
    CONSTRAINT ck_plan_voice_hidden_because CHECK ((COALESCE(words_state, '') = 'hidden') = (hidden_because IS NOT NULL)),
    CONSTRAINT ck_plan_voice_has_account CHECK (words = '' OR has_account),
    CONSTRAINT ck_plan_voice_distance_m CHECK (distance_m >= 50),
    CONSTRAINT uq_plan_voice_number UNIQUE (number),
    CONSTRAINT fk_plan_voice_item_id FOREIGN KEY(item_id) REFERENCES plan_item (id) ON DELETE CASCADE,
    CONSTRAINT ck_plan_voice_kind CHECK (kind IN ('help', 'objection', 'view')),
    CONSTRAINT ck_plan_voice_choice CHECK (choice IN ('build', 'keep', 'think', 'lend', 'noise', 'view_out', 'green_lost', 'safety', 'access', 'other_place', 'not_needed')),
    CONSTRAINT ck_plan_voice_words_state CHECK (words_state IN ('shown', 'held', 'hidden')),
    CONSTRAINT fk_plan_voice_person_id FOREIGN KEY(person_id) REFERENCES person (id) ON DELETE SET NULL
);

CREATE INDEX ix_plan_voice_held ON plan_voice (item_id) WHERE words_state = 'held';
CREATE INDEX ix_plan_voice_item_id ON plan_voice (item_id, number);
CREATE INDEX ix_plan_voice_person_id ON plan_voice (person_id) WHERE person_id NOTNULL;

CREATE TABLE plan_spending (
    id UUID NOT NULL,
    number BIGINT GENERATED ALWAYS AS IDENTITY,
    district_id UUID NOT NULL,
    item_id UUID NOT NULL,
    line_id UUID NOT NULL,
    look_id UUID NOT NULL,
    amount_cents BIGINT NOT NULL,
    what TEXT NOT NULL,
    spent_on DATE NOT NULL,
    geom geometry(POINT,4326),
    picture_id UUID,
    receipt_id UUID,
    organisation_id UUID,
    outcome VARCHAR(24),
    settled_on DATE,
    settled_organisation_id UUID,
    answer TEXT NOT NULL,
    is_example BOOLEAN NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    CONSTRAINT pk_plan_spending PRIMARY KEY (id),
    CONSTRAINT ck_plan_spending_amount_cents CHECK (amount_cents > 0),
    CONSTRAINT ck_plan_spending_geom CHECK (NOT ST_IsEmpty(geom) AND ST_X(geom) BETWEEN -180 AND 180 AND ST_Y(geom) BETWEEN -90 AND 90),
    CONSTRAINT ck_plan_spending_settled_on CHECK ((outcome IS NULL) = (settled_on IS NULL)),
    CONSTRAINT ck_plan_spending_answer CHECK (outcome <> 'refused' OR answer <> ''),
    CONSTRAINT uq_plan_spending_number UNIQUE (number),
    CONSTRAINT fk_plan_spending_district_id FOREIGN KEY(district_id) REFERENCES district (id),
    CONSTRAINT fk_plan_spending_item_id FOREIGN KEY(item_id) REFERENCES plan_item (id) ON DELETE CASCADE,
    CONSTRAINT fk_plan_spending_line_id FOREIGN KEY(line_id) REFERENCES budget_line (id),
    CONSTRAINT uq_plan_spending_look_id UNIQUE (look_id),
    CONSTRAINT fk_plan_spending_look_id FOREIGN KEY(look_id) REFERENCES second_look (id) ON DELETE CASCADE,
    CONSTRAINT fk_plan_spending_picture_id FOREIGN KEY(picture_id) REFERENCES picture (id) ON DELETE SET NULL,
    CONSTRAINT fk_plan_spending_receipt_id FOREIGN KEY(receipt_id) REFERENCES picture (id) ON DELETE SET NULL,
    CONSTRAINT fk_plan_spending_organisation_id FOREIGN KEY(organisation_id) REFERENCES organisation (id),
    CONSTRAINT ck_plan_spending_outcome CHECK (outcome IN ('confirmed', 'refused')),
    CONSTRAINT fk_plan_spending_settled_organisation_id FOREIGN KEY(settled_organisation_id) REFERENCES organisation (id)
);

CREATE INDEX ix_plan_spending_district_id ON plan_spending (district_id);
CREATE INDEX ix_plan_spending_item_id ON plan_spending (item_id, number);
CREATE INDEX ix_plan_spending_line_id ON plan_spending (line_id, number);
CREATE INDEX ix_plan_spending_organisation_id ON plan_spending (organisation_id);
CREATE INDEX ix_plan_spending_picture_id ON plan_spending (picture_id);
CREATE INDEX ix_plan_spending_receipt_id ON plan_spending (receipt_id);
CREATE INDEX ix_plan_spending_settled_organisation_id ON plan_spending (settled_organisation_id);

CREATE TRIGGER append_only BEFORE UPDATE ON plan_event
    FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER in_district BEFORE INSERT OR UPDATE OF geom, district_id ON plan_item
    FOR EACH ROW EXECUTE FUNCTION refuse_outside_district();
CREATE TRIGGER in_district BEFORE INSERT OR UPDATE OF geom, district_id ON plan_spending
    FOR EACH ROW EXECUTE FUNCTION refuse_outside_district();
