CREATE FUNCTION public.count_fact() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
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
CREATE FUNCTION public.keep_defect_facts() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
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
CREATE TABLE public.answer_fact (
    thing_id uuid NOT NULL,
    about character varying(24) NOT NULL,
    district_id uuid NOT NULL,
    area_id uuid,
    organisation_id uuid NOT NULL,
    of_examples boolean NOT NULL,
    value character varying(24) NOT NULL,
    cell_x integer NOT NULL,
    cell_y integer NOT NULL,
    CONSTRAINT ck_answer_fact_about CHECK (((about)::text = ANY ((ARRAY['share'::character varying, 'days'::character varying, 'promise'::character varying])::text[])))
);
CREATE FUNCTION public.keep_fact(fact public.answer_fact) RETURNS void
    LANGUAGE plpgsql
    AS $$
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
CREATE FUNCTION public.keep_promise_fact() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
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
CREATE FUNCTION public.refuse_change() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    RAISE EXCEPTION 'table % is append-only: add a new event instead', TG_TABLE_NAME
        USING ERRCODE = 'restrict_violation';
END $$;
CREATE FUNCTION public.refuse_other_hands() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    IF (NEW.id, NEW.key_id, NEW.opened_at) IS DISTINCT FROM (OLD.id, OLD.key_id, OLD.opened_at)
        OR COALESCE(NEW.giver_person_id <> OLD.giver_person_id, NEW.giver_person_id IS NOT NULL)
        OR COALESCE(NEW.receiver_person_id <> OLD.receiver_person_id, NEW.receiver_person_id IS NOT NULL)
        OR COALESCE(NEW.giver_organisation_id <> OLD.giver_organisation_id, NEW.giver_organisation_id IS NOT NULL)
        OR COALESCE(NEW.receiver_organisation_id <> OLD.receiver_organisation_id, NEW.receiver_organisation_id IS NOT NULL)
        OR (OLD.given_at IS NOT NULL AND NEW.given_at IS DISTINCT FROM OLD.given_at)
        OR (OLD.received_at IS NOT NULL AND NEW.received_at IS DISTINCT FROM OLD.received_at)
        OR (OLD.closed_at IS NOT NULL AND (NEW.given_at, NEW.received_at, NEW.closed_at, NEW.outcome)
            IS DISTINCT FROM (OLD.given_at, OLD.received_at, OLD.closed_at, OLD.outcome))
    THEN
        RAISE EXCEPTION 'the history of a key is append-only'
            USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE FUNCTION public.refuse_outside_district() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
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
CREATE FUNCTION public.refuse_point_outside_district() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
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
CREATE FUNCTION public.share_of_kept(kept_id uuid) RETURNS text
    LANGUAGE plpgsql
    AS $$
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
CREATE FUNCTION public.share_of_state(state text) RETURNS text
    LANGUAGE sql IMMUTABLE
    AS $$
    SELECT CASE
        WHEN state = 'solved' THEN 'good'
        WHEN state IN ('disputed', 'mixed', 'no_agreement') THEN 'not_good'
        WHEN state IN ('handled', 'lapsed', 'removed') THEN 'unchecked'
        WHEN state IN ('received', 'assigned', 'planned', 'passed_on', 'refused') THEN 'going_on'
    END
$$;
CREATE FUNCTION public.step_of_days(days integer) RETURNS text
    LANGUAGE sql IMMUTABLE
    AS $$
    SELECT CASE
        WHEN days <= 7 THEN '7'
        WHEN days <= 14 THEN '14'
        WHEN days <= 28 THEN '28'
        WHEN days <= 56 THEN '56'
        WHEN days <= 112 THEN '112'
        ELSE 'more'
    END
$$;
CREATE TABLE public.account_session (
    digest bytea NOT NULL,
    person_id uuid NOT NULL,
    rights_version integer NOT NULL,
    signed_in_at timestamp with time zone NOT NULL,
    expires_at timestamp with time zone NOT NULL,
    factor_until timestamp with time zone,
    CONSTRAINT ck_account_session_digest CHECK ((octet_length(digest) = 32))
);
CREATE TABLE public.address (
    id uuid NOT NULL,
    look_up bytea NOT NULL,
    sealed bytea NOT NULL,
    language text NOT NULL,
    confirmed_at timestamp with time zone,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT ck_address_look_up CHECK ((octet_length(look_up) = 32))
);
CREATE TABLE public.agreement (
    id uuid NOT NULL,
    district_id uuid NOT NULL,
    slug text NOT NULL,
    title text NOT NULL,
    signed_on date,
    valid_to date,
    is_example boolean NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    starts_on date,
    remind_days smallint DEFAULT '60'::smallint NOT NULL,
    reminded_for date,
    ended_on date,
    end_reason text DEFAULT ''::text NOT NULL,
    version integer DEFAULT 1 NOT NULL,
    CONSTRAINT ck_agreement_ended CHECK (((ended_on IS NULL) = (end_reason = ''::text))),
    CONSTRAINT ck_agreement_remind_days CHECK (((remind_days >= 1) AND (remind_days <= 365))),
    CONSTRAINT ck_agreement_starts_on CHECK ((valid_to > starts_on)),
    CONSTRAINT ck_agreement_valid CHECK (((valid_to IS NULL) OR (signed_on IS NULL) OR (valid_to > signed_on))),
    CONSTRAINT ck_agreement_version CHECK ((version > 0))
);
CREATE TABLE public.agreement_asset (
    agreement_id uuid NOT NULL,
    asset_id uuid NOT NULL
);
CREATE TABLE public.agreement_cell (
    district_id uuid NOT NULL,
    cell_x integer NOT NULL,
    cell_y integer NOT NULL,
    organic_area_id uuid NOT NULL,
    yes_outlines integer DEFAULT 0 NOT NULL,
    yes_answers integer DEFAULT 0 NOT NULL,
    CONSTRAINT ck_agreement_cell_voices CHECK (((yes_outlines >= 0) AND (yes_answers >= 0) AND ((yes_outlines + yes_answers) > 0)))
);
CREATE TABLE public.agreement_party (
    agreement_id uuid NOT NULL,
    organisation_id uuid NOT NULL,
    undertakes text NOT NULL
);
CREATE TABLE public.agreement_scan (
    agreement_id uuid NOT NULL,
    kind character varying(24) NOT NULL,
    sealed bytea NOT NULL,
    byte_count integer NOT NULL,
    added_on date NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT ck_agreement_scan_byte_count CHECK ((byte_count > 0)),
    CONSTRAINT ck_agreement_scan_kind CHECK (((kind)::text = ANY ((ARRAY['application/pdf'::character varying, 'image/jpeg'::character varying, 'image/png'::character varying])::text[])))
);
ALTER TABLE ONLY public.agreement_scan ALTER COLUMN sealed SET STORAGE EXTERNAL;
CREATE TABLE public.answer_cell_count (
    id bigint NOT NULL,
    district_id uuid NOT NULL,
    cell_x integer NOT NULL,
    cell_y integer NOT NULL,
    organisation_id uuid NOT NULL,
    of_examples boolean NOT NULL,
    about character varying(24) NOT NULL,
    value character varying(24) NOT NULL,
    amount integer NOT NULL,
    CONSTRAINT ck_answer_cell_count_about CHECK (((about)::text = ANY ((ARRAY['share'::character varying, 'days'::character varying, 'promise'::character varying])::text[])))
);
ALTER TABLE public.answer_cell_count ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.answer_cell_count_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);
CREATE TABLE public.answer_count (
    id bigint NOT NULL,
    district_id uuid NOT NULL,
    area_id uuid,
    organisation_id uuid NOT NULL,
    of_examples boolean NOT NULL,
    about character varying(24) NOT NULL,
    value character varying(24) NOT NULL,
    amount integer NOT NULL,
    CONSTRAINT ck_answer_count_about CHECK (((about)::text = ANY ((ARRAY['share'::character varying, 'days'::character varying, 'promise'::character varying])::text[])))
);
ALTER TABLE public.answer_count ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.answer_count_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);
CREATE TABLE public.answered_cell (
    district_id uuid NOT NULL,
    cell_x integer NOT NULL,
    cell_y integer NOT NULL,
    answers integer NOT NULL,
    CONSTRAINT ck_answered_cell_answers CHECK ((answers > 0))
);
CREATE TABLE public.api_token (
    id uuid NOT NULL,
    person_id uuid NOT NULL,
    name text NOT NULL,
    digest bytea NOT NULL,
    scopes text[] NOT NULL,
    expires_on date NOT NULL,
    has_second_factor boolean NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT ck_api_token_digest CHECK ((octet_length(digest) = 32))
);
CREATE TABLE public.area_choice (
    id uuid NOT NULL,
    number bigint NOT NULL,
    district_id uuid NOT NULL,
    organic_area_id uuid,
    official_area_id uuid,
    body text NOT NULL,
    reasons text NOT NULL,
    interests text NOT NULL,
    still_possible text NOT NULL,
    decided_on date NOT NULL,
    is_example boolean NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT ck_area_choice_area CHECK (((organic_area_id IS NULL) <> (official_area_id IS NULL))),
    CONSTRAINT ck_area_choice_said CHECK (((body <> ''::text) AND (reasons <> ''::text) AND (interests <> ''::text) AND (still_possible <> ''::text)))
);
ALTER TABLE public.area_choice ALTER COLUMN number ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.area_choice_number_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);
CREATE TABLE public.area_choice_platform (
    choice_id uuid NOT NULL,
    platform_id uuid NOT NULL
);
CREATE TABLE public.area_crosswalk (
    id uuid NOT NULL,
    district_id uuid NOT NULL,
    area_id uuid,
    old_code text NOT NULL,
    old_name text NOT NULL,
    old_statistics_code text,
    new_code text NOT NULL,
    new_name text NOT NULL,
    share_old numeric(6,4) NOT NULL,
    share_new numeric(6,4) NOT NULL,
    inhabitants integer,
    households integer,
    households_with_children integer,
    year smallint NOT NULL,
    source text NOT NULL,
    licence text NOT NULL,
    rounded_to smallint,
    CONSTRAINT ck_area_crosswalk_share_new CHECK (((share_new > (0)::numeric) AND (share_new <= (1)::numeric))),
    CONSTRAINT ck_area_crosswalk_share_old CHECK (((share_old > (0)::numeric) AND (share_old <= (1)::numeric)))
);
CREATE TABLE public.area_figure (
    area_id uuid NOT NULL,
    year smallint NOT NULL,
    inhabitants integer NOT NULL,
    households integer NOT NULL,
    households_with_children integer NOT NULL,
    source text NOT NULL,
    rounded_to smallint,
    CONSTRAINT ck_area_figure_not_negative CHECK (((inhabitants >= 0) AND (households >= 0) AND (households_with_children >= 0))),
    CONSTRAINT ck_area_figure_rounded_to CHECK ((rounded_to > 0))
);
CREATE TABLE public.area_norm (
    id uuid NOT NULL,
    district_id uuid NOT NULL,
    official_area_id uuid,
    organic_area_id uuid,
    band text,
    distance_m integer NOT NULL,
    note text NOT NULL,
    said_by_id uuid,
    valid_from timestamp with time zone NOT NULL,
    valid_to timestamp with time zone,
    is_example boolean NOT NULL,
    CONSTRAINT ck_area_norm_band CHECK ((band ~ '^[a-z0-9+-]{1,24}$'::text)),
    CONSTRAINT ck_area_norm_distance_m CHECK (((distance_m >= 25) AND (distance_m <= 10000))),
    CONSTRAINT ck_area_norm_note CHECK (((note <> ''::text) AND (char_length(note) <= 1000))),
    CONSTRAINT ck_area_norm_one_area CHECK (((official_area_id IS NULL) <> (organic_area_id IS NULL))),
    CONSTRAINT ck_area_norm_valid CHECK ((valid_to >= valid_from))
);
CREATE TABLE public.asset (
    id uuid NOT NULL,
    number bigint NOT NULL,
    district_id uuid NOT NULL,
    code text NOT NULL,
    kind character varying(24) NOT NULL,
    name text NOT NULL,
    search_key text NOT NULL,
    register_status character varying(24) NOT NULL,
    physical_status character varying(24) NOT NULL,
    details jsonb NOT NULL,
    owner_id uuid,
    last_seen_on date,
    source text NOT NULL,
    source_ref text NOT NULL,
    source_on date,
    licence text NOT NULL,
    is_example boolean NOT NULL,
    geom public.geometry(Geometry,4326) NOT NULL,
    point public.geometry(Point,4326) GENERATED ALWAYS AS (public.st_pointonsurface(geom)) STORED NOT NULL,
    point_mercator public.geometry(Point,3857) GENERATED ALWAYS AS (public.st_transform(public.st_pointonsurface(geom), 3857)) STORED NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    part_of_id uuid,
    shows_id uuid,
    planned_on date,
    review_on date,
    CONSTRAINT ck_asset_code CHECK ((code ~ '^[23456789BCDFGHJKMNPQRSTVWXYZ]{2,6}-[23456789BCDFGHJKMNPQRSTVWXYZ]{3,6}$'::text)),
    CONSTRAINT ck_asset_geom CHECK (((public.geometrytype(geom) = ANY (ARRAY['POINT'::text, 'POLYGON'::text, 'MULTIPOLYGON'::text])) AND (NOT public.st_isempty(geom)) AND (public.st_npoints(geom) <= 10000) AND (public.st_xmin((geom)::public.box3d) >= ('-180'::integer)::double precision) AND (public.st_xmax((geom)::public.box3d) <= (180)::double precision) AND (public.st_ymin((geom)::public.box3d) >= ('-90'::integer)::double precision) AND (public.st_ymax((geom)::public.box3d) <= (90)::double precision) AND public.st_isvalid(geom))),
    CONSTRAINT ck_asset_kind CHECK (((kind)::text = ANY ((ARRAY['cabinet'::character varying, 'playground'::character varying, 'sport_court'::character varying, 'bench'::character varying, 'bin'::character varying, 'sign'::character varying])::text[]))),
    CONSTRAINT ck_asset_name CHECK ((name <> ''::text)),
    CONSTRAINT ck_asset_part_of CHECK ((part_of_id <> id)),
    CONSTRAINT ck_asset_physical_status CHECK (((physical_status)::text = ANY ((ARRAY['planned'::character varying, 'in_use'::character varying, 'out_of_order'::character varying, 'removed'::character varying])::text[]))),
    CONSTRAINT ck_asset_planned_on CHECK (((planned_on IS NULL) OR ((physical_status)::text = 'planned'::text))),
    CONSTRAINT ck_asset_register_status CHECK (((register_status)::text = ANY ((ARRAY['in_register'::character varying, 'removed'::character varying, 'never'::character varying, 'unknown'::character varying])::text[]))),
    CONSTRAINT ck_asset_shows CHECK (((shows_id IS NULL) OR ((shows_id <> id) AND ((kind)::text = 'sign'::text))))
);
CREATE TABLE public.asset_contract (
    asset_id uuid NOT NULL,
    contract_id uuid NOT NULL
);
CREATE TABLE public.asset_event (
    id uuid NOT NULL,
    asset_id uuid NOT NULL,
    kind character varying(24) NOT NULL,
    happened_on date NOT NULL,
    "precision" character varying(24) NOT NULL,
    note text NOT NULL,
    is_example boolean NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT ck_asset_event_kind CHECK (((kind)::text = ANY ((ARRAY['planned'::character varying, 'built'::character varying, 'registered'::character varying, 'deregistered'::character varying, 'inspected'::character varying, 'seen'::character varying, 'moved'::character varying, 'owned'::character varying, 'replaced'::character varying, 'reviewed'::character varying, 'removed'::character varying])::text[]))),
    CONSTRAINT ck_asset_event_precision CHECK ((("precision")::text = ANY ((ARRAY['year'::character varying, 'month'::character varying, 'day'::character varying])::text[])))
);
CREATE TABLE public.asset_key (
    id uuid NOT NULL,
    district_id uuid NOT NULL,
    label text NOT NULL,
    lost_on date,
    retired_on date,
    alarm text,
    alarmed_on date,
    is_example boolean NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT ck_asset_key_alarm CHECK (((alarm IS NULL) = (alarmed_on IS NULL))),
    CONSTRAINT ck_asset_key_label CHECK (((char_length(label) >= 1) AND (char_length(label) <= 40)))
);
ALTER TABLE public.asset ALTER COLUMN number ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.asset_number_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);
CREATE TABLE public.audit_chain (
    thing_kind text NOT NULL,
    thing_id uuid NOT NULL,
    length integer NOT NULL,
    head bytea NOT NULL,
    CONSTRAINT ck_audit_chain_head CHECK ((octet_length(head) = 32)),
    CONSTRAINT ck_audit_chain_length CHECK ((length > 0))
);
CREATE TABLE public.audit_entry (
    id uuid NOT NULL,
    thing_kind text NOT NULL,
    thing_id uuid NOT NULL,
    "position" integer NOT NULL,
    at timestamp with time zone NOT NULL,
    action text NOT NULL,
    is_refused boolean NOT NULL,
    who_digest bytea NOT NULL,
    what_digest bytea NOT NULL,
    previous bytea NOT NULL,
    digest bytea NOT NULL,
    CONSTRAINT ck_audit_entry_action CHECK ((action <> ''::text)),
    CONSTRAINT ck_audit_entry_digests CHECK (((octet_length(who_digest) = 32) AND (octet_length(what_digest) = 32) AND (octet_length(previous) = 32) AND (octet_length(digest) = 32))),
    CONSTRAINT ck_audit_entry_position CHECK (("position" > 0))
);
CREATE TABLE public.audit_part (
    entry_id uuid NOT NULL,
    part character varying(24) NOT NULL,
    salt bytea NOT NULL,
    person_id uuid,
    content text NOT NULL,
    CONSTRAINT ck_audit_part_part CHECK (((part)::text = ANY ((ARRAY['who'::character varying, 'what'::character varying])::text[]))),
    CONSTRAINT ck_audit_part_salt CHECK ((octet_length(salt) = 32))
);
CREATE TABLE public.budget_line (
    id uuid NOT NULL,
    district_id uuid NOT NULL,
    round_id uuid,
    payer_id uuid NOT NULL,
    slug text NOT NULL,
    name text NOT NULL,
    amount_cents bigint NOT NULL,
    committed_cents bigint NOT NULL,
    earmark text,
    approved_on date,
    spend_from date,
    spend_by date,
    is_example boolean NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    spent_cents bigint DEFAULT '0'::bigint NOT NULL,
    earmarks text[] DEFAULT '{}'::text[] NOT NULL,
    platform_id uuid,
    asked_on date,
    ask_by date,
    lead_days smallint DEFAULT '0'::smallint NOT NULL,
    needs_design boolean DEFAULT false NOT NULL,
    receipt_over_cents bigint DEFAULT '25000'::bigint NOT NULL,
    CONSTRAINT ck_budget_line_amount_cents CHECK ((amount_cents >= 0)),
    CONSTRAINT ck_budget_line_earmarks CHECK ((earmarks <@ ARRAY['green'::text, 'play_sport'::text, 'meeting'::text, 'safety'::text, 'art'::text, 'cleaning'::text, 'participation'::text, 'flats'::text])),
    CONSTRAINT ck_budget_line_lead_days CHECK (((lead_days >= 0) AND (lead_days <= 730))),
    CONSTRAINT ck_budget_line_not_overspent CHECK (((committed_cents >= 0) AND (committed_cents <= amount_cents))),
    CONSTRAINT ck_budget_line_receipt_over_cents CHECK ((receipt_over_cents >= 0)),
    CONSTRAINT ck_budget_line_slug CHECK ((slug ~ '^[a-z0-9]+(-[a-z0-9]+)*$'::text)),
    CONSTRAINT ck_budget_line_spend_by CHECK (((spend_by IS NULL) OR (spend_from IS NULL) OR (spend_by >= spend_from))),
    CONSTRAINT ck_budget_line_spent_cents CHECK (((spent_cents >= 0) AND (spent_cents <= committed_cents)))
);
CREATE TABLE public.budget_round (
    id uuid NOT NULL,
    district_id uuid NOT NULL,
    slug text NOT NULL,
    name text NOT NULL,
    model character varying(24) NOT NULL,
    year smallint NOT NULL,
    is_example boolean NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT ck_budget_round_model CHECK (((model)::text = ANY ((ARRAY['a'::character varying, 'b'::character varying, 'c'::character varying])::text[]))),
    CONSTRAINT ck_budget_round_slug CHECK ((slug ~ '^[a-z0-9]+(-[a-z0-9]+)*$'::text))
);
CREATE TABLE public.calendar_day (
    id uuid NOT NULL,
    district_id uuid NOT NULL,
    kind character varying(24) NOT NULL,
    first_day date NOT NULL,
    last_day date NOT NULL,
    name text NOT NULL,
    source text NOT NULL,
    is_example boolean NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT ck_calendar_day_kind CHECK (((kind)::text = ANY ((ARRAY['public_holiday'::character varying, 'school_vacation'::character varying, 'local'::character varying])::text[]))),
    CONSTRAINT ck_calendar_day_last_day CHECK (((last_day >= first_day) AND (last_day <= (first_day + 100)))),
    CONSTRAINT ck_calendar_day_name CHECK ((name <> ''::text))
);
CREATE TABLE public.care_gap (
    asset_id uuid NOT NULL,
    kind character varying(24) NOT NULL,
    district_id uuid NOT NULL,
    code text NOT NULL,
    about text DEFAULT ''::text NOT NULL,
    since_on date,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT ck_care_gap_kind CHECK (((kind)::text = ANY ((ARRAY['no_keeper'::character varying, 'no_funding'::character varying, 'agreement_ends'::character varying, 'not_inspected'::character varying, 'no_contract'::character varying, 'not_seen'::character varying])::text[])))
);
CREATE TABLE public.care_look (
    district_id uuid NOT NULL,
    looked_at timestamp with time zone
);
CREATE TABLE public.checklist (
    id uuid NOT NULL,
    district_id uuid NOT NULL,
    kind character varying(24) NOT NULL,
    version smallint NOT NULL,
    starts_on date NOT NULL,
    every_days smallint NOT NULL,
    items jsonb NOT NULL,
    source text NOT NULL,
    is_example boolean NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT ck_checklist_every_days CHECK (((every_days >= 1) AND (every_days <= 730))),
    CONSTRAINT ck_checklist_items CHECK (((jsonb_array_length(items) >= 1) AND (jsonb_array_length(items) <= 6))),
    CONSTRAINT ck_checklist_kind CHECK (((kind)::text = ANY ((ARRAY['cabinet'::character varying, 'playground'::character varying, 'sport_court'::character varying, 'bench'::character varying, 'bin'::character varying, 'sign'::character varying])::text[]))),
    CONSTRAINT ck_checklist_version CHECK ((version > 0))
);
CREATE TABLE public.completeness (
    id uuid NOT NULL,
    district_id uuid NOT NULL,
    area_id uuid NOT NULL,
    kind character varying(24) NOT NULL,
    known character varying(24) NOT NULL,
    note text NOT NULL,
    source text NOT NULL,
    organisation_id uuid,
    said_at timestamp with time zone NOT NULL,
    is_example boolean NOT NULL,
    CONSTRAINT ck_completeness_kind CHECK (((kind)::text = ANY ((ARRAY['cabinet'::character varying, 'playground'::character varying, 'sport_court'::character varying, 'bench'::character varying, 'bin'::character varying, 'sign'::character varying])::text[]))),
    CONSTRAINT ck_completeness_known CHECK (((known)::text = ANY ((ARRAY['complete'::character varying, 'partial'::character varying, 'unknown'::character varying])::text[]))),
    CONSTRAINT ck_completeness_note CHECK (((note <> ''::text) AND (char_length(note) <= 400))),
    CONSTRAINT ck_completeness_who CHECK (((organisation_id IS NULL) = (source <> ''::text)))
);
CREATE TABLE public.contact (
    id uuid NOT NULL,
    district_id uuid NOT NULL,
    organisation_id uuid NOT NULL,
    role_name text NOT NULL,
    how_to_reach text NOT NULL,
    mandate character varying(24) NOT NULL,
    person_id uuid,
    deputy_id uuid,
    is_example boolean NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    checked_on date,
    CONSTRAINT ck_contact_how_to_reach CHECK (((char_length(how_to_reach) >= 1) AND (char_length(how_to_reach) <= 200))),
    CONSTRAINT ck_contact_mandate CHECK (((mandate)::text = ANY ((ARRAY['decides'::character varying, 'advises'::character varying, 'passes_on'::character varying])::text[]))),
    CONSTRAINT ck_contact_role_name CHECK (((char_length(role_name) >= 1) AND (char_length(role_name) <= 80)))
);
CREATE TABLE public.contact_scope (
    id uuid NOT NULL,
    contact_id uuid NOT NULL,
    official_area_id uuid,
    organic_area_id uuid,
    theme character varying(24),
    CONSTRAINT ck_contact_scope_one_area CHECK (((official_area_id IS NULL) OR (organic_area_id IS NULL))),
    CONSTRAINT ck_contact_scope_theme CHECK (((theme)::text = ANY ((ARRAY['repair'::character varying, 'cleaning'::character varying, 'green'::character varying, 'play_sport'::character varying, 'safety'::character varying, 'money'::character varying, 'permits'::character varying, 'other'::character varying])::text[])))
);
CREATE TABLE public.counter_view (
    platform_id uuid NOT NULL,
    about text NOT NULL,
    words text NOT NULL,
    said_at timestamp with time zone NOT NULL,
    is_example boolean NOT NULL,
    CONSTRAINT ck_counter_view_about CHECK ((about ~ '^[a-z_]{1,24}$'::text)),
    CONSTRAINT ck_counter_view_words CHECK (((words <> ''::text) AND (char_length(words) <= 400)))
);
CREATE TABLE public.criteria_list (
    id uuid NOT NULL,
    district_id uuid NOT NULL,
    version smallint NOT NULL,
    valid_from date NOT NULL,
    owners jsonb NOT NULL,
    source jsonb NOT NULL,
    criteria jsonb NOT NULL,
    is_example boolean NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT ck_criteria_list_criteria CHECK (((jsonb_array_length(criteria) >= 1) AND (jsonb_array_length(criteria) <= 20))),
    CONSTRAINT ck_criteria_list_version CHECK ((version > 0))
);
CREATE TABLE public.defect (
    id uuid NOT NULL,
    number bigint NOT NULL,
    district_id uuid NOT NULL,
    code text NOT NULL,
    category character varying(24) NOT NULL,
    description text NOT NULL,
    asset_id uuid,
    area_id uuid,
    cell_x integer NOT NULL,
    cell_y integer NOT NULL,
    work character varying(24) NOT NULL,
    street character varying(24) NOT NULL,
    file character varying(24) NOT NULL,
    state text GENERATED ALWAYS AS (
CASE
    WHEN ((file)::text = 'merged'::text) THEN 'merged'::text
    WHEN ((file)::text = 'withdrawn'::text) THEN 'withdrawn'::text
    WHEN ((file)::text = 'removed'::text) THEN 'removed'::text
    WHEN ((street)::text = 'good'::text) THEN 'solved'::text
    WHEN ((work)::text = 'refused_twice'::text) THEN 'no_agreement'::text
    WHEN ((street)::text = 'mixed'::text) THEN 'mixed'::text
    WHEN ((street)::text = 'not_good'::text) THEN 'disputed'::text
    WHEN (((street)::text = 'silent'::text) AND ((work)::text = 'handled'::text)) THEN 'lapsed'::text
    WHEN ((work)::text = 'received'::text) THEN 'received'::text
    WHEN ((work)::text = 'assigned'::text) THEN 'assigned'::text
    WHEN ((work)::text = 'planned'::text) THEN 'planned'::text
    WHEN ((work)::text = 'passed_on'::text) THEN 'passed_on'::text
    WHEN ((work)::text = 'handled'::text) THEN 'handled'::text
    WHEN ((work)::text = 'refused'::text) THEN 'refused'::text
    ELSE NULL::text
END) STORED NOT NULL,
    addressee_id uuid NOT NULL,
    passed_to_id uuid,
    merged_into_id uuid,
    promised_on date,
    turn_since date NOT NULL,
    reported_at timestamp with time zone NOT NULL,
    is_example boolean NOT NULL,
    geom public.geometry(Point,4326) NOT NULL,
    point public.geometry(Point,4326) NOT NULL,
    point_mercator public.geometry(Point,3857) GENERATED ALWAYS AS (public.st_transform(point, 3857)) STORED NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    city_number text NOT NULL,
    city_reported_on date,
    secret_version integer NOT NULL,
    words_state character varying(24) DEFAULT 'shown'::character varying NOT NULL,
    yes_said boolean DEFAULT false NOT NULL,
    no_said boolean DEFAULT false NOT NULL,
    was_disputed boolean DEFAULT false NOT NULL,
    handlings smallint DEFAULT 0 NOT NULL,
    disputes smallint DEFAULT 0 NOT NULL,
    disputed_at smallint DEFAULT 0 NOT NULL,
    rung smallint DEFAULT 1 NOT NULL,
    climbed_at smallint DEFAULT 0 NOT NULL,
    bounces smallint DEFAULT 0 NOT NULL,
    again_of_id uuid,
    refused_by_id uuid,
    CONSTRAINT ck_defect_category CHECK (((category)::text = ANY ((ARRAY['broken'::character varying, 'dirty'::character varying, 'full'::character varying, 'litter'::character varying, 'unsafe'::character varying, 'missing'::character varying, 'closed'::character varying, 'other'::character varying])::text[]))),
    CONSTRAINT ck_defect_city_number CHECK ((char_length(city_number) <= 60)),
    CONSTRAINT ck_defect_code CHECK ((code ~ '^[23456789BCDFGHJKMNPQRSTVWXYZ]{2,6}-[23456789BCDFGHJKMNPQRSTVWXYZ]{3,6}$'::text)),
    CONSTRAINT ck_defect_description CHECK ((char_length(description) <= 2000)),
    CONSTRAINT ck_defect_file CHECK (((file)::text = ANY ((ARRAY['public'::character varying, 'merged'::character varying, 'withdrawn'::character varying, 'removed'::character varying])::text[]))),
    CONSTRAINT ck_defect_geom CHECK (((NOT public.st_isempty(geom)) AND ((public.st_x(geom) >= ('-180'::integer)::double precision) AND (public.st_x(geom) <= (180)::double precision)) AND ((public.st_y(geom) >= ('-90'::integer)::double precision) AND (public.st_y(geom) <= (90)::double precision)))),
    CONSTRAINT ck_defect_merged_into CHECK ((((file)::text = 'merged'::text) = (merged_into_id IS NOT NULL))),
    CONSTRAINT ck_defect_not_into_itself CHECK ((merged_into_id <> id)),
    CONSTRAINT ck_defect_point CHECK (((NOT public.st_isempty(point)) AND ((public.st_x(point) >= ('-180'::integer)::double precision) AND (public.st_x(point) <= (180)::double precision)) AND ((public.st_y(point) >= ('-90'::integer)::double precision) AND (public.st_y(point) <= (90)::double precision)))),
    CONSTRAINT ck_defect_street CHECK (((street)::text = ANY ((ARRAY['not_asked'::character varying, 'waiting'::character varying, 'silent'::character varying, 'good'::character varying, 'not_good'::character varying, 'mixed'::character varying])::text[]))),
    CONSTRAINT ck_defect_words_state CHECK (((words_state)::text = ANY ((ARRAY['shown'::character varying, 'held'::character varying, 'hidden'::character varying])::text[]))),
    CONSTRAINT ck_defect_work CHECK (((work)::text = ANY ((ARRAY['received'::character varying, 'assigned'::character varying, 'planned'::character varying, 'passed_on'::character varying, 'handled'::character varying, 'refused'::character varying, 'refused_twice'::character varying])::text[])))
);
CREATE TABLE public.defect_call (
    id uuid NOT NULL,
    defect_id uuid NOT NULL,
    organisation_id uuid NOT NULL,
    person_id uuid,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    address_id uuid,
    CONSTRAINT ck_defect_call_whom CHECK (((person_id IS NULL) <> (address_id IS NULL)))
);
CREATE TABLE public.defect_event (
    id uuid NOT NULL,
    defect_id uuid NOT NULL,
    kind character varying(24) NOT NULL,
    at timestamp with time zone NOT NULL,
    organisation_id uuid,
    note text NOT NULL,
    due_on date,
    is_example boolean NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    voice_id uuid,
    told jsonb DEFAULT '{}'::jsonb NOT NULL,
    CONSTRAINT ck_defect_event_kind CHECK (((kind)::text = ANY ((ARRAY['reported'::character varying, 'taken'::character varying, 'promised'::character varying, 'missed'::character varying, 'asked'::character varying, 'passed_on'::character varying, 'accepted'::character varying, 'returned'::character varying, 'handled'::character varying, 'city_answered'::character varying, 'refused'::character varying, 'refused_again'::character varying, 'said_solved'::character varying, 'said_good'::character varying, 'said_not_good'::character varying, 'said_broken_again'::character varying, 'settled'::character varying, 'checked'::character varying, 'checked_not_good'::character varying, 'climbed'::character varying, 'lapsed'::character varying, 'reviewed'::character varying, 'merged'::character varying, 'joined'::character varying, 'joined_open'::character varying, 'unmerged'::character varying, 'withdrawn'::character varying, 'retaken'::character varying, 'removed'::character varying])::text[])))
);
CREATE TABLE public.defect_follower (
    id uuid NOT NULL,
    defect_id uuid NOT NULL,
    address_id uuid NOT NULL,
    is_reporter boolean NOT NULL,
    confirmed_at timestamp with time zone,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    pace character varying(24) DEFAULT 'at_once'::character varying NOT NULL,
    CONSTRAINT ck_defect_follower_pace CHECK (((pace)::text = ANY ((ARRAY['at_once'::character varying, 'weekly'::character varying])::text[])))
);
CREATE TABLE public.defect_note (
    event_id uuid NOT NULL,
    defect_id uuid NOT NULL,
    "position" smallint NOT NULL,
    note text NOT NULL,
    words_state character varying(24) DEFAULT 'shown'::character varying NOT NULL,
    CONSTRAINT ck_defect_note_note CHECK (((char_length(note) >= 1) AND (char_length(note) <= 2000))),
    CONSTRAINT ck_defect_note_words_state CHECK (((words_state)::text = ANY ((ARRAY['shown'::character varying, 'held'::character varying, 'hidden'::character varying])::text[])))
);
ALTER TABLE public.defect ALTER COLUMN number ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.defect_number_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);
CREATE TABLE public.defect_picture (
    picture_id uuid NOT NULL,
    defect_id uuid NOT NULL,
    "position" smallint NOT NULL,
    role character varying(24) NOT NULL,
    event_id uuid,
    CONSTRAINT ck_defect_picture_role CHECK (((role)::text = ANY ((ARRAY['matter'::character varying, 'city_answer'::character varying, 'voice'::character varying, 'work'::character varying])::text[])))
);
CREATE TABLE public.defect_promise (
    id uuid NOT NULL,
    defect_id uuid NOT NULL,
    organisation_id uuid NOT NULL,
    due_on date NOT NULL,
    moves smallint NOT NULL,
    state character varying(24) NOT NULL,
    promised_at timestamp with time zone NOT NULL,
    closed_at timestamp with time zone,
    is_example boolean NOT NULL,
    CONSTRAINT ck_defect_promise_closed_at CHECK ((((state)::text = 'open'::text) = (closed_at IS NULL))),
    CONSTRAINT ck_defect_promise_state CHECK (((state)::text = ANY ((ARRAY['open'::character varying, 'kept'::character varying, 'moved'::character varying, 'missed'::character varying])::text[])))
);
CREATE TABLE public.defect_voice (
    id uuid NOT NULL,
    defect_id uuid NOT NULL,
    "position" smallint NOT NULL,
    says character varying(24) NOT NULL,
    speaker character varying(24) NOT NULL,
    handling smallint NOT NULL,
    heard boolean,
    has_photo boolean NOT NULL,
    note text NOT NULL,
    words_state character varying(24) NOT NULL,
    sender bytea,
    said_at timestamp with time zone NOT NULL,
    is_example boolean NOT NULL,
    CONSTRAINT ck_defect_voice_note CHECK ((char_length(note) <= 2000)),
    CONSTRAINT ck_defect_voice_says CHECK (((says)::text = ANY ((ARRAY['solved'::character varying, 'still_broken'::character varying, 'broken_again'::character varying])::text[]))),
    CONSTRAINT ck_defect_voice_speaker CHECK (((speaker)::text = ANY ((ARRAY['reporter'::character varying, 'follower'::character varying, 'neighbour'::character varying, 'tied'::character varying])::text[]))),
    CONSTRAINT ck_defect_voice_words_state CHECK (((words_state)::text = ANY ((ARRAY['shown'::character varying, 'held'::character varying, 'hidden'::character varying])::text[])))
);
CREATE TABLE public.district (
    id uuid NOT NULL,
    slug text NOT NULL,
    name text NOT NULL,
    full_name text NOT NULL,
    metric_srid integer NOT NULL,
    time_zone text NOT NULL,
    calendar text NOT NULL,
    languages text[] NOT NULL,
    answer_days smallint NOT NULL,
    acceptance_days smallint NOT NULL,
    silence_days smallint NOT NULL,
    emergency jsonb NOT NULL,
    attribution text NOT NULL,
    search_example text NOT NULL,
    bounds public.geometry(MultiPolygon,4326),
    bounds_mercator public.geometry(MultiPolygon,3857) GENERATED ALWAYS AS (public.st_transform(bounds, 3857)) STORED,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    background_url text NOT NULL,
    background_attribution text NOT NULL,
    is_example boolean NOT NULL,
    contact_days smallint DEFAULT 90 NOT NULL,
    operator jsonb DEFAULT '{}'::jsonb NOT NULL,
    CONSTRAINT ck_district_background CHECK (((background_url = ''::text) OR (background_attribution <> ''::text))),
    CONSTRAINT ck_district_bounds CHECK (((bounds IS NULL) OR ((NOT public.st_isempty(bounds)) AND (public.st_npoints(bounds) <= 10000) AND (public.st_xmin((bounds)::public.box3d) >= ('-180'::integer)::double precision) AND (public.st_xmax((bounds)::public.box3d) <= (180)::double precision) AND (public.st_ymin((bounds)::public.box3d) >= ('-90'::integer)::double precision) AND (public.st_ymax((bounds)::public.box3d) <= (90)::double precision) AND public.st_isvalid(bounds)))),
    CONSTRAINT ck_district_days CHECK (((answer_days > 0) AND (acceptance_days > 0) AND (silence_days > 0) AND (contact_days > 0))),
    CONSTRAINT ck_district_languages CHECK ((cardinality(languages) > 0)),
    CONSTRAINT ck_district_operator CHECK ((jsonb_typeof(operator) = 'object'::text)),
    CONSTRAINT ck_district_slug CHECK ((slug ~ '^[a-z0-9]+(-[a-z0-9]+)*$'::text))
);
CREATE TABLE public.follower_word (
    follower_id uuid NOT NULL,
    event_id uuid NOT NULL,
    noted_at timestamp with time zone NOT NULL,
    digest_id uuid
);
CREATE TABLE public.framework_contract (
    id uuid NOT NULL,
    district_id uuid NOT NULL,
    slug text NOT NULL,
    title text NOT NULL,
    contractor_id uuid NOT NULL,
    covers_kinds text[] NOT NULL,
    starts_on date NOT NULL,
    ends_on date NOT NULL,
    is_example boolean NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT ck_framework_contract_covers_kinds CHECK ((covers_kinds <@ ARRAY['cabinet'::text, 'playground'::text, 'sport_court'::text, 'bench'::text, 'bin'::text, 'sign'::text])),
    CONSTRAINT ck_framework_contract_covers_something CHECK ((cardinality(covers_kinds) > 0)),
    CONSTRAINT ck_framework_contract_ends_on CHECK ((ends_on >= starts_on)),
    CONSTRAINT ck_framework_contract_title CHECK ((title <> ''::text))
);
CREATE TABLE public.funding (
    id uuid NOT NULL,
    asset_id uuid NOT NULL,
    line_id uuid NOT NULL,
    amount_cents bigint,
    share numeric(5,4),
    is_example boolean NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT ck_funding_amount_cents CHECK ((amount_cents > 0)),
    CONSTRAINT ck_funding_says_something CHECK (((amount_cents IS NOT NULL) OR (share IS NOT NULL))),
    CONSTRAINT ck_funding_share CHECK (((share > (0)::numeric) AND (share <= (1)::numeric)))
);
CREATE TABLE public.hidden_words (
    id uuid NOT NULL,
    question_id uuid,
    case_id uuid,
    "position" smallint NOT NULL,
    reason character varying(24) NOT NULL,
    person_id uuid,
    decided_at timestamp with time zone NOT NULL,
    CONSTRAINT ck_hidden_words_position CHECK (("position" >= 0)),
    CONSTRAINT ck_hidden_words_reason CHECK (((reason)::text = ANY ((ARRAY['face'::character varying, 'name'::character varying, 'phone_or_address'::character varying, 'insult'::character varying, 'advertising'::character varying, 'not_about_this'::character varying, 'other'::character varying])::text[]))),
    CONSTRAINT ck_hidden_words_thing CHECK (((question_id IS NULL) <> (case_id IS NULL)))
);
CREATE TABLE public.hours_exception (
    id uuid NOT NULL,
    asset_id uuid NOT NULL,
    on_day date NOT NULL,
    hours text,
    is_shut boolean NOT NULL,
    note text NOT NULL,
    organisation_id uuid,
    is_example boolean NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT ck_hours_exception_differs CHECK ((is_shut OR (hours IS NOT NULL))),
    CONSTRAINT ck_hours_exception_note CHECK ((length(note) <= 80))
);
CREATE TABLE public.idempotency_key (
    purpose text NOT NULL,
    key text NOT NULL,
    fingerprint text NOT NULL,
    outcome text,
    created_at timestamp with time zone DEFAULT now() NOT NULL
);
CREATE TABLE public.import_batch (
    id uuid NOT NULL,
    number bigint NOT NULL,
    file_name text NOT NULL,
    layout text NOT NULL,
    digest text NOT NULL,
    new_count integer NOT NULL,
    changed_count integer NOT NULL,
    columns jsonb NOT NULL,
    imported_at timestamp with time zone DEFAULT now() NOT NULL,
    undone_at timestamp with time zone
);
ALTER TABLE public.import_batch ALTER COLUMN number ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.import_batch_number_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);
CREATE TABLE public.import_change (
    batch_id uuid NOT NULL,
    "position" integer NOT NULL,
    table_name text NOT NULL,
    row_key jsonb NOT NULL,
    before jsonb,
    fingerprint text NOT NULL
);
CREATE TABLE public.inspection (
    id uuid NOT NULL,
    number bigint NOT NULL,
    asset_id uuid NOT NULL,
    checklist_id uuid NOT NULL,
    done_at timestamp with time zone NOT NULL,
    done_on date NOT NULL,
    by_organisation_id uuid NOT NULL,
    by_district boolean NOT NULL,
    person_id uuid,
    with_organisation_id uuid,
    confirmed_at timestamp with time zone,
    confirmed_by uuid,
    is_shared boolean GENERATED ALWAYS AS ((confirmed_at IS NOT NULL)) STORED NOT NULL,
    answers jsonb NOT NULL,
    result character varying(24) NOT NULL,
    note text NOT NULL,
    picture_id uuid,
    is_example boolean NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT ck_inspection_answers CHECK ((jsonb_typeof(answers) = 'object'::text)),
    CONSTRAINT ck_inspection_confirmed_at CHECK (((confirmed_at IS NULL) OR (with_organisation_id IS NOT NULL))),
    CONSTRAINT ck_inspection_confirmed_by CHECK (((confirmed_by IS NULL) OR (confirmed_at IS NOT NULL))),
    CONSTRAINT ck_inspection_note CHECK ((char_length(note) <= 500)),
    CONSTRAINT ck_inspection_result CHECK (((result)::text = ANY ((ARRAY['right'::character varying, 'not_right'::character varying, 'not_safe'::character varying])::text[]))),
    CONSTRAINT ck_inspection_two_persons CHECK ((confirmed_by <> person_id)),
    CONSTRAINT ck_inspection_two_sides CHECK ((with_organisation_id <> by_organisation_id))
);
ALTER TABLE public.inspection ALTER COLUMN number ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.inspection_number_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);
CREATE TABLE public.key_asset (
    key_id uuid NOT NULL,
    asset_id uuid NOT NULL
);
CREATE TABLE public.key_handover (
    id uuid NOT NULL,
    key_id uuid NOT NULL,
    giver_person_id uuid,
    giver_organisation_id uuid,
    receiver_person_id uuid,
    receiver_organisation_id uuid,
    opened_at timestamp with time zone NOT NULL,
    given_at timestamp with time zone,
    received_at timestamp with time zone,
    closed_at timestamp with time zone,
    outcome character varying(24),
    CONSTRAINT ck_key_handover_closed CHECK (((closed_at IS NULL) = (outcome IS NULL))),
    CONSTRAINT ck_key_handover_done CHECK (((NOT ((outcome)::text IS DISTINCT FROM 'done'::text)) = (num_nonnulls(given_at, received_at) = 2))),
    CONSTRAINT ck_key_handover_giver CHECK ((num_nonnulls(giver_person_id, giver_organisation_id) <= 1)),
    CONSTRAINT ck_key_handover_outcome CHECK (((outcome)::text = ANY ((ARRAY['done'::character varying, 'refused'::character varying, 'withdrawn'::character varying])::text[]))),
    CONSTRAINT ck_key_handover_receiver CHECK ((num_nonnulls(receiver_person_id, receiver_organisation_id) <= 1))
);
CREATE TABLE public.limit_count (
    name text NOT NULL,
    subject text NOT NULL,
    window_start timestamp with time zone NOT NULL,
    used integer NOT NULL,
    CONSTRAINT ck_limit_count_used CHECK ((used > 0))
);
CREATE TABLE public.maintenance_duty (
    id uuid NOT NULL,
    asset_id uuid NOT NULL,
    organisation_id uuid NOT NULL,
    covers text[] NOT NULL,
    starts_on date,
    until date,
    is_example boolean NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT ck_maintenance_duty_covers CHECK ((covers <@ ARRAY['device'::text, 'cleaning'::text, 'operation'::text])),
    CONSTRAINT ck_maintenance_duty_covers_something CHECK ((cardinality(covers) > 0)),
    CONSTRAINT ck_maintenance_duty_until CHECK (((until IS NULL) OR (starts_on IS NULL) OR (until >= starts_on)))
);
CREATE TABLE public.mediation_case (
    id uuid NOT NULL,
    district_id uuid NOT NULL,
    code text NOT NULL,
    platform_id uuid NOT NULL,
    thing_kind character varying(24) NOT NULL,
    thing_code text NOT NULL,
    why text NOT NULL,
    state character varying(24) NOT NULL,
    result character varying(24),
    asked_on date NOT NULL,
    is_example boolean NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT ck_mediation_case_code CHECK ((code ~ '^[23456789BCDFGHJKMNPQRSTVWXYZ]{2,6}-[23456789BCDFGHJKMNPQRSTVWXYZ]{3,6}$'::text)),
    CONSTRAINT ck_mediation_case_ended CHECK ((((state)::text = 'ended'::text) = (result IS NOT NULL))),
    CONSTRAINT ck_mediation_case_result CHECK (((result)::text = ANY ((ARRAY['agreed'::character varying, 'partly'::character varying, 'no_agreement'::character varying])::text[]))),
    CONSTRAINT ck_mediation_case_state CHECK (((state)::text = ANY ((ARRAY['asked'::character varying, 'taken_up'::character varying, 'ended'::character varying])::text[]))),
    CONSTRAINT ck_mediation_case_thing_kind CHECK (((thing_kind)::text = ANY ((ARRAY['defect'::character varying, 'question'::character varying, 'plan'::character varying])::text[]))),
    CONSTRAINT ck_mediation_case_why CHECK (((char_length(why) >= 1) AND (char_length(why) <= 1000)))
);
CREATE TABLE public.mediation_step (
    id uuid NOT NULL,
    case_id uuid NOT NULL,
    "position" smallint NOT NULL,
    kind character varying(24) NOT NULL,
    on_day date NOT NULL,
    note text NOT NULL,
    result character varying(24),
    is_example boolean NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT ck_mediation_step_ended CHECK ((((kind)::text = 'ended'::text) = (result IS NOT NULL))),
    CONSTRAINT ck_mediation_step_kind CHECK (((kind)::text = ANY ((ARRAY['taken_up'::character varying, 'talked'::character varying, 'visited'::character varying, 'proposed'::character varying, 'ended'::character varying])::text[]))),
    CONSTRAINT ck_mediation_step_note CHECK ((char_length(note) <= 1000)),
    CONSTRAINT ck_mediation_step_result CHECK (((result)::text = ANY ((ARRAY['agreed'::character varying, 'partly'::character varying, 'no_agreement'::character varying])::text[]))),
    CONSTRAINT ck_mediation_step_said CHECK ((((kind)::text = 'taken_up'::text) OR (note <> ''::text)))
);
CREATE TABLE public.membership (
    id uuid NOT NULL,
    person_id uuid NOT NULL,
    role character varying(24) NOT NULL,
    district_id uuid,
    organisation_id uuid,
    valid_from date NOT NULL,
    valid_to date,
    ended_at timestamp with time zone,
    is_example boolean NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT ck_membership_given CHECK (((role)::text <> ALL ((ARRAY['anonymous'::character varying, 'resident'::character varying])::text[]))),
    CONSTRAINT ck_membership_organisation CHECK (((organisation_id IS NOT NULL) OR ((role)::text = ANY ((ARRAY['commission_member'::character varying, 'mediating_team'::character varying, 'moderator'::character varying, 'administrator'::character varying])::text[])))),
    CONSTRAINT ck_membership_role CHECK (((role)::text = ANY ((ARRAY['anonymous'::character varying, 'resident'::character varying, 'platform_member'::character varying, 'platform_manager'::character varying, 'maintainer'::character varying, 'district_officer'::character varying, 'commission_member'::character varying, 'mediating_team'::character varying, 'support'::character varying, 'moderator'::character varying, 'administrator'::character varying])::text[]))),
    CONSTRAINT ck_membership_scope CHECK ((((role)::text = 'administrator'::text) = (district_id IS NULL))),
    CONSTRAINT ck_membership_valid CHECK (((valid_to IS NULL) OR (valid_to > valid_from)))
);
CREATE TABLE public.moderation_appeal (
    id uuid NOT NULL,
    verdict_id uuid NOT NULL,
    decided_by uuid,
    note text NOT NULL,
    asked_at timestamp with time zone NOT NULL,
    settled_by uuid,
    settled_at timestamp with time zone,
    outcome character varying(24),
    district_id uuid NOT NULL,
    CONSTRAINT ck_moderation_appeal_note CHECK ((char_length(note) <= 500)),
    CONSTRAINT ck_moderation_appeal_outcome CHECK (((outcome)::text = ANY ((ARRAY['confirmed'::character varying, 'reversed'::character varying])::text[]))),
    CONSTRAINT ck_moderation_appeal_second CHECK ((settled_by <> decided_by)),
    CONSTRAINT ck_moderation_appeal_settled_at CHECK (((settled_at IS NULL) = (outcome IS NULL))),
    CONSTRAINT ck_moderation_appeal_settled_by CHECK (((settled_by IS NULL) OR (outcome IS NOT NULL)))
);
CREATE TABLE public.moderation_verdict (
    id uuid NOT NULL,
    number bigint NOT NULL,
    defect_id uuid,
    target character varying(24) NOT NULL,
    "position" smallint,
    verdict character varying(24) NOT NULL,
    reason character varying(24),
    is_second_look boolean NOT NULL,
    person_id uuid,
    decided_at timestamp with time zone NOT NULL,
    asset_id uuid,
    CONSTRAINT ck_moderation_verdict_position CHECK ((((target)::text = 'words'::text) = ("position" IS NULL))),
    CONSTRAINT ck_moderation_verdict_reason CHECK (((reason)::text = ANY ((ARRAY['face'::character varying, 'name'::character varying, 'phone_or_address'::character varying, 'insult'::character varying, 'advertising'::character varying, 'not_about_this'::character varying, 'other'::character varying])::text[]))),
    CONSTRAINT ck_moderation_verdict_target CHECK (((target)::text = ANY ((ARRAY['words'::character varying, 'picture'::character varying, 'voice'::character varying, 'note'::character varying, 'sighting'::character varying])::text[]))),
    CONSTRAINT ck_moderation_verdict_thing CHECK ((((asset_id IS NULL) <> (defect_id IS NULL)) AND ((asset_id IS NOT NULL) = ((target)::text = 'sighting'::text)))),
    CONSTRAINT ck_moderation_verdict_verdict CHECK (((verdict)::text = ANY ((ARRAY['show'::character varying, 'hide'::character varying])::text[]))),
    CONSTRAINT ck_moderation_verdict_why CHECK ((((verdict)::text = 'hide'::text) = (reason IS NOT NULL)))
);
ALTER TABLE public.moderation_verdict ALTER COLUMN number ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.moderation_verdict_number_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);
CREATE TABLE public.money_move (
    id uuid NOT NULL,
    number bigint NOT NULL,
    line_id uuid NOT NULL,
    to_line_id uuid,
    about_id uuid,
    kind character varying(24) NOT NULL,
    amount_cents bigint NOT NULL,
    by_organisation_id uuid,
    moved_at timestamp with time zone DEFAULT now() NOT NULL,
    is_example boolean NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT ck_money_move_amount_cents CHECK ((amount_cents > 0)),
    CONSTRAINT ck_money_move_kind CHECK (((kind)::text = ANY ((ARRAY['reserve'::character varying, 'release'::character varying, 'spend'::character varying, 'transfer'::character varying])::text[]))),
    CONSTRAINT ck_money_move_to_line_id CHECK ((((kind)::text = 'transfer'::text) = (to_line_id IS NOT NULL))),
    CONSTRAINT ck_money_move_two_lines CHECK ((to_line_id <> line_id))
);
ALTER TABLE public.money_move ALTER COLUMN number ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.money_move_number_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);
CREATE TABLE public.need_cell (
    layer_id uuid NOT NULL,
    cell_x integer NOT NULL,
    cell_y integer NOT NULL,
    area_id uuid NOT NULL,
    amount double precision NOT NULL,
    CONSTRAINT ck_need_cell_amount CHECK (((amount > (0)::double precision) AND (amount < 'Infinity'::double precision)))
);
CREATE TABLE public.need_layer (
    id uuid NOT NULL,
    district_id uuid NOT NULL,
    code text NOT NULL,
    version smallint NOT NULL,
    name jsonb NOT NULL,
    unit character varying(24) NOT NULL,
    year smallint NOT NULL,
    rounded_to smallint,
    is_planned boolean NOT NULL,
    source text NOT NULL,
    licence text NOT NULL,
    digest text NOT NULL,
    is_example boolean NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT ck_need_layer_code CHECK (((code ~ '^[a-z0-9]+([-_][a-z0-9]+)*$'::text) AND (code <> ALL (ARRAY['households_with_children'::text, 'households'::text, 'inhabitants'::text])))),
    CONSTRAINT ck_need_layer_rounded_to CHECK ((rounded_to > 0)),
    CONSTRAINT ck_need_layer_source CHECK ((source <> ''::text)),
    CONSTRAINT ck_need_layer_unit CHECK (((unit)::text = ANY ((ARRAY['households'::character varying, 'people'::character varying, 'homes'::character varying])::text[]))),
    CONSTRAINT ck_need_layer_version CHECK ((version > 0))
);
CREATE TABLE public.neighbourhood_answer (
    id uuid NOT NULL,
    district_id uuid NOT NULL,
    organic_area_id uuid,
    cell_x integer NOT NULL,
    cell_y integer NOT NULL,
    name text NOT NULL,
    search_key text NOT NULL,
    source_ref text NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    sender bytea,
    is_example boolean NOT NULL,
    CONSTRAINT ck_neighbourhood_answer_name CHECK (((search_key <> ''::text) AND (char_length(name) <= 80))),
    CONSTRAINT ck_neighbourhood_answer_sender CHECK ((octet_length(sender) = 32))
);
CREATE TABLE public.neighbourhood_outline (
    id uuid NOT NULL,
    district_id uuid NOT NULL,
    organic_area_id uuid NOT NULL,
    kind character varying(24) NOT NULL,
    organisation_id uuid,
    sender bytea,
    valid_from timestamp with time zone NOT NULL,
    valid_to timestamp with time zone,
    is_example boolean NOT NULL,
    run_rows integer[] NOT NULL,
    run_firsts integer[] NOT NULL,
    run_lasts integer[] NOT NULL,
    geom public.geometry(MultiPolygon,4326) NOT NULL,
    CONSTRAINT ck_neighbourhood_outline_author CHECK ((((organisation_id IS NOT NULL) = ((kind)::text = 'declared'::text)) AND ((sender IS NOT NULL) = (((kind)::text = 'drawn'::text) AND (valid_to IS NULL))))),
    CONSTRAINT ck_neighbourhood_outline_geom CHECK (((NOT public.st_isempty(geom)) AND (public.st_npoints(geom) <= 10000) AND (public.st_xmin((geom)::public.box3d) >= ('-180'::integer)::double precision) AND (public.st_xmax((geom)::public.box3d) <= (180)::double precision) AND (public.st_ymin((geom)::public.box3d) >= ('-90'::integer)::double precision) AND (public.st_ymax((geom)::public.box3d) <= (90)::double precision) AND public.st_isvalid(geom))),
    CONSTRAINT ck_neighbourhood_outline_kind CHECK (((kind)::text = ANY ((ARRAY['drawn'::character varying, 'declared'::character varying, 'source'::character varying])::text[]))),
    CONSTRAINT ck_neighbourhood_outline_runs CHECK (((cardinality(run_rows) > 0) AND (cardinality(run_rows) = cardinality(run_firsts)) AND (cardinality(run_rows) = cardinality(run_lasts)))),
    CONSTRAINT ck_neighbourhood_outline_sender CHECK ((octet_length(sender) = 32)),
    CONSTRAINT ck_neighbourhood_outline_valid CHECK ((valid_to >= valid_from))
);
CREATE TABLE public.neighbourhood_tally (
    organic_area_id uuid NOT NULL,
    outlines integer DEFAULT 0 NOT NULL,
    drawings integer DEFAULT 0 NOT NULL,
    declarations integer DEFAULT 0 NOT NULL,
    answers integer DEFAULT 0 NOT NULL,
    redraws integer DEFAULT 0 NOT NULL,
    CONSTRAINT ck_neighbourhood_tally_counts CHECK (((outlines >= (drawings + declarations)) AND (drawings >= 0) AND (declarations >= 0) AND (answers >= 0) AND (redraws >= 0)))
);
CREATE TABLE public.norm (
    id uuid NOT NULL,
    district_id uuid NOT NULL,
    code text NOT NULL,
    version smallint NOT NULL,
    starts_on date NOT NULL,
    name jsonb NOT NULL,
    owners jsonb NOT NULL,
    source text NOT NULL,
    source_text text NOT NULL,
    source_language text NOT NULL,
    is_example boolean NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT ck_norm_code CHECK ((code ~ '^[a-z0-9]+(-[a-z0-9]+)*$'::text)),
    CONSTRAINT ck_norm_source_text CHECK ((source_text <> ''::text)),
    CONSTRAINT ck_norm_version CHECK ((version > 0))
);
CREATE TABLE public.norm_band (
    norm_id uuid NOT NULL,
    code text NOT NULL,
    "position" smallint NOT NULL,
    name jsonb NOT NULL,
    distance_m integer NOT NULL,
    is_main boolean NOT NULL,
    CONSTRAINT ck_norm_band_code CHECK ((code ~ '^[a-z0-9+-]{1,24}$'::text)),
    CONSTRAINT ck_norm_band_distance_m CHECK (((distance_m >= 25) AND (distance_m <= 10000)))
);
CREATE TABLE public.official_area (
    id uuid NOT NULL,
    number bigint NOT NULL,
    district_id uuid NOT NULL,
    parent_id uuid,
    slug text NOT NULL,
    level character varying(24) NOT NULL,
    code text NOT NULL,
    statistics_code text,
    name text NOT NULL,
    search_key text NOT NULL,
    valid_from date NOT NULL,
    valid_to date,
    tint smallint,
    source text NOT NULL,
    licence text NOT NULL,
    geom public.geometry(MultiPolygon,4326) NOT NULL,
    geom_mercator public.geometry(MultiPolygon,3857) GENERATED ALWAYS AS (public.st_transform(geom, 3857)) STORED NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT ck_official_area_geom CHECK (((NOT public.st_isempty(geom)) AND (public.st_npoints(geom) <= 10000) AND (public.st_xmin((geom)::public.box3d) >= ('-180'::integer)::double precision) AND (public.st_xmax((geom)::public.box3d) <= (180)::double precision) AND (public.st_ymin((geom)::public.box3d) >= ('-90'::integer)::double precision) AND (public.st_ymax((geom)::public.box3d) <= (90)::double precision) AND public.st_isvalid(geom))),
    CONSTRAINT ck_official_area_level CHECK (((level)::text = ANY ((ARRAY['gebied'::character varying, 'wijk'::character varying, 'buurt'::character varying])::text[]))),
    CONSTRAINT ck_official_area_slug CHECK ((slug ~ '^[a-z0-9]+(-[a-z0-9]+)*$'::text)),
    CONSTRAINT ck_official_area_tint CHECK (((tint >= 0) AND (tint <= 3))),
    CONSTRAINT ck_official_area_valid CHECK (((valid_to IS NULL) OR (valid_to > valid_from)))
);
ALTER TABLE public.official_area ALTER COLUMN number ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.official_area_number_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);
CREATE TABLE public.opening_hours (
    id uuid NOT NULL,
    asset_id uuid NOT NULL,
    hours text NOT NULL,
    organisation_id uuid,
    since date NOT NULL,
    version integer DEFAULT 1 NOT NULL,
    is_example boolean NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT ck_opening_hours_hours CHECK (((length(hours) >= 1) AND (length(hours) <= 500))),
    CONSTRAINT ck_opening_hours_version CHECK ((version > 0))
);
CREATE TABLE public.organic_area (
    id uuid NOT NULL,
    number bigint NOT NULL,
    district_id uuid NOT NULL,
    slug text NOT NULL,
    name text NOT NULL,
    source text NOT NULL,
    is_example boolean NOT NULL,
    geom public.geometry(MultiPolygon,4326) NOT NULL,
    geom_mercator public.geometry(MultiPolygon,3857) GENERATED ALWAYS AS (public.st_transform(geom, 3857)) STORED NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT ck_organic_area_geom CHECK (((NOT public.st_isempty(geom)) AND (public.st_npoints(geom) <= 10000) AND (public.st_xmin((geom)::public.box3d) >= ('-180'::integer)::double precision) AND (public.st_xmax((geom)::public.box3d) <= (180)::double precision) AND (public.st_ymin((geom)::public.box3d) >= ('-90'::integer)::double precision) AND (public.st_ymax((geom)::public.box3d) <= (90)::double precision) AND public.st_isvalid(geom))),
    CONSTRAINT ck_organic_area_slug CHECK ((slug ~ '^[a-z0-9]+(-[a-z0-9]+)*$'::text))
);
ALTER TABLE public.organic_area ALTER COLUMN number ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.organic_area_number_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);
CREATE TABLE public.organisation (
    id uuid NOT NULL,
    district_id uuid NOT NULL,
    slug text NOT NULL,
    name text NOT NULL,
    kind character varying(24) NOT NULL,
    about text NOT NULL,
    how_to_reach text NOT NULL,
    reads_along boolean NOT NULL,
    is_volunteer boolean NOT NULL,
    is_desk boolean NOT NULL,
    is_example boolean NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    mailbox_id uuid,
    is_own_word boolean DEFAULT false NOT NULL,
    CONSTRAINT ck_organisation_kind CHECK (((kind)::text = ANY ((ARRAY['municipality'::character varying, 'contractor'::character varying, 'platform'::character varying, 'residents'::character varying, 'fund'::character varying, 'sponsor'::character varying, 'support'::character varying])::text[]))),
    CONSTRAINT ck_organisation_slug CHECK ((slug ~ '^[a-z0-9]+(-[a-z0-9]+)*$'::text))
);
CREATE TABLE public.organisation_days (
    organisation_id uuid NOT NULL,
    answer_days smallint,
    acceptance_days smallint,
    silence_days smallint,
    is_example boolean NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT ck_organisation_days_days CHECK ((((answer_days >= 1) AND (answer_days <= 365)) AND ((acceptance_days >= 1) AND (acceptance_days <= 365)) AND ((silence_days >= 1) AND (silence_days <= 365))))
);
CREATE TABLE public.outbox_message (
    id uuid NOT NULL,
    kind text NOT NULL,
    payload jsonb NOT NULL,
    once_key text NOT NULL,
    due_at timestamp with time zone NOT NULL,
    attempts integer DEFAULT 0 NOT NULL,
    leased_until timestamp with time zone,
    sent_at timestamp with time zone,
    given_up_at timestamp with time zone,
    last_error text,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT ck_outbox_message_attempts CHECK ((attempts >= 0)),
    CONSTRAINT ck_outbox_message_kind CHECK ((kind ~ '^[a-z]+(_[a-z]+)*$'::text)),
    CONSTRAINT ck_outbox_message_last_error CHECK ((last_error ~ '^[A-Za-z_][A-Za-z0-9_]*$'::text)),
    CONSTRAINT ck_outbox_message_once_key CHECK ((((length(once_key) >= 1) AND (length(once_key) <= 200)) AND (POSITION(('@'::text) IN (once_key)) = 0))),
    CONSTRAINT ck_outbox_message_one_fate CHECK ((num_nonnulls(leased_until, sent_at, given_up_at) <= 1)),
    CONSTRAINT ck_outbox_message_payload CHECK (((jsonb_typeof(payload) = 'object'::text) AND (octet_length((payload)::text) <= 2000) AND (POSITION(('@'::text) IN ((payload)::text)) = 0)))
);
CREATE TABLE public.own_word (
    platform_id uuid NOT NULL,
    figure character varying(24) NOT NULL,
    words text NOT NULL,
    said_at timestamp with time zone NOT NULL,
    is_example boolean NOT NULL,
    CONSTRAINT ck_own_word_figure CHECK (((figure)::text = ANY ((ARRAY['area'::character varying, 'kept'::character varying, 'denied'::character varying, 'missing'::character varying, 'plans'::character varying, 'money'::character varying])::text[]))),
    CONSTRAINT ck_own_word_words CHECK (((words <> ''::text) AND (char_length(words) <= 400)))
);
CREATE TABLE public.ownership (
    id uuid NOT NULL,
    asset_id uuid NOT NULL,
    organisation_id uuid NOT NULL,
    starts_on date,
    until date,
    is_example boolean NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT ck_ownership_until CHECK (((until IS NULL) OR (starts_on IS NULL) OR (until >= starts_on)))
);
CREATE TABLE public.person (
    id uuid NOT NULL,
    address_id uuid NOT NULL,
    name text NOT NULL,
    chain_id uuid NOT NULL,
    rights_version integer NOT NULL,
    last_seen_on date NOT NULL,
    is_example boolean NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT ck_person_name CHECK ((char_length(name) <= 80))
);
CREATE TABLE public.picture (
    id uuid NOT NULL,
    district_id uuid NOT NULL,
    state character varying(24) NOT NULL,
    width smallint NOT NULL,
    height smallint NOT NULL,
    byte_count integer NOT NULL,
    digest bytea NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    looked_at timestamp with time zone,
    is_example boolean NOT NULL,
    CONSTRAINT ck_picture_byte_count CHECK ((byte_count > 0)),
    CONSTRAINT ck_picture_digest CHECK ((octet_length(digest) = 32)),
    CONSTRAINT ck_picture_looked_at CHECK (((looked_at IS NULL) = ((state)::text = 'held'::text))),
    CONSTRAINT ck_picture_sides CHECK ((((width >= 1) AND (width <= 2048)) AND ((height >= 1) AND (height <= 2048)))),
    CONSTRAINT ck_picture_state CHECK (((state)::text = ANY ((ARRAY['held'::character varying, 'shown'::character varying, 'hidden'::character varying])::text[])))
);
CREATE TABLE public.place_name (
    id uuid NOT NULL,
    number bigint NOT NULL,
    district_id uuid NOT NULL,
    organic_area_id uuid,
    name text NOT NULL,
    search_key text NOT NULL,
    is_example boolean NOT NULL,
    geom public.geometry(Point,4326),
    geom_mercator public.geometry(Point,3857) GENERATED ALWAYS AS (public.st_transform(geom, 3857)) STORED,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT ck_place_name_geom CHECK (((geom IS NULL) OR ((NOT public.st_isempty(geom)) AND ((public.st_x(geom) >= ('-180'::integer)::double precision) AND (public.st_x(geom) <= (180)::double precision)) AND ((public.st_y(geom) >= ('-90'::integer)::double precision) AND (public.st_y(geom) <= (90)::double precision))))),
    CONSTRAINT ck_place_name_one_target CHECK (((organic_area_id IS NULL) <> (geom IS NULL))),
    CONSTRAINT ck_place_name_search_key CHECK ((search_key <> ''::text))
);
ALTER TABLE public.place_name ALTER COLUMN number ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.place_name_number_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);
CREATE TABLE public.plan_event (
    id uuid NOT NULL,
    number bigint NOT NULL,
    item_id uuid NOT NULL,
    state character varying(24) NOT NULL,
    happened_on date NOT NULL,
    by_organisation_id uuid,
    by_role text NOT NULL,
    line_id uuid,
    granted_cents bigint,
    alternatives text NOT NULL,
    interests text NOT NULL,
    reasons text NOT NULL,
    visited_on date,
    picture_id uuid,
    is_example boolean NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT ck_plan_event_reasons CHECK ((((state)::text <> ALL ((ARRAY['partly'::character varying, 'refused'::character varying])::text[])) OR ((reasons <> ''::text) AND (interests <> ''::text) AND (alternatives <> ''::text)))),
    CONSTRAINT ck_plan_event_state CHECK (((state)::text = ANY ((ARRAY['idea'::character varying, 'plan'::character varying, 'asked'::character varying, 'granted'::character varying, 'partly'::character varying, 'refused'::character varying, 'realised'::character varying, 'not_realised'::character varying, 'withdrawn'::character varying])::text[]))),
    CONSTRAINT ck_plan_event_visited_on CHECK (((picture_id IS NULL) OR (visited_on IS NOT NULL)))
);
ALTER TABLE public.plan_event ALTER COLUMN number ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.plan_event_number_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);
CREATE TABLE public.plan_item (
    id uuid NOT NULL,
    number bigint NOT NULL,
    district_id uuid NOT NULL,
    platform_id uuid,
    organisation_id uuid,
    code text NOT NULL,
    title text NOT NULL,
    place character varying(24) NOT NULL,
    geom public.geometry(Geometry,4326),
    point public.geometry(Point,4326) GENERATED ALWAYS AS (public.st_pointonsurface(geom)) STORED,
    themes text[] NOT NULL,
    kind character varying(24),
    maker_id uuid,
    keeper_id uuid,
    cost_cents bigint,
    wanted_by date,
    problem text NOT NULL,
    whose_problem text NOT NULL,
    who_left_out text NOT NULL,
    state character varying(24) NOT NULL,
    line_id uuid,
    asked_by uuid,
    granted_cents bigint,
    asset_id uuid,
    version integer DEFAULT 1 NOT NULL,
    is_example boolean NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT ck_plan_item_code CHECK ((code ~ '^[23456789BCDFGHJKMNPQRSTVWXYZ]{2,6}-[23456789BCDFGHJKMNPQRSTVWXYZ]{3,6}$'::text)),
    CONSTRAINT ck_plan_item_cost_cents CHECK ((cost_cents > 0)),
    CONSTRAINT ck_plan_item_geom CHECK (((public.geometrytype(geom) = ANY (ARRAY['POINT'::text, 'POLYGON'::text, 'MULTIPOLYGON'::text])) AND (NOT public.st_isempty(geom)) AND (public.st_npoints(geom) <= 10000) AND (public.st_xmin((geom)::public.box3d) >= ('-180'::integer)::double precision) AND (public.st_xmax((geom)::public.box3d) <= (180)::double precision) AND (public.st_ymin((geom)::public.box3d) >= ('-90'::integer)::double precision) AND (public.st_ymax((geom)::public.box3d) <= (90)::double precision) AND public.st_isvalid(geom))),
    CONSTRAINT ck_plan_item_granted CHECK ((((state)::text <> ALL ((ARRAY['granted'::character varying, 'partly'::character varying])::text[])) OR (granted_cents IS NOT NULL))),
    CONSTRAINT ck_plan_item_granted_cents CHECK ((granted_cents > 0)),
    CONSTRAINT ck_plan_item_kind CHECK (((kind)::text = ANY ((ARRAY['cabinet'::character varying, 'playground'::character varying, 'sport_court'::character varying, 'bench'::character varying, 'bin'::character varying, 'sign'::character varying])::text[]))),
    CONSTRAINT ck_plan_item_line_id CHECK ((((state)::text <> ALL ((ARRAY['asked'::character varying, 'granted'::character varying, 'partly'::character varying, 'refused'::character varying])::text[])) OR (line_id IS NOT NULL))),
    CONSTRAINT ck_plan_item_not_granted CHECK (((granted_cents IS NULL) OR ((state)::text = ANY ((ARRAY['granted'::character varying, 'partly'::character varying, 'realised'::character varying, 'not_realised'::character varying])::text[])))),
    CONSTRAINT ck_plan_item_organisation_id CHECK (((platform_id IS NULL) = (organisation_id IS NULL))),
    CONSTRAINT ck_plan_item_place CHECK (((place)::text = ANY ((ARRAY['point'::character varying, 'area'::character varying, 'none'::character varying])::text[]))),
    CONSTRAINT ck_plan_item_place_of CHECK ((((place)::text = 'none'::text) = (geom IS NULL))),
    CONSTRAINT ck_plan_item_state CHECK (((state)::text = ANY ((ARRAY['idea'::character varying, 'plan'::character varying, 'asked'::character varying, 'granted'::character varying, 'partly'::character varying, 'refused'::character varying, 'realised'::character varying, 'not_realised'::character varying, 'withdrawn'::character varying])::text[]))),
    CONSTRAINT ck_plan_item_themes CHECK ((themes <@ ARRAY['green'::text, 'play_sport'::text, 'meeting'::text, 'safety'::text, 'art'::text, 'cleaning'::text, 'participation'::text, 'flats'::text])),
    CONSTRAINT ck_plan_item_title CHECK ((title <> ''::text))
);
ALTER TABLE public.plan_item ALTER COLUMN number ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.plan_item_number_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);
CREATE TABLE public.plan_spending (
    id uuid NOT NULL,
    number bigint NOT NULL,
    district_id uuid NOT NULL,
    item_id uuid NOT NULL,
    line_id uuid NOT NULL,
    look_id uuid NOT NULL,
    amount_cents bigint NOT NULL,
    what text NOT NULL,
    spent_on date NOT NULL,
    geom public.geometry(Point,4326),
    picture_id uuid,
    receipt_id uuid,
    organisation_id uuid,
    outcome character varying(24),
    settled_on date,
    settled_organisation_id uuid,
    answer text NOT NULL,
    is_example boolean NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT ck_plan_spending_amount_cents CHECK ((amount_cents > 0)),
    CONSTRAINT ck_plan_spending_answer CHECK ((((outcome)::text <> 'refused'::text) OR (answer <> ''::text))),
    CONSTRAINT ck_plan_spending_geom CHECK (((NOT public.st_isempty(geom)) AND ((public.st_x(geom) >= ('-180'::integer)::double precision) AND (public.st_x(geom) <= (180)::double precision)) AND ((public.st_y(geom) >= ('-90'::integer)::double precision) AND (public.st_y(geom) <= (90)::double precision)))),
    CONSTRAINT ck_plan_spending_outcome CHECK (((outcome)::text = ANY ((ARRAY['confirmed'::character varying, 'refused'::character varying])::text[]))),
    CONSTRAINT ck_plan_spending_settled_on CHECK (((outcome IS NULL) = (settled_on IS NULL)))
);
ALTER TABLE public.plan_spending ALTER COLUMN number ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.plan_spending_number_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);
CREATE TABLE public.plan_voice (
    id uuid NOT NULL,
    number bigint NOT NULL,
    item_id uuid NOT NULL,
    kind character varying(24) NOT NULL,
    choice character varying(24),
    words text NOT NULL,
    words_state character varying(24),
    hidden_because text,
    distance_m integer,
    has_account boolean NOT NULL,
    person_id uuid,
    said_on date NOT NULL,
    is_example boolean NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT ck_plan_voice_choice CHECK (((choice)::text = ANY ((ARRAY['build'::character varying, 'keep'::character varying, 'think'::character varying, 'lend'::character varying, 'noise'::character varying, 'view_out'::character varying, 'green_lost'::character varying, 'safety'::character varying, 'access'::character varying, 'other_place'::character varying, 'not_needed'::character varying])::text[]))),
    CONSTRAINT ck_plan_voice_choice_of CHECK ((((kind)::text = 'view'::text) = (choice IS NULL))),
    CONSTRAINT ck_plan_voice_distance_m CHECK ((distance_m >= 50)),
    CONSTRAINT ck_plan_voice_has_account CHECK (((words = ''::text) OR has_account)),
    CONSTRAINT ck_plan_voice_hidden_because CHECK ((((COALESCE(words_state, ''::character varying))::text = 'hidden'::text) = (hidden_because IS NOT NULL))),
    CONSTRAINT ck_plan_voice_kind CHECK (((kind)::text = ANY ((ARRAY['help'::character varying, 'objection'::character varying, 'view'::character varying])::text[]))),
    CONSTRAINT ck_plan_voice_words CHECK ((((kind)::text <> 'view'::text) OR (words <> ''::text))),
    CONSTRAINT ck_plan_voice_words_state CHECK (((words_state)::text = ANY ((ARRAY['shown'::character varying, 'held'::character varying, 'hidden'::character varying])::text[]))),
    CONSTRAINT ck_plan_voice_words_state_of CHECK (((words = ''::text) = (words_state IS NULL)))
);
ALTER TABLE public.plan_voice ALTER COLUMN number ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.plan_voice_number_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);
CREATE TABLE public.platform (
    id uuid NOT NULL,
    district_id uuid NOT NULL,
    organisation_id uuid NOT NULL,
    slug text NOT NULL,
    name text NOT NULL,
    search_key text NOT NULL,
    about text NOT NULL,
    meets text NOT NULL,
    since_year smallint,
    is_example boolean NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    version integer DEFAULT 1 NOT NULL,
    put_forward_by uuid,
    put_forward_at timestamp with time zone,
    hidden_for text DEFAULT ''::text NOT NULL,
    CONSTRAINT ck_platform_put_forward CHECK (((put_forward_by IS NULL) OR (put_forward_at IS NOT NULL))),
    CONSTRAINT ck_platform_slug CHECK ((slug ~ '^[a-z0-9]+(-[a-z0-9]+)*$'::text))
);
CREATE TABLE public.platform_area (
    id uuid NOT NULL,
    number bigint NOT NULL,
    district_id uuid NOT NULL,
    platform_id uuid NOT NULL,
    valid_from date NOT NULL,
    valid_to date,
    is_example boolean NOT NULL,
    geom public.geometry(MultiPolygon,4326) NOT NULL,
    geom_mercator public.geometry(MultiPolygon,3857) GENERATED ALWAYS AS (public.st_transform(geom, 3857)) STORED NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT ck_platform_area_geom CHECK (((NOT public.st_isempty(geom)) AND (public.st_npoints(geom) <= 10000) AND (public.st_xmin((geom)::public.box3d) >= ('-180'::integer)::double precision) AND (public.st_xmax((geom)::public.box3d) <= (180)::double precision) AND (public.st_ymin((geom)::public.box3d) >= ('-90'::integer)::double precision) AND (public.st_ymax((geom)::public.box3d) <= (90)::double precision) AND public.st_isvalid(geom))),
    CONSTRAINT ck_platform_area_valid CHECK (((valid_to IS NULL) OR (valid_to > valid_from)))
);
ALTER TABLE public.platform_area ALTER COLUMN number ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.platform_area_number_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);
CREATE TABLE public.platform_mandate (
    id uuid NOT NULL,
    platform_id uuid NOT NULL,
    about text NOT NULL,
    role text NOT NULL,
    on_behalf_of text NOT NULL,
    valid_from date NOT NULL,
    valid_to date,
    ended_on date,
    is_example boolean NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT ck_platform_mandate_ended CHECK ((ended_on >= valid_from)),
    CONSTRAINT ck_platform_mandate_said CHECK (((about <> ''::text) AND (role <> ''::text) AND (on_behalf_of <> ''::text))),
    CONSTRAINT ck_platform_mandate_valid CHECK ((valid_to >= valid_from))
);
CREATE TABLE public.population_cell (
    district_id uuid NOT NULL,
    cell_x integer NOT NULL,
    cell_y integer NOT NULL,
    area_id uuid NOT NULL,
    inhabitants double precision NOT NULL,
    households double precision NOT NULL,
    households_with_children double precision NOT NULL,
    year smallint NOT NULL,
    source text NOT NULL,
    rounded_to smallint,
    CONSTRAINT ck_population_cell_not_negative CHECK (((inhabitants >= (0)::double precision) AND (households >= (0)::double precision) AND (households_with_children >= (0)::double precision)))
);
CREATE TABLE public.question (
    id uuid NOT NULL,
    district_id uuid NOT NULL,
    code text NOT NULL,
    platform_id uuid NOT NULL,
    organisation_id uuid NOT NULL,
    theme character varying(24) NOT NULL,
    words text NOT NULL,
    about_kind text NOT NULL,
    about_code text NOT NULL,
    state character varying(24) NOT NULL,
    turn_since date NOT NULL,
    due_on date,
    bounces smallint DEFAULT '0'::smallint NOT NULL,
    refusals smallint DEFAULT '0'::smallint NOT NULL,
    asked_at timestamp with time zone NOT NULL,
    is_example boolean NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT ck_question_about CHECK (((about_kind = ''::text) = (about_code = ''::text))),
    CONSTRAINT ck_question_code CHECK ((code ~ '^[23456789BCDFGHJKMNPQRSTVWXYZ]{2,6}-[23456789BCDFGHJKMNPQRSTVWXYZ]{3,6}$'::text)),
    CONSTRAINT ck_question_due_on CHECK ((((state)::text = 'promised'::text) = (due_on IS NOT NULL))),
    CONSTRAINT ck_question_state CHECK (((state)::text = ANY ((ARRAY['asked'::character varying, 'answered'::character varying, 'promised'::character varying, 'passed_on'::character varying, 'granted'::character varying, 'partly'::character varying, 'refused'::character varying, 'withdrawn'::character varying])::text[]))),
    CONSTRAINT ck_question_theme CHECK (((theme)::text = ANY ((ARRAY['repair'::character varying, 'cleaning'::character varying, 'green'::character varying, 'play_sport'::character varying, 'safety'::character varying, 'money'::character varying, 'permits'::character varying, 'other'::character varying])::text[]))),
    CONSTRAINT ck_question_words CHECK (((char_length(words) >= 1) AND (char_length(words) <= 1000)))
);
CREATE TABLE public.question_event (
    id uuid NOT NULL,
    question_id uuid NOT NULL,
    "position" smallint NOT NULL,
    kind character varying(24) NOT NULL,
    at timestamp with time zone NOT NULL,
    organisation_id uuid NOT NULL,
    to_id uuid,
    note text NOT NULL,
    due_on date,
    told jsonb DEFAULT '{}'::jsonb NOT NULL,
    is_example boolean NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT ck_question_event_due_on CHECK ((((kind)::text = 'promised'::text) = (due_on IS NOT NULL))),
    CONSTRAINT ck_question_event_kind CHECK (((kind)::text = ANY ((ARRAY['asked'::character varying, 'answered'::character varying, 'promised'::character varying, 'passed_on'::character varying, 'granted'::character varying, 'partly'::character varying, 'refused'::character varying, 'no_answer'::character varying, 'withdrawn'::character varying, 'brought'::character varying])::text[]))),
    CONSTRAINT ck_question_event_note CHECK ((char_length(note) <= 1000)),
    CONSTRAINT ck_question_event_to CHECK ((((kind)::text = ANY ((ARRAY['asked'::character varying, 'passed_on'::character varying])::text[])) = (to_id IS NOT NULL))),
    CONSTRAINT ck_question_event_told CHECK ((((kind)::text <> ALL ((ARRAY['partly'::character varying, 'refused'::character varying])::text[])) OR ((note <> ''::text) AND (COALESCE((told ->> 'possible'::text), ''::text) <> ''::text) AND (COALESCE((told ->> 'interests'::text), ''::text) <> ''::text) AND (COALESCE((told ->> 'decided_by'::text), ''::text) <> ''::text))))
);
CREATE TABLE public.question_follower (
    question_id uuid NOT NULL,
    person_id uuid NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL
);
CREATE TABLE public.recognition_entry (
    platform_id uuid NOT NULL,
    criterion text NOT NULL,
    words text NOT NULL,
    version integer NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT ck_recognition_entry_version CHECK ((version > 0))
);
CREATE TABLE public.recognition_evidence (
    platform_id uuid NOT NULL,
    criterion text NOT NULL,
    kind character varying(24) NOT NULL,
    code text NOT NULL,
    CONSTRAINT ck_recognition_evidence_code CHECK ((code <> ''::text)),
    CONSTRAINT ck_recognition_evidence_kind CHECK (((kind)::text = ANY ((ARRAY['asset'::character varying, 'agreement'::character varying, 'report'::character varying, 'plan'::character varying])::text[])))
);
CREATE TABLE public.recognition_file (
    platform_id uuid NOT NULL,
    list_id uuid NOT NULL,
    published_at timestamp with time zone,
    is_example boolean NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL
);
CREATE TABLE public.recognition_remark (
    id uuid NOT NULL,
    number bigint NOT NULL,
    platform_id uuid NOT NULL,
    criterion text NOT NULL,
    side character varying(24) NOT NULL,
    organisation_id uuid,
    body text NOT NULL,
    words text NOT NULL,
    said_on date NOT NULL,
    is_example boolean NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT ck_recognition_remark_side CHECK (((side)::text = ANY ((ARRAY['peer'::character varying, 'commission'::character varying, 'independent'::character varying])::text[]))),
    CONSTRAINT ck_recognition_remark_side_named CHECK (((((side)::text = 'peer'::text) = (organisation_id IS NOT NULL)) AND (((side)::text = 'peer'::text) = (body = ''::text)))),
    CONSTRAINT ck_recognition_remark_words CHECK ((words <> ''::text))
);
ALTER TABLE public.recognition_remark ALTER COLUMN number ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.recognition_remark_number_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);
CREATE TABLE public.recognition_review (
    id uuid NOT NULL,
    number bigint NOT NULL,
    platform_id uuid NOT NULL,
    list_id uuid NOT NULL,
    side character varying(24) NOT NULL,
    organisation_id uuid,
    body text NOT NULL,
    decision character varying(24) NOT NULL,
    reasons text NOT NULL,
    interests text NOT NULL,
    still_possible text NOT NULL,
    decided_on date NOT NULL,
    is_example boolean NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT ck_recognition_review_decision CHECK (((decision)::text = ANY ((ARRAY['recognised'::character varying, 'not_yet'::character varying])::text[]))),
    CONSTRAINT ck_recognition_review_said CHECK (((reasons <> ''::text) AND (interests <> ''::text) AND (still_possible <> ''::text))),
    CONSTRAINT ck_recognition_review_side CHECK (((side)::text = ANY ((ARRAY['peer'::character varying, 'commission'::character varying, 'independent'::character varying])::text[]))),
    CONSTRAINT ck_recognition_review_side_named CHECK (((((side)::text = 'peer'::text) = (organisation_id IS NOT NULL)) AND (((side)::text = 'peer'::text) = (body = ''::text))))
);
ALTER TABLE public.recognition_review ALTER COLUMN number ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.recognition_review_number_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);
CREATE TABLE public.recovery_code (
    person_id uuid NOT NULL,
    look_up bytea NOT NULL
);
CREATE TABLE public.removal_case (
    id uuid NOT NULL,
    asset_id uuid NOT NULL,
    inspection_id uuid NOT NULL,
    is_shared boolean NOT NULL,
    state character varying(24) NOT NULL,
    warned_on date NOT NULL,
    repair_until date NOT NULL,
    ended_on date,
    ended_because text NOT NULL,
    is_example boolean NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT ck_removal_case_ended_on CHECK (((ended_on IS NULL) = ((state)::text = ANY ((ARRAY['warned'::character varying, 'repairing'::character varying, 'to_remove'::character varying])::text[])))),
    CONSTRAINT ck_removal_case_is_shared CHECK (is_shared),
    CONSTRAINT ck_removal_case_repair_until CHECK ((repair_until >= warned_on)),
    CONSTRAINT ck_removal_case_state CHECK (((state)::text = ANY ((ARRAY['warned'::character varying, 'repairing'::character varying, 'repaired'::character varying, 'to_remove'::character varying, 'removed'::character varying, 'withdrawn'::character varying])::text[])))
);
CREATE TABLE public.removal_request (
    id uuid NOT NULL,
    asset_id uuid NOT NULL,
    look_id uuid NOT NULL,
    case_id uuid,
    ground character varying(24) NOT NULL,
    reason text NOT NULL,
    interests text NOT NULL,
    decides text NOT NULL,
    still_possible text NOT NULL,
    displacement jsonb NOT NULL,
    asked_on date NOT NULL,
    organisation_id uuid NOT NULL,
    by_officer boolean NOT NULL,
    outcome character varying(24),
    settled_on date,
    settled_organisation_id uuid,
    answer text NOT NULL,
    is_example boolean NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT ck_removal_request_answer CHECK ((((outcome)::text <> 'refused'::text) OR (answer <> ''::text))),
    CONSTRAINT ck_removal_request_case_id CHECK ((((ground)::text = 'ladder'::text) = (case_id IS NOT NULL))),
    CONSTRAINT ck_removal_request_ground CHECK (((ground)::text = ANY ((ARRAY['ladder'::character varying, 'worn_out'::character varying, 'place_needed'::character varying, 'moved_away'::character varying])::text[]))),
    CONSTRAINT ck_removal_request_outcome CHECK (((outcome)::text = ANY ((ARRAY['confirmed'::character varying, 'refused'::character varying])::text[]))),
    CONSTRAINT ck_removal_request_reasons CHECK (((reason <> ''::text) AND (interests <> ''::text) AND (decides <> ''::text) AND (still_possible <> ''::text))),
    CONSTRAINT ck_removal_request_settled_on CHECK (((outcome IS NULL) = (settled_on IS NULL)))
);
CREATE TABLE public.retention (
    kind character varying(24) NOT NULL,
    days smallint NOT NULL,
    CONSTRAINT ck_retention_days CHECK (((days >= 1) AND (days <= 3660))),
    CONSTRAINT ck_retention_kind CHECK (((kind)::text = ANY ((ARRAY['sign_ins'::character varying, 'mails'::character varying, 'keys'::character varying, 'idle_accounts'::character varying, 'audit_persons'::character varying])::text[])))
);
CREATE TABLE public.routing_rule (
    id uuid NOT NULL,
    district_id uuid NOT NULL,
    official_area_id uuid,
    organic_area_id uuid,
    category character varying(24),
    organisation_id uuid NOT NULL,
    is_example boolean NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT ck_routing_rule_category CHECK (((category)::text = ANY ((ARRAY['broken'::character varying, 'dirty'::character varying, 'full'::character varying, 'litter'::character varying, 'unsafe'::character varying, 'missing'::character varying, 'closed'::character varying, 'other'::character varying])::text[]))),
    CONSTRAINT ck_routing_rule_one_area CHECK (((official_area_id IS NULL) OR (organic_area_id IS NULL)))
);
CREATE TABLE public.rung (
    id uuid NOT NULL,
    organisation_id uuid NOT NULL,
    number smallint NOT NULL,
    contact_id uuid NOT NULL,
    days smallint,
    is_example boolean NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT ck_rung_days CHECK (((days >= 1) AND (days <= 365))),
    CONSTRAINT ck_rung_number CHECK (((number >= 1) AND (number <= 2)))
);
CREATE TABLE public.search (
    id uuid NOT NULL,
    district_id uuid NOT NULL,
    code text NOT NULL,
    person_id uuid,
    question jsonb NOT NULL,
    state character varying(24) NOT NULL,
    percent smallint DEFAULT 0 NOT NULL,
    found jsonb,
    reason text DEFAULT ''::text NOT NULL,
    asked_at timestamp with time zone NOT NULL,
    ended_at timestamp with time zone,
    CONSTRAINT ck_search_code CHECK ((code ~ '^[23456789BCDFGHJKMNPQRSTVWXYZ]{2,6}-[23456789BCDFGHJKMNPQRSTVWXYZ]{3,6}$'::text)),
    CONSTRAINT ck_search_ended_at CHECK (((ended_at IS NULL) = ((state)::text = ANY ((ARRAY['waiting'::character varying, 'working'::character varying])::text[])))),
    CONSTRAINT ck_search_found CHECK (((found IS NOT NULL) = ((state)::text = 'done'::text))),
    CONSTRAINT ck_search_percent CHECK (((percent >= 0) AND (percent <= 100))),
    CONSTRAINT ck_search_state CHECK (((state)::text = ANY ((ARRAY['waiting'::character varying, 'working'::character varying, 'done'::character varying, 'cancelled'::character varying, 'failed'::character varying])::text[])))
);
CREATE TABLE public.second_factor (
    person_id uuid NOT NULL,
    sealed bytea NOT NULL,
    last_step bigint NOT NULL,
    confirmed_at timestamp with time zone,
    created_at timestamp with time zone DEFAULT now() NOT NULL
);
CREATE TABLE public.second_look (
    id uuid NOT NULL,
    thing_kind text NOT NULL,
    thing_id uuid NOT NULL,
    action text NOT NULL,
    payload jsonb NOT NULL,
    asked_by uuid,
    asked_at timestamp with time zone NOT NULL,
    settled_by uuid,
    settled_at timestamp with time zone,
    verdict character varying(24),
    CONSTRAINT ck_second_look_asked_by CHECK (((asked_by IS NOT NULL) OR (verdict IS NOT NULL))),
    CONSTRAINT ck_second_look_second CHECK ((settled_by <> asked_by)),
    CONSTRAINT ck_second_look_settled_at CHECK (((settled_at IS NULL) = (verdict IS NULL))),
    CONSTRAINT ck_second_look_settled_by CHECK (((settled_by IS NULL) OR (verdict IS NOT NULL))),
    CONSTRAINT ck_second_look_verdict CHECK (((verdict)::text = ANY ((ARRAY['confirmed'::character varying, 'refused'::character varying])::text[])))
);
CREATE TABLE public.sighting (
    id uuid NOT NULL,
    asset_id uuid NOT NULL,
    seen_on date NOT NULL,
    seen_by character varying(24) NOT NULL,
    picture_id uuid,
    "position" smallint,
    is_example boolean NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT ck_sighting_position CHECK (((picture_id IS NULL) = ("position" IS NULL))),
    CONSTRAINT ck_sighting_seen_by CHECK (((seen_by)::text = ANY ((ARRAY['public'::character varying, 'keeper'::character varying])::text[])))
);
CREATE TABLE public.sign_in_link (
    id uuid NOT NULL,
    address_id uuid NOT NULL,
    next_path text NOT NULL,
    expires_at timestamp with time zone NOT NULL,
    used_at timestamp with time zone,
    created_at timestamp with time zone DEFAULT now() NOT NULL
);
CREATE TABLE public.support_consent (
    id uuid NOT NULL,
    organisation_id uuid NOT NULL,
    supporter_id uuid NOT NULL,
    given_at timestamp with time zone NOT NULL,
    ended_at timestamp with time zone,
    is_example boolean NOT NULL,
    CONSTRAINT ck_support_consent_not_itself CHECK ((supporter_id <> organisation_id))
);
CREATE TABLE public.upload (
    id uuid NOT NULL,
    district_id uuid NOT NULL,
    person_id uuid NOT NULL,
    file_name text NOT NULL,
    data bytea NOT NULL,
    choices jsonb NOT NULL,
    batch bigint,
    created_at timestamp with time zone NOT NULL,
    expires_at timestamp with time zone NOT NULL,
    CONSTRAINT ck_upload_data CHECK ((octet_length(data) > 0)),
    CONSTRAINT ck_upload_expires_at CHECK ((expires_at > created_at)),
    CONSTRAINT ck_upload_file_name CHECK (((length(file_name) >= 1) AND (length(file_name) <= 100)))
);
CREATE TABLE public.walking_line (
    network_id uuid NOT NULL,
    "position" integer NOT NULL,
    barred text[] NOT NULL,
    geom public.geometry(LineString,4326) NOT NULL,
    CONSTRAINT ck_walking_line_barred CHECK ((array_position(barred, NULL::text) IS NULL)),
    CONSTRAINT ck_walking_line_geom CHECK (((NOT public.st_isempty(geom)) AND (public.st_npoints(geom) <= 10000) AND (public.st_xmin((geom)::public.box3d) >= ('-180'::integer)::double precision) AND (public.st_xmax((geom)::public.box3d) <= (180)::double precision) AND (public.st_ymin((geom)::public.box3d) >= ('-90'::integer)::double precision) AND (public.st_ymax((geom)::public.box3d) <= (90)::double precision) AND public.st_isvalid(geom) AND (public.st_length(geom) > (0)::double precision)))
);
CREATE TABLE public.walking_network (
    id uuid NOT NULL,
    district_id uuid NOT NULL,
    version smallint NOT NULL,
    max_snap_m smallint NOT NULL,
    source text NOT NULL,
    licence text NOT NULL,
    source_on date,
    digest text NOT NULL,
    is_example boolean NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT ck_walking_network_max_snap_m CHECK (((max_snap_m >= 1) AND (max_snap_m <= 1000))),
    CONSTRAINT ck_walking_network_version CHECK ((version > 0))
);
CREATE TABLE public.week_reader (
    id uuid NOT NULL,
    platform_id uuid NOT NULL,
    person_id uuid NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL
);
ALTER TABLE ONLY public.account_session
    ADD CONSTRAINT pk_account_session PRIMARY KEY (digest);
ALTER TABLE ONLY public.address
    ADD CONSTRAINT pk_address PRIMARY KEY (id);
ALTER TABLE ONLY public.agreement
    ADD CONSTRAINT pk_agreement PRIMARY KEY (id);
ALTER TABLE ONLY public.agreement_asset
    ADD CONSTRAINT pk_agreement_asset PRIMARY KEY (agreement_id, asset_id);
ALTER TABLE ONLY public.agreement_cell
    ADD CONSTRAINT pk_agreement_cell PRIMARY KEY (district_id, cell_x, cell_y, organic_area_id);
ALTER TABLE ONLY public.agreement_party
    ADD CONSTRAINT pk_agreement_party PRIMARY KEY (agreement_id, organisation_id);
ALTER TABLE ONLY public.agreement_scan
    ADD CONSTRAINT pk_agreement_scan PRIMARY KEY (agreement_id);
ALTER TABLE ONLY public.answer_cell_count
    ADD CONSTRAINT pk_answer_cell_count PRIMARY KEY (id);
ALTER TABLE ONLY public.answer_count
    ADD CONSTRAINT pk_answer_count PRIMARY KEY (id);
ALTER TABLE ONLY public.answer_fact
    ADD CONSTRAINT pk_answer_fact PRIMARY KEY (thing_id, about);
ALTER TABLE ONLY public.answered_cell
    ADD CONSTRAINT pk_answered_cell PRIMARY KEY (district_id, cell_x, cell_y);
ALTER TABLE ONLY public.api_token
    ADD CONSTRAINT pk_api_token PRIMARY KEY (id);
ALTER TABLE ONLY public.area_choice
    ADD CONSTRAINT pk_area_choice PRIMARY KEY (id);
ALTER TABLE ONLY public.area_choice_platform
    ADD CONSTRAINT pk_area_choice_platform PRIMARY KEY (choice_id, platform_id);
ALTER TABLE ONLY public.area_crosswalk
    ADD CONSTRAINT pk_area_crosswalk PRIMARY KEY (id);
ALTER TABLE ONLY public.area_figure
    ADD CONSTRAINT pk_area_figure PRIMARY KEY (area_id, year);
ALTER TABLE ONLY public.area_norm
    ADD CONSTRAINT pk_area_norm PRIMARY KEY (id);
ALTER TABLE ONLY public.asset
    ADD CONSTRAINT pk_asset PRIMARY KEY (id);
ALTER TABLE ONLY public.asset_contract
    ADD CONSTRAINT pk_asset_contract PRIMARY KEY (asset_id, contract_id);
ALTER TABLE ONLY public.asset_event
    ADD CONSTRAINT pk_asset_event PRIMARY KEY (id);
ALTER TABLE ONLY public.asset_key
    ADD CONSTRAINT pk_asset_key PRIMARY KEY (id);
ALTER TABLE ONLY public.audit_chain
    ADD CONSTRAINT pk_audit_chain PRIMARY KEY (thing_kind, thing_id);
ALTER TABLE ONLY public.audit_entry
    ADD CONSTRAINT pk_audit_entry PRIMARY KEY (id);
ALTER TABLE ONLY public.audit_part
    ADD CONSTRAINT pk_audit_part PRIMARY KEY (entry_id, part);
ALTER TABLE ONLY public.budget_line
    ADD CONSTRAINT pk_budget_line PRIMARY KEY (id);
ALTER TABLE ONLY public.budget_round
    ADD CONSTRAINT pk_budget_round PRIMARY KEY (id);
ALTER TABLE ONLY public.calendar_day
    ADD CONSTRAINT pk_calendar_day PRIMARY KEY (id);
ALTER TABLE ONLY public.care_gap
    ADD CONSTRAINT pk_care_gap PRIMARY KEY (asset_id, kind);
ALTER TABLE ONLY public.care_look
    ADD CONSTRAINT pk_care_look PRIMARY KEY (district_id);
ALTER TABLE ONLY public.checklist
    ADD CONSTRAINT pk_checklist PRIMARY KEY (id);
ALTER TABLE ONLY public.completeness
    ADD CONSTRAINT pk_completeness PRIMARY KEY (id);
ALTER TABLE ONLY public.contact
    ADD CONSTRAINT pk_contact PRIMARY KEY (id);
ALTER TABLE ONLY public.contact_scope
    ADD CONSTRAINT pk_contact_scope PRIMARY KEY (id);
ALTER TABLE ONLY public.counter_view
    ADD CONSTRAINT pk_counter_view PRIMARY KEY (platform_id, about);
ALTER TABLE ONLY public.criteria_list
    ADD CONSTRAINT pk_criteria_list PRIMARY KEY (id);
ALTER TABLE ONLY public.defect
    ADD CONSTRAINT pk_defect PRIMARY KEY (id);
ALTER TABLE ONLY public.defect_call
    ADD CONSTRAINT pk_defect_call PRIMARY KEY (id);
ALTER TABLE ONLY public.defect_event
    ADD CONSTRAINT pk_defect_event PRIMARY KEY (id);
ALTER TABLE ONLY public.defect_follower
    ADD CONSTRAINT pk_defect_follower PRIMARY KEY (id);
ALTER TABLE ONLY public.defect_note
    ADD CONSTRAINT pk_defect_note PRIMARY KEY (event_id);
ALTER TABLE ONLY public.defect_picture
    ADD CONSTRAINT pk_defect_picture PRIMARY KEY (picture_id);
ALTER TABLE ONLY public.defect_promise
    ADD CONSTRAINT pk_defect_promise PRIMARY KEY (id);
ALTER TABLE ONLY public.defect_voice
    ADD CONSTRAINT pk_defect_voice PRIMARY KEY (id);
ALTER TABLE ONLY public.district
    ADD CONSTRAINT pk_district PRIMARY KEY (id);
ALTER TABLE ONLY public.follower_word
    ADD CONSTRAINT pk_follower_word PRIMARY KEY (follower_id, event_id);
ALTER TABLE ONLY public.framework_contract
    ADD CONSTRAINT pk_framework_contract PRIMARY KEY (id);
ALTER TABLE ONLY public.funding
    ADD CONSTRAINT pk_funding PRIMARY KEY (id);
ALTER TABLE ONLY public.hidden_words
    ADD CONSTRAINT pk_hidden_words PRIMARY KEY (id);
ALTER TABLE ONLY public.hours_exception
    ADD CONSTRAINT pk_hours_exception PRIMARY KEY (id);
ALTER TABLE ONLY public.idempotency_key
    ADD CONSTRAINT pk_idempotency_key PRIMARY KEY (purpose, key);
ALTER TABLE ONLY public.import_batch
    ADD CONSTRAINT pk_import_batch PRIMARY KEY (id);
ALTER TABLE ONLY public.import_change
    ADD CONSTRAINT pk_import_change PRIMARY KEY (batch_id, "position");
ALTER TABLE ONLY public.inspection
    ADD CONSTRAINT pk_inspection PRIMARY KEY (id);
ALTER TABLE ONLY public.key_asset
    ADD CONSTRAINT pk_key_asset PRIMARY KEY (key_id, asset_id);
ALTER TABLE ONLY public.key_handover
    ADD CONSTRAINT pk_key_handover PRIMARY KEY (id);
ALTER TABLE ONLY public.limit_count
    ADD CONSTRAINT pk_limit_count PRIMARY KEY (name, subject, window_start);
ALTER TABLE ONLY public.maintenance_duty
    ADD CONSTRAINT pk_maintenance_duty PRIMARY KEY (id);
ALTER TABLE ONLY public.mediation_case
    ADD CONSTRAINT pk_mediation_case PRIMARY KEY (id);
ALTER TABLE ONLY public.mediation_step
    ADD CONSTRAINT pk_mediation_step PRIMARY KEY (id);
ALTER TABLE ONLY public.membership
    ADD CONSTRAINT pk_membership PRIMARY KEY (id);
ALTER TABLE ONLY public.moderation_appeal
    ADD CONSTRAINT pk_moderation_appeal PRIMARY KEY (id);
ALTER TABLE ONLY public.moderation_verdict
    ADD CONSTRAINT pk_moderation_verdict PRIMARY KEY (id);
ALTER TABLE ONLY public.money_move
    ADD CONSTRAINT pk_money_move PRIMARY KEY (id);
ALTER TABLE ONLY public.need_cell
    ADD CONSTRAINT pk_need_cell PRIMARY KEY (layer_id, cell_x, cell_y, area_id);
ALTER TABLE ONLY public.need_layer
    ADD CONSTRAINT pk_need_layer PRIMARY KEY (id);
ALTER TABLE ONLY public.neighbourhood_answer
    ADD CONSTRAINT pk_neighbourhood_answer PRIMARY KEY (id);
ALTER TABLE ONLY public.neighbourhood_outline
    ADD CONSTRAINT pk_neighbourhood_outline PRIMARY KEY (id);
ALTER TABLE ONLY public.neighbourhood_tally
    ADD CONSTRAINT pk_neighbourhood_tally PRIMARY KEY (organic_area_id);
ALTER TABLE ONLY public.norm
    ADD CONSTRAINT pk_norm PRIMARY KEY (id);
ALTER TABLE ONLY public.norm_band
    ADD CONSTRAINT pk_norm_band PRIMARY KEY (norm_id, code);
ALTER TABLE ONLY public.official_area
    ADD CONSTRAINT pk_official_area PRIMARY KEY (id);
ALTER TABLE ONLY public.opening_hours
    ADD CONSTRAINT pk_opening_hours PRIMARY KEY (id);
ALTER TABLE ONLY public.organic_area
    ADD CONSTRAINT pk_organic_area PRIMARY KEY (id);
ALTER TABLE ONLY public.organisation
    ADD CONSTRAINT pk_organisation PRIMARY KEY (id);
ALTER TABLE ONLY public.organisation_days
    ADD CONSTRAINT pk_organisation_days PRIMARY KEY (organisation_id);
ALTER TABLE ONLY public.outbox_message
    ADD CONSTRAINT pk_outbox_message PRIMARY KEY (id);
ALTER TABLE ONLY public.own_word
    ADD CONSTRAINT pk_own_word PRIMARY KEY (platform_id, figure);
ALTER TABLE ONLY public.ownership
    ADD CONSTRAINT pk_ownership PRIMARY KEY (id);
ALTER TABLE ONLY public.person
    ADD CONSTRAINT pk_person PRIMARY KEY (id);
ALTER TABLE ONLY public.picture
    ADD CONSTRAINT pk_picture PRIMARY KEY (id);
ALTER TABLE ONLY public.place_name
    ADD CONSTRAINT pk_place_name PRIMARY KEY (id);
ALTER TABLE ONLY public.plan_event
    ADD CONSTRAINT pk_plan_event PRIMARY KEY (id);
ALTER TABLE ONLY public.plan_item
    ADD CONSTRAINT pk_plan_item PRIMARY KEY (id);
ALTER TABLE ONLY public.plan_spending
    ADD CONSTRAINT pk_plan_spending PRIMARY KEY (id);
ALTER TABLE ONLY public.plan_voice
    ADD CONSTRAINT pk_plan_voice PRIMARY KEY (id);
ALTER TABLE ONLY public.platform
    ADD CONSTRAINT pk_platform PRIMARY KEY (id);
ALTER TABLE ONLY public.platform_area
    ADD CONSTRAINT pk_platform_area PRIMARY KEY (id);
ALTER TABLE ONLY public.platform_mandate
    ADD CONSTRAINT pk_platform_mandate PRIMARY KEY (id);
ALTER TABLE ONLY public.population_cell
    ADD CONSTRAINT pk_population_cell PRIMARY KEY (district_id, cell_x, cell_y, area_id);
ALTER TABLE ONLY public.question
    ADD CONSTRAINT pk_question PRIMARY KEY (id);
ALTER TABLE ONLY public.question_event
    ADD CONSTRAINT pk_question_event PRIMARY KEY (id);
ALTER TABLE ONLY public.question_follower
    ADD CONSTRAINT pk_question_follower PRIMARY KEY (question_id, person_id);
ALTER TABLE ONLY public.recognition_entry
    ADD CONSTRAINT pk_recognition_entry PRIMARY KEY (platform_id, criterion);
ALTER TABLE ONLY public.recognition_evidence
    ADD CONSTRAINT pk_recognition_evidence PRIMARY KEY (platform_id, criterion, kind, code);
ALTER TABLE ONLY public.recognition_file
    ADD CONSTRAINT pk_recognition_file PRIMARY KEY (platform_id);
ALTER TABLE ONLY public.recognition_remark
    ADD CONSTRAINT pk_recognition_remark PRIMARY KEY (id);
ALTER TABLE ONLY public.recognition_review
    ADD CONSTRAINT pk_recognition_review PRIMARY KEY (id);
ALTER TABLE ONLY public.recovery_code
    ADD CONSTRAINT pk_recovery_code PRIMARY KEY (person_id, look_up);
ALTER TABLE ONLY public.removal_case
    ADD CONSTRAINT pk_removal_case PRIMARY KEY (id);
ALTER TABLE ONLY public.removal_request
    ADD CONSTRAINT pk_removal_request PRIMARY KEY (id);
ALTER TABLE ONLY public.retention
    ADD CONSTRAINT pk_retention PRIMARY KEY (kind);
ALTER TABLE ONLY public.routing_rule
    ADD CONSTRAINT pk_routing_rule PRIMARY KEY (id);
ALTER TABLE ONLY public.rung
    ADD CONSTRAINT pk_rung PRIMARY KEY (id);
ALTER TABLE ONLY public.search
    ADD CONSTRAINT pk_search PRIMARY KEY (id);
ALTER TABLE ONLY public.second_factor
    ADD CONSTRAINT pk_second_factor PRIMARY KEY (person_id);
ALTER TABLE ONLY public.second_look
    ADD CONSTRAINT pk_second_look PRIMARY KEY (id);
ALTER TABLE ONLY public.sighting
    ADD CONSTRAINT pk_sighting PRIMARY KEY (id);
ALTER TABLE ONLY public.sign_in_link
    ADD CONSTRAINT pk_sign_in_link PRIMARY KEY (id);
ALTER TABLE ONLY public.support_consent
    ADD CONSTRAINT pk_support_consent PRIMARY KEY (id);
ALTER TABLE ONLY public.upload
    ADD CONSTRAINT pk_upload PRIMARY KEY (id);
ALTER TABLE ONLY public.walking_line
    ADD CONSTRAINT pk_walking_line PRIMARY KEY (network_id, "position");
ALTER TABLE ONLY public.walking_network
    ADD CONSTRAINT pk_walking_network PRIMARY KEY (id);
ALTER TABLE ONLY public.week_reader
    ADD CONSTRAINT pk_week_reader PRIMARY KEY (id);
ALTER TABLE ONLY public.address
    ADD CONSTRAINT uq_address_look_up UNIQUE (look_up);
ALTER TABLE ONLY public.agreement
    ADD CONSTRAINT uq_agreement_slug UNIQUE (slug);
ALTER TABLE ONLY public.api_token
    ADD CONSTRAINT uq_api_token_digest UNIQUE (digest);
ALTER TABLE ONLY public.area_choice
    ADD CONSTRAINT uq_area_choice_number UNIQUE (number);
ALTER TABLE ONLY public.area_crosswalk
    ADD CONSTRAINT uq_area_crosswalk_district_id_old_code_new_code UNIQUE (district_id, old_code, new_code);
ALTER TABLE ONLY public.asset
    ADD CONSTRAINT uq_asset_code UNIQUE (code);
ALTER TABLE ONLY public.asset
    ADD CONSTRAINT uq_asset_district_id_source_source_ref UNIQUE (district_id, source, source_ref);
ALTER TABLE ONLY public.asset
    ADD CONSTRAINT uq_asset_number UNIQUE (number);
ALTER TABLE ONLY public.audit_entry
    ADD CONSTRAINT uq_audit_entry_thing_kind_thing_id_position UNIQUE (thing_kind, thing_id, "position");
ALTER TABLE ONLY public.budget_line
    ADD CONSTRAINT uq_budget_line_slug UNIQUE (slug);
ALTER TABLE ONLY public.budget_round
    ADD CONSTRAINT uq_budget_round_slug UNIQUE (slug);
ALTER TABLE ONLY public.calendar_day
    ADD CONSTRAINT uq_calendar_day_district_id_kind_first_day UNIQUE (district_id, kind, first_day);
ALTER TABLE ONLY public.checklist
    ADD CONSTRAINT uq_checklist_district_id_kind_version UNIQUE (district_id, kind, version);
ALTER TABLE ONLY public.contact
    ADD CONSTRAINT uq_contact_organisation_id_role_name UNIQUE (organisation_id, role_name);
ALTER TABLE ONLY public.contact_scope
    ADD CONSTRAINT uq_contact_scope_whole UNIQUE NULLS NOT DISTINCT (contact_id, official_area_id, organic_area_id, theme);
ALTER TABLE ONLY public.criteria_list
    ADD CONSTRAINT uq_criteria_list_district_id_version UNIQUE (district_id, version);
ALTER TABLE ONLY public.defect_call
    ADD CONSTRAINT uq_defect_call_whom UNIQUE NULLS NOT DISTINCT (defect_id, organisation_id, person_id, address_id);
ALTER TABLE ONLY public.defect
    ADD CONSTRAINT uq_defect_code UNIQUE (code);
ALTER TABLE ONLY public.defect_follower
    ADD CONSTRAINT uq_defect_follower_defect_id_address_id UNIQUE (defect_id, address_id);
ALTER TABLE ONLY public.defect_note
    ADD CONSTRAINT uq_defect_note_defect_id_position UNIQUE (defect_id, "position");
ALTER TABLE ONLY public.defect
    ADD CONSTRAINT uq_defect_number UNIQUE (number);
ALTER TABLE ONLY public.defect_picture
    ADD CONSTRAINT uq_defect_picture_defect_id_position UNIQUE (defect_id, "position");
ALTER TABLE ONLY public.defect_voice
    ADD CONSTRAINT uq_defect_voice_defect_id_position UNIQUE (defect_id, "position");
ALTER TABLE ONLY public.district
    ADD CONSTRAINT uq_district_slug UNIQUE (slug);
ALTER TABLE ONLY public.framework_contract
    ADD CONSTRAINT uq_framework_contract_slug UNIQUE (slug);
ALTER TABLE ONLY public.funding
    ADD CONSTRAINT uq_funding_asset_id_line_id UNIQUE (asset_id, line_id);
ALTER TABLE ONLY public.hidden_words
    ADD CONSTRAINT uq_hidden_words_place UNIQUE NULLS NOT DISTINCT (question_id, case_id, "position");
ALTER TABLE ONLY public.hours_exception
    ADD CONSTRAINT uq_hours_exception_asset_id_on_day UNIQUE (asset_id, on_day);
ALTER TABLE ONLY public.import_batch
    ADD CONSTRAINT uq_import_batch_number UNIQUE (number);
ALTER TABLE ONLY public.inspection
    ADD CONSTRAINT uq_inspection_id_asset_id_is_shared UNIQUE (id, asset_id, is_shared);
ALTER TABLE ONLY public.inspection
    ADD CONSTRAINT uq_inspection_number UNIQUE (number);
ALTER TABLE ONLY public.mediation_case
    ADD CONSTRAINT uq_mediation_case_code UNIQUE (code);
ALTER TABLE ONLY public.mediation_step
    ADD CONSTRAINT uq_mediation_step_case_id_position UNIQUE (case_id, "position");
ALTER TABLE ONLY public.moderation_appeal
    ADD CONSTRAINT uq_moderation_appeal_verdict_id UNIQUE (verdict_id);
ALTER TABLE ONLY public.moderation_verdict
    ADD CONSTRAINT uq_moderation_verdict_number UNIQUE (number);
ALTER TABLE ONLY public.money_move
    ADD CONSTRAINT uq_money_move_number UNIQUE (number);
ALTER TABLE ONLY public.need_layer
    ADD CONSTRAINT uq_need_layer_district_id_code_version UNIQUE (district_id, code, version);
ALTER TABLE ONLY public.neighbourhood_answer
    ADD CONSTRAINT uq_neighbourhood_answer_source_ref UNIQUE (source_ref);
ALTER TABLE ONLY public.norm
    ADD CONSTRAINT uq_norm_district_id_code_version UNIQUE (district_id, code, version);
ALTER TABLE ONLY public.official_area
    ADD CONSTRAINT uq_official_area_district_id_level_code_valid_from UNIQUE (district_id, level, code, valid_from);
ALTER TABLE ONLY public.official_area
    ADD CONSTRAINT uq_official_area_number UNIQUE (number);
ALTER TABLE ONLY public.official_area
    ADD CONSTRAINT uq_official_area_slug UNIQUE (slug);
ALTER TABLE ONLY public.opening_hours
    ADD CONSTRAINT uq_opening_hours_asset_id UNIQUE (asset_id);
ALTER TABLE ONLY public.organic_area
    ADD CONSTRAINT uq_organic_area_number UNIQUE (number);
ALTER TABLE ONLY public.organic_area
    ADD CONSTRAINT uq_organic_area_slug UNIQUE (slug);
ALTER TABLE ONLY public.organisation
    ADD CONSTRAINT uq_organisation_slug UNIQUE (slug);
ALTER TABLE ONLY public.outbox_message
    ADD CONSTRAINT uq_outbox_message_once_key UNIQUE (once_key);
ALTER TABLE ONLY public.person
    ADD CONSTRAINT uq_person_address_id UNIQUE (address_id);
ALTER TABLE ONLY public.person
    ADD CONSTRAINT uq_person_chain_id UNIQUE (chain_id);
ALTER TABLE ONLY public.place_name
    ADD CONSTRAINT uq_place_name_number UNIQUE (number);
ALTER TABLE ONLY public.plan_event
    ADD CONSTRAINT uq_plan_event_number UNIQUE (number);
ALTER TABLE ONLY public.plan_item
    ADD CONSTRAINT uq_plan_item_code UNIQUE (code);
ALTER TABLE ONLY public.plan_item
    ADD CONSTRAINT uq_plan_item_number UNIQUE (number);
ALTER TABLE ONLY public.plan_spending
    ADD CONSTRAINT uq_plan_spending_look_id UNIQUE (look_id);
ALTER TABLE ONLY public.plan_spending
    ADD CONSTRAINT uq_plan_spending_number UNIQUE (number);
ALTER TABLE ONLY public.plan_voice
    ADD CONSTRAINT uq_plan_voice_number UNIQUE (number);
ALTER TABLE ONLY public.platform_area
    ADD CONSTRAINT uq_platform_area_number UNIQUE (number);
ALTER TABLE ONLY public.platform
    ADD CONSTRAINT uq_platform_organisation_id UNIQUE (organisation_id);
ALTER TABLE ONLY public.platform
    ADD CONSTRAINT uq_platform_slug UNIQUE (slug);
ALTER TABLE ONLY public.question
    ADD CONSTRAINT uq_question_code UNIQUE (code);
ALTER TABLE ONLY public.question_event
    ADD CONSTRAINT uq_question_event_question_id_position UNIQUE (question_id, "position");
ALTER TABLE ONLY public.recognition_remark
    ADD CONSTRAINT uq_recognition_remark_number UNIQUE (number);
ALTER TABLE ONLY public.recognition_review
    ADD CONSTRAINT uq_recognition_review_number UNIQUE (number);
ALTER TABLE ONLY public.removal_request
    ADD CONSTRAINT uq_removal_request_look_id UNIQUE (look_id);
ALTER TABLE ONLY public.routing_rule
    ADD CONSTRAINT uq_routing_rule_whole UNIQUE NULLS NOT DISTINCT (district_id, official_area_id, organic_area_id, category);
ALTER TABLE ONLY public.rung
    ADD CONSTRAINT uq_rung_organisation_id_number UNIQUE (organisation_id, number);
ALTER TABLE ONLY public.search
    ADD CONSTRAINT uq_search_code UNIQUE (code);
ALTER TABLE ONLY public.sighting
    ADD CONSTRAINT uq_sighting_asset_id_position UNIQUE (asset_id, "position");
ALTER TABLE ONLY public.sighting
    ADD CONSTRAINT uq_sighting_picture_id UNIQUE (picture_id);
ALTER TABLE ONLY public.walking_network
    ADD CONSTRAINT uq_walking_network_district_id_version UNIQUE (district_id, version);
ALTER TABLE ONLY public.week_reader
    ADD CONSTRAINT uq_week_reader_platform_id_person_id UNIQUE (platform_id, person_id);
CREATE INDEX ix_account_session_person_id ON public.account_session USING btree (person_id);
CREATE INDEX ix_agreement_asset_asset_id ON public.agreement_asset USING btree (asset_id);
CREATE INDEX ix_agreement_cell_area ON public.agreement_cell USING btree (organic_area_id, cell_x, cell_y);
CREATE INDEX ix_agreement_district_id_valid_to ON public.agreement USING btree (district_id, valid_to);
CREATE INDEX ix_agreement_party_organisation_id ON public.agreement_party USING btree (organisation_id);
CREATE INDEX ix_answer_cell_count_cell ON public.answer_cell_count USING btree (district_id, cell_x, cell_y);
CREATE INDEX ix_answer_count_district_id_area_id ON public.answer_count USING btree (district_id, area_id);
CREATE INDEX ix_api_token_person_id ON public.api_token USING btree (person_id);
CREATE INDEX ix_area_choice_official_area_id ON public.area_choice USING btree (official_area_id, number);
CREATE INDEX ix_area_choice_organic_area_id ON public.area_choice USING btree (organic_area_id, number);
CREATE INDEX ix_area_choice_platform_platform_id ON public.area_choice_platform USING btree (platform_id);
CREATE INDEX ix_area_crosswalk_area_id ON public.area_crosswalk USING btree (area_id);
CREATE INDEX ix_area_norm_district_id ON public.area_norm USING btree (district_id);
CREATE INDEX ix_area_norm_organic_area_id ON public.area_norm USING btree (organic_area_id);
CREATE INDEX ix_area_norm_said_by_id ON public.area_norm USING btree (said_by_id);
CREATE INDEX ix_asset_contract_contract_id ON public.asset_contract USING btree (contract_id);
CREATE INDEX ix_asset_district_id_kind_code ON public.asset USING btree (district_id, kind, code);
CREATE INDEX ix_asset_event_asset_id ON public.asset_event USING btree (asset_id);
CREATE INDEX ix_asset_event_happened_on ON public.asset_event USING btree (happened_on);
CREATE INDEX ix_asset_geography ON public.asset USING gist (public.geography(point));
CREATE INDEX ix_asset_key_district_id ON public.asset_key USING btree (district_id);
CREATE INDEX ix_asset_owner_id ON public.asset USING btree (owner_id);
CREATE INDEX ix_asset_part_of_id ON public.asset USING btree (part_of_id);
CREATE INDEX ix_asset_point ON public.asset USING gist (point);
CREATE INDEX ix_asset_point_mercator ON public.asset USING gist (point_mercator);
CREATE INDEX ix_asset_search_key ON public.asset USING btree (search_key text_pattern_ops);
CREATE INDEX ix_asset_shows_id ON public.asset USING btree (shows_id);
CREATE INDEX ix_audit_part_person_id ON public.audit_part USING btree (person_id, entry_id) WHERE (person_id IS NOT NULL);
CREATE INDEX ix_budget_line_district_id ON public.budget_line USING btree (district_id);
CREATE INDEX ix_budget_line_payer_id ON public.budget_line USING btree (payer_id);
CREATE INDEX ix_budget_line_platform_id ON public.budget_line USING btree (platform_id) WHERE (platform_id IS NOT NULL);
CREATE INDEX ix_budget_line_round_id ON public.budget_line USING btree (round_id);
CREATE INDEX ix_budget_round_district_id ON public.budget_round USING btree (district_id);
CREATE INDEX ix_care_gap_oldest ON public.care_gap USING btree (district_id, kind, COALESCE(since_on, 'infinity'::date), code);
CREATE INDEX ix_completeness_area_id ON public.completeness USING btree (area_id);
CREATE INDEX ix_completeness_newest ON public.completeness USING btree (district_id, kind, area_id, said_at);
CREATE INDEX ix_completeness_organisation_id ON public.completeness USING btree (organisation_id);
CREATE INDEX ix_contact_scope_official_area_id ON public.contact_scope USING btree (official_area_id);
CREATE INDEX ix_contact_scope_organic_area_id ON public.contact_scope USING btree (organic_area_id);
CREATE INDEX ix_defect_addressee_id_turn ON public.defect USING btree (addressee_id, turn_since, id);
CREATE INDEX ix_defect_again_of_id ON public.defect USING btree (again_of_id);
CREATE INDEX ix_defect_area_id ON public.defect USING btree (area_id);
CREATE INDEX ix_defect_asset_id ON public.defect USING btree (asset_id);
CREATE INDEX ix_defect_bounced ON public.defect USING btree (district_id, turn_since) WHERE ((bounces >= 2) AND ((file)::text = 'public'::text) AND (state = ANY (ARRAY['received'::text, 'assigned'::text, 'planned'::text, 'passed_on'::text, 'disputed'::text])));
CREATE INDEX ix_defect_call_address_id ON public.defect_call USING btree (address_id);
CREATE INDEX ix_defect_call_organisation_id ON public.defect_call USING btree (organisation_id);
CREATE INDEX ix_defect_call_person_id ON public.defect_call USING btree (person_id);
CREATE INDEX ix_defect_denied ON public.defect USING btree (district_id, turn_since, code) WHERE ((handlings > 0) AND (state = ANY (ARRAY['disputed'::text, 'mixed'::text])));
CREATE INDEX ix_defect_denied_in_area ON public.defect USING btree (area_id, turn_since, code) WHERE ((handlings > 0) AND (state = ANY (ARRAY['disputed'::text, 'mixed'::text])));
CREATE INDEX ix_defect_denied_point ON public.defect USING gist (point) WHERE ((handlings > 0) AND (state = ANY (ARRAY['disputed'::text, 'mixed'::text])));
CREATE INDEX ix_defect_district_id_state_code ON public.defect USING btree (district_id, state, code);
CREATE INDEX ix_defect_event_at ON public.defect_event USING btree (at);
CREATE INDEX ix_defect_event_defect_id_at_id ON public.defect_event USING btree (defect_id, at, id);
CREATE INDEX ix_defect_event_organisation_id ON public.defect_event USING btree (organisation_id);
CREATE INDEX ix_defect_event_voice_id ON public.defect_event USING btree (voice_id);
CREATE INDEX ix_defect_follower_address_id ON public.defect_follower USING btree (address_id);
CREATE INDEX ix_defect_geography ON public.defect USING gist (public.geography(point)) WHERE ((file)::text = 'public'::text);
CREATE INDEX ix_defect_merged_into_id ON public.defect USING btree (merged_into_id);
CREATE INDEX ix_defect_missing_point ON public.defect USING gist (point) WHERE (((category)::text = 'missing'::text) AND ((file)::text = 'public'::text) AND (state = ANY (ARRAY['received'::text, 'assigned'::text, 'planned'::text, 'passed_on'::text, 'handled'::text, 'disputed'::text, 'mixed'::text, 'refused'::text, 'no_agreement'::text])));
CREATE INDEX ix_defect_no_agreement ON public.defect USING btree (district_id, turn_since) WHERE (((file)::text = 'public'::text) AND ((state = 'no_agreement'::text) OR ((state = 'disputed'::text) AND ((work)::text = ANY ((ARRAY['refused'::character varying, 'refused_twice'::character varying])::text[])))));
CREATE INDEX ix_defect_passed_to_id_turn ON public.defect USING btree (passed_to_id, turn_since, id);
CREATE INDEX ix_defect_picture_event_id ON public.defect_picture USING btree (event_id);
CREATE INDEX ix_defect_point ON public.defect USING gist (point);
CREATE INDEX ix_defect_point_mercator ON public.defect USING gist (point_mercator) WHERE ((file)::text = 'public'::text);
CREATE INDEX ix_defect_promise_closed_at ON public.defect_promise USING btree (closed_at);
CREATE INDEX ix_defect_promise_defect_id ON public.defect_promise USING btree (defect_id);
CREATE INDEX ix_defect_promise_due_on ON public.defect_promise USING btree (due_on) WHERE ((state)::text = 'open'::text);
CREATE INDEX ix_defect_promise_organisation_id ON public.defect_promise USING btree (organisation_id);
CREATE INDEX ix_defect_refused_by_id ON public.defect USING btree (refused_by_id);
CREATE INDEX ix_defect_to_check ON public.defect USING gist (point) WHERE (((file)::text = 'public'::text) AND ((state = 'mixed'::text) OR ((state = 'disputed'::text) AND ((work)::text = 'handled'::text)) OR ((state = 'lapsed'::text) AND ((work)::text = 'handled'::text))));
CREATE INDEX ix_defect_turn_of_organisation ON public.defect USING btree (district_id, turn_since) INCLUDE (area_id, addressee_id, promised_on, work, no_said) WHERE (((file)::text = 'public'::text) AND (state = ANY (ARRAY['received'::text, 'assigned'::text, 'planned'::text, 'passed_on'::text, 'disputed'::text])));
CREATE INDEX ix_defect_voice_words_held ON public.defect_voice USING btree (id) WHERE ((words_state)::text = 'held'::text);
CREATE INDEX ix_defect_waits ON public.defect USING btree (addressee_id, turn_since, id) INCLUDE (promised_on) WHERE (((file)::text = 'public'::text) AND (state = ANY (ARRAY['received'::text, 'assigned'::text, 'planned'::text, 'disputed'::text])) AND (NOT (((work)::text = ANY ((ARRAY['handled'::character varying, 'refused'::character varying, 'refused_twice'::character varying])::text[])) AND (no_said IS FALSE))));
CREATE INDEX ix_defect_waits_denied ON public.defect USING btree (addressee_id, rung, turn_since, id) WHERE (((file)::text = 'public'::text) AND (state = ANY (ARRAY['received'::text, 'assigned'::text, 'planned'::text, 'disputed'::text])) AND (NOT (((work)::text = ANY ((ARRAY['handled'::character varying, 'refused'::character varying, 'refused_twice'::character varying])::text[])) AND (no_said IS FALSE))) AND (state = 'disputed'::text) AND (handlings > 0));
CREATE INDEX ix_defect_waits_promised ON public.defect USING btree (addressee_id, promised_on) WHERE (((file)::text = 'public'::text) AND (state = ANY (ARRAY['received'::text, 'assigned'::text, 'planned'::text, 'disputed'::text])) AND (NOT (((work)::text = ANY ((ARRAY['handled'::character varying, 'refused'::character varying, 'refused_twice'::character varying])::text[])) AND (no_said IS FALSE))) AND (promised_on IS NOT NULL));
CREATE INDEX ix_defect_words_held ON public.defect USING btree (district_id, id) WHERE ((words_state)::text = 'held'::text);
CREATE INDEX ix_defect_work_turn ON public.defect USING btree (work, turn_since) WHERE ((file)::text = 'public'::text);
CREATE INDEX ix_follower_word_digest_id ON public.follower_word USING btree (digest_id);
CREATE INDEX ix_follower_word_event_id ON public.follower_word USING btree (event_id);
CREATE INDEX ix_follower_word_waiting ON public.follower_word USING btree (noted_at) WHERE (digest_id IS NULL);
CREATE INDEX ix_framework_contract_contractor_id ON public.framework_contract USING btree (contractor_id);
CREATE INDEX ix_framework_contract_district_id ON public.framework_contract USING btree (district_id);
CREATE INDEX ix_funding_line_id ON public.funding USING btree (line_id);
CREATE INDEX ix_hidden_words_case_id ON public.hidden_words USING btree (case_id) WHERE (case_id IS NOT NULL);
CREATE INDEX ix_hidden_words_person_id ON public.hidden_words USING btree (person_id) WHERE (person_id IS NOT NULL);
CREATE INDEX ix_hours_exception_organisation_id ON public.hours_exception USING btree (organisation_id);
CREATE INDEX ix_inspection_asset_id ON public.inspection USING btree (asset_id, number DESC);
CREATE INDEX ix_inspection_by_organisation_id ON public.inspection USING btree (by_organisation_id);
CREATE INDEX ix_inspection_checklist_id ON public.inspection USING btree (checklist_id);
CREATE INDEX ix_inspection_confirmed_by ON public.inspection USING btree (confirmed_by) WHERE (confirmed_by IS NOT NULL);
CREATE INDEX ix_inspection_person_id ON public.inspection USING btree (person_id) WHERE (person_id IS NOT NULL);
CREATE INDEX ix_inspection_picture_id ON public.inspection USING btree (picture_id);
CREATE INDEX ix_inspection_with_organisation_id ON public.inspection USING btree (with_organisation_id);
CREATE INDEX ix_key_asset_asset_id ON public.key_asset USING btree (asset_id);
CREATE INDEX ix_key_handover_done ON public.key_handover USING btree (key_id, closed_at, id) WHERE ((outcome)::text = 'done'::text);
CREATE INDEX ix_key_handover_giver_organisation_id ON public.key_handover USING btree (giver_organisation_id);
CREATE INDEX ix_key_handover_giver_person_id ON public.key_handover USING btree (giver_person_id);
CREATE INDEX ix_key_handover_key_id ON public.key_handover USING btree (key_id);
CREATE INDEX ix_key_handover_receiver_organisation_id ON public.key_handover USING btree (receiver_organisation_id);
CREATE INDEX ix_key_handover_receiver_person_id ON public.key_handover USING btree (receiver_person_id);
CREATE INDEX ix_maintenance_duty_asset_id ON public.maintenance_duty USING btree (asset_id);
CREATE INDEX ix_maintenance_duty_organisation_id ON public.maintenance_duty USING btree (organisation_id);
CREATE INDEX ix_mediation_case_platform_id ON public.mediation_case USING btree (platform_id);
CREATE INDEX ix_mediation_case_thing ON public.mediation_case USING btree (thing_kind, thing_code, asked_on);
CREATE INDEX ix_mediation_case_waiting ON public.mediation_case USING btree (district_id, asked_on) WHERE ((state)::text <> 'ended'::text);
CREATE INDEX ix_membership_organisation_id ON public.membership USING btree (organisation_id);
CREATE INDEX ix_membership_person_id ON public.membership USING btree (person_id);
CREATE INDEX ix_moderation_appeal_decided_by ON public.moderation_appeal USING btree (decided_by) WHERE (decided_by IS NOT NULL);
CREATE INDEX ix_moderation_appeal_open ON public.moderation_appeal USING btree (district_id, id) WHERE (outcome IS NULL);
CREATE INDEX ix_moderation_appeal_settled_by ON public.moderation_appeal USING btree (settled_by) WHERE (settled_by IS NOT NULL);
CREATE INDEX ix_moderation_verdict_asset_id ON public.moderation_verdict USING btree (asset_id) WHERE (asset_id IS NOT NULL);
CREATE INDEX ix_moderation_verdict_defect_id ON public.moderation_verdict USING btree (defect_id, target, "position", number);
CREATE INDEX ix_moderation_verdict_person_id ON public.moderation_verdict USING btree (person_id) WHERE (person_id IS NOT NULL);
CREATE INDEX ix_money_move_about_id ON public.money_move USING btree (about_id, number) WHERE (about_id IS NOT NULL);
CREATE INDEX ix_money_move_by_organisation_id ON public.money_move USING btree (by_organisation_id);
CREATE INDEX ix_money_move_line_id ON public.money_move USING btree (line_id, number);
CREATE INDEX ix_money_move_to_line_id ON public.money_move USING btree (to_line_id);
CREATE INDEX ix_need_cell_area_id ON public.need_cell USING btree (area_id);
CREATE INDEX ix_neighbourhood_answer_cell ON public.neighbourhood_answer USING btree (district_id, cell_x, cell_y);
CREATE INDEX ix_neighbourhood_answer_name ON public.neighbourhood_answer USING btree (district_id, search_key);
CREATE INDEX ix_neighbourhood_answer_organic_area_id ON public.neighbourhood_answer USING btree (organic_area_id);
CREATE INDEX ix_neighbourhood_answer_unknown ON public.neighbourhood_answer USING btree (district_id, created_at) WHERE (organic_area_id IS NULL);
CREATE INDEX ix_neighbourhood_outline_organic_area_id ON public.neighbourhood_outline USING btree (organic_area_id);
CREATE INDEX ix_neighbourhood_outline_organisation_id ON public.neighbourhood_outline USING btree (organisation_id);
CREATE INDEX ix_official_area_geom ON public.official_area USING gist (geom);
CREATE INDEX ix_official_area_geom_mercator ON public.official_area USING gist (geom_mercator);
CREATE INDEX ix_official_area_parent_id ON public.official_area USING btree (parent_id);
CREATE INDEX ix_official_area_search_key ON public.official_area USING btree (search_key text_pattern_ops);
CREATE INDEX ix_opening_hours_organisation_id ON public.opening_hours USING btree (organisation_id);
CREATE INDEX ix_organic_area_district_id ON public.organic_area USING btree (district_id);
CREATE INDEX ix_organic_area_geom ON public.organic_area USING gist (geom);
CREATE INDEX ix_organic_area_geom_mercator ON public.organic_area USING gist (geom_mercator);
CREATE INDEX ix_organisation_district_id ON public.organisation USING btree (district_id);
CREATE INDEX ix_organisation_mailbox_id ON public.organisation USING btree (mailbox_id);
CREATE INDEX ix_outbox_message_given_up ON public.outbox_message USING btree (given_up_at) WHERE (given_up_at IS NOT NULL);
CREATE INDEX ix_outbox_message_sent ON public.outbox_message USING btree (sent_at) WHERE (sent_at IS NOT NULL);
CREATE INDEX ix_outbox_message_waiting ON public.outbox_message USING btree (due_at, id) WHERE ((sent_at IS NULL) AND (given_up_at IS NULL));
CREATE INDEX ix_ownership_asset_id ON public.ownership USING btree (asset_id);
CREATE INDEX ix_ownership_organisation_id ON public.ownership USING btree (organisation_id);
CREATE INDEX ix_picture_district_id ON public.picture USING btree (district_id);
CREATE INDEX ix_picture_held ON public.picture USING btree (district_id, id) WHERE ((state)::text = 'held'::text);
CREATE INDEX ix_place_name_district_id ON public.place_name USING btree (district_id);
CREATE INDEX ix_place_name_search_key ON public.place_name USING btree (search_key text_pattern_ops);
CREATE INDEX ix_plan_event_by_organisation_id ON public.plan_event USING btree (by_organisation_id);
CREATE INDEX ix_plan_event_item_id ON public.plan_event USING btree (item_id, number);
CREATE INDEX ix_plan_event_line_id ON public.plan_event USING btree (line_id);
CREATE INDEX ix_plan_event_picture_id ON public.plan_event USING btree (picture_id);
CREATE INDEX ix_plan_item_asked_by ON public.plan_item USING btree (asked_by) WHERE (asked_by IS NOT NULL);
CREATE INDEX ix_plan_item_asset_id ON public.plan_item USING btree (asset_id) WHERE (asset_id IS NOT NULL);
CREATE INDEX ix_plan_item_district_id ON public.plan_item USING btree (district_id, number);
CREATE INDEX ix_plan_item_keeper_id ON public.plan_item USING btree (keeper_id);
CREATE INDEX ix_plan_item_line_id ON public.plan_item USING btree (line_id, number);
CREATE INDEX ix_plan_item_maker_id ON public.plan_item USING btree (maker_id);
CREATE INDEX ix_plan_item_organisation_id ON public.plan_item USING btree (organisation_id);
CREATE INDEX ix_plan_item_platform_id ON public.plan_item USING btree (platform_id, number);
CREATE INDEX ix_plan_item_point ON public.plan_item USING gist (point);
CREATE INDEX ix_plan_spending_district_id ON public.plan_spending USING btree (district_id);
CREATE INDEX ix_plan_spending_item_id ON public.plan_spending USING btree (item_id, number);
CREATE INDEX ix_plan_spending_line_id ON public.plan_spending USING btree (line_id, number);
CREATE INDEX ix_plan_spending_organisation_id ON public.plan_spending USING btree (organisation_id);
CREATE INDEX ix_plan_spending_picture_id ON public.plan_spending USING btree (picture_id);
CREATE INDEX ix_plan_spending_receipt_id ON public.plan_spending USING btree (receipt_id);
CREATE INDEX ix_plan_spending_settled_organisation_id ON public.plan_spending USING btree (settled_organisation_id);
CREATE INDEX ix_plan_voice_held ON public.plan_voice USING btree (item_id) WHERE ((words_state)::text = 'held'::text);
CREATE INDEX ix_plan_voice_item_id ON public.plan_voice USING btree (item_id, number);
CREATE INDEX ix_plan_voice_person_id ON public.plan_voice USING btree (person_id) WHERE (person_id IS NOT NULL);
CREATE INDEX ix_platform_area_geom ON public.platform_area USING gist (geom);
CREATE INDEX ix_platform_area_geom_mercator ON public.platform_area USING gist (geom_mercator);
CREATE INDEX ix_platform_area_platform_id ON public.platform_area USING btree (platform_id);
CREATE INDEX ix_platform_district_id ON public.platform USING btree (district_id);
CREATE INDEX ix_platform_mandate_platform_id ON public.platform_mandate USING btree (platform_id);
CREATE INDEX ix_platform_put_forward_by ON public.platform USING btree (put_forward_by) WHERE (put_forward_by IS NOT NULL);
CREATE INDEX ix_population_cell_area_id ON public.population_cell USING btree (area_id);
CREATE INDEX ix_question_bounced ON public.question USING btree (district_id, turn_since) WHERE ((bounces >= 2) AND ((state)::text = ANY ((ARRAY['asked'::character varying, 'promised'::character varying, 'passed_on'::character varying])::text[])));
CREATE INDEX ix_question_denied ON public.question USING btree (district_id, turn_since) WHERE ((refusals > 0) AND ((state)::text = ANY ((ARRAY['asked'::character varying, 'promised'::character varying, 'passed_on'::character varying])::text[])));
CREATE INDEX ix_question_district_id ON public.question USING btree (district_id, asked_at);
CREATE INDEX ix_question_event_at ON public.question_event USING btree (at);
CREATE INDEX ix_question_event_organisation_id ON public.question_event USING btree (organisation_id);
CREATE INDEX ix_question_event_to_id ON public.question_event USING btree (to_id);
CREATE INDEX ix_question_follower_person_id ON public.question_follower USING btree (person_id);
CREATE INDEX ix_question_organisation_id ON public.question USING btree (organisation_id);
CREATE INDEX ix_question_platform_id ON public.question USING btree (platform_id, asked_at);
CREATE INDEX ix_question_waiting ON public.question USING btree (district_id, turn_since) WHERE ((state)::text = ANY ((ARRAY['asked'::character varying, 'promised'::character varying, 'passed_on'::character varying])::text[]));
CREATE INDEX ix_recognition_file_list_id ON public.recognition_file USING btree (list_id);
CREATE INDEX ix_recognition_remark_organisation_id ON public.recognition_remark USING btree (organisation_id);
CREATE INDEX ix_recognition_remark_platform_id ON public.recognition_remark USING btree (platform_id, number);
CREATE INDEX ix_recognition_review_list_id ON public.recognition_review USING btree (list_id);
CREATE INDEX ix_recognition_review_organisation_id ON public.recognition_review USING btree (organisation_id);
CREATE INDEX ix_recognition_review_platform_id ON public.recognition_review USING btree (platform_id, number);
CREATE INDEX ix_removal_case_asset_id ON public.removal_case USING btree (asset_id);
CREATE INDEX ix_removal_case_inspection_id ON public.removal_case USING btree (inspection_id);
CREATE INDEX ix_removal_request_asset_id ON public.removal_request USING btree (asset_id);
CREATE INDEX ix_removal_request_case_id ON public.removal_request USING btree (case_id);
CREATE INDEX ix_removal_request_organisation_id ON public.removal_request USING btree (organisation_id);
CREATE INDEX ix_removal_request_settled_organisation_id ON public.removal_request USING btree (settled_organisation_id);
CREATE INDEX ix_routing_rule_official_area_id ON public.routing_rule USING btree (official_area_id);
CREATE INDEX ix_routing_rule_organic_area_id ON public.routing_rule USING btree (organic_area_id);
CREATE INDEX ix_routing_rule_organisation_id ON public.routing_rule USING btree (organisation_id);
CREATE INDEX ix_rung_contact_id ON public.rung USING btree (contact_id);
CREATE INDEX ix_search_asked_at ON public.search USING btree (asked_at);
CREATE INDEX ix_search_district_id ON public.search USING btree (district_id);
CREATE INDEX ix_search_person_id ON public.search USING btree (person_id);
CREATE INDEX ix_sighting_asset_id ON public.sighting USING btree (asset_id, seen_on);
CREATE INDEX ix_sighting_seen_on ON public.sighting USING btree (seen_on);
CREATE INDEX ix_sign_in_link_address_id ON public.sign_in_link USING btree (address_id);
CREATE INDEX ix_support_consent_supporter_id ON public.support_consent USING btree (supporter_id);
CREATE INDEX ix_upload_district_id ON public.upload USING btree (district_id);
CREATE INDEX ix_upload_expires_at ON public.upload USING btree (expires_at);
CREATE INDEX ix_upload_person_id ON public.upload USING btree (person_id);
CREATE INDEX ix_week_reader_person_id ON public.week_reader USING btree (person_id);
CREATE UNIQUE INDEX uq_area_norm_in_force ON public.area_norm USING btree (official_area_id, organic_area_id, band) NULLS NOT DISTINCT WHERE (valid_to IS NULL);
CREATE UNIQUE INDEX uq_defect_promise_open ON public.defect_promise USING btree (defect_id) WHERE ((state)::text = 'open'::text);
CREATE UNIQUE INDEX uq_key_handover_open ON public.key_handover USING btree (key_id) WHERE (closed_at IS NULL);
CREATE UNIQUE INDEX uq_mediation_case_open ON public.mediation_case USING btree (thing_kind, thing_code) WHERE ((state)::text <> 'ended'::text);
CREATE UNIQUE INDEX uq_neighbourhood_outline_in_force ON public.neighbourhood_outline USING btree (organic_area_id, kind, organisation_id, sender) NULLS NOT DISTINCT WHERE (valid_to IS NULL);
CREATE UNIQUE INDEX uq_norm_band_main ON public.norm_band USING btree (norm_id) WHERE is_main;
CREATE UNIQUE INDEX uq_organisation_desk ON public.organisation USING btree (district_id) WHERE is_desk;
CREATE UNIQUE INDEX uq_ownership_open ON public.ownership USING btree (asset_id) WHERE (until IS NULL);
CREATE UNIQUE INDEX uq_place_name_alias ON public.place_name USING btree (organic_area_id, search_key) WHERE (organic_area_id IS NOT NULL);
CREATE UNIQUE INDEX uq_platform_area_in_force ON public.platform_area USING btree (platform_id) WHERE (valid_to IS NULL);
CREATE UNIQUE INDEX uq_removal_case_open ON public.removal_case USING btree (asset_id) WHERE ((state)::text = ANY ((ARRAY['warned'::character varying, 'repairing'::character varying, 'to_remove'::character varying])::text[]));
CREATE UNIQUE INDEX uq_search_open ON public.search USING btree (person_id) WHERE ((state)::text = ANY ((ARRAY['waiting'::character varying, 'working'::character varying])::text[]));
CREATE UNIQUE INDEX uq_second_look_open ON public.second_look USING btree (thing_kind, thing_id, action) WHERE (verdict IS NULL);
CREATE UNIQUE INDEX uq_support_consent_open ON public.support_consent USING btree (organisation_id, supporter_id) WHERE (ended_at IS NULL);
CREATE TRIGGER append_only BEFORE UPDATE ON public.area_choice FOR EACH ROW EXECUTE FUNCTION public.refuse_change();
CREATE TRIGGER append_only BEFORE UPDATE ON public.asset_event FOR EACH ROW EXECUTE FUNCTION public.refuse_change();
CREATE TRIGGER append_only BEFORE DELETE OR UPDATE ON public.audit_entry FOR EACH ROW EXECUTE FUNCTION public.refuse_change();
CREATE TRIGGER append_only BEFORE UPDATE ON public.audit_part FOR EACH ROW EXECUTE FUNCTION public.refuse_change();
CREATE TRIGGER append_only BEFORE UPDATE ON public.defect_event FOR EACH ROW EXECUTE FUNCTION public.refuse_change();
CREATE TRIGGER append_only BEFORE UPDATE ON public.key_handover FOR EACH ROW EXECUTE FUNCTION public.refuse_other_hands();
CREATE TRIGGER append_only BEFORE UPDATE ON public.mediation_step FOR EACH ROW EXECUTE FUNCTION public.refuse_change();
CREATE TRIGGER append_only BEFORE UPDATE ON public.money_move FOR EACH ROW EXECUTE FUNCTION public.refuse_change();
CREATE TRIGGER append_only BEFORE UPDATE ON public.plan_event FOR EACH ROW EXECUTE FUNCTION public.refuse_change();
CREATE TRIGGER append_only BEFORE UPDATE ON public.question_event FOR EACH ROW EXECUTE FUNCTION public.refuse_change();
CREATE TRIGGER append_only BEFORE UPDATE ON public.recognition_remark FOR EACH ROW EXECUTE FUNCTION public.refuse_change();
CREATE TRIGGER append_only BEFORE UPDATE ON public.recognition_review FOR EACH ROW EXECUTE FUNCTION public.refuse_change();
CREATE TRIGGER count_fact AFTER INSERT OR DELETE OR UPDATE ON public.answer_fact FOR EACH ROW EXECUTE FUNCTION public.count_fact();
CREATE TRIGGER in_district BEFORE INSERT OR UPDATE OF geom, district_id ON public.asset FOR EACH ROW EXECUTE FUNCTION public.refuse_outside_district();
CREATE TRIGGER in_district BEFORE INSERT OR UPDATE OF geom, district_id ON public.defect FOR EACH ROW EXECUTE FUNCTION public.refuse_outside_district();
CREATE TRIGGER in_district BEFORE INSERT OR UPDATE OF geom, district_id ON public.organic_area FOR EACH ROW EXECUTE FUNCTION public.refuse_outside_district();
CREATE TRIGGER in_district BEFORE INSERT OR UPDATE OF geom, district_id ON public.place_name FOR EACH ROW EXECUTE FUNCTION public.refuse_outside_district();
CREATE TRIGGER in_district BEFORE INSERT OR UPDATE OF geom, district_id ON public.plan_item FOR EACH ROW EXECUTE FUNCTION public.refuse_outside_district();
CREATE TRIGGER in_district BEFORE INSERT OR UPDATE OF geom, district_id ON public.plan_spending FOR EACH ROW EXECUTE FUNCTION public.refuse_outside_district();
CREATE TRIGGER in_district BEFORE INSERT OR UPDATE OF geom, district_id ON public.platform_area FOR EACH ROW EXECUTE FUNCTION public.refuse_outside_district();
CREATE TRIGGER keep_all BEFORE TRUNCATE ON public.audit_entry FOR EACH STATEMENT EXECUTE FUNCTION public.refuse_change();
CREATE TRIGGER keep_facts AFTER INSERT OR DELETE OR UPDATE OF work, street, file, merged_into_id, district_id, area_id, cell_x, cell_y, addressee_id, turn_since, reported_at, is_example ON public.defect FOR EACH ROW EXECUTE FUNCTION public.keep_defect_facts();
CREATE TRIGGER keep_facts AFTER INSERT OR DELETE OR UPDATE ON public.defect_promise FOR EACH ROW EXECUTE FUNCTION public.keep_promise_fact();
CREATE TRIGGER keep_real BEFORE DELETE ON public.money_move FOR EACH ROW WHEN ((NOT old.is_example)) EXECUTE FUNCTION public.refuse_change();
CREATE TRIGGER point_in_district BEFORE INSERT OR UPDATE OF point, district_id ON public.defect FOR EACH ROW EXECUTE FUNCTION public.refuse_point_outside_district();
ALTER TABLE ONLY public.account_session
    ADD CONSTRAINT fk_account_session_person_id FOREIGN KEY (person_id) REFERENCES public.person(id) ON DELETE CASCADE;
ALTER TABLE ONLY public.agreement_asset
    ADD CONSTRAINT fk_agreement_asset_agreement_id FOREIGN KEY (agreement_id) REFERENCES public.agreement(id) ON DELETE CASCADE;
ALTER TABLE ONLY public.agreement_asset
    ADD CONSTRAINT fk_agreement_asset_asset_id FOREIGN KEY (asset_id) REFERENCES public.asset(id) ON DELETE CASCADE;
ALTER TABLE ONLY public.agreement_cell
    ADD CONSTRAINT fk_agreement_cell_organic_area_id FOREIGN KEY (organic_area_id) REFERENCES public.organic_area(id) ON DELETE CASCADE;
ALTER TABLE ONLY public.agreement
    ADD CONSTRAINT fk_agreement_district_id FOREIGN KEY (district_id) REFERENCES public.district(id);
ALTER TABLE ONLY public.agreement_party
    ADD CONSTRAINT fk_agreement_party_agreement_id FOREIGN KEY (agreement_id) REFERENCES public.agreement(id) ON DELETE CASCADE;
ALTER TABLE ONLY public.agreement_party
    ADD CONSTRAINT fk_agreement_party_organisation_id FOREIGN KEY (organisation_id) REFERENCES public.organisation(id);
ALTER TABLE ONLY public.agreement_scan
    ADD CONSTRAINT fk_agreement_scan_agreement_id FOREIGN KEY (agreement_id) REFERENCES public.agreement(id) ON DELETE CASCADE;
ALTER TABLE ONLY public.answered_cell
    ADD CONSTRAINT fk_answered_cell_district_id FOREIGN KEY (district_id) REFERENCES public.district(id) ON DELETE CASCADE;
ALTER TABLE ONLY public.api_token
    ADD CONSTRAINT fk_api_token_person_id FOREIGN KEY (person_id) REFERENCES public.person(id) ON DELETE CASCADE;
ALTER TABLE ONLY public.area_choice
    ADD CONSTRAINT fk_area_choice_district_id FOREIGN KEY (district_id) REFERENCES public.district(id);
ALTER TABLE ONLY public.area_choice
    ADD CONSTRAINT fk_area_choice_official_area_id FOREIGN KEY (official_area_id) REFERENCES public.official_area(id);
ALTER TABLE ONLY public.area_choice
    ADD CONSTRAINT fk_area_choice_organic_area_id FOREIGN KEY (organic_area_id) REFERENCES public.organic_area(id) ON DELETE CASCADE;
ALTER TABLE ONLY public.area_choice_platform
    ADD CONSTRAINT fk_area_choice_platform_choice_id FOREIGN KEY (choice_id) REFERENCES public.area_choice(id) ON DELETE CASCADE;
ALTER TABLE ONLY public.area_choice_platform
    ADD CONSTRAINT fk_area_choice_platform_platform_id FOREIGN KEY (platform_id) REFERENCES public.platform(id) ON DELETE CASCADE;
ALTER TABLE ONLY public.area_crosswalk
    ADD CONSTRAINT fk_area_crosswalk_area_id FOREIGN KEY (area_id) REFERENCES public.official_area(id);
ALTER TABLE ONLY public.area_crosswalk
    ADD CONSTRAINT fk_area_crosswalk_district_id FOREIGN KEY (district_id) REFERENCES public.district(id);
ALTER TABLE ONLY public.area_figure
    ADD CONSTRAINT fk_area_figure_area_id FOREIGN KEY (area_id) REFERENCES public.official_area(id);
ALTER TABLE ONLY public.area_norm
    ADD CONSTRAINT fk_area_norm_district_id FOREIGN KEY (district_id) REFERENCES public.district(id);
ALTER TABLE ONLY public.area_norm
    ADD CONSTRAINT fk_area_norm_official_area_id FOREIGN KEY (official_area_id) REFERENCES public.official_area(id);
ALTER TABLE ONLY public.area_norm
    ADD CONSTRAINT fk_area_norm_organic_area_id FOREIGN KEY (organic_area_id) REFERENCES public.organic_area(id) ON DELETE CASCADE;
ALTER TABLE ONLY public.area_norm
    ADD CONSTRAINT fk_area_norm_said_by_id FOREIGN KEY (said_by_id) REFERENCES public.organisation(id);
ALTER TABLE ONLY public.asset_contract
    ADD CONSTRAINT fk_asset_contract_asset_id FOREIGN KEY (asset_id) REFERENCES public.asset(id) ON DELETE CASCADE;
ALTER TABLE ONLY public.asset_contract
    ADD CONSTRAINT fk_asset_contract_contract_id FOREIGN KEY (contract_id) REFERENCES public.framework_contract(id) ON DELETE CASCADE;
ALTER TABLE ONLY public.asset
    ADD CONSTRAINT fk_asset_district_id FOREIGN KEY (district_id) REFERENCES public.district(id);
ALTER TABLE ONLY public.asset_event
    ADD CONSTRAINT fk_asset_event_asset_id FOREIGN KEY (asset_id) REFERENCES public.asset(id) ON DELETE CASCADE;
ALTER TABLE ONLY public.asset_key
    ADD CONSTRAINT fk_asset_key_district_id FOREIGN KEY (district_id) REFERENCES public.district(id);
ALTER TABLE ONLY public.asset
    ADD CONSTRAINT fk_asset_owner_id FOREIGN KEY (owner_id) REFERENCES public.organisation(id);
ALTER TABLE ONLY public.asset
    ADD CONSTRAINT fk_asset_part_of_id FOREIGN KEY (part_of_id) REFERENCES public.asset(id) ON DELETE SET NULL;
ALTER TABLE ONLY public.asset
    ADD CONSTRAINT fk_asset_shows_id FOREIGN KEY (shows_id) REFERENCES public.asset(id) ON DELETE SET NULL;
ALTER TABLE ONLY public.audit_entry
    ADD CONSTRAINT fk_audit_entry_thing_kind FOREIGN KEY (thing_kind, thing_id) REFERENCES public.audit_chain(thing_kind, thing_id);
ALTER TABLE ONLY public.audit_part
    ADD CONSTRAINT fk_audit_part_entry_id FOREIGN KEY (entry_id) REFERENCES public.audit_entry(id);
ALTER TABLE ONLY public.budget_line
    ADD CONSTRAINT fk_budget_line_district_id FOREIGN KEY (district_id) REFERENCES public.district(id);
ALTER TABLE ONLY public.budget_line
    ADD CONSTRAINT fk_budget_line_payer_id FOREIGN KEY (payer_id) REFERENCES public.organisation(id);
ALTER TABLE ONLY public.budget_line
    ADD CONSTRAINT fk_budget_line_platform_id FOREIGN KEY (platform_id) REFERENCES public.platform(id) ON DELETE CASCADE;
ALTER TABLE ONLY public.budget_line
    ADD CONSTRAINT fk_budget_line_round_id FOREIGN KEY (round_id) REFERENCES public.budget_round(id);
ALTER TABLE ONLY public.budget_round
    ADD CONSTRAINT fk_budget_round_district_id FOREIGN KEY (district_id) REFERENCES public.district(id);
ALTER TABLE ONLY public.calendar_day
    ADD CONSTRAINT fk_calendar_day_district_id FOREIGN KEY (district_id) REFERENCES public.district(id);
ALTER TABLE ONLY public.care_gap
    ADD CONSTRAINT fk_care_gap_asset_id FOREIGN KEY (asset_id) REFERENCES public.asset(id) ON DELETE CASCADE;
ALTER TABLE ONLY public.care_gap
    ADD CONSTRAINT fk_care_gap_district_id FOREIGN KEY (district_id) REFERENCES public.district(id);
ALTER TABLE ONLY public.care_look
    ADD CONSTRAINT fk_care_look_district_id FOREIGN KEY (district_id) REFERENCES public.district(id) ON DELETE CASCADE;
ALTER TABLE ONLY public.checklist
    ADD CONSTRAINT fk_checklist_district_id FOREIGN KEY (district_id) REFERENCES public.district(id);
ALTER TABLE ONLY public.completeness
    ADD CONSTRAINT fk_completeness_area_id FOREIGN KEY (area_id) REFERENCES public.official_area(id);
ALTER TABLE ONLY public.completeness
    ADD CONSTRAINT fk_completeness_district_id FOREIGN KEY (district_id) REFERENCES public.district(id);
ALTER TABLE ONLY public.completeness
    ADD CONSTRAINT fk_completeness_organisation_id FOREIGN KEY (organisation_id) REFERENCES public.organisation(id);
ALTER TABLE ONLY public.contact
    ADD CONSTRAINT fk_contact_deputy_id FOREIGN KEY (deputy_id) REFERENCES public.person(id) ON DELETE SET NULL;
ALTER TABLE ONLY public.contact
    ADD CONSTRAINT fk_contact_district_id FOREIGN KEY (district_id) REFERENCES public.district(id);
ALTER TABLE ONLY public.contact
    ADD CONSTRAINT fk_contact_organisation_id FOREIGN KEY (organisation_id) REFERENCES public.organisation(id);
ALTER TABLE ONLY public.contact
    ADD CONSTRAINT fk_contact_person_id FOREIGN KEY (person_id) REFERENCES public.person(id) ON DELETE SET NULL;
ALTER TABLE ONLY public.contact_scope
    ADD CONSTRAINT fk_contact_scope_contact_id FOREIGN KEY (contact_id) REFERENCES public.contact(id) ON DELETE CASCADE;
ALTER TABLE ONLY public.contact_scope
    ADD CONSTRAINT fk_contact_scope_official_area_id FOREIGN KEY (official_area_id) REFERENCES public.official_area(id);
ALTER TABLE ONLY public.contact_scope
    ADD CONSTRAINT fk_contact_scope_organic_area_id FOREIGN KEY (organic_area_id) REFERENCES public.organic_area(id) ON DELETE CASCADE;
ALTER TABLE ONLY public.counter_view
    ADD CONSTRAINT fk_counter_view_platform_id FOREIGN KEY (platform_id) REFERENCES public.platform(id) ON DELETE CASCADE;
ALTER TABLE ONLY public.criteria_list
    ADD CONSTRAINT fk_criteria_list_district_id FOREIGN KEY (district_id) REFERENCES public.district(id);
ALTER TABLE ONLY public.defect
    ADD CONSTRAINT fk_defect_addressee_id FOREIGN KEY (addressee_id) REFERENCES public.organisation(id);
ALTER TABLE ONLY public.defect
    ADD CONSTRAINT fk_defect_again_of_id FOREIGN KEY (again_of_id) REFERENCES public.defect(id);
ALTER TABLE ONLY public.defect
    ADD CONSTRAINT fk_defect_area_id FOREIGN KEY (area_id) REFERENCES public.official_area(id);
ALTER TABLE ONLY public.defect
    ADD CONSTRAINT fk_defect_asset_id FOREIGN KEY (asset_id) REFERENCES public.asset(id);
ALTER TABLE ONLY public.defect_call
    ADD CONSTRAINT fk_defect_call_address_id FOREIGN KEY (address_id) REFERENCES public.address(id) ON DELETE CASCADE;
ALTER TABLE ONLY public.defect_call
    ADD CONSTRAINT fk_defect_call_defect_id FOREIGN KEY (defect_id) REFERENCES public.defect(id) ON DELETE CASCADE;
ALTER TABLE ONLY public.defect_call
    ADD CONSTRAINT fk_defect_call_organisation_id FOREIGN KEY (organisation_id) REFERENCES public.organisation(id);
ALTER TABLE ONLY public.defect_call
    ADD CONSTRAINT fk_defect_call_person_id FOREIGN KEY (person_id) REFERENCES public.person(id) ON DELETE CASCADE;
ALTER TABLE ONLY public.defect
    ADD CONSTRAINT fk_defect_district_id FOREIGN KEY (district_id) REFERENCES public.district(id);
ALTER TABLE ONLY public.defect_event
    ADD CONSTRAINT fk_defect_event_defect_id FOREIGN KEY (defect_id) REFERENCES public.defect(id) ON DELETE CASCADE;
ALTER TABLE ONLY public.defect_event
    ADD CONSTRAINT fk_defect_event_organisation_id FOREIGN KEY (organisation_id) REFERENCES public.organisation(id);
ALTER TABLE ONLY public.defect_event
    ADD CONSTRAINT fk_defect_event_voice_id FOREIGN KEY (voice_id) REFERENCES public.defect_voice(id);
ALTER TABLE ONLY public.defect_follower
    ADD CONSTRAINT fk_defect_follower_address_id FOREIGN KEY (address_id) REFERENCES public.address(id) ON DELETE CASCADE;
ALTER TABLE ONLY public.defect_follower
    ADD CONSTRAINT fk_defect_follower_defect_id FOREIGN KEY (defect_id) REFERENCES public.defect(id) ON DELETE CASCADE;
ALTER TABLE ONLY public.defect
    ADD CONSTRAINT fk_defect_merged_into_id FOREIGN KEY (merged_into_id) REFERENCES public.defect(id);
ALTER TABLE ONLY public.defect_note
    ADD CONSTRAINT fk_defect_note_defect_id FOREIGN KEY (defect_id) REFERENCES public.defect(id) ON DELETE CASCADE;
ALTER TABLE ONLY public.defect_note
    ADD CONSTRAINT fk_defect_note_event_id FOREIGN KEY (event_id) REFERENCES public.defect_event(id) ON DELETE CASCADE;
ALTER TABLE ONLY public.defect
    ADD CONSTRAINT fk_defect_passed_to_id FOREIGN KEY (passed_to_id) REFERENCES public.organisation(id);
ALTER TABLE ONLY public.defect_picture
    ADD CONSTRAINT fk_defect_picture_defect_id FOREIGN KEY (defect_id) REFERENCES public.defect(id) ON DELETE CASCADE;
ALTER TABLE ONLY public.defect_picture
    ADD CONSTRAINT fk_defect_picture_event_id FOREIGN KEY (event_id) REFERENCES public.defect_event(id) ON DELETE CASCADE;
ALTER TABLE ONLY public.defect_picture
    ADD CONSTRAINT fk_defect_picture_picture_id FOREIGN KEY (picture_id) REFERENCES public.picture(id);
ALTER TABLE ONLY public.defect_promise
    ADD CONSTRAINT fk_defect_promise_defect_id FOREIGN KEY (defect_id) REFERENCES public.defect(id) ON DELETE CASCADE;
ALTER TABLE ONLY public.defect_promise
    ADD CONSTRAINT fk_defect_promise_organisation_id FOREIGN KEY (organisation_id) REFERENCES public.organisation(id);
ALTER TABLE ONLY public.defect
    ADD CONSTRAINT fk_defect_refused_by_id FOREIGN KEY (refused_by_id) REFERENCES public.person(id) ON DELETE SET NULL;
ALTER TABLE ONLY public.defect_voice
    ADD CONSTRAINT fk_defect_voice_defect_id FOREIGN KEY (defect_id) REFERENCES public.defect(id) ON DELETE CASCADE;
ALTER TABLE ONLY public.follower_word
    ADD CONSTRAINT fk_follower_word_event_id FOREIGN KEY (event_id) REFERENCES public.defect_event(id) ON DELETE CASCADE;
ALTER TABLE ONLY public.follower_word
    ADD CONSTRAINT fk_follower_word_follower_id FOREIGN KEY (follower_id) REFERENCES public.defect_follower(id) ON DELETE CASCADE;
ALTER TABLE ONLY public.framework_contract
    ADD CONSTRAINT fk_framework_contract_contractor_id FOREIGN KEY (contractor_id) REFERENCES public.organisation(id);
ALTER TABLE ONLY public.framework_contract
    ADD CONSTRAINT fk_framework_contract_district_id FOREIGN KEY (district_id) REFERENCES public.district(id);
ALTER TABLE ONLY public.funding
    ADD CONSTRAINT fk_funding_asset_id FOREIGN KEY (asset_id) REFERENCES public.asset(id) ON DELETE CASCADE;
ALTER TABLE ONLY public.funding
    ADD CONSTRAINT fk_funding_line_id FOREIGN KEY (line_id) REFERENCES public.budget_line(id);
ALTER TABLE ONLY public.hidden_words
    ADD CONSTRAINT fk_hidden_words_case_id FOREIGN KEY (case_id) REFERENCES public.mediation_case(id) ON DELETE CASCADE;
ALTER TABLE ONLY public.hidden_words
    ADD CONSTRAINT fk_hidden_words_person_id FOREIGN KEY (person_id) REFERENCES public.person(id) ON DELETE SET NULL;
ALTER TABLE ONLY public.hidden_words
    ADD CONSTRAINT fk_hidden_words_question_id FOREIGN KEY (question_id) REFERENCES public.question(id) ON DELETE CASCADE;
ALTER TABLE ONLY public.hours_exception
    ADD CONSTRAINT fk_hours_exception_asset_id FOREIGN KEY (asset_id) REFERENCES public.asset(id) ON DELETE CASCADE;
ALTER TABLE ONLY public.hours_exception
    ADD CONSTRAINT fk_hours_exception_organisation_id FOREIGN KEY (organisation_id) REFERENCES public.organisation(id);
ALTER TABLE ONLY public.import_change
    ADD CONSTRAINT fk_import_change_batch_id FOREIGN KEY (batch_id) REFERENCES public.import_batch(id) ON DELETE CASCADE;
ALTER TABLE ONLY public.inspection
    ADD CONSTRAINT fk_inspection_asset_id FOREIGN KEY (asset_id) REFERENCES public.asset(id) ON DELETE CASCADE;
ALTER TABLE ONLY public.inspection
    ADD CONSTRAINT fk_inspection_by_organisation_id FOREIGN KEY (by_organisation_id) REFERENCES public.organisation(id);
ALTER TABLE ONLY public.inspection
    ADD CONSTRAINT fk_inspection_checklist_id FOREIGN KEY (checklist_id) REFERENCES public.checklist(id);
ALTER TABLE ONLY public.inspection
    ADD CONSTRAINT fk_inspection_confirmed_by FOREIGN KEY (confirmed_by) REFERENCES public.person(id) ON DELETE SET NULL;
ALTER TABLE ONLY public.inspection
    ADD CONSTRAINT fk_inspection_person_id FOREIGN KEY (person_id) REFERENCES public.person(id) ON DELETE SET NULL;
ALTER TABLE ONLY public.inspection
    ADD CONSTRAINT fk_inspection_picture_id FOREIGN KEY (picture_id) REFERENCES public.picture(id) ON DELETE SET NULL;
ALTER TABLE ONLY public.inspection
    ADD CONSTRAINT fk_inspection_with_organisation_id FOREIGN KEY (with_organisation_id) REFERENCES public.organisation(id);
ALTER TABLE ONLY public.key_asset
    ADD CONSTRAINT fk_key_asset_asset_id FOREIGN KEY (asset_id) REFERENCES public.asset(id) ON DELETE CASCADE;
ALTER TABLE ONLY public.key_asset
    ADD CONSTRAINT fk_key_asset_key_id FOREIGN KEY (key_id) REFERENCES public.asset_key(id) ON DELETE CASCADE;
ALTER TABLE ONLY public.key_handover
    ADD CONSTRAINT fk_key_handover_giver_organisation_id FOREIGN KEY (giver_organisation_id) REFERENCES public.organisation(id) ON DELETE SET NULL;
ALTER TABLE ONLY public.key_handover
    ADD CONSTRAINT fk_key_handover_giver_person_id FOREIGN KEY (giver_person_id) REFERENCES public.person(id) ON DELETE SET NULL;
ALTER TABLE ONLY public.key_handover
    ADD CONSTRAINT fk_key_handover_key_id FOREIGN KEY (key_id) REFERENCES public.asset_key(id) ON DELETE CASCADE;
ALTER TABLE ONLY public.key_handover
    ADD CONSTRAINT fk_key_handover_receiver_organisation_id FOREIGN KEY (receiver_organisation_id) REFERENCES public.organisation(id) ON DELETE SET NULL;
ALTER TABLE ONLY public.key_handover
    ADD CONSTRAINT fk_key_handover_receiver_person_id FOREIGN KEY (receiver_person_id) REFERENCES public.person(id) ON DELETE SET NULL;
ALTER TABLE ONLY public.maintenance_duty
    ADD CONSTRAINT fk_maintenance_duty_asset_id FOREIGN KEY (asset_id) REFERENCES public.asset(id) ON DELETE CASCADE;
ALTER TABLE ONLY public.maintenance_duty
    ADD CONSTRAINT fk_maintenance_duty_organisation_id FOREIGN KEY (organisation_id) REFERENCES public.organisation(id);
ALTER TABLE ONLY public.mediation_case
    ADD CONSTRAINT fk_mediation_case_district_id FOREIGN KEY (district_id) REFERENCES public.district(id);
ALTER TABLE ONLY public.mediation_case
    ADD CONSTRAINT fk_mediation_case_platform_id FOREIGN KEY (platform_id) REFERENCES public.platform(id);
ALTER TABLE ONLY public.mediation_step
    ADD CONSTRAINT fk_mediation_step_case_id FOREIGN KEY (case_id) REFERENCES public.mediation_case(id) ON DELETE CASCADE;
ALTER TABLE ONLY public.membership
    ADD CONSTRAINT fk_membership_district_id FOREIGN KEY (district_id) REFERENCES public.district(id);
ALTER TABLE ONLY public.membership
    ADD CONSTRAINT fk_membership_organisation_id FOREIGN KEY (organisation_id) REFERENCES public.organisation(id);
ALTER TABLE ONLY public.membership
    ADD CONSTRAINT fk_membership_person_id FOREIGN KEY (person_id) REFERENCES public.person(id) ON DELETE CASCADE;
ALTER TABLE ONLY public.moderation_appeal
    ADD CONSTRAINT fk_moderation_appeal_decided_by FOREIGN KEY (decided_by) REFERENCES public.person(id) ON DELETE SET NULL;
ALTER TABLE ONLY public.moderation_appeal
    ADD CONSTRAINT fk_moderation_appeal_district_id FOREIGN KEY (district_id) REFERENCES public.district(id);
ALTER TABLE ONLY public.moderation_appeal
    ADD CONSTRAINT fk_moderation_appeal_settled_by FOREIGN KEY (settled_by) REFERENCES public.person(id) ON DELETE SET NULL;
ALTER TABLE ONLY public.moderation_appeal
    ADD CONSTRAINT fk_moderation_appeal_verdict_id FOREIGN KEY (verdict_id) REFERENCES public.moderation_verdict(id) ON DELETE CASCADE;
ALTER TABLE ONLY public.moderation_verdict
    ADD CONSTRAINT fk_moderation_verdict_asset_id FOREIGN KEY (asset_id) REFERENCES public.asset(id) ON DELETE CASCADE;
ALTER TABLE ONLY public.moderation_verdict
    ADD CONSTRAINT fk_moderation_verdict_defect_id FOREIGN KEY (defect_id) REFERENCES public.defect(id) ON DELETE CASCADE;
ALTER TABLE ONLY public.moderation_verdict
    ADD CONSTRAINT fk_moderation_verdict_person_id FOREIGN KEY (person_id) REFERENCES public.person(id) ON DELETE SET NULL;
ALTER TABLE ONLY public.money_move
    ADD CONSTRAINT fk_money_move_by_organisation_id FOREIGN KEY (by_organisation_id) REFERENCES public.organisation(id);
ALTER TABLE ONLY public.money_move
    ADD CONSTRAINT fk_money_move_line_id FOREIGN KEY (line_id) REFERENCES public.budget_line(id) ON DELETE CASCADE;
ALTER TABLE ONLY public.money_move
    ADD CONSTRAINT fk_money_move_to_line_id FOREIGN KEY (to_line_id) REFERENCES public.budget_line(id) ON DELETE CASCADE;
ALTER TABLE ONLY public.need_cell
    ADD CONSTRAINT fk_need_cell_area_id FOREIGN KEY (area_id) REFERENCES public.official_area(id) ON DELETE CASCADE;
ALTER TABLE ONLY public.need_cell
    ADD CONSTRAINT fk_need_cell_layer_id FOREIGN KEY (layer_id) REFERENCES public.need_layer(id) ON DELETE CASCADE;
ALTER TABLE ONLY public.need_layer
    ADD CONSTRAINT fk_need_layer_district_id FOREIGN KEY (district_id) REFERENCES public.district(id);
ALTER TABLE ONLY public.neighbourhood_answer
    ADD CONSTRAINT fk_neighbourhood_answer_district_id FOREIGN KEY (district_id) REFERENCES public.district(id);
ALTER TABLE ONLY public.neighbourhood_answer
    ADD CONSTRAINT fk_neighbourhood_answer_organic_area_id FOREIGN KEY (organic_area_id) REFERENCES public.organic_area(id) ON DELETE SET NULL;
ALTER TABLE ONLY public.neighbourhood_outline
    ADD CONSTRAINT fk_neighbourhood_outline_district_id FOREIGN KEY (district_id) REFERENCES public.district(id);
ALTER TABLE ONLY public.neighbourhood_outline
    ADD CONSTRAINT fk_neighbourhood_outline_organic_area_id FOREIGN KEY (organic_area_id) REFERENCES public.organic_area(id) ON DELETE CASCADE;
ALTER TABLE ONLY public.neighbourhood_outline
    ADD CONSTRAINT fk_neighbourhood_outline_organisation_id FOREIGN KEY (organisation_id) REFERENCES public.organisation(id);
ALTER TABLE ONLY public.neighbourhood_tally
    ADD CONSTRAINT fk_neighbourhood_tally_organic_area_id FOREIGN KEY (organic_area_id) REFERENCES public.organic_area(id) ON DELETE CASCADE;
ALTER TABLE ONLY public.norm_band
    ADD CONSTRAINT fk_norm_band_norm_id FOREIGN KEY (norm_id) REFERENCES public.norm(id) ON DELETE CASCADE;
ALTER TABLE ONLY public.norm
    ADD CONSTRAINT fk_norm_district_id FOREIGN KEY (district_id) REFERENCES public.district(id);
ALTER TABLE ONLY public.official_area
    ADD CONSTRAINT fk_official_area_district_id FOREIGN KEY (district_id) REFERENCES public.district(id);
ALTER TABLE ONLY public.official_area
    ADD CONSTRAINT fk_official_area_parent_id FOREIGN KEY (parent_id) REFERENCES public.official_area(id);
ALTER TABLE ONLY public.opening_hours
    ADD CONSTRAINT fk_opening_hours_asset_id FOREIGN KEY (asset_id) REFERENCES public.asset(id) ON DELETE CASCADE;
ALTER TABLE ONLY public.opening_hours
    ADD CONSTRAINT fk_opening_hours_organisation_id FOREIGN KEY (organisation_id) REFERENCES public.organisation(id);
ALTER TABLE ONLY public.organic_area
    ADD CONSTRAINT fk_organic_area_district_id FOREIGN KEY (district_id) REFERENCES public.district(id);
ALTER TABLE ONLY public.organisation_days
    ADD CONSTRAINT fk_organisation_days_organisation_id FOREIGN KEY (organisation_id) REFERENCES public.organisation(id) ON DELETE CASCADE;
ALTER TABLE ONLY public.organisation
    ADD CONSTRAINT fk_organisation_district_id FOREIGN KEY (district_id) REFERENCES public.district(id);
ALTER TABLE ONLY public.organisation
    ADD CONSTRAINT fk_organisation_mailbox_id FOREIGN KEY (mailbox_id) REFERENCES public.address(id) ON DELETE SET NULL;
ALTER TABLE ONLY public.own_word
    ADD CONSTRAINT fk_own_word_platform_id FOREIGN KEY (platform_id) REFERENCES public.platform(id) ON DELETE CASCADE;
ALTER TABLE ONLY public.ownership
    ADD CONSTRAINT fk_ownership_asset_id FOREIGN KEY (asset_id) REFERENCES public.asset(id) ON DELETE CASCADE;
ALTER TABLE ONLY public.ownership
    ADD CONSTRAINT fk_ownership_organisation_id FOREIGN KEY (organisation_id) REFERENCES public.organisation(id);
ALTER TABLE ONLY public.person
    ADD CONSTRAINT fk_person_address_id FOREIGN KEY (address_id) REFERENCES public.address(id);
ALTER TABLE ONLY public.picture
    ADD CONSTRAINT fk_picture_district_id FOREIGN KEY (district_id) REFERENCES public.district(id);
ALTER TABLE ONLY public.place_name
    ADD CONSTRAINT fk_place_name_district_id FOREIGN KEY (district_id) REFERENCES public.district(id);
ALTER TABLE ONLY public.place_name
    ADD CONSTRAINT fk_place_name_organic_area_id FOREIGN KEY (organic_area_id) REFERENCES public.organic_area(id) ON DELETE CASCADE;
ALTER TABLE ONLY public.plan_event
    ADD CONSTRAINT fk_plan_event_by_organisation_id FOREIGN KEY (by_organisation_id) REFERENCES public.organisation(id);
ALTER TABLE ONLY public.plan_event
    ADD CONSTRAINT fk_plan_event_item_id FOREIGN KEY (item_id) REFERENCES public.plan_item(id) ON DELETE CASCADE;
ALTER TABLE ONLY public.plan_event
    ADD CONSTRAINT fk_plan_event_line_id FOREIGN KEY (line_id) REFERENCES public.budget_line(id);
ALTER TABLE ONLY public.plan_event
    ADD CONSTRAINT fk_plan_event_picture_id FOREIGN KEY (picture_id) REFERENCES public.picture(id);
ALTER TABLE ONLY public.plan_item
    ADD CONSTRAINT fk_plan_item_asked_by FOREIGN KEY (asked_by) REFERENCES public.person(id) ON DELETE SET NULL;
ALTER TABLE ONLY public.plan_item
    ADD CONSTRAINT fk_plan_item_asset_id FOREIGN KEY (asset_id) REFERENCES public.asset(id) ON DELETE SET NULL;
ALTER TABLE ONLY public.plan_item
    ADD CONSTRAINT fk_plan_item_district_id FOREIGN KEY (district_id) REFERENCES public.district(id);
ALTER TABLE ONLY public.plan_item
    ADD CONSTRAINT fk_plan_item_keeper_id FOREIGN KEY (keeper_id) REFERENCES public.organisation(id);
ALTER TABLE ONLY public.plan_item
    ADD CONSTRAINT fk_plan_item_line_id FOREIGN KEY (line_id) REFERENCES public.budget_line(id);
ALTER TABLE ONLY public.plan_item
    ADD CONSTRAINT fk_plan_item_maker_id FOREIGN KEY (maker_id) REFERENCES public.organisation(id);
ALTER TABLE ONLY public.plan_item
    ADD CONSTRAINT fk_plan_item_organisation_id FOREIGN KEY (organisation_id) REFERENCES public.organisation(id);
ALTER TABLE ONLY public.plan_item
    ADD CONSTRAINT fk_plan_item_platform_id FOREIGN KEY (platform_id) REFERENCES public.platform(id) ON DELETE CASCADE;
ALTER TABLE ONLY public.plan_spending
    ADD CONSTRAINT fk_plan_spending_district_id FOREIGN KEY (district_id) REFERENCES public.district(id);
ALTER TABLE ONLY public.plan_spending
    ADD CONSTRAINT fk_plan_spending_item_id FOREIGN KEY (item_id) REFERENCES public.plan_item(id) ON DELETE CASCADE;
ALTER TABLE ONLY public.plan_spending
    ADD CONSTRAINT fk_plan_spending_line_id FOREIGN KEY (line_id) REFERENCES public.budget_line(id);
ALTER TABLE ONLY public.plan_spending
    ADD CONSTRAINT fk_plan_spending_look_id FOREIGN KEY (look_id) REFERENCES public.second_look(id) ON DELETE CASCADE;
ALTER TABLE ONLY public.plan_spending
    ADD CONSTRAINT fk_plan_spending_organisation_id FOREIGN KEY (organisation_id) REFERENCES public.organisation(id);
ALTER TABLE ONLY public.plan_spending
    ADD CONSTRAINT fk_plan_spending_picture_id FOREIGN KEY (picture_id) REFERENCES public.picture(id) ON DELETE SET NULL;
ALTER TABLE ONLY public.plan_spending
    ADD CONSTRAINT fk_plan_spending_receipt_id FOREIGN KEY (receipt_id) REFERENCES public.picture(id) ON DELETE SET NULL;
ALTER TABLE ONLY public.plan_spending
    ADD CONSTRAINT fk_plan_spending_settled_organisation_id FOREIGN KEY (settled_organisation_id) REFERENCES public.organisation(id);
ALTER TABLE ONLY public.plan_voice
    ADD CONSTRAINT fk_plan_voice_item_id FOREIGN KEY (item_id) REFERENCES public.plan_item(id) ON DELETE CASCADE;
ALTER TABLE ONLY public.plan_voice
    ADD CONSTRAINT fk_plan_voice_person_id FOREIGN KEY (person_id) REFERENCES public.person(id) ON DELETE SET NULL;
ALTER TABLE ONLY public.platform_area
    ADD CONSTRAINT fk_platform_area_district_id FOREIGN KEY (district_id) REFERENCES public.district(id);
ALTER TABLE ONLY public.platform_area
    ADD CONSTRAINT fk_platform_area_platform_id FOREIGN KEY (platform_id) REFERENCES public.platform(id) ON DELETE CASCADE;
ALTER TABLE ONLY public.platform
    ADD CONSTRAINT fk_platform_district_id FOREIGN KEY (district_id) REFERENCES public.district(id);
ALTER TABLE ONLY public.platform_mandate
    ADD CONSTRAINT fk_platform_mandate_platform_id FOREIGN KEY (platform_id) REFERENCES public.platform(id) ON DELETE CASCADE;
ALTER TABLE ONLY public.platform
    ADD CONSTRAINT fk_platform_organisation_id FOREIGN KEY (organisation_id) REFERENCES public.organisation(id);
ALTER TABLE ONLY public.platform
    ADD CONSTRAINT fk_platform_put_forward_by FOREIGN KEY (put_forward_by) REFERENCES public.person(id) ON DELETE SET NULL;
ALTER TABLE ONLY public.population_cell
    ADD CONSTRAINT fk_population_cell_area_id FOREIGN KEY (area_id) REFERENCES public.official_area(id) ON DELETE CASCADE;
ALTER TABLE ONLY public.population_cell
    ADD CONSTRAINT fk_population_cell_district_id FOREIGN KEY (district_id) REFERENCES public.district(id) ON DELETE CASCADE;
ALTER TABLE ONLY public.question
    ADD CONSTRAINT fk_question_district_id FOREIGN KEY (district_id) REFERENCES public.district(id);
ALTER TABLE ONLY public.question_event
    ADD CONSTRAINT fk_question_event_organisation_id FOREIGN KEY (organisation_id) REFERENCES public.organisation(id);
ALTER TABLE ONLY public.question_event
    ADD CONSTRAINT fk_question_event_question_id FOREIGN KEY (question_id) REFERENCES public.question(id) ON DELETE CASCADE;
ALTER TABLE ONLY public.question_event
    ADD CONSTRAINT fk_question_event_to_id FOREIGN KEY (to_id) REFERENCES public.organisation(id);
ALTER TABLE ONLY public.question_follower
    ADD CONSTRAINT fk_question_follower_person_id FOREIGN KEY (person_id) REFERENCES public.person(id) ON DELETE CASCADE;
ALTER TABLE ONLY public.question_follower
    ADD CONSTRAINT fk_question_follower_question_id FOREIGN KEY (question_id) REFERENCES public.question(id) ON DELETE CASCADE;
ALTER TABLE ONLY public.question
    ADD CONSTRAINT fk_question_organisation_id FOREIGN KEY (organisation_id) REFERENCES public.organisation(id);
ALTER TABLE ONLY public.question
    ADD CONSTRAINT fk_question_platform_id FOREIGN KEY (platform_id) REFERENCES public.platform(id);
ALTER TABLE ONLY public.recognition_entry
    ADD CONSTRAINT fk_recognition_entry_platform_id FOREIGN KEY (platform_id) REFERENCES public.recognition_file(platform_id) ON DELETE CASCADE;
ALTER TABLE ONLY public.recognition_evidence
    ADD CONSTRAINT fk_recognition_evidence_platform_id FOREIGN KEY (platform_id, criterion) REFERENCES public.recognition_entry(platform_id, criterion) ON DELETE CASCADE;
ALTER TABLE ONLY public.recognition_file
    ADD CONSTRAINT fk_recognition_file_list_id FOREIGN KEY (list_id) REFERENCES public.criteria_list(id);
ALTER TABLE ONLY public.recognition_file
    ADD CONSTRAINT fk_recognition_file_platform_id FOREIGN KEY (platform_id) REFERENCES public.platform(id) ON DELETE CASCADE;
ALTER TABLE ONLY public.recognition_remark
    ADD CONSTRAINT fk_recognition_remark_organisation_id FOREIGN KEY (organisation_id) REFERENCES public.organisation(id);
ALTER TABLE ONLY public.recognition_remark
    ADD CONSTRAINT fk_recognition_remark_platform_id FOREIGN KEY (platform_id) REFERENCES public.recognition_file(platform_id) ON DELETE CASCADE;
ALTER TABLE ONLY public.recognition_review
    ADD CONSTRAINT fk_recognition_review_list_id FOREIGN KEY (list_id) REFERENCES public.criteria_list(id);
ALTER TABLE ONLY public.recognition_review
    ADD CONSTRAINT fk_recognition_review_organisation_id FOREIGN KEY (organisation_id) REFERENCES public.organisation(id);
ALTER TABLE ONLY public.recognition_review
    ADD CONSTRAINT fk_recognition_review_platform_id FOREIGN KEY (platform_id) REFERENCES public.recognition_file(platform_id) ON DELETE CASCADE;
ALTER TABLE ONLY public.recovery_code
    ADD CONSTRAINT fk_recovery_code_person_id FOREIGN KEY (person_id) REFERENCES public.person(id) ON DELETE CASCADE;
ALTER TABLE ONLY public.removal_case
    ADD CONSTRAINT fk_removal_case_asset_id FOREIGN KEY (asset_id) REFERENCES public.asset(id) ON DELETE CASCADE;
ALTER TABLE ONLY public.removal_case
    ADD CONSTRAINT fk_removal_case_inspection_id FOREIGN KEY (inspection_id, asset_id, is_shared) REFERENCES public.inspection(id, asset_id, is_shared) ON DELETE CASCADE;
ALTER TABLE ONLY public.removal_request
    ADD CONSTRAINT fk_removal_request_asset_id FOREIGN KEY (asset_id) REFERENCES public.asset(id) ON DELETE CASCADE;
ALTER TABLE ONLY public.removal_request
    ADD CONSTRAINT fk_removal_request_case_id FOREIGN KEY (case_id) REFERENCES public.removal_case(id) ON DELETE CASCADE;
ALTER TABLE ONLY public.removal_request
    ADD CONSTRAINT fk_removal_request_look_id FOREIGN KEY (look_id) REFERENCES public.second_look(id) ON DELETE CASCADE;
ALTER TABLE ONLY public.removal_request
    ADD CONSTRAINT fk_removal_request_organisation_id FOREIGN KEY (organisation_id) REFERENCES public.organisation(id);
ALTER TABLE ONLY public.removal_request
    ADD CONSTRAINT fk_removal_request_settled_organisation_id FOREIGN KEY (settled_organisation_id) REFERENCES public.organisation(id);
ALTER TABLE ONLY public.routing_rule
    ADD CONSTRAINT fk_routing_rule_district_id FOREIGN KEY (district_id) REFERENCES public.district(id);
ALTER TABLE ONLY public.routing_rule
    ADD CONSTRAINT fk_routing_rule_official_area_id FOREIGN KEY (official_area_id) REFERENCES public.official_area(id);
ALTER TABLE ONLY public.routing_rule
    ADD CONSTRAINT fk_routing_rule_organic_area_id FOREIGN KEY (organic_area_id) REFERENCES public.organic_area(id) ON DELETE CASCADE;
ALTER TABLE ONLY public.routing_rule
    ADD CONSTRAINT fk_routing_rule_organisation_id FOREIGN KEY (organisation_id) REFERENCES public.organisation(id);
ALTER TABLE ONLY public.rung
    ADD CONSTRAINT fk_rung_contact_id FOREIGN KEY (contact_id) REFERENCES public.contact(id) ON DELETE CASCADE;
ALTER TABLE ONLY public.rung
    ADD CONSTRAINT fk_rung_organisation_id FOREIGN KEY (organisation_id) REFERENCES public.organisation(id) ON DELETE CASCADE;
ALTER TABLE ONLY public.search
    ADD CONSTRAINT fk_search_district_id FOREIGN KEY (district_id) REFERENCES public.district(id);
ALTER TABLE ONLY public.search
    ADD CONSTRAINT fk_search_person_id FOREIGN KEY (person_id) REFERENCES public.person(id) ON DELETE SET NULL;
ALTER TABLE ONLY public.second_factor
    ADD CONSTRAINT fk_second_factor_person_id FOREIGN KEY (person_id) REFERENCES public.person(id) ON DELETE CASCADE;
ALTER TABLE ONLY public.sighting
    ADD CONSTRAINT fk_sighting_asset_id FOREIGN KEY (asset_id) REFERENCES public.asset(id) ON DELETE CASCADE;
ALTER TABLE ONLY public.sighting
    ADD CONSTRAINT fk_sighting_picture_id FOREIGN KEY (picture_id) REFERENCES public.picture(id);
ALTER TABLE ONLY public.sign_in_link
    ADD CONSTRAINT fk_sign_in_link_address_id FOREIGN KEY (address_id) REFERENCES public.address(id) ON DELETE CASCADE;
ALTER TABLE ONLY public.support_consent
    ADD CONSTRAINT fk_support_consent_organisation_id FOREIGN KEY (organisation_id) REFERENCES public.organisation(id);
ALTER TABLE ONLY public.support_consent
    ADD CONSTRAINT fk_support_consent_supporter_id FOREIGN KEY (supporter_id) REFERENCES public.organisation(id);
ALTER TABLE ONLY public.upload
    ADD CONSTRAINT fk_upload_district_id FOREIGN KEY (district_id) REFERENCES public.district(id);
ALTER TABLE ONLY public.upload
    ADD CONSTRAINT fk_upload_person_id FOREIGN KEY (person_id) REFERENCES public.person(id) ON DELETE CASCADE;
ALTER TABLE ONLY public.walking_line
    ADD CONSTRAINT fk_walking_line_network_id FOREIGN KEY (network_id) REFERENCES public.walking_network(id) ON DELETE CASCADE;
ALTER TABLE ONLY public.walking_network
    ADD CONSTRAINT fk_walking_network_district_id FOREIGN KEY (district_id) REFERENCES public.district(id);
ALTER TABLE ONLY public.week_reader
    ADD CONSTRAINT fk_week_reader_person_id FOREIGN KEY (person_id) REFERENCES public.person(id) ON DELETE CASCADE;
ALTER TABLE ONLY public.week_reader
    ADD CONSTRAINT fk_week_reader_platform_id FOREIGN KEY (platform_id) REFERENCES public.platform(id) ON DELETE CASCADE;
