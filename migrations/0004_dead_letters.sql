-- A row that the index cannot take is missing from every search, and a line in a log is soon gone. So
-- the node that left it out writes it down here before it lets Postgres forget the change: what is
-- missing can then be listed, mended and tried again (`roost dead-letters`).
--
-- Each node has its own rows, told apart by its slot, and its role writes them: where it does not own
-- this table it needs SELECT, INSERT, UPDATE and DELETE on it. No foreign key leads to the row itself,
-- which may be of any table and may be gone. Nothing that exists is changed.
CREATE TABLE dead_letters (
    slot          text        NOT NULL,
    table_name    text        NOT NULL,
    row_key       text        NOT NULL,
    column_name   text        NOT NULL,
    value         text        NOT NULL,
    reason        text        NOT NULL,
    position      pg_lsn      NOT NULL,
    times_seen    bigint      NOT NULL DEFAULT 1 CHECK (times_seen > 0),
    first_seen_at timestamptz NOT NULL DEFAULT now(),
    last_seen_at  timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (slot, table_name, row_key)
);
COMMENT ON TABLE  dead_letters             IS 'Rows that a node cannot convert and so leaves out of its index; written by the node, removed when the row is mended or deleted';
COMMENT ON COLUMN dead_letters.slot        IS 'The replication slot of the node';
COMMENT ON COLUMN dead_letters.row_key     IS 'The id of the row in table_name';
COMMENT ON COLUMN dead_letters.column_name IS 'The column that cannot be converted';
COMMENT ON COLUMN dead_letters.value       IS 'Its value, cut where it is long';
COMMENT ON COLUMN dead_letters.position    IS 'The log position of the newest transaction or copy that brought the row so';
COMMENT ON COLUMN dead_letters.times_seen  IS 'How many transactions and copies brought it so; a replay does not count';
