-- The best rooms within a radius that contain a word. With a single word, its IDF cancels out of the
-- text component.
-- $1 lng, $2 lat, $3 radius in metres, $4 the word.
SELECT search_rooms.id,
    100 * (100 * frequency / (frequency + length_part)
        + 30 * nearness(ST_Distance(location, place($1, $2), false)) + 10 * review
        + landlord_points(total_capacity, active_contracts, last_active_at, acceptance_rate,
            response_time_s_average)) / 160 AS score
FROM search_rooms
JOIN room_words USING (room)
JOIN landlords ON landlords.id = landlord_id AND is_available
WHERE ST_DWithin(location, place($1, $2), $3, false)
    AND words @@ $4::text::tsquery AND word = $4::text
ORDER BY score DESC, search_rooms.id
LIMIT 20
