-- The best rooms, however far they are.
-- $1 lng, $2 lat.
SELECT far.id,
    100 * (30 * nearness(distance_m) + 10 * review
        + landlord_points(total_capacity, active_contracts, last_active_at, acceptance_rate,
            response_time_s_average)) / 60 AS score
FROM (
    SELECT id, landlord_id, review, ST_Distance(location, place($1, $2), false) AS distance_m
    FROM search_rooms
    OFFSET 0
) AS far
JOIN landlords ON landlords.id = landlord_id AND is_available
ORDER BY score DESC, far.id
LIMIT 20
