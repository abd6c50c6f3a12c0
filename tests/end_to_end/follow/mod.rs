//! The index follows Postgres: changes, bookings, interruptions and rows that cannot be converted.

mod bookings;
mod changes;
mod collections;
mod dead_letters;
mod events;
mod exposure;
mod hung_connections;
mod outage;
mod resume;
mod settings;
mod verify;
