DELETE FROM moderation_verdict WHERE target = 'note';
ALTER TABLE moderation_verdict DROP CONSTRAINT ck_moderation_verdict_target;
ALTER TABLE moderation_verdict ADD CONSTRAINT ck_moderation_verdict_target CHECK (target IN ('words', 'picture', 'voice'));
ALTER TABLE moderation_verdict DROP CONSTRAINT ck_moderation_verdict_position;
ALTER TABLE moderation_verdict ADD CONSTRAINT ck_moderation_verdict_position CHECK ((target IN ('picture', 'voice')) = (position IS NOT NULL));
-- Hidden words do not come back with an older version, which could not keep them hidden.
ALTER TABLE defect_event DISABLE TRIGGER append_only;
UPDATE defect_event SET note = defect_note.note
FROM defect_note WHERE defect_note.event_id = defect_event.id AND words_state = 'shown';
ALTER TABLE defect_event ENABLE TRIGGER append_only;
DROP TABLE defect_note;
DELETE FROM defect_call WHERE person_id IS NULL;
ALTER TABLE defect_call DROP CONSTRAINT uq_defect_call_whom;
ALTER TABLE defect_call DROP CONSTRAINT ck_defect_call_whom;
ALTER TABLE defect_call DROP COLUMN address_id;
ALTER TABLE defect_call ALTER COLUMN person_id SET NOT NULL;
ALTER TABLE defect_call ADD CONSTRAINT uq_defect_call_defect_id_organisation_id_person_id UNIQUE (defect_id, organisation_id, person_id);
ALTER TABLE organisation DROP COLUMN mailbox_id;
DROP TABLE rung;
DROP TABLE organisation_days;
