-- The outbox: what waits to leave, written in its cause's transaction.

CREATE TABLE outbox_message (
    id UUID NOT NULL,
    kind TEXT NOT NULL,
    payload JSONB NOT NULL,
    once_key TEXT NOT NULL,
    due_at TIMESTAMP WITH TIME ZONE NOT NULL,
    attempts INTEGER DEFAULT 0 NOT NULL,
    leased_until TIMESTAMP WITH TIME ZONE,
    sent_at TIMESTAMP WITH TIME ZONE,
    given_up_at TIMESTAMP WITH TIME ZONE,
    last_error TEXT,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    CONSTRAINT pk_outbox_message PRIMARY KEY (id),
    CONSTRAINT uq_outbox_message_once_key UNIQUE (once_key),
    CONSTRAINT ck_outbox_message_kind CHECK (kind ~ '^[a-z]+(_[a-z]+)*$'),
    CONSTRAINT ck_outbox_message_payload CHECK (jsonb_typeof(payload) = 'object' AND octet_length(payload::text) <= 2000 AND position('@' in payload::text) = 0),
    CONSTRAINT ck_outbox_message_once_key CHECK (length(once_key) BETWEEN 1 AND 200 AND position('@' in once_key) = 0),
    CONSTRAINT ck_outbox_message_attempts CHECK (attempts >= 0),
    CONSTRAINT ck_outbox_message_last_error CHECK (last_error ~ '^[A-Za-z_][A-Za-z0-9_]*$'),
    CONSTRAINT ck_outbox_message_one_fate CHECK (num_nonnulls(leased_until, sent_at, given_up_at) <= 1)
);
CREATE INDEX ix_outbox_message_waiting ON outbox_message (due_at, id) WHERE sent_at IS NULL AND given_up_at IS NULL;
CREATE INDEX ix_outbox_message_sent ON outbox_message (sent_at) WHERE sent_at IS NOT NULL;
CREATE INDEX ix_outbox_message_given_up ON outbox_message (given_up_at) WHERE given_up_at IS NOT NULL;
