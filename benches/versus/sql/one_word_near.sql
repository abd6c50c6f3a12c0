-- The best rooms within a radius that hold a word. With one word, its rarity cancels out of the
-- text component.
-- $1 lng, $2 lat, $3 radius in metres, $4 the word.
SELECT near.id,
    100 * (30 * frequency / (frequency + length_part) + 30 * nearness(distance_m) + 10 * review
        + landlord_points(total_capacity, active_contracts, last_active_at, acceptance_rate,
            response_time_s_average)) / 90 AS score
FROM (
    SELECT room, id, landlord_id, review, length_part,
        ST_Distance(location, place($1, $2), false) AS distance_m
    FROM search_rooms
    WHERE ST_DWithin(location, place($1, $2), $3, false) AND words @@ $4::text::tsquery
    OFFSET 0
) AS near
JOIN room_words ON room_words.room = near.room AND word = $4::text
JOIN landlords ON landlords.id = landlord_id AND is_available
ORDER BY score DESC, near.id
LIMIT 20
