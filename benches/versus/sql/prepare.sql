-- The tables of the other statements in this folder. Everything that depends on a listing alone is
-- computed here, before the measurement and as if no room ever changed: narrow rows in Hilbert order,
-- the review component, the length part of BM25, and the weight of each word. Landlords change all
-- day, so the statements join their table.
CREATE UNLOGGED TABLE word_weights AS
SELECT word, 1 + ln(1 + (rooms - with_word + 0.5) / (with_word + 0.5))::double precision AS weight
FROM (SELECT word, count(*)::double precision AS with_word FROM room_words GROUP BY word) AS words
CROSS JOIN (SELECT count(*)::double precision AS rooms FROM room_texts) AS collection;
CREATE UNIQUE INDEX ON word_weights (word) INCLUDE (weight);

DELETE FROM room_words USING numbered_rooms, rooms
WHERE room_words.room = numbered_rooms.room AND rooms.id = numbered_rooms.id
    AND rooms.status <> 'listed';
CREATE UNIQUE INDEX ON room_words (word, room) INCLUDE (frequency);

CREATE UNLOGGED TABLE search_rooms AS
SELECT room, rooms.id, landlord_id, location, room_type, amenities, words,
    price::double precision AS price,
    (CASE WHEN rating_average IS NULL THEN mean
        ELSE (5 * mean + review_count * rating_average) / (5 + review_count) END
        / 5)::double precision AS review,
    (1.2 * (0.6 + 0.4 * length / length_average))::double precision AS length_part
FROM numbered_rooms
JOIN rooms USING (id)
JOIN room_texts USING (room)
CROSS JOIN (
    SELECT sum(rating_average * review_count) / sum(review_count) AS mean
    FROM rooms WHERE rating_average IS NOT NULL
) AS ratings
CROSS JOIN (SELECT avg(length) AS length_average FROM room_texts) AS lengths
WHERE status = 'listed'
ORDER BY room;
CREATE UNIQUE INDEX ON search_rooms (room);
CREATE INDEX ON search_rooms USING gist (location);
CREATE INDEX ON search_rooms USING gin (words) WITH (fastupdate = off);
CREATE INDEX ON search_rooms USING gin (amenities) WITH (fastupdate = off);

-- The landlord's components times their weights: 5 for free capacity, 7.5 for activity, 7.5 for
-- performance. Postgres inlines the body at each call.
CREATE FUNCTION landlord_points(
    total_capacity integer,
    active_contracts integer,
    last_active_at timestamptz,
    acceptance_rate double precision,
    response_time_s_average double precision
) RETURNS double precision LANGUAGE sql STABLE PARALLEL SAFE
RETURN 5::double precision * (1 - active_contracts::double precision / total_capacity)
    + 7.5::double precision * CASE
        WHEN last_active_at >= now() - interval '1 day' THEN 1::double precision
        WHEN last_active_at >= now() - interval '7 days' THEN 2::double precision / 3
        ELSE 0::double precision END
    + CASE WHEN acceptance_rate > 0.8::double precision
        THEN 5::double precision ELSE 0::double precision END
    + CASE WHEN response_time_s_average < 3600::double precision
        THEN 2.5::double precision ELSE 0::double precision END;

-- One half at 2 km. The score formula is 0 from 80 km on, which differs by less than 1e-12; the limit
-- avoids an underflow error.
CREATE FUNCTION nearness(distance_m double precision)
RETURNS double precision LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN exp(least(distance_m, 200000::double precision) * (-0.5 * ln(2) / 1000)::double precision);

CREATE FUNCTION place(lng double precision, lat double precision)
RETURNS geography LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN ST_SetSRID(ST_MakePoint(lng, lat), 4326)::geography;
