-- The texts that Roost searches, as weighted words, and as one column for trigrams. The latter lacks
-- descriptions: nearly every long text has a word that is similar to the typed one.
CREATE EXTENSION IF NOT EXISTS pg_trgm;
CREATE TABLE quality_rooms AS
SELECT id, title, place, city, location,
       concat_ws(' ', title, place, details, description) AS searched,
       lower(concat_ws(' ', title, place, details)) AS text,
       setweight(to_tsvector('simple', title), 'A')
           || setweight(to_tsvector('simple', place), 'B')
           || setweight(to_tsvector('simple', details), 'C')
           || setweight(to_tsvector('simple', description), 'D') AS words
FROM rooms
CROSS JOIN LATERAL (
    SELECT concat_ws(' ', locality, city) AS place,
           concat_ws(' ', address, replace(array_to_string(amenities, ' '), '_', ' ')) AS details
) AS texts;
ALTER TABLE quality_rooms ADD PRIMARY KEY (id);
CREATE INDEX ON quality_rooms USING gin (words);
CREATE INDEX ON quality_rooms USING gin (text gin_trgm_ops);
CREATE INDEX ON quality_rooms USING gist (location);
