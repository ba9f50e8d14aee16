-- Figures of how reports are answered: one row for each fact that is counted, and counters of them
-- that are only ever added to, so that no writer waits for another.

CREATE TABLE answer_fact (
    thing_id UUID NOT NULL,
    about VARCHAR(24) NOT NULL,
    district_id UUID NOT NULL,
    area_id UUID,
    organisation_id UUID NOT NULL,
    of_examples BOOLEAN NOT NULL,
    value VARCHAR(24) NOT NULL,
    CONSTRAINT pk_answer_fact PRIMARY KEY (thing_id, about),
    CONSTRAINT ck_answer_fact_about CHECK (about IN ('share', 'days', 'promise'))
);

CREATE TABLE answer_count (
    id BIGINT GENERATED ALWAYS AS IDENTITY,
    district_id UUID NOT NULL,
    area_id UUID,
    organisation_id UUID NOT NULL,
    of_examples BOOLEAN NOT NULL,
    about VARCHAR(24) NOT NULL,
    value VARCHAR(24) NOT NULL,
    amount INTEGER NOT NULL,
    CONSTRAINT pk_answer_count PRIMARY KEY (id),
    CONSTRAINT ck_answer_count_about CHECK (about IN ('share', 'days', 'promise'))
);

CREATE INDEX ix_answer_count_district_id_area_id ON answer_count (district_id, area_id);

CREATE INDEX ix_defect_turn_of_organisation ON defect (district_id, turn_since) INCLUDE (area_id, addressee_id, promised_on, work, no_said) WHERE file = 'public' AND state IN ('received', 'assigned', 'planned', 'passed_on', 'disputed');
CREATE INDEX ix_defect_denied ON defect (district_id, turn_since, code) WHERE handlings > 0 AND state IN ('disputed', 'mixed');
CREATE INDEX ix_defect_denied_in_area ON defect (area_id, turn_since, code) WHERE handlings > 0 AND state IN ('disputed', 'mixed');

CREATE FUNCTION share_of_state(state text) RETURNS text LANGUAGE sql IMMUTABLE AS $$
    SELECT CASE
        WHEN state = 'solved' THEN 'good'
        WHEN state IN ('disputed', 'mixed', 'no_agreement') THEN 'not_good'
        WHEN state IN ('handled', 'lapsed', 'removed') THEN 'unchecked'
        WHEN state IN ('received', 'assigned', 'planned', 'passed_on', 'refused') THEN 'going_on'
    END
$$;

-- With which share a file counts that was merged into this one. The kept files are held against
-- change until the end: who changes one looks at those merged into it, and must see this one. Where
-- the kept file was withdrawn nobody has answered this one.
CREATE FUNCTION share_of_kept(kept_id uuid) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    kept record;
    seen uuid[] := '{}';
BEGIN
    LOOP
        SELECT state, merged_into_id INTO kept FROM defect WHERE id = kept_id FOR SHARE;
        IF NOT FOUND OR kept_id = ANY (seen) THEN
            RETURN 'going_on';
        ELSIF kept.merged_into_id IS NULL THEN
            RETURN coalesce(share_of_state(kept.state), 'going_on');
        END IF;
        seen := seen || kept_id;
        kept_id := kept.merged_into_id;
    END LOOP;
END $$;

CREATE FUNCTION step_of_days(days integer) RETURNS text LANGUAGE sql IMMUTABLE AS $$
    SELECT CASE
        WHEN days <= 7 THEN '7'
        WHEN days <= 14 THEN '14'
        WHEN days <= 28 THEN '28'
        WHEN days <= 56 THEN '56'
        WHEN days <= 112 THEN '112'
        ELSE 'more'
    END
$$;

-- Where `fact.value` is null there is nothing to count.
CREATE FUNCTION keep_fact(fact answer_fact) RETURNS void LANGUAGE plpgsql AS $$
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

CREATE FUNCTION keep_defect_facts() RETURNS trigger LANGUAGE plpgsql AS $$
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

CREATE FUNCTION keep_promise_fact() RETURNS trigger LANGUAGE plpgsql AS $$
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

CREATE FUNCTION count_fact() RETURNS trigger LANGUAGE plpgsql AS $$
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

-- What was reported so far.
INSERT INTO answer_fact
SELECT * FROM (
    SELECT id, 'share', district_id, area_id, addressee_id, is_example,
        CASE WHEN file = 'merged' THEN share_of_kept(merged_into_id) ELSE share_of_state(state) END AS value
    FROM defect
) AS shares WHERE value IS NOT NULL;
INSERT INTO answer_fact
SELECT d.id, 'days', d.district_id, d.area_id, d.addressee_id, d.is_example,
    step_of_days(d.turn_since - (d.reported_at AT TIME ZONE p.time_zone)::date)
FROM defect d JOIN district p ON p.id = d.district_id WHERE d.state = 'solved';
INSERT INTO answer_fact
SELECT p.id, 'promise', d.district_id, d.area_id, p.organisation_id, p.is_example, p.state
FROM defect_promise p JOIN defect d ON d.id = p.defect_id;
INSERT INTO answer_count (district_id, area_id, organisation_id, of_examples, about, value, amount)
SELECT district_id, area_id, organisation_id, of_examples, about, value, count(*)
FROM answer_fact GROUP BY district_id, area_id, organisation_id, of_examples, about, value;

CREATE TRIGGER count_fact AFTER INSERT OR UPDATE OR DELETE ON answer_fact
    FOR EACH ROW EXECUTE FUNCTION count_fact();
CREATE TRIGGER keep_facts AFTER INSERT OR DELETE OR UPDATE OF work, street, file, merged_into_id, district_id, area_id, addressee_id, turn_since, reported_at, is_example ON defect
    FOR EACH ROW EXECUTE FUNCTION keep_defect_facts();
CREATE TRIGGER keep_facts AFTER INSERT OR DELETE OR UPDATE ON defect_promise
    FOR EACH ROW EXECUTE FUNCTION keep_promise_fact();
