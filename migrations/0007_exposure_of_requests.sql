-- A ranking that is the same for everyone sends all landlords to the same few requests, and most
-- requests are never answered. So the more offers a request has drawn, the lower landlords find it
-- in their feeds. The index follows this table and keeps the numbers in memory, because they change
-- all day and the requests themselves do not.
--
-- Nothing that exists is changed, so code that does not know exposure continues to work. A request
-- without a row has drawn nothing.
CREATE TABLE request_exposure (
    request_id uuid             PRIMARY KEY REFERENCES requests (id) ON UPDATE CASCADE ON DELETE CASCADE,
    drawn      double precision NOT NULL DEFAULT 0 CHECK (drawn >= 0 AND drawn < 'infinity')
);
COMMENT ON TABLE  request_exposure            IS 'How many offers each request has drawn; the index keeps this in memory, not in documents';
COMMENT ON COLUMN request_exposure.request_id IS 'A request without a row has drawn nothing';
COMMENT ON COLUMN request_exposure.drawn      IS 'Offers that are open, and those that are expected: not always a whole number';
