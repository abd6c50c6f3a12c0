-- The best rooms within a radius that hold two words.
-- $1 lng, $2 lat, $3 radius in metres, $4 and $5 the words.
SELECT near.id,
    100 * (30 * (one.idf * in_one.frequency / (in_one.frequency + length_part)
            + two.idf * in_two.frequency / (in_two.frequency + length_part)) / (one.idf + two.idf)
        + 30 * nearness(distance_m) + 10 * review
        + landlord_points(total_capacity, active_contracts, last_active_at, acceptance_rate,
            response_time_s_average)) / 90 AS score
FROM (
    SELECT room, id, landlord_id, review, length_part,
        ST_Distance(location, place($1, $2), false) AS distance_m
    FROM search_rooms
    WHERE ST_DWithin(location, place($1, $2), $3, false)
        AND words @@ ($4::text || ' & ' || $5::text)::tsquery
    OFFSET 0
) AS near
JOIN word_weights AS one ON one.word = $4::text
JOIN word_weights AS two ON two.word = $5::text
JOIN room_words AS in_one ON in_one.room = near.room AND in_one.word = $4::text
JOIN room_words AS in_two ON in_two.room = near.room AND in_two.word = $5::text
JOIN landlords ON landlords.id = landlord_id AND is_available
ORDER BY score DESC, near.id
LIMIT 20
