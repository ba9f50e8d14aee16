-- Who runs a district's map, in slots that its file fills.

ALTER TABLE district ADD COLUMN operator JSONB NOT NULL DEFAULT '{}';
ALTER TABLE district ADD CONSTRAINT ck_district_operator CHECK (jsonb_typeof(operator) = 'object');
