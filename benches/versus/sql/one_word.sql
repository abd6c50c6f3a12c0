-- The best rooms that contain a word, at any place.
-- $1 the word.
SELECT search_rooms.id,
    100 * (100 * frequency / (frequency + length_part) + 10 * review
        + landlord_points(total_capacity, active_contracts, last_active_at, acceptance_rate,
            response_time_s_average)) / 130 AS score
FROM search_rooms
JOIN room_words USING (room)
JOIN landlords ON landlords.id = landlord_id AND is_available
WHERE word = $1::text
ORDER BY score DESC, search_rooms.id
LIMIT 20
