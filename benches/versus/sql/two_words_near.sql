-- The best rooms within a radius that contain two words.
-- $1 lng, $2 lat, $3 radius in metres, $4 and $5 the words.
SELECT search_rooms.id,
    100 * (100 * (one.weight * in_one.frequency / (in_one.frequency + length_part)
            + two.weight * in_two.frequency / (in_two.frequency + length_part)) / (one.weight + two.weight)
        + 30 * nearness(ST_Distance(location, place($1, $2), false)) + 10 * review
        + landlord_points(total_capacity, active_contracts, last_active_at, acceptance_rate,
            response_time_s_average)) / 160 AS score
FROM search_rooms
JOIN room_words AS in_one ON in_one.room = search_rooms.room AND in_one.word = $4::text
JOIN room_words AS in_two ON in_two.room = search_rooms.room AND in_two.word = $5::text
JOIN word_weights AS one ON one.word = $4::text
JOIN word_weights AS two ON two.word = $5::text
JOIN landlords ON landlords.id = landlord_id AND is_available
WHERE ST_DWithin(location, place($1, $2), $3, false)
    AND words @@ ($4::text || ' & ' || $5::text)::tsquery
ORDER BY score DESC, search_rooms.id
LIMIT 20
