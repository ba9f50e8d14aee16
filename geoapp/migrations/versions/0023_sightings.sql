-- "Still there": who of two sorts has seen a thing on which day, its photo, and verdicts on that.

CREATE TABLE sighting (
    id UUID NOT NULL,
    asset_id UUID NOT NULL,
    seen_on DATE NOT NULL,
    seen_by VARCHAR(24) NOT NULL,
    picture_id UUID,
    position SMALLINT,
    is_example BOOLEAN NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    CONSTRAINT pk_sighting PRIMARY KEY (id),
    CONSTRAINT uq_sighting_asset_id_position UNIQUE (asset_id, position),
    CONSTRAINT ck_sighting_position CHECK ((picture_id IS NULL) = (position IS NULL)),
    CONSTRAINT fk_sighting_asset_id FOREIGN KEY(asset_id) REFERENCES asset (id) ON DELETE CASCADE,
    CONSTRAINT ck_sighting_seen_by CHECK (seen_by IN ('public', 'keeper')),
    CONSTRAINT fk_sighting_picture_id FOREIGN KEY(picture_id) REFERENCES picture (id),
    CONSTRAINT uq_sighting_picture_id UNIQUE (picture_id)
);

CREATE INDEX ix_sighting_asset_id ON sighting (asset_id, seen_on);

ALTER TABLE moderation_verdict ALTER COLUMN defect_id DROP NOT NULL;
ALTER TABLE moderation_verdict ADD COLUMN asset_id UUID;
ALTER TABLE moderation_verdict ADD CONSTRAINT fk_moderation_verdict_asset_id FOREIGN KEY(asset_id) REFERENCES asset (id) ON DELETE CASCADE;
ALTER TABLE moderation_verdict DROP CONSTRAINT ck_moderation_verdict_target;
ALTER TABLE moderation_verdict ADD CONSTRAINT ck_moderation_verdict_target CHECK (target IN ('words', 'picture', 'voice', 'note', 'sighting'));
ALTER TABLE moderation_verdict ADD CONSTRAINT ck_moderation_verdict_thing CHECK ((asset_id IS NULL) <> (defect_id IS NULL) AND (asset_id IS NOT NULL) = (target = 'sighting'));
CREATE INDEX ix_moderation_verdict_asset_id ON moderation_verdict (asset_id) WHERE asset_id IS NOT NULL;
