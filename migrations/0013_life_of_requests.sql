-- Students write their rental requests themselves now. A request is active until it leads to a
-- contract, expires or is cancelled, and never becomes active again. Each change gives it another
-- version, as of rooms.
--
-- Landlords and students receive live events. A client that reconnects, perhaps to another node,
-- names the last event that it has received. Ids of events are not in the order of their commits,
-- so what the client has seen is a Postgres snapshot, and each event names its transaction: an event
-- is new for the client if the snapshot does not see that transaction.
--
-- The columns have a default or may be NULL, so no row is rewritten, and code that does not know
-- them goes on working. Events from before this migration have no transaction, and no client can
-- resume before them.

ALTER TABLE requests ADD COLUMN version bigint NOT NULL DEFAULT 1;
COMMENT ON COLUMN requests.version IS 'Counts the updates of this row, as in rooms';
CREATE TRIGGER requests_version BEFORE UPDATE ON requests
    FOR EACH ROW EXECUTE FUNCTION increment_version();
CREATE INDEX requests_student_id_idx ON requests (student_id, id);
COMMENT ON INDEX requests_student_id_idx IS 'Lists the requests of a student, the newest first';

CREATE FUNCTION reject_reopened_request() RETURNS trigger
    LANGUAGE plpgsql
AS $$
BEGIN
    RAISE EXCEPTION 'the request is % and cannot become %', OLD.status, NEW.status
        USING ERRCODE = 'check_violation', CONSTRAINT = 'requests_status_step_check';
END
$$;
COMMENT ON FUNCTION reject_reopened_request() IS 'Keeps a request closed that is matched, expired or cancelled';
CREATE TRIGGER requests_stay_closed BEFORE UPDATE OF status ON requests
    FOR EACH ROW
    WHEN (OLD.status <> 'active' AND NEW.status <> OLD.status)
    EXECUTE FUNCTION reject_reopened_request();

ALTER TABLE events ADD COLUMN transaction_id xid8;
ALTER TABLE events ALTER COLUMN transaction_id SET DEFAULT pg_current_xact_id();
COMMENT ON COLUMN events.transaction_id IS 'The transaction of the action, by which a Postgres snapshot says whether a reader has seen the event; NULL for events from before this column existed';
CREATE INDEX events_transaction_id_idx ON events (transaction_id, id);
COMMENT ON INDEX events_transaction_id_idx IS 'Finds the events of transactions that a snapshot does not see';
