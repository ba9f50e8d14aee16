-- Imports: what each changed, so that it can be undone.

CREATE TABLE import_batch (
    id UUID NOT NULL,
    number BIGINT GENERATED ALWAYS AS IDENTITY,
    file_name TEXT NOT NULL,
    layout TEXT NOT NULL,
    digest TEXT NOT NULL,
    new_count INTEGER NOT NULL,
    changed_count INTEGER NOT NULL,
    columns JSONB NOT NULL,
    imported_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    undone_at TIMESTAMP WITH TIME ZONE,
    CONSTRAINT pk_import_batch PRIMARY KEY (id),
    CONSTRAINT uq_import_batch_number UNIQUE (number)
);

CREATE TABLE import_change (
    batch_id UUID NOT NULL,
    position INTEGER NOT NULL,
    table_name TEXT NOT NULL,
    row_key JSONB NOT NULL,
    before JSONB,
    fingerprint TEXT NOT NULL,
    CONSTRAINT pk_import_change PRIMARY KEY (batch_id, position),
    CONSTRAINT fk_import_change_batch_id FOREIGN KEY(batch_id) REFERENCES import_batch (id) ON DELETE CASCADE
);
