-- Two students must never be promised the same bed for the same night, and nobody should find a room
-- that is taken. So a booking is a row with its nights, the database refuses a second one for a night
-- that is taken, and the index follows this table to leave taken rooms out of searches at once.
--
-- A constraint that compares keys and ranges in one index needs btree_gist, which comes with
-- PostgreSQL. Nothing that exists is changed, so code that does not know bookings goes on working.
CREATE EXTENSION IF NOT EXISTS btree_gist;

CREATE TABLE bookings (
    id           uuid        PRIMARY KEY DEFAULT uuid_v7(),
    room_id      uuid        NOT NULL REFERENCES rooms (id) ON UPDATE CASCADE,
    student_id   uuid        NOT NULL,
    student_role text        NOT NULL DEFAULT 'student' CHECK (student_role = 'student'),
    check_in     date        NOT NULL CHECK (check_in >= '2000-01-01'),
    check_out    date        NOT NULL CHECK (check_out < '3000-01-01'),
    status       text        NOT NULL DEFAULT 'held' CHECK (status IN ('held', 'confirmed', 'cancelled')),
    created_at   timestamptz NOT NULL DEFAULT now(),
    updated_at   timestamptz NOT NULL DEFAULT now(),
    FOREIGN KEY (student_id, student_role) REFERENCES users (id, role),
    CONSTRAINT bookings_nights_check CHECK (check_out > check_in AND check_out <= check_in + 366),
    CONSTRAINT bookings_one_a_night EXCLUDE USING gist (
        room_id WITH =,
        daterange(check_in, check_out) WITH &&
    ) WHERE (status <> 'cancelled')
);
CREATE INDEX bookings_room_idx ON bookings (room_id, check_in);
CREATE INDEX bookings_student_idx ON bookings (student_id, check_in);
CREATE INDEX bookings_check_out_idx ON bookings (check_out) WHERE status <> 'cancelled';
COMMENT ON TABLE  bookings              IS 'Who has a room for which nights; the index keeps the taken nights in memory, not in documents';
COMMENT ON COLUMN bookings.room_id      IS 'A room with bookings cannot be deleted: its status becomes removed';
COMMENT ON COLUMN bookings.student_role IS 'Always student: with the foreign key it holds the user to that role';
COMMENT ON COLUMN bookings.check_in     IS 'Date of the first evening, in the calendar of the room''s place';
COMMENT ON COLUMN bookings.check_out    IS 'Date of the morning after the last night: the next booking may begin on it';
COMMENT ON COLUMN bookings.status       IS 'held and confirmed take the nights, cancelled frees them';
COMMENT ON CONSTRAINT bookings_one_a_night ON bookings IS 'No two bookings that are not cancelled have a night of a room in common';
COMMENT ON INDEX bookings_check_out_idx IS 'What the index reads at each start: bookings that are not over';

CREATE TRIGGER bookings_touch BEFORE UPDATE ON bookings FOR EACH ROW EXECUTE FUNCTION touch_updated_at();
