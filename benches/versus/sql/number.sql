-- Numbers the rooms in Hilbert order, so that neighbours share pages, and creates the tables for their
-- words, which the program fills.
CREATE UNLOGGED TABLE numbered_rooms AS
SELECT row_number() OVER (ORDER BY location::geometry)::integer AS room, id FROM rooms;
CREATE UNIQUE INDEX ON numbered_rooms (room) INCLUDE (id);

-- Term frequencies by room, weighted by text: a word in the title counts three times, for example.
CREATE UNLOGGED TABLE room_words (room integer, word text COLLATE "C", frequency real);

-- The weighted number of words of a room without its amenities, rounded as in the index, and its words.
CREATE UNLOGGED TABLE room_texts (room integer, length integer, words tsvector);
ANALYZE numbered_rooms;
