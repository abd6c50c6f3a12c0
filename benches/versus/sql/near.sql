-- The best rooms within a radius.
-- $1 lng, $2 lat, $3 radius in metres, $4 how many of the best to leave out.
SELECT near.id,
    100 * (30 * nearness(distance_m) + 10 * review
        + landlord_points(total_capacity, active_contracts, last_active_at, acceptance_rate,
            response_time_s_average)) / 60 AS score
FROM (
    SELECT id, landlord_id, review, ST_Distance(location, place($1, $2), false) AS distance_m
    FROM search_rooms
    WHERE ST_DWithin(location, place($1, $2), $3, false)
    OFFSET 0 -- The distance is worked out once a room and not in every place that names it.
) AS near
JOIN landlords ON landlords.id = landlord_id AND is_available
ORDER BY score DESC, near.id
LIMIT 20 OFFSET $4
