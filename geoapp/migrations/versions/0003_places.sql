-- What may differ from place to place: its background map, and whether it is made up.

ALTER TABLE district ADD COLUMN background_url TEXT NOT NULL DEFAULT '';
ALTER TABLE district ADD COLUMN background_attribution TEXT NOT NULL DEFAULT '';
ALTER TABLE district ADD COLUMN is_example BOOLEAN NOT NULL DEFAULT false;
-- Until here one background map served every district.
UPDATE district SET
    background_url = 'https://service.pdok.nl/brt/achtergrondkaart/wmts/v2_0/grijs/EPSG:3857/{z}/{x}/{y}.png',
    background_attribution = 'Kaart: Kadaster / PDOK, CC BY 4.0';
ALTER TABLE district ADD CONSTRAINT ck_district_background CHECK (background_url = '' OR background_attribution <> '');
ALTER TABLE district ALTER COLUMN background_url DROP DEFAULT;
ALTER TABLE district ALTER COLUMN background_attribution DROP DEFAULT;
ALTER TABLE district ALTER COLUMN is_example DROP DEFAULT;
