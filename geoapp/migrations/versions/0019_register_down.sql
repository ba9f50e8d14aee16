DELETE FROM asset_event WHERE kind IN ('owned', 'replaced', 'reviewed');
ALTER TABLE asset_event DROP CONSTRAINT ck_asset_event_kind;
ALTER TABLE asset_event ADD CONSTRAINT ck_asset_event_kind CHECK (kind IN ('planned', 'built', 'registered', 'deregistered', 'inspected', 'seen', 'moved'));

UPDATE maintenance_duty SET until = starts_on + 1 WHERE until = starts_on;
ALTER TABLE maintenance_duty DROP CONSTRAINT ck_maintenance_duty_until;
ALTER TABLE maintenance_duty ADD CONSTRAINT ck_maintenance_duty_until CHECK (until IS NULL OR starts_on IS NULL OR until > starts_on);

ALTER TABLE asset DROP COLUMN review_on;
ALTER TABLE asset DROP COLUMN planned_on;
DROP TABLE asset_contract;
DROP TABLE framework_contract;
DROP TABLE ownership;
