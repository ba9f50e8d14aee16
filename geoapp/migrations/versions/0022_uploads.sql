-- Files of a register that wait to be loaded, for a day.

CREATE TABLE upload (
    id UUID NOT NULL,
    district_id UUID NOT NULL,
    person_id UUID NOT NULL,
    file_name TEXT NOT NULL,
    data BYTEA NOT NULL,
    choices JSONB NOT NULL,
    batch BIGINT,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    expires_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_upload PRIMARY KEY (id),
    CONSTRAINT ck_upload_file_name CHECK (length(file_name) BETWEEN 1 AND 100),
    CONSTRAINT ck_upload_data CHECK (octet_length(data) > 0),
    CONSTRAINT ck_upload_expires_at CHECK (expires_at > created_at),
    CONSTRAINT fk_upload_district_id FOREIGN KEY(district_id) REFERENCES district (id),
    CONSTRAINT fk_upload_person_id FOREIGN KEY(person_id) REFERENCES person (id) ON DELETE CASCADE
);

CREATE INDEX ix_upload_district_id ON upload (district_id);
CREATE INDEX ix_upload_person_id ON upload (person_id);
CREATE INDEX ix_upload_expires_at ON upload (expires_at);
