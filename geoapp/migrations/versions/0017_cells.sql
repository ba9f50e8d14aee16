-- The same counters for each cell of 25 m, so that a neighbourhood whose border residents draw is
-- a sum as well.

ALTER TABLE answer_fact DISABLE TRIGGER count_fact;
ALTER TABLE answer_fact ADD COLUMN cell_x INTEGER, ADD COLUMN cell_y INTEGER;
UPDATE answer_fact SET cell_x = defect.cell_x, cell_y = defect.cell_y
FROM defect WHERE defect.id = thing_id;
UPDATE answer_fact SET cell_x = defect.cell_x, cell_y = defect.cell_y
FROM defect_promise JOIN defect ON defect.id = defect_id WHERE defect_promise.id = thing_id;
ALTER TABLE answer_fact ALTER COLUMN cell_x SET NOT NULL, ALTER COLUMN cell_y SET NOT NULL;
ALTER TABLE answer_fact ENABLE TRIGGER count_fact;

CREATE TABLE answer_cell_count (
    id BIGINT GENERATED ALWAYS AS IDENTITY,
    district_id UUID NOT NULL,
    cell_x INTEGER NOT NULL,
    cell_y INTEGER NOT NULL,
    organisation_id UUID NOT NULL,
    of_examples BOOLEAN NOT NULL,
    about VARCHAR(24) NOT NULL,
    value VARCHAR(24) NOT NULL,
    amount INTEGER NOT NULL,
    CONSTRAINT pk_answer_cell_count PRIMARY KEY (id),
    CONSTRAINT ck_answer_cell_count_about CHECK (about IN ('share', 'days', 'promise'))
);

INSERT INTO answer_cell_count (district_id, cell_x, cell_y, organisation_id, of_examples, about, value, amount)
SELECT district_id, cell_x, cell_y, organisation_id, of_examples, about, value, count(*)
FROM answer_fact GROUP BY district_id, cell_x, cell_y, organisation_id, of_examples, about, value;

CREATE INDEX ix_answer_cell_count_cell ON answer_cell_count (district_id, cell_x, cell_y);

CREATE OR REPLACE FUNCTION keep_fact(fact answer_fact) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    IF fact.value IS NULL THEN
        DELETE FROM answer_fact WHERE thing_id = fact.thing_id AND about = fact.about;
        RETURN;
    END IF;
    INSERT INTO answer_fact AS old VALUES (fact.*)
    ON CONFLICT (thing_id, about) DO UPDATE SET
        district_id = fact.district_id,
        area_id = fact.area_id,
        organisation_id = fact.organisation_id,
        of_examples = fact.of_examples,
        value = fact.value,
        cell_x = fact.cell_x,
        cell_y = fact.cell_y
    WHERE old IS DISTINCT FROM fact;
END $$;

CREATE OR REPLACE FUNCTION keep_defect_facts() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    share text;
    days integer;
BEGIN
    IF TG_OP = 'DELETE' THEN
        DELETE FROM answer_fact WHERE thing_id = OLD.id;
        RETURN NULL;
    END IF;
    share := CASE WHEN NEW.file = 'merged' THEN share_of_kept(NEW.merged_into_id)
        ELSE share_of_state(NEW.state) END;
    IF NEW.state = 'solved' THEN
        SELECT NEW.turn_since - (NEW.reported_at AT TIME ZONE time_zone)::date INTO days
        FROM district WHERE id = NEW.district_id;
    END IF;
    PERFORM keep_fact((NEW.id, 'share', NEW.district_id, NEW.area_id, NEW.addressee_id, NEW.is_example, share, NEW.cell_x, NEW.cell_y)::answer_fact);
    PERFORM keep_fact((NEW.id, 'days', NEW.district_id, NEW.area_id, NEW.addressee_id, NEW.is_example,
        CASE WHEN days IS NOT NULL THEN step_of_days(days) END, NEW.cell_x, NEW.cell_y)::answer_fact);
    IF TG_OP = 'INSERT' THEN
        RETURN NULL;
    END IF;
    WITH RECURSIVE below AS (
        SELECT id FROM defect WHERE merged_into_id = NEW.id
        UNION
        SELECT defect.id FROM defect JOIN below ON defect.merged_into_id = below.id
    )
    UPDATE answer_fact SET value = coalesce(share, 'going_on') FROM below
    WHERE thing_id = below.id AND about = 'share' AND thing_id <> NEW.id
        AND value <> coalesce(share, 'going_on');
    IF (OLD.district_id, OLD.area_id, OLD.cell_x, OLD.cell_y)
        IS DISTINCT FROM (NEW.district_id, NEW.area_id, NEW.cell_x, NEW.cell_y) THEN
        UPDATE answer_fact SET district_id = NEW.district_id, area_id = NEW.area_id,
            cell_x = NEW.cell_x, cell_y = NEW.cell_y
        FROM defect_promise WHERE defect_promise.defect_id = NEW.id
            AND thing_id = defect_promise.id AND about = 'promise';
    END IF;
    RETURN NULL;
END $$;

CREATE OR REPLACE FUNCTION keep_promise_fact() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    place record;
BEGIN
    IF TG_OP = 'DELETE' THEN
        DELETE FROM answer_fact WHERE thing_id = OLD.id;
        RETURN NULL;
    END IF;
    SELECT district_id, area_id, cell_x, cell_y INTO place FROM defect WHERE id = NEW.defect_id FOR SHARE;
    PERFORM keep_fact((NEW.id, 'promise', place.district_id, place.area_id, NEW.organisation_id, NEW.is_example, NEW.state, place.cell_x, place.cell_y)::answer_fact);
    RETURN NULL;
END $$;

CREATE OR REPLACE FUNCTION count_fact() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP <> 'INSERT' THEN
        INSERT INTO answer_count (district_id, area_id, organisation_id, of_examples, about, value, amount)
        VALUES (OLD.district_id, OLD.area_id, OLD.organisation_id, OLD.of_examples, OLD.about, OLD.value, -1);
        INSERT INTO answer_cell_count (district_id, cell_x, cell_y, organisation_id, of_examples, about, value, amount)
        VALUES (OLD.district_id, OLD.cell_x, OLD.cell_y, OLD.organisation_id, OLD.of_examples, OLD.about, OLD.value, -1);
    END IF;
    IF TG_OP <> 'DELETE' THEN
        INSERT INTO answer_count (district_id, area_id, organisation_id, of_examples, about, value, amount)
        VALUES (NEW.district_id, NEW.area_id, NEW.organisation_id, NEW.of_examples, NEW.about, NEW.value, 1);
        INSERT INTO answer_cell_count (district_id, cell_x, cell_y, organisation_id, of_examples, about, value, amount)
        VALUES (NEW.district_id, NEW.cell_x, NEW.cell_y, NEW.organisation_id, NEW.of_examples, NEW.about, NEW.value, 1);
    END IF;
    RETURN NULL;
END $$;

DROP TRIGGER keep_facts ON defect;
CREATE TRIGGER keep_facts AFTER INSERT OR DELETE OR UPDATE OF work, street, file, merged_into_id, district_id, area_id, cell_x, cell_y, addressee_id, turn_since, reported_at, is_example ON defect
    FOR EACH ROW EXECUTE FUNCTION keep_defect_facts();
