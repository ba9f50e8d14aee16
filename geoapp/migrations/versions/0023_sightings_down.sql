-- Back to reports alone: what was said of photos of things goes.

DELETE FROM moderation_verdict WHERE asset_id IS NOT NULL;
DROP INDEX ix_moderation_verdict_asset_id;
ALTER TABLE moderation_verdict DROP CONSTRAINT ck_moderation_verdict_thing;
ALTER TABLE moderation_verdict DROP CONSTRAINT ck_moderation_verdict_target;
ALTER TABLE moderation_verdict ADD CONSTRAINT ck_moderation_verdict_target CHECK (target IN ('words', 'picture', 'voice', 'note'));
ALTER TABLE moderation_verdict DROP COLUMN asset_id;
ALTER TABLE moderation_verdict ALTER COLUMN defect_id SET NOT NULL;

-- Their photos lead nowhere then; the sweep takes the files.
WITH gone AS (DELETE FROM sighting RETURNING picture_id)
DELETE FROM picture WHERE id IN (SELECT picture_id FROM gone);
DROP TABLE sighting;
