-- Whoever cannot climb stairs, or studies better above the traffic, searches by the floor of a room.
--
-- The column may be NULL and has no default, so no row is rewritten, and code that does not know it
-- continues to work. The index of rooms is built again once, because its documents lack the value.
ALTER TABLE rooms ADD COLUMN floor smallint CHECK (floor BETWEEN 0 AND 200);
COMMENT ON COLUMN rooms.floor IS '0 for the ground floor; NULL if unknown';
