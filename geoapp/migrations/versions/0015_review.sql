ALTER TABLE defect_event DROP CONSTRAINT ck_defect_event_kind;
ALTER TABLE defect_event ADD CONSTRAINT ck_defect_event_kind CHECK (kind IN ('reported', 'taken', 'promised', 'missed', 'asked', 'passed_on', 'accepted', 'returned', 'handled', 'city_answered', 'refused', 'refused_again', 'said_solved', 'said_good', 'said_not_good', 'said_broken_again', 'settled', 'checked', 'checked_not_good', 'climbed', 'lapsed', 'reviewed', 'merged', 'joined', 'joined_open', 'unmerged', 'withdrawn', 'retaken', 'removed'));

CREATE INDEX ix_defect_to_check ON defect USING gist (point) WHERE file = 'public' AND ((state = 'mixed') OR (state = 'disputed' AND work = 'handled') OR (state = 'lapsed' AND work = 'handled'));
