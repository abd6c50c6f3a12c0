-- The match score of every matching room, best first.
-- $1 words, $2 lng, $3 lat, $4 radius in metres, $5 maximum price (also the budget), $6 room type,
-- $7 required amenity, $8 preferred amenity, $9 weights: text, distance, capacity, activity,
-- performance, amenity, review, price; $10 verified only, $11 landlord, $12 minimum distance in metres,
-- $13 polygon as text, $14 box: south, west, north, east, $15 filter, one of those below.
WITH place AS (
    SELECT ST_SetSRID(ST_MakePoint($2, $3), 4326)::geography AS point
),
collection AS MATERIALIZED (
    SELECT count(*)::float8 AS rooms, avg(length) AS length_average FROM oracle_lengths
),
rating AS MATERIALIZED (
    SELECT coalesce(sum(rating_average * review_count) / nullif(sum(review_count), 0), 0) AS mean
    FROM rooms WHERE rating_average IS NOT NULL
),
query_terms AS MATERIALIZED (
    SELECT word, 1 + ln(1 + (rooms - with_word + 0.5) / (with_word + 0.5)) AS weight
    FROM collection
    CROSS JOIN unnest($1::text[]) AS term (word)
    CROSS JOIN LATERAL (
        SELECT count(*)::float8 AS with_word FROM oracle_words o WHERE o.word = term.word
    ) AS frequency
),
matching AS (
    SELECT rooms.*,
        ST_Distance(location, point, false) AS distance_m,
        bm25.value AS text_value
    FROM rooms
    CROSS JOIN place
    -- Room by room, so that the plan stays good when the planner underestimates the matching rooms.
    LEFT JOIN LATERAL (
        SELECT room,
            sum(weight * tf / (tf + 1.2 * (0.6 + 0.4 * length / length_average)))
                / (SELECT sum(weight) FROM query_terms) AS value
        FROM query_terms
        JOIN oracle_words USING (word)
        JOIN oracle_lengths USING (room)
        CROSS JOIN collection
        WHERE room = rooms.id
        GROUP BY room
        HAVING count(*) = (SELECT count(*) FROM query_terms)
    ) AS bm25 ON true
    WHERE status = 'listed'
        AND ST_DWithin(location, point, $4, false)
        AND (cardinality($1::text[]) = 0 OR bm25.room IS NOT NULL)
        AND ($5::float8 IS NULL OR price <= $5)
        AND ($6::text IS NULL OR room_type = $6)
        AND ($7::text IS NULL OR $7 = ANY (amenities))
        AND (verified_at IS NOT NULL OR NOT $10::boolean)
        AND ($11::uuid IS NULL OR landlord_id = $11)
        AND ($12::float8 IS NULL OR ST_Distance(location, point, false) >= $12)
        AND ($13::text IS NULL OR ST_Covers($13::geography, location))
        AND ($14::float8[] IS NULL OR (
            ST_Y(location::geometry) BETWEEN ($14::float8[])[1] AND ($14::float8[])[3]
            AND ST_X(location::geometry) BETWEEN ($14::float8[])[2] AND ($14::float8[])[4]
        ))
        -- A missing rating matches no comparison, and matches its negation.
        AND ($15::text IS NULL OR CASE $15
            WHEN 'price<=80 AND amenities:wifi AND NOT room_type:shared_room'
                THEN price <= 80 AND 'wifi' = ANY (amenities) AND room_type <> 'shared_room'
            WHEN 'rating>=4.5 OR review_count>100 AND price:50..120'
                THEN coalesce(rating_average >= 4.5, false)
                    OR (review_count > 100 AND price BETWEEN 50 AND 120)
            WHEN 'NOT (rating<4 OR minimum_nights>3 OR floor<1) AND verified:false'
                THEN NOT (coalesce(rating_average < 4, false) OR minimum_nights > 3
                        OR coalesce(floor < 1, false))
                    AND verified_at IS NULL
            WHEN 'room_type:[shared_room, hotel_room] OR price<40 OR occupancy>=4'
                THEN room_type IN ('shared_room', 'hotel_room') OR price < 40 OR occupancy >= 4
            WHEN 'rating!=4.5 AND NOT minimum_nights:2..30'
                THEN rating_average IS DISTINCT FROM 4.5
                    AND minimum_nights NOT BETWEEN 2 AND 30
        END)
),
valued AS (
    SELECT matching.id, distance_m,
        ARRAY[
            CASE WHEN cardinality($1::text[]) > 0 THEN text_value END,
            CASE WHEN distance_m < 80000 THEN power(0.5, distance_m / 2000) ELSE 0 END,
            1 - active_contracts::float8 / total_capacity,
            CASE
                WHEN last_active_at >= now() - interval '1 day' THEN 1
                WHEN last_active_at >= now() - interval '7 days' THEN 2.0 / 3
                ELSE 0
            END,
            (CASE WHEN acceptance_rate > 0.8 THEN 10.0 ELSE 0 END
                + CASE WHEN response_time_s_average < 3600 THEN 5 ELSE 0 END) / 15,
            CASE WHEN $8::text IS NOT NULL
                THEN CASE WHEN $8 = ANY (amenities) THEN 1 ELSE 0 END END,
            CASE WHEN mean > 0 THEN
                CASE WHEN rating_average IS NULL THEN mean
                    ELSE (5 * mean + review_count * rating_average) / (5 + review_count) END / 5
            END,
            CASE WHEN $5::float8 IS NOT NULL THEN 1 - 0.5 * price::float8 / $5 END
        ]::float8[] AS components
    FROM matching
    JOIN landlords ON landlords.id = matching.landlord_id AND is_available
    CROSS JOIN rating
)
SELECT id, distance_m,
    (SELECT 100 * sum(weight * component) / sum(weight)
        FROM unnest($9::float8[], components) AS part (weight, component)
        WHERE component IS NOT NULL) AS score
FROM valued
ORDER BY score DESC, id
