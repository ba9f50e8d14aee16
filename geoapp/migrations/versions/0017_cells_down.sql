DROP TRIGGER keep_facts ON defect;
CREATE TRIGGER keep_facts AFTER INSERT OR DELETE OR UPDATE OF work, street, file, merged_into_id, district_id, area_id, addressee_id, turn_since, reported_at, is_example ON defect
    FOR EACH ROW EXECUTE FUNCTION keep_defect_facts();
DROP TABLE answer_cell_count;
ALTER TABLE answer_fact DROP COLUMN cell_x, DROP COLUMN cell_y;

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
        value = fact.value
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
    PERFORM keep_fact((NEW.id, 'share', NEW.district_id, NEW.area_id, NEW.addressee_id, NEW.is_example, share)::answer_fact);
    PERFORM keep_fact((NEW.id, 'days', NEW.district_id, NEW.area_id, NEW.addressee_id, NEW.is_example,
        CASE WHEN days IS NOT NULL THEN step_of_days(days) END)::answer_fact);
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
    IF (OLD.district_id, OLD.area_id) IS DISTINCT FROM (NEW.district_id, NEW.area_id) THEN
        UPDATE answer_fact SET district_id = NEW.district_id, area_id = NEW.area_id
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
    SELECT district_id, area_id INTO place FROM defect WHERE id = NEW.defect_id FOR SHARE;
    PERFORM keep_fact((NEW.id, 'promise', place.district_id, place.area_id, NEW.organisation_id, NEW.is_example, NEW.state)::answer_fact);
    RETURN NULL;
END $$;

CREATE OR REPLACE FUNCTION count_fact() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP <> 'INSERT' THEN
        INSERT INTO answer_count (district_id, area_id, organisation_id, of_examples, about, value, amount)
        VALUES (OLD.district_id, OLD.area_id, OLD.organisation_id, OLD.of_examples, OLD.about, OLD.value, -1);
    END IF;
    IF TG_OP <> 'DELETE' THEN
        INSERT INTO answer_count (district_id, area_id, organisation_id, of_examples, about, value, amount)
        VALUES (NEW.district_id, NEW.area_id, NEW.organisation_id, NEW.of_examples, NEW.about, NEW.value, 1);
    END IF;
    RETURN NULL;
END $$;
