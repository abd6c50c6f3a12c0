-- The exposure of a request was read by feeds but never written. From here on it follows offers and
-- matches in the transactions that change them, whichever program writes, and so does the time at which
-- a landlord responded. The request pool also gets statistics, which jobs keep up to date from the
-- events that are new to them.
--
-- Nothing that exists changes its meaning, so code that does not know this continues to work.

CREATE FUNCTION note_response() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT
AS $$
DECLARE
    month_of_request date := (
        SELECT date_trunc('month', created_at AT TIME ZONE 'UTC') FROM requests WHERE id = NEW.request_id
    );
BEGIN
    -- Without a partition for it the request is too old to have matches.
    IF month_of_request < date_trunc('month', (now() - interval '90 days') AT TIME ZONE 'UTC') THEN
        RETURN NULL;
    END IF;
    INSERT INTO matches AS m (request_id, landlord_id, month, room_id, responded_at)
        VALUES (NEW.request_id, NEW.landlord_id, month_of_request, NEW.room_id, NEW.created_at)
        ON CONFLICT (request_id, landlord_id, month) DO UPDATE SET responded_at = excluded.responded_at
        WHERE m.responded_at IS NULL;
    RETURN NULL;
END
$$;
COMMENT ON FUNCTION note_response() IS 'Sets matches.responded_at with the first offer of a landlord for a request';
CREATE TRIGGER offers_note_response AFTER INSERT ON offers
    FOR EACH ROW EXECUTE FUNCTION note_response();

-- The same function is in market/src/pool/statistics/exposure.rs, and a test compares them.
CREATE FUNCTION request_exposure_drawn(request uuid, at timestamptz) RETURNS double precision
    LANGUAGE sql STABLE SET search_path FROM CURRENT
AS $$
    SELECT (
            SELECT count(*) FROM offers o
            WHERE o.request_id = r.id AND o.status = 'open'
        ) + coalesce((
            SELECT sum(0.25 * power(
                2::double precision,
                -greatest(0, extract(epoch FROM at - m.viewed_at)::double precision) / 86400
            ))
            FROM matches m
            WHERE m.request_id = r.id
                AND m.month = date_trunc('month', r.created_at AT TIME ZONE 'UTC')::date
                AND m.viewed_at IS NOT NULL AND m.responded_at IS NULL
        ), 0)
    FROM requests r WHERE r.id = request
$$;
COMMENT ON FUNCTION request_exposure_drawn(uuid, timestamptz) IS 'Exposure of a request: open offers, and a quarter of an offer for each view without a response, halved for each day since the view';

-- A transaction can change offers of many requests. It updates their exposure at its end and in the
-- order of their ids, so that no two transactions wait for each other.
CREATE FUNCTION note_exposed_request() RETURNS trigger
    LANGUAGE plpgsql
AS $$
BEGIN
    PERFORM set_config(
        'roost.exposed_requests',
        concat_ws(',', nullif(current_setting('roost.exposed_requests', true), ''), NEW.request_id),
        true
    );
    RETURN NULL;
END
$$;
COMMENT ON FUNCTION note_exposed_request() IS 'Notes a request whose exposure changes in this transaction';

CREATE FUNCTION update_request_exposure() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT
AS $$
DECLARE
    noted   text := current_setting('roost.exposed_requests', true);
    request uuid;
BEGIN
    -- The first of the deferred triggers of a transaction does it for all.
    IF coalesce(noted, '') = '' THEN
        RETURN NULL;
    END IF;
    PERFORM set_config('roost.exposed_requests', '', true);
    FOR request IN
        SELECT DISTINCT id FROM unnest(string_to_array(noted, ',')::uuid[]) id ORDER BY id
    LOOP
        -- The foreign key would lock the request after the exposure.
        PERFORM FROM requests WHERE id = request FOR KEY SHARE;
        CONTINUE WHEN NOT FOUND;
        INSERT INTO request_exposure (request_id) VALUES (request) ON CONFLICT DO NOTHING;
        PERFORM FROM request_exposure WHERE request_id = request FOR NO KEY UPDATE;
        -- This statement sees what was committed before the lock.
        UPDATE request_exposure SET drawn = current.drawn
            FROM (SELECT request_exposure_drawn(request, now()) AS drawn) AS current
            WHERE request_exposure.request_id = request AND request_exposure.drawn <> current.drawn;
    END LOOP;
    RETURN NULL;
END
$$;
COMMENT ON FUNCTION update_request_exposure() IS 'At the commit: updates the exposure of the requests that were noted';

CREATE TRIGGER offers_note_exposed AFTER INSERT OR UPDATE OF status ON offers
    FOR EACH ROW EXECUTE FUNCTION note_exposed_request();
CREATE CONSTRAINT TRIGGER offers_update_exposure AFTER INSERT OR UPDATE OF status ON offers
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION update_request_exposure();
CREATE TRIGGER matches_note_exposed AFTER INSERT OR UPDATE OF viewed_at, responded_at ON matches
    FOR EACH ROW WHEN (NEW.viewed_at IS NOT NULL) EXECUTE FUNCTION note_exposed_request();
CREATE CONSTRAINT TRIGGER matches_update_exposure
    AFTER INSERT OR UPDATE OF viewed_at, responded_at ON matches
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW
    WHEN (NEW.viewed_at IS NOT NULL) EXECUTE FUNCTION update_request_exposure();

-- Statistics -------------------------------------------------------------------------------------

CREATE TABLE statistics_progress (
    name       text        PRIMARY KEY CHECK (name IN ('landlords', 'pool')),
    seen       pg_snapshot NOT NULL,
    updated_at timestamptz NOT NULL DEFAULT now()
);
COMMENT ON TABLE  statistics_progress      IS 'Up to which events statistics have been computed';
COMMENT ON COLUMN statistics_progress.name IS 'landlords: acceptance rates and response times; pool: pool_requests and pool_statistics';
COMMENT ON COLUMN statistics_progress.seen IS 'The events of transactions that this snapshot sees are part of the statistics';

CREATE TABLE pool_requests (
    request_id    uuid             PRIMARY KEY,
    city          text             NOT NULL,
    week          text             NOT NULL,
    is_active     boolean          NOT NULL,
    matches       integer          NOT NULL CHECK (matches >= 0),
    viewers       integer          NOT NULL CHECK (viewers BETWEEN 0 AND matches),
    first_offer_s double precision CHECK (first_offer_s >= 0),
    contract_s    double precision CHECK (contract_s >= 0)
);
CREATE INDEX pool_requests_group_idx ON pool_requests (city, week);
COMMENT ON TABLE  pool_requests               IS 'What pool_statistics are computed from: one row for each request, which outlives its matches';
COMMENT ON COLUMN pool_requests.request_id    IS 'No foreign key, because its locks would keep actions waiting';
COMMENT ON COLUMN pool_requests.week          IS 'The ISO week of check_in, as in requests';
COMMENT ON COLUMN pool_requests.matches       IS 'Landlords that the request was matched with, or who have viewed or answered it';
COMMENT ON COLUMN pool_requests.viewers       IS 'Landlords who have viewed or answered it';
COMMENT ON COLUMN pool_requests.first_offer_s IS 'Seconds from the creation of the request to its first offer; NULL without one';
COMMENT ON COLUMN pool_requests.contract_s    IS 'Seconds from the creation of the request to its first contract; NULL without one';

CREATE TABLE pool_statistics (
    city              text,
    week              text,
    requests          bigint           NOT NULL,
    active            bigint           NOT NULL,
    contracted        bigint           NOT NULL,
    matches           bigint           NOT NULL,
    matched           bigint           NOT NULL,
    never_shown       bigint           NOT NULL,
    exposure_gini     double precision CHECK (exposure_gini BETWEEN 0 AND 1),
    first_offer_s_p50 double precision,
    first_offer_s_p90 double precision,
    contract_s_p50    double precision,
    contract_s_p90    double precision,
    updated_at        timestamptz      NOT NULL DEFAULT now(),
    UNIQUE NULLS NOT DISTINCT (city, week),
    CHECK ((city IS NULL) = (week IS NULL))
);
COMMENT ON TABLE  pool_statistics               IS 'Statistics of the requests of each city and week, and one row without both for all requests';
COMMENT ON COLUMN pool_statistics.week          IS 'The ISO week of check_in, as in requests';
COMMENT ON COLUMN pool_statistics.contracted    IS 'Requests that have led to a contract';
COMMENT ON COLUMN pool_statistics.matches       IS 'The sum of pool_requests.matches';
COMMENT ON COLUMN pool_statistics.matched       IS 'Requests with at least one match';
COMMENT ON COLUMN pool_statistics.never_shown   IS 'Requests with a match that no landlord has viewed';
COMMENT ON COLUMN pool_statistics.exposure_gini IS 'Gini coefficient of the number of viewers of requests with a match: 0 if all have as many; NULL without a view';
