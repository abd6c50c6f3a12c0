//! The rows that a pool starts with, and those of events.

pub(super) const LANDLORDS: usize = 6;
pub(super) const REQUESTS: usize = 30;

pub(super) fn request_id(request: usize) -> String {
    format!("00000000-0000-7000-8000-{:012x}", 0x1000 + request)
}

/// Also the id of the landlord's room.
pub(super) fn landlord_id(landlord: usize) -> String {
    format!("00000000-0000-7000-8000-{:012x}", 0x2000 + landlord)
}

pub(super) fn city(request: usize) -> &'static str {
    ["Mysuru", "Pune", ""][request % 3]
}

/// The members of `change` that name a request and a landlord.
pub(super) fn change(request: usize, landlord: usize) -> String {
    let (request, landlord) = (request_id(request), landlord_id(landlord));
    format!(r#"{{"request_id": "{request}", "landlord_id": "{landlord}"}}"#)
}

pub(super) fn event(kind: &str, subject: &str, id: &str, change: &str) -> String {
    format!(
        "INSERT INTO events (actor_kind, kind, subject_kind, subject_id, change)
        VALUES ('system', '{kind}', '{subject}', '{id}', '{change}');"
    )
}

/// A student, and landlords with one room each.
pub(super) fn people() -> String {
    let mut sql = "INSERT INTO users (role, display_name) VALUES ('student', 'Ravi');".to_owned();
    for landlord in 0..LANDLORDS {
        let id = landlord_id(landlord);
        sql += &format!(
            "WITH host AS (
                INSERT INTO users (role, display_name) VALUES ('landlord', 'Asha') RETURNING id
            ), landlord AS (
                INSERT INTO landlords (id, user_id, total_capacity) SELECT '{id}', id, 100 FROM host
                RETURNING id
            )
            INSERT INTO rooms
                (id, landlord_id, title, country_code, location, currency, occupancy, room_type)
            SELECT id, id, 'Room', 'IN', ST_MakePoint(76.6, 12.3)::geography, 'INR', 1, 'private_room'
            FROM landlord;"
        );
    }
    sql
}
