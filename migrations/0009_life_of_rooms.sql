-- Landlords write their rooms themselves now. A room starts as a draft, is submitted for review, and
-- an admin lists or rejects it. Reviewers see the submitted rooms in the order of submission, and
-- the landlord reads why a room was rejected.
--
-- Two people may change the same row, so each change gives it another version. A caller names the
-- version that it has seen, and a change based on an older one is rejected. Every update of a room
-- counts, by whichever program. Of a landlord only what the landlord edits counts: its signals
-- change all day and would reject edits for no reason.
--
-- All columns have a default or may be NULL, so no row is rewritten, and code that does not know
-- them goes on working.

ALTER TABLE rooms
    DROP CONSTRAINT rooms_status_check,
    ADD CONSTRAINT rooms_status_check CHECK (status IN ('draft', 'submitted', 'listed', 'paused', 'removed')),
    ADD COLUMN version          bigint NOT NULL DEFAULT 1,
    ADD COLUMN submitted_at     timestamptz,
    ADD COLUMN rejection_reason text CHECK (char_length(rejection_reason) BETWEEN 1 AND 1000);
CREATE INDEX rooms_review_idx ON rooms (submitted_at, id) WHERE status = 'submitted';
COMMENT ON COLUMN rooms.version          IS 'Counts the updates of this row; callers name it to avoid overwriting a change that they have not seen';
COMMENT ON COLUMN rooms.submitted_at     IS 'When the landlord last submitted the room for review; NULL for never';
COMMENT ON COLUMN rooms.rejection_reason IS 'Why the last review rejected the room; NULL once it is submitted again';

ALTER TABLE landlords ADD COLUMN version bigint NOT NULL DEFAULT 1;
COMMENT ON COLUMN landlords.version IS 'Counts the updates of what the landlord edits, not those of its signals';

CREATE FUNCTION increment_version() RETURNS trigger
    LANGUAGE plpgsql
AS $$
BEGIN
    NEW.version := OLD.version + 1;
    RETURN NEW;
END
$$;
COMMENT ON FUNCTION increment_version() IS 'Gives an updated row another version, whichever program updates it';
CREATE TRIGGER rooms_version BEFORE UPDATE ON rooms
    FOR EACH ROW EXECUTE FUNCTION increment_version();
CREATE TRIGGER landlords_version BEFORE UPDATE OF total_capacity, is_available, preferred_areas ON landlords
    FOR EACH ROW EXECUTE FUNCTION increment_version();
