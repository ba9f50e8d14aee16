DROP TABLE removal_request;
DROP TABLE removal_case;
DROP TABLE inspection;
DROP TABLE checklist;
DELETE FROM asset_event WHERE kind = 'removed';
ALTER TABLE asset_event DROP CONSTRAINT ck_asset_event_kind;
ALTER TABLE asset_event ADD CONSTRAINT ck_asset_event_kind CHECK (kind IN ('planned', 'built', 'registered', 'deregistered', 'inspected', 'seen', 'moved', 'owned', 'replaced', 'reviewed'));
