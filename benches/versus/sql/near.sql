-- The best rooms within a radius.
-- $1 lng, $2 lat, $3 radius in metres, $4 offset.
SELECT search_rooms.id,
    100 * (30 * nearness(ST_Distance(location, place($1, $2), false)) + 10 * review
        + landlord_points(total_capacity, active_contracts, last_active_at, acceptance_rate,
            response_time_s_average)) / 60 AS score
FROM search_rooms
JOIN landlords ON landlords.id = landlord_id AND is_available
WHERE ST_DWithin(location, place($1, $2), $3, false)
ORDER BY score DESC, search_rooms.id
LIMIT 20 OFFSET $4
