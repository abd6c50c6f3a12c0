-- Students who cannot climb stairs, or who want to live above the traffic, search by floor.
--
-- The column may be NULL and has no default, so no row is rewritten, and code that does not know it
-- continues to work. The index of rooms is built again once, because its documents lack the value.
ALTER TABLE rooms ADD COLUMN floor smallint CHECK (floor BETWEEN 0 AND 200);
COMMENT ON COLUMN rooms.floor IS '0 for the ground floor; NULL if unknown';
