-- Routing: who gets a report first that no duty speaks for, by area and category.

CREATE TABLE routing_rule (
    id UUID NOT NULL,
    district_id UUID NOT NULL,
    official_area_id UUID,
    organic_area_id UUID,
    category VARCHAR(24),
    organisation_id UUID NOT NULL,
    is_example BOOLEAN NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    CONSTRAINT pk_routing_rule PRIMARY KEY (id),
    CONSTRAINT ck_routing_rule_one_area CHECK (official_area_id IS NULL OR organic_area_id IS NULL),
    CONSTRAINT uq_routing_rule_whole UNIQUE NULLS NOT DISTINCT (district_id, official_area_id, organic_area_id, category),
    CONSTRAINT fk_routing_rule_district_id FOREIGN KEY(district_id) REFERENCES district (id),
    CONSTRAINT fk_routing_rule_official_area_id FOREIGN KEY(official_area_id) REFERENCES official_area (id),
    CONSTRAINT fk_routing_rule_organic_area_id FOREIGN KEY(organic_area_id) REFERENCES organic_area (id) ON DELETE CASCADE,
    CONSTRAINT ck_routing_rule_category CHECK (category IN ('broken', 'dirty', 'full', 'litter', 'unsafe', 'missing', 'closed', 'other')),
    CONSTRAINT fk_routing_rule_organisation_id FOREIGN KEY(organisation_id) REFERENCES organisation (id)
);

CREATE INDEX ix_routing_rule_official_area_id ON routing_rule (official_area_id);
CREATE INDEX ix_routing_rule_organic_area_id ON routing_rule (organic_area_id);
CREATE INDEX ix_routing_rule_organisation_id ON routing_rule (organisation_id);
