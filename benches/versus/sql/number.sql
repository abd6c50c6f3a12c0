-- Numbers every room in the order of a Hilbert curve, so that neighbours share pages, and makes the
-- tables for its words, which the program fills.
CREATE UNLOGGED TABLE numbered_rooms AS
SELECT row_number() OVER (ORDER BY location::geometry)::integer AS room, id FROM rooms;
CREATE UNIQUE INDEX ON numbered_rooms (room) INCLUDE (id);

-- How often each word stands in a room, a word of the title counting three times and so on.
CREATE UNLOGGED TABLE room_words (room integer, word text COLLATE "C", frequency real);

-- How many words a room has besides its amenities, counted alike and as the index rounds it; and its words.
CREATE UNLOGGED TABLE room_texts (room integer, length integer, words tsvector);
ANALYZE numbered_rooms;
