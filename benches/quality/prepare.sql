-- The searched texts of these rooms, as one column for trigrams and one of weighted words.
CREATE EXTENSION IF NOT EXISTS pg_trgm;
CREATE TABLE quality_rooms AS
SELECT id, title, concat_ws(' ', locality, city) AS place, location,
       lower(concat_ws(' ', title, locality, city)) AS text,
       setweight(to_tsvector('simple', title), 'A')
           || setweight(to_tsvector('simple', concat_ws(' ', locality, city)), 'B') AS words
FROM rooms;
ALTER TABLE quality_rooms ADD PRIMARY KEY (id);
CREATE INDEX ON quality_rooms USING gin (words);
CREATE INDEX ON quality_rooms USING gin (text gin_trgm_ops);
CREATE INDEX ON quality_rooms USING gist (location);
