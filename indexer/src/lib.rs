//! Follows Postgres by logical replication into the engine.
