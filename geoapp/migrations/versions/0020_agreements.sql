-- Agreements with a beginning, an early end and a scan; keys, and each time one changed hands.

ALTER TABLE agreement ADD COLUMN starts_on DATE;
ALTER TABLE agreement ADD COLUMN remind_days SMALLINT DEFAULT '60' NOT NULL;
ALTER TABLE agreement ADD COLUMN reminded_for DATE;
ALTER TABLE agreement ADD COLUMN ended_on DATE;
ALTER TABLE agreement ADD COLUMN end_reason TEXT DEFAULT '' NOT NULL;
ALTER TABLE agreement ADD COLUMN version INTEGER DEFAULT '1' NOT NULL;
ALTER TABLE agreement ADD CONSTRAINT ck_agreement_starts_on CHECK (valid_to > starts_on);
ALTER TABLE agreement ADD CONSTRAINT ck_agreement_ended CHECK ((ended_on IS NULL) = (end_reason = ''));
ALTER TABLE agreement ADD CONSTRAINT ck_agreement_remind_days CHECK (remind_days BETWEEN 1 AND 365);
ALTER TABLE agreement ADD CONSTRAINT ck_agreement_version CHECK (version > 0);
DROP INDEX ix_agreement_district_id;
CREATE INDEX ix_agreement_district_id_valid_to ON agreement (district_id, valid_to);
CREATE INDEX ix_agreement_party_organisation_id ON agreement_party (organisation_id);

CREATE TABLE agreement_scan (
    agreement_id UUID NOT NULL,
    kind VARCHAR(24) NOT NULL,
    sealed BYTEA NOT NULL,
    byte_count INTEGER NOT NULL,
    added_on DATE NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    CONSTRAINT pk_agreement_scan PRIMARY KEY (agreement_id),
    CONSTRAINT ck_agreement_scan_byte_count CHECK (byte_count > 0),
    CONSTRAINT ck_agreement_scan_kind CHECK (kind IN ('application/pdf', 'image/jpeg', 'image/png')),
    CONSTRAINT fk_agreement_scan_agreement_id FOREIGN KEY(agreement_id) REFERENCES agreement (id) ON DELETE CASCADE
);
-- What is sealed does not get smaller.
ALTER TABLE agreement_scan ALTER COLUMN sealed SET STORAGE EXTERNAL;

CREATE TABLE asset_key (
    id UUID NOT NULL,
    district_id UUID NOT NULL,
    label TEXT NOT NULL,
    lost_on DATE,
    retired_on DATE,
    alarm TEXT,
    alarmed_on DATE,
    is_example BOOLEAN NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    CONSTRAINT pk_asset_key PRIMARY KEY (id),
    CONSTRAINT ck_asset_key_label CHECK (char_length(label) BETWEEN 1 AND 40),
    CONSTRAINT ck_asset_key_alarm CHECK ((alarm IS NULL) = (alarmed_on IS NULL)),
    CONSTRAINT fk_asset_key_district_id FOREIGN KEY(district_id) REFERENCES district (id)
);
CREATE INDEX ix_asset_key_district_id ON asset_key (district_id);

CREATE TABLE key_asset (
    key_id UUID NOT NULL,
    asset_id UUID NOT NULL,
    CONSTRAINT pk_key_asset PRIMARY KEY (key_id, asset_id),
    CONSTRAINT fk_key_asset_key_id FOREIGN KEY(key_id) REFERENCES asset_key (id) ON DELETE CASCADE,
    CONSTRAINT fk_key_asset_asset_id FOREIGN KEY(asset_id) REFERENCES asset (id) ON DELETE CASCADE
);
CREATE INDEX ix_key_asset_asset_id ON key_asset (asset_id);

CREATE TABLE key_handover (
    id UUID NOT NULL,
    key_id UUID NOT NULL,
    giver_person_id UUID,
    giver_organisation_id UUID,
    receiver_person_id UUID,
    receiver_organisation_id UUID,
    opened_at TIMESTAMP WITH TIME ZONE NOT NULL,
    given_at TIMESTAMP WITH TIME ZONE,
    received_at TIMESTAMP WITH TIME ZONE,
    closed_at TIMESTAMP WITH TIME ZONE,
    outcome VARCHAR(24),
    CONSTRAINT pk_key_handover PRIMARY KEY (id),
    CONSTRAINT ck_key_handover_giver CHECK (num_nonnulls(giver_person_id, giver_organisation_id) <= 1),
    CONSTRAINT ck_key_handover_receiver CHECK (num_nonnulls(receiver_person_id, receiver_organisation_id) <= 1),
    CONSTRAINT ck_key_handover_closed CHECK ((closed_at IS NULL) = (outcome IS NULL)),
    CONSTRAINT ck_key_handover_done CHECK ((outcome IS NOT DISTINCT FROM 'done') = (num_nonnulls(given_at, received_at) = 2)),
    CONSTRAINT ck_key_handover_outcome CHECK (outcome IN ('done', 'refused', 'withdrawn')),
    CONSTRAINT fk_key_handover_key_id FOREIGN KEY(key_id) REFERENCES asset_key (id) ON DELETE CASCADE,
    CONSTRAINT fk_key_handover_giver_person_id FOREIGN KEY(giver_person_id) REFERENCES person (id) ON DELETE SET NULL,
    CONSTRAINT fk_key_handover_giver_organisation_id FOREIGN KEY(giver_organisation_id) REFERENCES organisation (id) ON DELETE SET NULL,
    CONSTRAINT fk_key_handover_receiver_person_id FOREIGN KEY(receiver_person_id) REFERENCES person (id) ON DELETE SET NULL,
    CONSTRAINT fk_key_handover_receiver_organisation_id FOREIGN KEY(receiver_organisation_id) REFERENCES organisation (id) ON DELETE SET NULL
);
CREATE INDEX ix_key_handover_key_id ON key_handover (key_id);
CREATE INDEX ix_key_handover_giver_person_id ON key_handover (giver_person_id);
CREATE INDEX ix_key_handover_giver_organisation_id ON key_handover (giver_organisation_id);
CREATE INDEX ix_key_handover_receiver_person_id ON key_handover (receiver_person_id);
CREATE INDEX ix_key_handover_receiver_organisation_id ON key_handover (receiver_organisation_id);
CREATE UNIQUE INDEX uq_key_handover_open ON key_handover (key_id) WHERE closed_at IS NULL;
CREATE INDEX ix_key_handover_done ON key_handover (key_id, closed_at, id) WHERE outcome = 'done';

-- What was said of a key stays said: empty may be filled while it is open, a name may be emptied.
CREATE FUNCTION refuse_other_hands() RETURNS trigger LANGUAGE plpgsql AS $$
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
CREATE TRIGGER append_only BEFORE UPDATE ON key_handover
    FOR EACH ROW EXECUTE FUNCTION refuse_other_hands();
