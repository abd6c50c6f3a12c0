-- The best private rooms with two amenities and a maximum price within a radius. The maximum price is
-- also the budget.
-- $1 lng, $2 lat, $3 radius in metres, $4 maximum price.
SELECT search_rooms.id,
    100 * (30 * nearness(ST_Distance(location, place($1, $2), false))
        + 10 * review + 10 * (1 - 0.5 * price / $4)
        + landlord_points(total_capacity, active_contracts, last_active_at, acceptance_rate,
            response_time_s_average)) / 70 AS score
FROM search_rooms
JOIN landlords ON landlords.id = landlord_id AND is_available
WHERE ST_DWithin(location, place($1, $2), $3, false)
    AND price <= $4
    AND room_type = 'private_room'
    AND amenities @> ARRAY['air_conditioning', 'study_room']
ORDER BY score DESC, search_rooms.id
LIMIT 20
