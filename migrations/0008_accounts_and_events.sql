-- Until now rows came from imports alone, and any caller could call anything. From here on people
-- sign in and write, so the database keeps who they are, what they did, and what was already
-- answered.
--
-- Passwords and tokens are stored as hashes only, in tables of their own that no publication names:
-- a copy of this database is not enough to sign in. A registration becomes a user once its e-mail
-- address is confirmed, so registering does not reserve the address of another person.
--
-- Every action inserts its event in its own transaction, and the database itself rejects changes of
-- events. Existing columns stay as they are, so code that does not know these tables goes on working.

ALTER TABLE users
    ADD COLUMN email_verified_at timestamptz,
    ADD COLUMN disabled_at       timestamptz,
    ADD COLUMN university_id     uuid REFERENCES universities (id),
    ADD CONSTRAINT users_university_check CHECK (university_id IS NULL OR role = 'official');
CREATE INDEX users_university_idx ON users (university_id) WHERE university_id IS NOT NULL;
COMMENT ON COLUMN users.email_verified_at IS 'When the user proved to receive mail at email; NULL for never';
COMMENT ON COLUMN users.disabled_at       IS 'Since when the user cannot sign in; NULL for an enabled user';
COMMENT ON COLUMN users.university_id     IS 'Whose sessions and venues an official may change; NULL for none';

CREATE TABLE credentials (
    user_id       uuid        PRIMARY KEY REFERENCES users (id) ON DELETE CASCADE,
    password_hash text        NOT NULL CHECK (password_hash LIKE '$argon2id$%' AND char_length(password_hash) <= 300),
    created_at    timestamptz NOT NULL DEFAULT now(),
    updated_at    timestamptz NOT NULL DEFAULT now()
);
COMMENT ON TABLE  credentials               IS 'Passwords of users; a user without a row cannot sign in';
COMMENT ON COLUMN credentials.password_hash IS 'Argon2id with its parameters and salt, as a PHC string';

CREATE TABLE sessions (
    id           uuid        PRIMARY KEY DEFAULT uuid_v7(),
    user_id      uuid        NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    created_at   timestamptz NOT NULL DEFAULT now(),
    refreshed_at timestamptz NOT NULL DEFAULT now(),
    ended_at     timestamptz,
    end_reason   text        CHECK (end_reason IN ('signed_out', 'token_reused', 'password_changed', 'password_reset', 'disabled', 'role_changed')),
    CHECK ((ended_at IS NULL) = (end_reason IS NULL))
);
CREATE INDEX sessions_open_idx ON sessions (user_id) WHERE ended_at IS NULL;
CREATE INDEX sessions_refreshed_at_idx ON sessions (refreshed_at);
COMMENT ON TABLE  sessions              IS 'One sign-in: the family of its refresh tokens';
COMMENT ON COLUMN sessions.refreshed_at IS 'When its newest refresh token was issued';
COMMENT ON COLUMN sessions.end_reason   IS 'Why no token of the session is accepted any more';

CREATE TABLE refresh_tokens (
    token_hash bytea       PRIMARY KEY CHECK (octet_length(token_hash) = 32),
    session_id uuid        NOT NULL REFERENCES sessions (id) ON DELETE CASCADE,
    created_at timestamptz NOT NULL DEFAULT now(),
    expires_at timestamptz NOT NULL,
    used_at    timestamptz
);
CREATE INDEX refresh_tokens_session_idx ON refresh_tokens (session_id);
COMMENT ON TABLE  refresh_tokens            IS 'Each token is used once, for the next one; a second use ends the session';
COMMENT ON COLUMN refresh_tokens.token_hash IS 'SHA-256 of the token, which has 256 random bits';

CREATE TABLE registrations (
    id             uuid        PRIMARY KEY DEFAULT uuid_v7(),
    email          text        NOT NULL CHECK (char_length(email) <= 254 AND email ~ '^[^@\s]+@[^@\s]+$'),
    role           text        NOT NULL CHECK (role IN ('student', 'landlord')),
    display_name   text        NOT NULL CHECK (char_length(display_name) BETWEEN 1 AND 200),
    total_capacity integer     CHECK (total_capacity BETWEEN 1 AND 1000000),
    password_hash  text        NOT NULL CHECK (password_hash LIKE '$argon2id$%' AND char_length(password_hash) <= 300),
    created_at     timestamptz NOT NULL DEFAULT now(),
    expires_at     timestamptz NOT NULL,
    CHECK ((role = 'landlord') = (total_capacity IS NOT NULL))
);
CREATE INDEX registrations_expires_at_idx ON registrations (expires_at);
COMMENT ON TABLE  registrations                IS 'Accounts whose e-mail address is not confirmed yet; several may name the same address';
COMMENT ON COLUMN registrations.total_capacity IS 'As in landlords; NULL for a student';

CREATE TABLE account_tokens (
    token_hash      bytea       PRIMARY KEY CHECK (octet_length(token_hash) = 32),
    purpose         text        NOT NULL CHECK (purpose IN ('registration', 'email_change', 'password_reset')),
    user_id         uuid        REFERENCES users (id) ON DELETE CASCADE,
    registration_id uuid        REFERENCES registrations (id) ON DELETE CASCADE,
    email           text        NOT NULL,
    created_at      timestamptz NOT NULL DEFAULT now(),
    expires_at      timestamptz NOT NULL,
    used_at         timestamptz,
    CHECK ((user_id IS NULL) = (purpose = 'registration')),
    CHECK ((registration_id IS NULL) = (purpose <> 'registration'))
);
CREATE INDEX account_tokens_user_idx ON account_tokens (user_id);
CREATE INDEX account_tokens_registration_idx ON account_tokens (registration_id);
CREATE INDEX account_tokens_expires_at_idx ON account_tokens (expires_at);
COMMENT ON TABLE  account_tokens            IS 'Single-use tokens that were sent by mail';
COMMENT ON COLUMN account_tokens.token_hash IS 'SHA-256 of the token, which has 256 random bits';
COMMENT ON COLUMN account_tokens.email      IS 'The address that the token was sent to, which its use confirms';

CREATE TABLE mail_outbox (
    id              bigint      PRIMARY KEY GENERATED ALWAYS AS IDENTITY,
    kind            text        NOT NULL CHECK (kind IN ('registration', 'email_change', 'password_reset')),
    recipient       text        NOT NULL CHECK (char_length(recipient) <= 254),
    user_id         uuid        REFERENCES users (id) ON DELETE CASCADE,
    registration_id uuid        REFERENCES registrations (id) ON DELETE CASCADE,
    attempts        integer     NOT NULL DEFAULT 0 CHECK (attempts >= 0),
    due_at          timestamptz NOT NULL DEFAULT now(),
    last_error      text,
    created_at      timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX mail_outbox_due_at_idx ON mail_outbox (due_at);
COMMENT ON TABLE  mail_outbox            IS 'Mail to send, written with the action that causes it and deleted once it is sent';
COMMENT ON COLUMN mail_outbox.recipient  IS 'Whether an account has this address is looked up when the mail is sent, not when it is requested, so the time of a request reveals nothing';
COMMENT ON COLUMN mail_outbox.due_at     IS 'When to try (again)';

CREATE TABLE idempotency_keys (
    caller       text        NOT NULL CHECK (char_length(caller) BETWEEN 1 AND 100),
    key          text        NOT NULL CHECK (char_length(key) BETWEEN 1 AND 255),
    request_hash bytea       NOT NULL CHECK (octet_length(request_hash) = 32),
    status       smallint    CHECK (status BETWEEN 200 AND 599),
    headers      jsonb       NOT NULL DEFAULT '{}' CHECK (jsonb_typeof(headers) = 'object'),
    body         bytea,
    created_at   timestamptz NOT NULL DEFAULT now(),
    expires_at   timestamptz NOT NULL DEFAULT now() + interval '24 hours',
    PRIMARY KEY (caller, key)
);
CREATE INDEX idempotency_keys_expires_at_idx ON idempotency_keys (expires_at);
COMMENT ON TABLE  idempotency_keys              IS 'Responses to requests with an Idempotency-Key, committed with the write that they report';
COMMENT ON COLUMN idempotency_keys.caller       IS 'Who sent the key: keys of different callers never meet';
COMMENT ON COLUMN idempotency_keys.request_hash IS 'SHA-256 of method, path and body: the same key with another request is an error';
COMMENT ON COLUMN idempotency_keys.status       IS 'HTTP status; NULL only inside of the transaction that answers';

CREATE SEQUENCE events_id_seq AS bigint;
CREATE TABLE events (
    id           bigint      NOT NULL DEFAULT nextval('events_id_seq'),
    occurred_at  timestamptz NOT NULL DEFAULT now(),
    actor_kind   text        NOT NULL CHECK (actor_kind IN ('anonymous', 'user', 'key', 'system')),
    actor_id     uuid,
    kind         text        NOT NULL CHECK (kind ~ '^[a-z][a-z_]*\.[a-z][a-z_]*$' AND char_length(kind) <= 60),
    subject_kind text        NOT NULL CHECK (subject_kind ~ '^[a-z][a-z_]*$' AND char_length(subject_kind) <= 40),
    subject_id   uuid        NOT NULL,
    change       jsonb       NOT NULL DEFAULT '{}' CHECK (jsonb_typeof(change) = 'object'),
    PRIMARY KEY (id, occurred_at),
    CHECK ((actor_id IS NOT NULL) = (actor_kind IN ('user', 'key')))
) PARTITION BY RANGE (occurred_at);
ALTER SEQUENCE events_id_seq OWNED BY events.id;
CREATE INDEX events_subject_idx ON events (subject_kind, subject_id, id);
CREATE INDEX events_actor_idx ON events (actor_id, id) WHERE actor_id IS NOT NULL;
CREATE INDEX events_kind_idx ON events (kind, id);
COMMENT ON TABLE  events             IS 'What was done by which actor: the audit trail, outbox and history of every action. Append-only, one partition a month (UTC)';
COMMENT ON COLUMN events.id          IS 'Orders the events of one subject; concurrent transactions may commit in another order, the WAL has that of commits';
COMMENT ON COLUMN events.occurred_at IS 'The start of the transaction';
COMMENT ON COLUMN events.actor_id    IS 'A user or an API key; no foreign key, because events outlive them';
COMMENT ON COLUMN events.kind        IS 'Subject and what happened to it, such as room.created';
COMMENT ON COLUMN events.change      IS 'The changed values; never a password, token or other secret';

CREATE FUNCTION reject_change_of_events() RETURNS trigger
    LANGUAGE plpgsql
AS $$
BEGIN
    RAISE EXCEPTION 'events are append-only: % is not allowed', TG_OP
        USING ERRCODE = 'restrict_violation',
              HINT = 'Old events end with their partition: detach or drop it.';
END
$$;
COMMENT ON FUNCTION reject_change_of_events() IS 'Keeps events append-only for every role';
CREATE TRIGGER events_append_only BEFORE UPDATE OR DELETE ON events
    FOR EACH ROW EXECUTE FUNCTION reject_change_of_events();
CREATE TRIGGER events_no_truncate BEFORE TRUNCATE ON events
    FOR EACH STATEMENT EXECUTE FUNCTION reject_change_of_events();

-- A node calls this at its start and every day. It runs with the rights of the tables' owner, because
-- the role of a node may only insert; such a role needs EXECUTE on it. Attaching a table needs a weaker
-- lock on events than creating it as a partition.
CREATE FUNCTION create_event_partitions(months_ahead integer) RETURNS integer
    LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT
AS $$
DECLARE
    month   timestamp;
    name    text;
    created integer := 0;
BEGIN
    IF months_ahead IS NULL OR months_ahead NOT BETWEEN 0 AND 24 THEN
        RAISE EXCEPTION 'months_ahead is %: expected 0 to 24', months_ahead
            USING ERRCODE = 'invalid_parameter_value';
    END IF;
    PERFORM pg_advisory_xact_lock(hashtext('create_event_partitions'));
    FOR ahead IN 0..months_ahead LOOP
        month := date_trunc('month', now() AT TIME ZONE 'UTC') + make_interval(months => ahead);
        name := 'events_' || to_char(month, 'YYYY_MM');
        CONTINUE WHEN to_regclass(quote_ident(name)) IS NOT NULL;
        EXECUTE format('CREATE TABLE %I (LIKE events INCLUDING ALL)', name);
        EXECUTE format(
            'ALTER TABLE events ATTACH PARTITION %I FOR VALUES FROM (%L) TO (%L)',
            name, month AT TIME ZONE 'UTC', (month + interval '1 month') AT TIME ZONE 'UTC'
        );
        -- Triggers of rows are inherited, those of statements are not.
        EXECUTE format(
            'CREATE TRIGGER events_no_truncate BEFORE TRUNCATE ON %I
             FOR EACH STATEMENT EXECUTE FUNCTION reject_change_of_events()',
            name
        );
        created := created + 1;
    END LOOP;
    RETURN created;
END
$$;
COMMENT ON FUNCTION create_event_partitions(integer) IS 'Creates the partitions of events for this month and the next ones, and returns how many were missing';
REVOKE EXECUTE ON FUNCTION create_event_partitions(integer) FROM PUBLIC;
SELECT create_event_partitions(12);

CREATE TRIGGER credentials_touch BEFORE UPDATE ON credentials FOR EACH ROW EXECUTE FUNCTION touch_updated_at();
