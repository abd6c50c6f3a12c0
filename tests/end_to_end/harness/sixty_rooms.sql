-- Sixty rooms. Each is 160 m farther north of IIT Bombay and 10 rupees cheaper than the one before;
-- the last costs nothing. Every second room has wifi. Every tenth title lacks the word "desk".
INSERT INTO users (id, role, display_name)
VALUES ('00000000-0000-7000-8000-0000000000b0', 'landlord', 'Asha');
INSERT INTO landlords (id, user_id, total_capacity)
VALUES ('00000000-0000-7000-8000-0000000000b1', '00000000-0000-7000-8000-0000000000b0', 4);
INSERT INTO exam_venues (id, name, aliases, kind, city, state, postal_code, country_code, location)
VALUES (
    '00000000-0000-7000-8000-0000000000a1', 'Indian Institute of Technology Bombay',
    '{IIT Bombay,IITB}', 'institute', 'Mumbai', 'Maharashtra', '400076', 'IN',
    'POINT(72.9133 19.1334)'
);
INSERT INTO rooms (
    id, landlord_id, title, city, country_code, location, price, currency, occupancy, room_type,
    amenities
)
SELECT
    ('00000000-0000-7000-8000-' || lpad(n::text, 12, '0'))::uuid,
    '00000000-0000-7000-8000-0000000000b1',
    'Room ' || n || CASE WHEN n % 10 = 0 THEN ' with a sofa' ELSE ' with a desk' END,
    'Mumbai', 'IN', ST_SetSRID(ST_MakePoint(72.9133, 19.1334 + 0.001437 * n), 4326)::geography,
    600 - 10 * n, 'INR', 1 + n % 4,
    (ARRAY['private_room', 'entire_place', 'shared_room'])[1 + n % 3],
    CASE WHEN n % 2 = 0 THEN '{wifi}'::text[] ELSE '{}' END
FROM generate_series(1, 60) AS n;
