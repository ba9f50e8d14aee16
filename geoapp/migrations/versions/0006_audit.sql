-- The audit: one chain per thing, values in rows that can be erased; and second looks.

CREATE TABLE audit_chain (
    thing_kind TEXT NOT NULL,
    thing_id UUID NOT NULL,
    length INTEGER NOT NULL,
    head BYTEA NOT NULL,
    CONSTRAINT pk_audit_chain PRIMARY KEY (thing_kind, thing_id),
    CONSTRAINT ck_audit_chain_length CHECK (length > 0),
    CONSTRAINT ck_audit_chain_head CHECK (octet_length(head) = 32)
);

CREATE TABLE audit_entry (
    id UUID NOT NULL,
    thing_kind TEXT NOT NULL,
    thing_id UUID NOT NULL,
    position INTEGER NOT NULL,
    at TIMESTAMP WITH TIME ZONE NOT NULL,
    action TEXT NOT NULL,
    is_refused BOOLEAN NOT NULL,
    who_digest BYTEA NOT NULL,
    what_digest BYTEA NOT NULL,
    previous BYTEA NOT NULL,
    digest BYTEA NOT NULL,
    CONSTRAINT pk_audit_entry PRIMARY KEY (id),
    CONSTRAINT fk_audit_entry_thing_kind FOREIGN KEY(thing_kind, thing_id) REFERENCES audit_chain (thing_kind, thing_id),
    CONSTRAINT uq_audit_entry_thing_kind_thing_id_position UNIQUE (thing_kind, thing_id, position),
    CONSTRAINT ck_audit_entry_position CHECK (position > 0),
    CONSTRAINT ck_audit_entry_action CHECK (action <> ''),
    CONSTRAINT ck_audit_entry_digests CHECK (octet_length(who_digest) = 32 AND octet_length(what_digest) = 32 AND octet_length(previous) = 32 AND octet_length(digest) = 32)
);

CREATE TABLE audit_part (
    entry_id UUID NOT NULL,
    part VARCHAR(24) NOT NULL,
    salt BYTEA NOT NULL,
    person_id UUID,
    content TEXT NOT NULL,
    CONSTRAINT pk_audit_part PRIMARY KEY (entry_id, part),
    CONSTRAINT fk_audit_part_entry_id FOREIGN KEY(entry_id) REFERENCES audit_entry (id),
    CONSTRAINT ck_audit_part_part CHECK (part IN ('who', 'what')),
    CONSTRAINT ck_audit_part_salt CHECK (octet_length(salt) = 32)
);
CREATE INDEX ix_audit_part_person_id ON audit_part (person_id, entry_id) WHERE person_id IS NOT NULL;

CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON audit_entry
    FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER keep_all BEFORE TRUNCATE ON audit_entry
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
-- To delete a part is to erase it; a changed one would be a lie.
CREATE TRIGGER append_only BEFORE UPDATE ON audit_part
    FOR EACH ROW EXECUTE FUNCTION refuse_change();

CREATE TABLE second_look (
    id UUID NOT NULL,
    thing_kind TEXT NOT NULL,
    thing_id UUID NOT NULL,
    action TEXT NOT NULL,
    payload JSONB NOT NULL,
    asked_by UUID,
    asked_at TIMESTAMP WITH TIME ZONE NOT NULL,
    settled_by UUID,
    settled_at TIMESTAMP WITH TIME ZONE,
    verdict VARCHAR(24),
    CONSTRAINT pk_second_look PRIMARY KEY (id),
    CONSTRAINT ck_second_look_second CHECK (settled_by <> asked_by),
    CONSTRAINT ck_second_look_asked_by CHECK (asked_by IS NOT NULL OR verdict IS NOT NULL),
    CONSTRAINT ck_second_look_settled_by CHECK (settled_by IS NULL OR verdict IS NOT NULL),
    CONSTRAINT ck_second_look_settled_at CHECK ((settled_at IS NULL) = (verdict IS NULL)),
    CONSTRAINT ck_second_look_verdict CHECK (verdict IN ('confirmed', 'refused'))
);
CREATE UNIQUE INDEX uq_second_look_open ON second_look (thing_kind, thing_id, action) WHERE verdict IS NULL;
