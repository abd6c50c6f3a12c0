-- The best rooms at any distance.
-- $1 lng, $2 lat.
SELECT search_rooms.id,
    100 * (30 * nearness(ST_Distance(location, place($1, $2), false)) + 10 * review
        + landlord_points(total_capacity, active_contracts, last_active_at, acceptance_rate,
            response_time_s_average)) / 60 AS score
FROM search_rooms
JOIN landlords ON landlords.id = landlord_id AND is_available
ORDER BY score DESC, search_rooms.id
LIMIT 20
