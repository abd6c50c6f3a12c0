-- Services call the API too, and so far only people could sign in. A service gets an API key: a secret
-- that says what it may do, until when, how often, and which rooms it may read.
--
-- Only the hash of a secret is stored, in a table of its own, because a rotated key can have two for a
-- while. A key that was created by another key is never wider than that one, and is revoked with it.
-- What a key may do never changes, so keys that descend from it need no second look.

CREATE TABLE api_keys (
    id                  uuid        PRIMARY KEY DEFAULT uuid_v7(),
    prefix              text        NOT NULL UNIQUE CHECK (prefix ~ '^roost_live_[a-z2-7]{10}$'),
    name                text        NOT NULL CHECK (char_length(name) BETWEEN 1 AND 100),
    scopes              text[]      NOT NULL CHECK (
        cardinality(scopes) >= 1 AND scopes <@ ARRAY[
            'search', 'rooms:write', 'venues:write', 'requests:write', 'feed:read', 'metrics:read',
            'admin'
        ]
    ),
    filters             text[]      NOT NULL DEFAULT '{}' CHECK (cardinality(filters) <= 5),
    requests_per_minute integer     NOT NULL CHECK (requests_per_minute BETWEEN 1 AND 1000000),
    user_id             uuid        REFERENCES users (id) ON DELETE CASCADE,
    parent_id           uuid        REFERENCES api_keys (id) ON DELETE CASCADE,
    ancestors           uuid[]      NOT NULL DEFAULT '{}' CHECK (cardinality(ancestors) <= 4),
    created_at          timestamptz NOT NULL DEFAULT now(),
    expires_at          timestamptz,
    revoked_at          timestamptz,
    last_used_at        timestamptz,
    CHECK (cardinality(filters) = 0 OR scopes = ARRAY['search']),
    CHECK ((parent_id IS NULL) = (cardinality(ancestors) = 0)),
    CHECK (parent_id IS NULL OR parent_id = ancestors[cardinality(ancestors)])
);
CREATE INDEX api_keys_user_idx ON api_keys (user_id) WHERE user_id IS NOT NULL;
CREATE INDEX api_keys_parent_idx ON api_keys (parent_id) WHERE parent_id IS NOT NULL;
CREATE INDEX api_keys_ancestors_idx ON api_keys USING gin (ancestors);
COMMENT ON TABLE  api_keys                     IS 'Keys by which services call the API';
COMMENT ON COLUMN api_keys.prefix              IS 'The readable start of the secret, by which people recognize the key';
COMMENT ON COLUMN api_keys.scopes              IS 'What the key may do. Of a key with a user, at most what the current role of the user allows';
COMMENT ON COLUMN api_keys.filters             IS 'Filters in the language of docs/filters.md: the key reads only rooms that pass all of them. Those of its ancestors come first';
COMMENT ON COLUMN api_keys.requests_per_minute IS 'How often the key and all its descendants together may call, on each node';
COMMENT ON COLUMN api_keys.user_id             IS 'The user for whom the key acts; NULL for a service that acts for itself';
COMMENT ON COLUMN api_keys.parent_id           IS 'The key that created this one; NULL for one that a person created';
COMMENT ON COLUMN api_keys.ancestors           IS 'parent_id, its parent and so on, the first one first';
COMMENT ON COLUMN api_keys.revoked_at          IS 'Since when the key is rejected; NULL for a key that is not revoked';
COMMENT ON COLUMN api_keys.last_used_at        IS 'Recorded at most once a minute';

CREATE TABLE api_key_secrets (
    secret_hash bytea       PRIMARY KEY CHECK (octet_length(secret_hash) = 32),
    key_id      uuid        NOT NULL REFERENCES api_keys (id) ON DELETE CASCADE,
    created_at  timestamptz NOT NULL DEFAULT now(),
    expires_at  timestamptz
);
CREATE INDEX api_key_secrets_key_idx ON api_key_secrets (key_id);
CREATE INDEX api_key_secrets_expires_at_idx ON api_key_secrets (expires_at) WHERE expires_at IS NOT NULL;
COMMENT ON TABLE  api_key_secrets             IS 'The secrets of keys: the current one, and those that a rotation still accepts';
COMMENT ON COLUMN api_key_secrets.secret_hash IS 'SHA-256 of the whole secret with its prefix, which has 256 random bits';
COMMENT ON COLUMN api_key_secrets.expires_at  IS 'Until when a rotated secret is accepted; NULL for the current one';
