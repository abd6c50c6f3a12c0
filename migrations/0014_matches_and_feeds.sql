-- Landlords see the requests that their rooms fit, and each request has its best landlords. A ranking is
-- computed from the index whenever it is read. What is stored here is what must be remembered of it:
-- which landlords a request was matched with, so that a feed tells what is new, and when a landlord has
-- viewed and answered it.
--
-- Matches are written all day, up to 100 for each request, so they lie in partitions by the month of the
-- request, which are dropped as a whole. Nothing that exists changes its meaning, so code that does not
-- know matches continues to work.

-- The week of the first evening, by which feeds count requests. A trigger keeps it, because Postgres does
-- not stream generated columns.
ALTER TABLE requests ADD COLUMN week text;
CREATE FUNCTION set_week_of_request() RETURNS trigger
    LANGUAGE plpgsql
AS $$
BEGIN
    NEW.week := to_char(NEW.check_in, 'IYYY-"W"IW');
    RETURN NEW;
END
$$;
COMMENT ON FUNCTION set_week_of_request() IS 'Keeps requests.week equal to the ISO week of check_in';
CREATE TRIGGER requests_week BEFORE INSERT OR UPDATE OF check_in, week ON requests
    FOR EACH ROW EXECUTE FUNCTION set_week_of_request();
UPDATE requests SET week = NULL;
ALTER TABLE requests ALTER COLUMN week SET NOT NULL;
COMMENT ON COLUMN requests.week IS 'The ISO week of check_in, such as 2026-W50';

CREATE TABLE matches (
    request_id   uuid             NOT NULL REFERENCES requests (id) ON UPDATE CASCADE ON DELETE CASCADE,
    landlord_id  uuid             NOT NULL,
    month        date             NOT NULL CHECK (extract(day FROM month) = 1),
    room_id      uuid             NOT NULL,
    score        double precision CHECK (score BETWEEN 0 AND 100),
    components   jsonb            CHECK (jsonb_typeof(components) = 'object'),
    reason       text             CHECK (char_length(reason) <= 1000),
    rank         smallint         CHECK (rank BETWEEN 1 AND 100),
    created_at   timestamptz      NOT NULL DEFAULT now(),
    updated_at   timestamptz      NOT NULL DEFAULT now(),
    viewed_at    timestamptz,
    responded_at timestamptz,
    PRIMARY KEY (request_id, landlord_id, month),
    CHECK (rank IS NULL OR num_nulls(score, components, reason) = 0),
    CHECK (num_nonnulls(rank, viewed_at, responded_at) > 0)
) PARTITION BY RANGE (month);
CREATE INDEX matches_landlord_idx ON matches (landlord_id, request_id);
COMMENT ON TABLE  matches              IS 'The best landlords of each request, and which of them have viewed or answered it. One partition for each month of requests';
COMMENT ON COLUMN matches.landlord_id  IS 'No foreign key, because its locks would keep bookings of the landlord waiting; landlords are never deleted';
COMMENT ON COLUMN matches.month        IS 'The first day of the month (UTC) in which the request was created, so all matches of a request lie in one partition';
COMMENT ON COLUMN matches.room_id      IS 'The best free room of the landlord for the request; no foreign key, for the same reason';
COMMENT ON COLUMN matches.score        IS 'The match score when the ranking was computed, of the profile landlord';
COMMENT ON COLUMN matches.components   IS 'The value of each component of the score, 0 to 1';
COMMENT ON COLUMN matches.reason       IS 'Why the room fits, in words';
COMMENT ON COLUMN matches.rank         IS 'The rank among the landlords of the request; NULL if the landlord is not, or no longer, among the best 100 and has viewed or answered the request';
COMMENT ON COLUMN matches.viewed_at    IS 'When the landlord first viewed the request; set once';
COMMENT ON COLUMN matches.responded_at IS 'When the landlord first made an offer; set once';

CREATE FUNCTION keep_first_of_match() RETURNS trigger
    LANGUAGE plpgsql
AS $$
BEGIN
    NEW.viewed_at := coalesce(OLD.viewed_at, NEW.viewed_at);
    NEW.responded_at := coalesce(OLD.responded_at, NEW.responded_at);
    RETURN NEW;
END
$$;
COMMENT ON FUNCTION keep_first_of_match() IS 'Keeps the time of the first view and of the first answer, whatever an update says';
CREATE TRIGGER matches_keep_first BEFORE UPDATE OF viewed_at, responded_at ON matches
    FOR EACH ROW WHEN (OLD.viewed_at IS NOT NULL OR OLD.responded_at IS NOT NULL)
    EXECUTE FUNCTION keep_first_of_match();

-- Requests that wait to be matched. A job takes up to 50 of them at a time. A request that changes while
-- a job matches it gets another generation, by which the job sees that its ranking is out of date.
CREATE SEQUENCE matching_queue_generation_seq AS bigint;
CREATE TABLE matching_queue (
    request_id    uuid   PRIMARY KEY REFERENCES requests (id) ON UPDATE CASCADE ON DELETE CASCADE,
    generation    bigint NOT NULL DEFAULT nextval('matching_queue_generation_seq'),
    claimed_until timestamptz
);
ALTER SEQUENCE matching_queue_generation_seq OWNED BY matching_queue.generation;
CREATE INDEX matching_queue_generation_idx ON matching_queue (generation);
COMMENT ON TABLE  matching_queue               IS 'Requests whose landlords are to be ranked (again)';
COMMENT ON COLUMN matching_queue.generation    IS 'Another one whenever the request is enqueued again; the lowest is matched first';
COMMENT ON COLUMN matching_queue.claimed_until IS 'Until then the job that has taken the request is expected to end; NULL for a request that no job has taken';

-- As create_event_partitions. Requests that were created up to 90 days ago can be matched.
CREATE FUNCTION create_match_partitions(months_ahead integer) RETURNS integer
    LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT
AS $$
DECLARE
    first   date := date_trunc('month', (now() - interval '90 days') AT TIME ZONE 'UTC');
    month   date;
    name    text;
    created integer := 0;
BEGIN
    IF months_ahead IS NULL OR months_ahead NOT BETWEEN 0 AND 24 THEN
        RAISE EXCEPTION 'months_ahead is %: expected 0 to 24', months_ahead
            USING ERRCODE = 'invalid_parameter_value';
    END IF;
    PERFORM pg_advisory_xact_lock(hashtext('create_match_partitions'));
    FOR month IN
        SELECT generate_series(
            first::timestamp,
            date_trunc('month', now() AT TIME ZONE 'UTC') + make_interval(months => months_ahead),
            interval '1 month'
        )::date
    LOOP
        name := 'matches_' || to_char(month, 'YYYY_MM');
        CONTINUE WHEN to_regclass(quote_ident(name)) IS NOT NULL;
        EXECUTE format('CREATE TABLE %I (LIKE matches INCLUDING ALL)', name);
        EXECUTE format(
            'ALTER TABLE matches ATTACH PARTITION %I FOR VALUES FROM (%L) TO (%L)',
            name, month, (month + interval '1 month')::date
        );
        created := created + 1;
    END LOOP;
    RETURN created;
END
$$;
COMMENT ON FUNCTION create_match_partitions(integer) IS 'Creates the partitions of matches from those of 90 days ago to some months ahead, and returns how many were missing';

CREATE FUNCTION drop_match_partitions() RETURNS integer
    LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT
AS $$
DECLARE
    first   date := date_trunc('month', (now() - interval '90 days') AT TIME ZONE 'UTC');
    old     regclass;
    dropped integer := 0;
BEGIN
    FOR old IN
        SELECT i.inhrelid FROM pg_inherits i
        JOIN pg_class c ON c.oid = i.inhrelid
        WHERE i.inhparent = 'matches'::regclass
            AND c.relname ~ '^matches_[0-9]{4}_[0-9]{2}$'
            AND to_date(right(c.relname, 7), 'YYYY_MM') < first
    LOOP
        EXECUTE format('DROP TABLE %s', old);
        dropped := dropped + 1;
    END LOOP;
    RETURN dropped;
END
$$;
COMMENT ON FUNCTION drop_match_partitions() IS 'Drops the partitions of matches all of whose requests were created more than 90 days ago, and returns how many';

REVOKE EXECUTE ON FUNCTION create_match_partitions(integer) FROM PUBLIC;
REVOKE EXECUTE ON FUNCTION drop_match_partitions() FROM PUBLIC;
SELECT create_match_partitions(12);
