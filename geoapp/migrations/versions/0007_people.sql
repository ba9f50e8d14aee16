-- People: persons, their addresses under lock, roles, consents, contacts; how they sign in; who
-- follows a report; how long what is kept; the version of a platform's words.

ALTER TABLE organisation DROP CONSTRAINT ck_organisation_kind;
ALTER TABLE organisation ADD CONSTRAINT ck_organisation_kind CHECK (kind IN ('municipality', 'contractor', 'platform', 'residents', 'fund', 'sponsor', 'support'));

ALTER TABLE platform ADD COLUMN version INTEGER DEFAULT 1 NOT NULL;

ALTER TABLE district ADD COLUMN contact_days SMALLINT DEFAULT 90 NOT NULL;
ALTER TABLE district DROP CONSTRAINT ck_district_days;
ALTER TABLE district ADD CONSTRAINT ck_district_days CHECK (answer_days > 0 AND acceptance_days > 0 AND silence_days > 0 AND contact_days > 0);

CREATE TABLE address (
    id UUID NOT NULL,
    look_up BYTEA NOT NULL,
    sealed BYTEA NOT NULL,
    language TEXT NOT NULL,
    confirmed_at TIMESTAMP WITH TIME ZONE,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    CONSTRAINT pk_address PRIMARY KEY (id),
    CONSTRAINT ck_address_look_up CHECK (octet_length(look_up) = 32),
    CONSTRAINT uq_address_look_up UNIQUE (look_up)
);

CREATE TABLE retention (
    kind VARCHAR(24) NOT NULL,
    days SMALLINT NOT NULL,
    CONSTRAINT pk_retention PRIMARY KEY (kind),
    CONSTRAINT ck_retention_days CHECK (days BETWEEN 1 AND 3660),
    CONSTRAINT ck_retention_kind CHECK (kind IN ('sign_ins', 'mails', 'keys', 'idle_accounts', 'audit_persons'))
);

CREATE TABLE person (
    id UUID NOT NULL,
    address_id UUID NOT NULL,
    name TEXT NOT NULL,
    chain_id UUID NOT NULL,
    rights_version INTEGER NOT NULL,
    last_seen_on DATE NOT NULL,
    is_example BOOLEAN NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    CONSTRAINT pk_person PRIMARY KEY (id),
    CONSTRAINT ck_person_name CHECK (char_length(name) <= 80),
    CONSTRAINT uq_person_address_id UNIQUE (address_id),
    CONSTRAINT uq_person_chain_id UNIQUE (chain_id),
    CONSTRAINT fk_person_address_id FOREIGN KEY(address_id) REFERENCES address (id)
);

CREATE TABLE sign_in_link (
    id UUID NOT NULL,
    address_id UUID NOT NULL,
    next_path TEXT NOT NULL,
    expires_at TIMESTAMP WITH TIME ZONE NOT NULL,
    used_at TIMESTAMP WITH TIME ZONE,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    CONSTRAINT pk_sign_in_link PRIMARY KEY (id),
    CONSTRAINT fk_sign_in_link_address_id FOREIGN KEY(address_id) REFERENCES address (id) ON DELETE CASCADE
);

CREATE INDEX ix_sign_in_link_address_id ON sign_in_link (address_id);

CREATE TABLE account_session (
    digest BYTEA NOT NULL,
    person_id UUID NOT NULL,
    rights_version INTEGER NOT NULL,
    signed_in_at TIMESTAMP WITH TIME ZONE NOT NULL,
    expires_at TIMESTAMP WITH TIME ZONE NOT NULL,
    factor_until TIMESTAMP WITH TIME ZONE,
    CONSTRAINT pk_account_session PRIMARY KEY (digest),
    CONSTRAINT ck_account_session_digest CHECK (octet_length(digest) = 32),
    CONSTRAINT fk_account_session_person_id FOREIGN KEY(person_id) REFERENCES person (id) ON DELETE CASCADE
);

CREATE INDEX ix_account_session_person_id ON account_session (person_id);

CREATE TABLE api_token (
    id UUID NOT NULL,
    person_id UUID NOT NULL,
    name TEXT NOT NULL,
    digest BYTEA NOT NULL,
    scopes TEXT[] NOT NULL,
    expires_on DATE NOT NULL,
    has_second_factor BOOLEAN NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    CONSTRAINT pk_api_token PRIMARY KEY (id),
    CONSTRAINT ck_api_token_digest CHECK (octet_length(digest) = 32),
    CONSTRAINT fk_api_token_person_id FOREIGN KEY(person_id) REFERENCES person (id) ON DELETE CASCADE,
    CONSTRAINT uq_api_token_digest UNIQUE (digest)
);

CREATE INDEX ix_api_token_person_id ON api_token (person_id);

CREATE TABLE contact (
    id UUID NOT NULL,
    district_id UUID NOT NULL,
    organisation_id UUID NOT NULL,
    role_name TEXT NOT NULL,
    how_to_reach TEXT NOT NULL,
    mandate VARCHAR(24) NOT NULL,
    person_id UUID,
    deputy_id UUID,
    is_example BOOLEAN NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    CONSTRAINT pk_contact PRIMARY KEY (id),
    CONSTRAINT ck_contact_role_name CHECK (char_length(role_name) BETWEEN 1 AND 80),
    CONSTRAINT ck_contact_how_to_reach CHECK (char_length(how_to_reach) BETWEEN 1 AND 200),
    CONSTRAINT uq_contact_organisation_id_role_name UNIQUE (organisation_id, role_name),
    CONSTRAINT fk_contact_district_id FOREIGN KEY(district_id) REFERENCES district (id),
    CONSTRAINT fk_contact_organisation_id FOREIGN KEY(organisation_id) REFERENCES organisation (id),
    CONSTRAINT ck_contact_mandate CHECK (mandate IN ('decides', 'advises', 'passes_on')),
    CONSTRAINT fk_contact_person_id FOREIGN KEY(person_id) REFERENCES person (id) ON DELETE SET NULL,
    CONSTRAINT fk_contact_deputy_id FOREIGN KEY(deputy_id) REFERENCES person (id) ON DELETE SET NULL
);

CREATE TABLE membership (
    id UUID NOT NULL,
    person_id UUID NOT NULL,
    role VARCHAR(24) NOT NULL,
    district_id UUID,
    organisation_id UUID,
    valid_from DATE NOT NULL,
    valid_to DATE,
    ended_at TIMESTAMP WITH TIME ZONE,
    is_example BOOLEAN NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    CONSTRAINT pk_membership PRIMARY KEY (id),
    CONSTRAINT ck_membership_valid CHECK (valid_to IS NULL OR valid_to > valid_from),
    CONSTRAINT ck_membership_scope CHECK ((role = 'administrator') = (district_id IS NULL)),
    CONSTRAINT ck_membership_organisation CHECK (organisation_id IS NOT NULL OR role IN ('commission_member', 'mediating_team', 'moderator', 'administrator')),
    CONSTRAINT ck_membership_given CHECK (role NOT IN ('anonymous', 'resident')),
    CONSTRAINT fk_membership_person_id FOREIGN KEY(person_id) REFERENCES person (id) ON DELETE CASCADE,
    CONSTRAINT ck_membership_role CHECK (role IN ('anonymous', 'resident', 'platform_member', 'platform_manager', 'maintainer', 'district_officer', 'commission_member', 'mediating_team', 'support', 'moderator', 'administrator')),
    CONSTRAINT fk_membership_district_id FOREIGN KEY(district_id) REFERENCES district (id),
    CONSTRAINT fk_membership_organisation_id FOREIGN KEY(organisation_id) REFERENCES organisation (id)
);

CREATE INDEX ix_membership_organisation_id ON membership (organisation_id);
CREATE INDEX ix_membership_person_id ON membership (person_id);

CREATE TABLE recovery_code (
    person_id UUID NOT NULL,
    look_up BYTEA NOT NULL,
    CONSTRAINT pk_recovery_code PRIMARY KEY (person_id, look_up),
    CONSTRAINT fk_recovery_code_person_id FOREIGN KEY(person_id) REFERENCES person (id) ON DELETE CASCADE
);

CREATE TABLE second_factor (
    person_id UUID NOT NULL,
    sealed BYTEA NOT NULL,
    last_step BIGINT NOT NULL,
    confirmed_at TIMESTAMP WITH TIME ZONE,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    CONSTRAINT pk_second_factor PRIMARY KEY (person_id),
    CONSTRAINT fk_second_factor_person_id FOREIGN KEY(person_id) REFERENCES person (id) ON DELETE CASCADE
);

CREATE TABLE support_consent (
    id UUID NOT NULL,
    organisation_id UUID NOT NULL,
    supporter_id UUID NOT NULL,
    given_at TIMESTAMP WITH TIME ZONE NOT NULL,
    ended_at TIMESTAMP WITH TIME ZONE,
    is_example BOOLEAN NOT NULL,
    CONSTRAINT pk_support_consent PRIMARY KEY (id),
    CONSTRAINT ck_support_consent_not_itself CHECK (supporter_id <> organisation_id),
    CONSTRAINT fk_support_consent_organisation_id FOREIGN KEY(organisation_id) REFERENCES organisation (id),
    CONSTRAINT fk_support_consent_supporter_id FOREIGN KEY(supporter_id) REFERENCES organisation (id)
);

CREATE INDEX ix_support_consent_supporter_id ON support_consent (supporter_id);
CREATE UNIQUE INDEX uq_support_consent_open ON support_consent (organisation_id, supporter_id) WHERE ended_at IS NULL;

CREATE TABLE contact_scope (
    id UUID NOT NULL,
    contact_id UUID NOT NULL,
    official_area_id UUID,
    organic_area_id UUID,
    theme VARCHAR(24),
    CONSTRAINT pk_contact_scope PRIMARY KEY (id),
    CONSTRAINT ck_contact_scope_one_area CHECK (official_area_id IS NULL OR organic_area_id IS NULL),
    CONSTRAINT uq_contact_scope_whole UNIQUE NULLS NOT DISTINCT (contact_id, official_area_id, organic_area_id, theme),
    CONSTRAINT fk_contact_scope_contact_id FOREIGN KEY(contact_id) REFERENCES contact (id) ON DELETE CASCADE,
    CONSTRAINT fk_contact_scope_official_area_id FOREIGN KEY(official_area_id) REFERENCES official_area (id),
    CONSTRAINT fk_contact_scope_organic_area_id FOREIGN KEY(organic_area_id) REFERENCES organic_area (id) ON DELETE CASCADE,
    CONSTRAINT ck_contact_scope_theme CHECK (theme IN ('repair', 'cleaning', 'green', 'play_sport', 'safety', 'money', 'permits', 'other'))
);

CREATE INDEX ix_contact_scope_official_area_id ON contact_scope (official_area_id);
CREATE INDEX ix_contact_scope_organic_area_id ON contact_scope (organic_area_id);

CREATE TABLE defect_follower (
    id UUID NOT NULL,
    defect_id UUID NOT NULL,
    address_id UUID NOT NULL,
    is_reporter BOOLEAN NOT NULL,
    confirmed_at TIMESTAMP WITH TIME ZONE,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    CONSTRAINT pk_defect_follower PRIMARY KEY (id),
    CONSTRAINT uq_defect_follower_defect_id_address_id UNIQUE (defect_id, address_id),
    CONSTRAINT fk_defect_follower_defect_id FOREIGN KEY(defect_id) REFERENCES defect (id) ON DELETE CASCADE,
    CONSTRAINT fk_defect_follower_address_id FOREIGN KEY(address_id) REFERENCES address (id) ON DELETE CASCADE
);

CREATE INDEX ix_defect_follower_address_id ON defect_follower (address_id);

