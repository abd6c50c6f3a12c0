//! Random transactions over all followed tables, written during faults.

use rand::RngExt;
use rand::rngs::StdRng;

/// A random transaction over all followed tables; some roll back. Many of them in a row leave
/// between zero and some hundred rooms.
pub(super) fn transaction(dice: &mut StdRng) -> String {
    let mut statements = vec!["BEGIN".to_owned()];
    for _ in 0..dice.random_range(1..6) {
        statements.push(statement(dice));
    }
    let end = if dice.random_bool(0.125) {
        "ROLLBACK"
    } else {
        "COMMIT"
    };
    statements.push(end.to_owned());
    statements.join(";\n")
}

/// The configuration of a collection besides the built-in ones.
pub(super) const STATIONS: &str = r#"
[collections.stations.fields]
name = { kind = "text", weight = 3 }
platforms = { kind = "number", min = 0, max = 1_000_000, nullable = true, facet = [1, 2, 5] }
features = { kind = "tags", values = ["lift", "toilet"] }
"#;

/// Landlords, a student and venues, which transactions change but never delete, and the table of
/// the configured collection.
pub(super) const PEOPLE: &str = "
    WITH host AS (
        INSERT INTO users (role, display_name)
        SELECT 'landlord', 'Landlord ' || n FROM generate_series(1, 9) n RETURNING id
    )
    INSERT INTO landlords (user_id, total_capacity) SELECT id, 5 FROM host;
    INSERT INTO users (role, display_name) VALUES ('student', 'Ravi');
    INSERT INTO exam_venues (name, kind, city, country_code, location)
    SELECT 'Venue ' || n, 'college', 'Mumbai', 'IN', ST_MakePoint(72.9, 19 + n / 1e3)::geography
    FROM generate_series(1, 20) n;
    CREATE TABLE stations (
        id uuid PRIMARY KEY DEFAULT uuid_v7(), name text NOT NULL, platforms integer,
        features text[] NOT NULL DEFAULT '{}', location geography(Point, 4326) NOT NULL
    )";

fn statement(dice: &mut StdRng) -> String {
    let number = dice.random_range(0..100_000);
    // A condition that selects other rows each time.
    let some = |share: u32| format!("abs(hashtext(id::text || {number})) % {share} = 0");
    match dice.random_range(0..100) {
        0..30 => insert(dice, number),
        30..50 => format!(
            "UPDATE rooms SET price = {number}, title = 'Changed ' || {number} WHERE {}",
            some(5)
        ),
        50..58 => format!(
            "UPDATE rooms SET location =
                ST_MakePoint(-180 + {number} % 360, -90 + {number} % 180)::geography
            WHERE {}",
            some(9)
        ),
        // Too large for its row: a later update of another column does not send it.
        58..62 => format!(
            "UPDATE rooms SET description =
                (SELECT string_agg(md5(rooms.id::text || n || {number}), ' ')
                FROM generate_series(1, 300) n)
            WHERE {}",
            some(23)
        ),
        62..72 => format!(
            "DELETE FROM rooms WHERE {} AND NOT EXISTS
                (SELECT FROM bookings WHERE bookings.room_id = rooms.id)",
            some(6)
        ),
        72..74 => format!("DELETE FROM bookings WHERE {}", some(2)),
        // The bookings follow the new keys of their rooms.
        74..82 => format!("UPDATE rooms SET id = uuid_v7() WHERE {}", some(11)),
        82..84 => "TRUNCATE rooms CASCADE".to_owned(),
        84..90 => format!(
            "UPDATE landlords SET active_contracts = {number} % 6, is_available = {number} % 7 > 0
            WHERE {}",
            some(3)
        ),
        90..94 => format!(
            "INSERT INTO bookings (room_id, student_id, check_in, check_out, status)
            SELECT rooms.id, users.id, current_date + {number} % 90,
                current_date + {number} % 90 + 3, 'confirmed'
            FROM rooms, users WHERE users.role = 'student' AND {}
            ON CONFLICT DO NOTHING",
            some(7).replace("id::text", "rooms.id::text")
        ),
        94..96 => requests(dice, number, &some(3)),
        96..98 => stations(dice, number, &some(3)),
        _ => format!(
            "UPDATE exam_venues SET name = 'Renamed ' || {number} WHERE {}",
            some(4)
        ),
    }
}

fn requests(dice: &mut StdRng, number: u32, some: &str) -> String {
    match dice.random_range(0..8) {
        0 | 1 => format!(
            "INSERT INTO requests
                (student_id, title, location, reach_m, check_in, check_out, budget, currency,
                 required_amenities, room_types, expires_at)
            SELECT id, 'Request ' || {number} || ' ' || n,
                ST_MakePoint(72.8 + n / 1e3, 19 + {number} / 1e6)::geography, 100 + {number},
                current_date + n, current_date + n + 1 + {number} % 9, 1 + {number} % 900, 'INR',
                CASE WHEN n % 2 = 0 THEN ARRAY['wifi'] ELSE '{{}}' END, '{{}}',
                now() + interval '14 days'
            FROM users, generate_series(1, 20) n
            WHERE role = 'student' AND (SELECT count(*) FROM requests) < 300"
        ),
        2 => format!(
            "UPDATE requests SET status = 'matched', reach_m = 100 + {number}, budget = NULL,
                check_out = check_in + 2
            WHERE {some}"
        ),
        3 => format!("DELETE FROM requests WHERE {some}"),
        // The offers that a request has drawn follow its new key.
        4 => format!("UPDATE requests SET id = uuid_v7() WHERE {some}"),
        5 => format!(
            "DELETE FROM request_exposure WHERE {}",
            some.replace("id::text", "request_id::text")
        ),
        _ => format!(
            "INSERT INTO request_exposure (request_id, drawn)
            SELECT id, {number} % 9 / 2.0 FROM requests WHERE {some}
            ON CONFLICT (request_id) DO UPDATE SET drawn = excluded.drawn"
        ),
    }
}

fn stations(dice: &mut StdRng, number: u32, some: &str) -> String {
    match dice.random_range(0..4) {
        0 | 1 => format!(
            "INSERT INTO stations (name, platforms, features, location)
            SELECT 'Station ' || {number} || ' ' || n, nullif(n % 5, 0), '{{lift}}',
                ST_MakePoint(72.8 + n / 1e3, 19 + {number} / 1e6)::geography
            FROM generate_series(1, 20) n WHERE (SELECT count(*) FROM stations) < 300"
        ),
        2 => format!(
            "UPDATE stations SET name = 'Changed ' || {number}, platforms = {number},
                features = '{{lift,toilet}}'
            WHERE {some}"
        ),
        _ => format!("DELETE FROM stations WHERE {some}"),
    }
}

fn insert(dice: &mut StdRng, number: u32) -> String {
    let count = dice.random_range(1..60);
    format!(
        "INSERT INTO rooms
            (landlord_id, title, country_code, location, currency, occupancy, room_type)
        SELECT (SELECT id FROM landlords ORDER BY hashtext(id::text || {number} || n) LIMIT 1),
            'Room ' || {number} || ' ' || n, 'IN',
            ST_MakePoint(72.8 + n / 1e3, 19 + {number} / 1e6)::geography, 'INR', 1, 'private_room'
        FROM generate_series(1, {count}) n WHERE (SELECT count(*) FROM rooms) < 600"
    )
}
