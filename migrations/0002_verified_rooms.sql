-- Students far from home ask whether a room is what it says. Somebody who has made sure of it notes
-- when, and a search can ask for such rooms only. The moment is kept rather than a yes, so that an
-- old visit can be told from a new one.
--
-- The column may be NULL and has no default, so that no row is rewritten; code that does not know
-- it goes on working. An index of rooms is made anew once, since its documents lack the answer.
ALTER TABLE rooms ADD COLUMN verified_at timestamptz;
COMMENT ON COLUMN rooms.verified_at IS 'When somebody last made sure that the room is what it says; NULL for never';
