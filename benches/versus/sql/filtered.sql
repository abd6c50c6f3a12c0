-- The best private rooms with two amenities and at most so expensive within a radius. The highest
-- price is the budget too.
-- $1 lng, $2 lat, $3 radius in metres, $4 highest price.
SELECT near.id,
    100 * (30 * nearness(distance_m) + 10 * review + 10 * (1 - 0.5 * price / $4)
        + landlord_points(total_capacity, active_contracts, last_active_at, acceptance_rate,
            response_time_s_average)) / 70 AS score
FROM (
    SELECT id, landlord_id, review, price,
        ST_Distance(location, place($1, $2), false) AS distance_m
    FROM search_rooms
    WHERE ST_DWithin(location, place($1, $2), $3, false)
        AND price <= $4
        AND room_type = 'private_room'
        AND amenities @> ARRAY['air_conditioning', 'study_room']
    OFFSET 0
) AS near
JOIN landlords ON landlords.id = landlord_id AND is_available
ORDER BY score DESC, near.id
LIMIT 20
