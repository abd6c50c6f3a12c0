-- What a random world consists of. The caller sets the seed first.
INSERT INTO users (id, role, display_name)
SELECT lpad(to_hex(n), 32, '0')::uuid, 'landlord', 'Landlord ' || n FROM generate_series(1, 40) n;
INSERT INTO landlords (user_id, total_capacity)
SELECT lpad(to_hex(n), 32, '0')::uuid, 1 FROM generate_series(1, 40) n;
INSERT INTO users (id, role, display_name)
VALUES (lpad('f1', 32, '0')::uuid, 'student', 'Ravi');

UPDATE landlords l SET
    total_capacity = signals.total,
    active_contracts = floor(signals.used * (signals.total + 1))::int,
    is_available = signals.available < 0.9,
    last_active_at = now() - signals.inactive::interval,
    acceptance_rate = signals.acceptance,
    response_time_s_average = signals.response,
    preferred_areas = CASE WHEN signals.area < 0.4 THEN ST_Multi(ST_MakeEnvelope(
        72.85 + signals.area / 10, 19.05, 72.93 + signals.area / 10, 19.13, 4326
    ))::geography END
FROM (
    SELECT id, 1 + floor(random() * 4)::int AS total, random() AS used, random() AS available,
        (ARRAY['1 hour', '3 days', '30 days'])[1 + floor(random() * 3)::int] AS inactive,
        (ARRAY[0.5, 0.9])[1 + floor(random() * 2)::int] AS acceptance,
        (ARRAY[NULL, 600, 7200])[1 + floor(random() * 3)::int] AS response, random() AS area
    FROM landlords ORDER BY id
) signals
WHERE signals.id = l.id;

INSERT INTO rooms (landlord_id, title, country_code, location, price, currency, occupancy,
    room_type, amenities, minimum_nights, status)
SELECT
    landlord.ids[1 + floor(random() * cardinality(landlord.ids))::int], 'Room ' || n, 'IN',
    ST_MakePoint(72.85 + random() * 0.1, 19.05 + random() * 0.1)::geography,
    CASE WHEN random() < 0.9 THEN floor(300 + random() * 1200) END, 'INR',
    1 + floor(random() * 4)::int,
    (ARRAY['entire_place', 'private_room', 'shared_room'])[1 + floor(random() * 3)::int],
    ARRAY(SELECT a FROM unnest(ARRAY['wifi', 'desk', 'fan']) a WHERE n > 0 AND random() < 0.6),
    1 + floor(random() * 2)::int,
    CASE WHEN random() < 0.9 THEN 'listed' ELSE 'paused' END
FROM generate_series(1, 150) n, (SELECT array_agg(id ORDER BY id) AS ids FROM landlords) landlord;

INSERT INTO requests (student_id, title, city, location, reach_m, check_in, check_out, occupants,
    budget, currency, required_amenities, preferred_amenities, room_types, status, expires_at)
SELECT
    lpad('f1', 32, '0')::uuid, 'Request ' || n, (ARRAY['Mumbai', 'Thane'])[1 + n % 2],
    ST_MakePoint(72.85 + random() * 0.1, 19.05 + random() * 0.1)::geography,
    floor(500 + random() * 6000)::int, day, day + 1 + floor(random() * 3)::int,
    1 + floor(random() * 3)::int,
    CASE WHEN random() < 0.8 THEN floor(400 + random() * 1200) END, 'INR',
    ARRAY(SELECT a FROM unnest(ARRAY['wifi', 'desk', 'fan']) a WHERE n > 0 AND random() < 0.2),
    ARRAY(SELECT a FROM unnest(ARRAY['wifi', 'desk', 'fan']) a WHERE n > 0 AND random() < 0.4),
    ARRAY(
        SELECT a FROM unnest(ARRAY['private_room', 'shared_room']) a
        WHERE n > 0 AND random() < 0.3
    ),
    CASE WHEN random() < 0.9 THEN 'active' ELSE 'cancelled' END, now() + interval '14 days'
FROM (
    SELECT n, current_date + 5 + floor(random() * 20)::int AS day FROM generate_series(1, 60) n
) days;

INSERT INTO bookings (room_id, student_id, check_in, check_out, status)
SELECT room.ids[1 + floor(random() * cardinality(room.ids))::int], lpad('f1', 32, '0')::uuid,
    day, day + 4, CASE WHEN random() < 0.8 THEN 'confirmed' ELSE 'cancelled' END
FROM (
    SELECT current_date + 5 + floor(random() * 20)::int AS day FROM generate_series(1, 150)
) days, (SELECT array_agg(id ORDER BY id) AS ids FROM rooms) room
ON CONFLICT DO NOTHING;

-- The oracle: every pair of an active request and a room that fits it.
CREATE VIEW pairs AS
SELECT r.id AS request_id, m.landlord_id, m.id AS room_id, l.total_capacity, l.active_contracts,
    now() - l.last_active_at AS inactive, l.acceptance_rate, l.response_time_s_average
FROM requests r
JOIN rooms m ON m.status = 'listed'
    AND ST_DWithin(r.location, m.location, r.reach_m, false)
    AND (r.budget IS NULL OR m.price <= r.budget)
    AND m.occupancy >= r.occupants
    AND r.required_amenities <@ m.amenities
    AND (r.room_types = '{}' OR m.room_type = ANY (r.room_types))
    AND m.minimum_nights <= r.check_out - r.check_in
    AND NOT EXISTS (
        SELECT FROM bookings b WHERE b.room_id = m.id AND b.status <> 'cancelled'
            AND daterange(b.check_in, b.check_out) && daterange(r.check_in, r.check_out)
    )
JOIN landlords l ON l.id = m.landlord_id AND l.is_available
    AND l.active_contracts < l.total_capacity
    AND (l.preferred_areas IS NULL OR ST_Covers(l.preferred_areas, r.location))
WHERE r.status = 'active';
-- The original formula of the request pool.
CREATE VIEW scores AS
SELECT DISTINCT request_id, landlord_id, least(100,
    50 + (1 - active_contracts::float8 / total_capacity) * 20
    + CASE WHEN inactive < interval '1 day' THEN 15 WHEN inactive < interval '7 days' THEN 10
        ELSE 0 END
    + CASE WHEN acceptance_rate > 0.8 THEN 10 ELSE 0 END
    + CASE WHEN response_time_s_average < 3600 THEN 5 ELSE 0 END
) AS score
FROM pairs
