-- What waits for a moderator is read by district: what waits in another is not gone through.

ALTER TABLE moderation_appeal ADD COLUMN district_id UUID;
UPDATE moderation_appeal SET district_id = defect.district_id
FROM moderation_verdict JOIN defect ON defect.id = moderation_verdict.defect_id
WHERE moderation_verdict.id = moderation_appeal.verdict_id;
ALTER TABLE moderation_appeal ALTER COLUMN district_id SET NOT NULL;
ALTER TABLE moderation_appeal ADD CONSTRAINT fk_moderation_appeal_district_id
    FOREIGN KEY (district_id) REFERENCES district (id);

DROP INDEX ix_moderation_appeal_open;
DROP INDEX ix_defect_words_held;
DROP INDEX ix_picture_held;
CREATE INDEX ix_moderation_appeal_open ON moderation_appeal (district_id, id) WHERE outcome IS NULL;
CREATE INDEX ix_defect_words_held ON defect (district_id, id) WHERE words_state = 'held';
CREATE INDEX ix_picture_held ON picture (district_id, id) WHERE state = 'held';
