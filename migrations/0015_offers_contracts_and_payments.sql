-- A landlord offers a room for a request, the student accepts one offer, pays, and has a contract.
-- Two people must never get the same room for the same night, no landlord more contracts than it can
-- serve, and no money may appear or disappear, whichever program writes. So the rules are constraints
-- and triggers here; the programs check them first only for the sake of clear errors.
--
-- A contract is pending from the acceptance to the first payment. Pending contracts count against
-- the capacity, so that a student who has been accepted cannot fail later for lack of it.
-- active_contracts counts active ones alone, as it always did.
--
-- The ledger is double-entry. Rows of contracts and payments post their entries by triggers, and
-- entries update the balances, so none of them can lack the others. A transaction whose entries do
-- not sum to zero fails at its commit. Payments and entries are append-only, one partition a month.
--
-- Existing tables get columns with defaults and unique keys that contain their primary key, so no row
-- is rewritten and code that does not know these tables goes on working.

ALTER TABLE rooms    ADD CONSTRAINT rooms_landlord_key UNIQUE (id, landlord_id);
ALTER TABLE requests ADD CONSTRAINT requests_student_key UNIQUE (id, student_id);
ALTER TABLE bookings ADD CONSTRAINT bookings_holder_key UNIQUE (id, room_id, student_id);

ALTER TABLE landlords
    ADD COLUMN pending_contracts integer NOT NULL DEFAULT 0 CHECK (pending_contracts >= 0),
    ADD COLUMN hidden_when_full  boolean NOT NULL DEFAULT false,
    ADD CONSTRAINT landlords_capacity_check
        CHECK (active_contracts + pending_contracts <= total_capacity);
COMMENT ON COLUMN landlords.pending_contracts IS 'Contracts that wait for their first payment; with active_contracts never above total_capacity';
COMMENT ON COLUMN landlords.hidden_when_full  IS 'is_available is false because all contracts are active, and becomes true again when one ends';

CREATE TABLE offers (
    id             uuid        PRIMARY KEY DEFAULT uuid_v7(),
    request_id     uuid        NOT NULL REFERENCES requests (id),
    landlord_id    uuid        NOT NULL REFERENCES landlords (id),
    room_id        uuid        NOT NULL,
    check_in       date        NOT NULL,
    check_out      date        NOT NULL,
    price_minor    bigint      NOT NULL CHECK (price_minor BETWEEN 1 AND 1000000000000),
    currency       char(3)     NOT NULL CHECK (currency ~ '^[A-Z]{3}$'),
    message        text        NOT NULL DEFAULT '' CHECK (char_length(message) <= 2000),
    valid_until    timestamptz NOT NULL,
    status         text        NOT NULL DEFAULT 'open' CHECK (status IN ('open', 'accepted', 'declined', 'withdrawn', 'expired')),
    decline_reason text        CHECK (char_length(decline_reason) BETWEEN 1 AND 500),
    created_at     timestamptz NOT NULL DEFAULT now(),
    updated_at     timestamptz NOT NULL DEFAULT now(),
    answered_at    timestamptz,
    version        bigint      NOT NULL DEFAULT 1,
    FOREIGN KEY (room_id, landlord_id) REFERENCES rooms (id, landlord_id),
    CHECK (check_out > check_in),
    CHECK (valid_until > created_at),
    CHECK ((status = 'open') = (answered_at IS NULL)),
    CHECK (decline_reason IS NULL OR status IN ('declined', 'withdrawn')),
    -- Contracts refer to it, so that their terms are those of the offer.
    UNIQUE (id, request_id, room_id, landlord_id, check_in, check_out, currency)
);
CREATE UNIQUE INDEX offers_open_key ON offers (landlord_id, request_id, room_id) WHERE status = 'open';
CREATE UNIQUE INDEX offers_accepted_key ON offers (request_id) WHERE status = 'accepted';
CREATE INDEX offers_request_idx ON offers (request_id, id);
CREATE INDEX offers_landlord_idx ON offers (landlord_id, id);
CREATE INDEX offers_room_idx ON offers (room_id);
CREATE INDEX offers_valid_until_idx ON offers (valid_until) WHERE status = 'open';
COMMENT ON TABLE  offers                IS 'Rooms that landlords offer for requests';
COMMENT ON COLUMN offers.check_in       IS 'As in the request when the offer was made';
COMMENT ON COLUMN offers.price_minor    IS 'For one night, in the minor unit of the currency';
COMMENT ON COLUMN offers.currency       IS 'ISO 4217, that of the request';
COMMENT ON COLUMN offers.valid_until    IS 'Until when the student can accept it';
COMMENT ON COLUMN offers.status         IS 'Only open ones can be accepted; one of a request at most is accepted';
COMMENT ON COLUMN offers.decline_reason IS 'Why it was declined or withdrawn, for the other side to read';
COMMENT ON COLUMN offers.answered_at    IS 'When it stopped being open';
COMMENT ON COLUMN offers.version        IS 'Counts the updates of this row, as in rooms';
COMMENT ON INDEX  offers_open_key       IS 'A landlord has one open offer of a room for a request';
COMMENT ON INDEX  offers_accepted_key   IS 'One offer of a request is accepted';

CREATE TABLE contracts (
    id            uuid        PRIMARY KEY DEFAULT uuid_v7(),
    offer_id      uuid        NOT NULL UNIQUE,
    request_id    uuid        NOT NULL,
    room_id       uuid        NOT NULL,
    landlord_id   uuid        NOT NULL,
    student_id    uuid        NOT NULL,
    booking_id    uuid        NOT NULL UNIQUE,
    check_in      date        NOT NULL,
    check_out     date        NOT NULL,
    total_minor   bigint      NOT NULL CHECK (total_minor > 0),
    currency      char(3)     NOT NULL,
    due_on        date        NOT NULL,
    status        text        NOT NULL DEFAULT 'pending' CHECK (status IN ('pending', 'active', 'ended', 'cancelled')),
    overdue_at    timestamptz,
    closed_by     text        CHECK (closed_by IN ('student', 'landlord', 'admin', 'system')),
    cancel_reason text        CHECK (char_length(cancel_reason) BETWEEN 1 AND 500),
    created_at    timestamptz NOT NULL DEFAULT now(),
    updated_at    timestamptz NOT NULL DEFAULT now(),
    activated_at  timestamptz,
    closed_at     timestamptz,
    version       bigint      NOT NULL DEFAULT 1,
    FOREIGN KEY (offer_id, request_id, room_id, landlord_id, check_in, check_out, currency)
        REFERENCES offers (id, request_id, room_id, landlord_id, check_in, check_out, currency),
    FOREIGN KEY (request_id, student_id) REFERENCES requests (id, student_id),
    FOREIGN KEY (booking_id, room_id, student_id) REFERENCES bookings (id, room_id, student_id),
    CHECK (check_out > check_in),
    CHECK (status <> 'pending' OR activated_at IS NULL),
    CHECK (status NOT IN ('active', 'ended') OR activated_at IS NOT NULL),
    CHECK ((status IN ('ended', 'cancelled')) = (closed_at IS NOT NULL)),
    CHECK ((closed_at IS NULL) = (closed_by IS NULL)),
    CHECK (cancel_reason IS NULL OR status = 'cancelled'),
    -- Payments and entries of the ledger refer to it, so that they have its currency.
    UNIQUE (id, currency)
);
CREATE UNIQUE INDEX contracts_request_key ON contracts (request_id) WHERE status IN ('pending', 'active');
CREATE INDEX contracts_student_idx ON contracts (student_id, id);
CREATE INDEX contracts_landlord_idx ON contracts (landlord_id, id);
CREATE INDEX contracts_check_out_idx ON contracts (check_out) WHERE status = 'active';
CREATE INDEX contracts_check_in_idx ON contracts (check_in) WHERE status = 'pending';
CREATE INDEX contracts_due_on_idx ON contracts (due_on) WHERE overdue_at IS NULL AND status <> 'cancelled';
COMMENT ON TABLE  contracts               IS 'What an accepted offer has led to';
COMMENT ON COLUMN contracts.booking_id    IS 'The booking that reserves the nights: held while the contract is pending, confirmed while it is active';
COMMENT ON COLUMN contracts.total_minor   IS 'The price of all nights, in the minor unit of the currency';
COMMENT ON COLUMN contracts.due_on        IS 'The last day (UTC) on which the total can be paid in time';
COMMENT ON COLUMN contracts.status        IS 'pending until the first payment, then active, at last ended or cancelled';
COMMENT ON COLUMN contracts.overdue_at    IS 'When the daily job found an amount that was due; NULL once it is paid';
COMMENT ON COLUMN contracts.closed_by     IS 'Who ended or cancelled it; system for a job';
COMMENT ON COLUMN contracts.activated_at  IS 'When the first payment was recorded';
COMMENT ON COLUMN contracts.closed_at     IS 'When it ended or was cancelled';
COMMENT ON COLUMN contracts.version       IS 'Counts the updates of this row, as in rooms';
COMMENT ON INDEX  contracts_request_key   IS 'A request has one contract that is pending or active';

CREATE TABLE payments (
    id                 uuid        NOT NULL DEFAULT uuid_v7(),
    created_at         timestamptz NOT NULL DEFAULT now(),
    contract_id        uuid        NOT NULL,
    kind               text        NOT NULL CHECK (kind IN ('payment', 'refund')),
    refunded_id        uuid,
    amount_minor       bigint      NOT NULL CHECK (amount_minor > 0),
    currency           char(3)     NOT NULL,
    method             text        NOT NULL CHECK (method IN ('cash', 'transfer', 'provider')),
    reference          text        NOT NULL CHECK (char_length(reference) BETWEEN 1 AND 100),
    provider_reference text        CHECK (char_length(provider_reference) BETWEEN 1 AND 200),
    PRIMARY KEY (id, created_at),
    FOREIGN KEY (contract_id, currency) REFERENCES contracts (id, currency),
    CHECK ((kind = 'refund') = (refunded_id IS NOT NULL)),
    CHECK ((method = 'provider') = (provider_reference IS NOT NULL))
) PARTITION BY RANGE (created_at);
CREATE INDEX payments_contract_idx ON payments (contract_id, id);
COMMENT ON TABLE  payments                    IS 'Money that a landlord has received or paid back. Append-only, one partition a month (UTC)';
COMMENT ON COLUMN payments.kind               IS 'payment or refund';
COMMENT ON COLUMN payments.refunded_id        IS 'The payment that a refund pays back';
COMMENT ON COLUMN payments.amount_minor       IS 'In the minor unit of the currency';
COMMENT ON COLUMN payments.method             IS 'cash and transfer are recorded by the landlord, provider is charged by Roost';
COMMENT ON COLUMN payments.reference          IS 'Chosen by the caller, unique in its contract, so that no payment is recorded twice';
COMMENT ON COLUMN payments.provider_reference IS 'The key of the charge or refund at the payment provider';

CREATE TABLE payment_balances (
    payment_id     uuid        PRIMARY KEY,
    created_at     timestamptz NOT NULL,
    contract_id    uuid        NOT NULL REFERENCES contracts (id),
    kind           text        NOT NULL CHECK (kind IN ('payment', 'refund')),
    reference      text        NOT NULL,
    amount_minor   bigint      NOT NULL,
    refunded_minor bigint      NOT NULL DEFAULT 0,
    CONSTRAINT payment_balances_reference_key UNIQUE (contract_id, reference),
    CONSTRAINT payment_balances_refunded_check CHECK (refunded_minor BETWEEN 0 AND amount_minor),
    CHECK (kind = 'payment' OR refunded_minor = 0)
);
COMMENT ON TABLE  payment_balances                IS 'What is refunded of each payment. Kept by the trigger of payments, which cannot have such unique keys across their partitions';
COMMENT ON COLUMN payment_balances.created_at     IS 'Finds the partition of the payment';
COMMENT ON COLUMN payment_balances.refunded_minor IS 'The sum of its refunds';

CREATE TABLE ledger_entries (
    transaction_id uuid        NOT NULL,
    line           smallint    NOT NULL CHECK (line BETWEEN 1 AND 9),
    created_at     timestamptz NOT NULL DEFAULT now(),
    contract_id    uuid        NOT NULL,
    reason         text        NOT NULL CHECK (reason IN ('charge', 'payment', 'refund', 'release')),
    payment_id     uuid,
    account        text        NOT NULL CHECK (account IN ('tenant', 'rent', 'received')),
    amount_minor   bigint      NOT NULL CHECK (amount_minor <> 0),
    currency       char(3)     NOT NULL,
    PRIMARY KEY (transaction_id, line, created_at),
    FOREIGN KEY (contract_id, currency) REFERENCES contracts (id, currency),
    CHECK ((payment_id IS NOT NULL) = (reason IN ('payment', 'refund')))
) PARTITION BY RANGE (created_at);
CREATE INDEX ledger_entries_contract_idx ON ledger_entries (contract_id, created_at);
COMMENT ON TABLE  ledger_entries                IS 'The double-entry ledger: the entries of a transaction sum to zero in each contract. Append-only, one partition a month (UTC)';
COMMENT ON COLUMN ledger_entries.transaction_id IS 'The entries with the same id and time belong together';
COMMENT ON COLUMN ledger_entries.reason         IS 'charge: a contract is agreed; payment and refund; release: a contract is cancelled';
COMMENT ON COLUMN ledger_entries.account        IS 'tenant: what the student owes; rent: what the landlord has earned (negative); received: what the landlord was paid';
COMMENT ON COLUMN ledger_entries.amount_minor   IS 'Positive for a debit, negative for a credit';

CREATE TABLE contract_balances (
    contract_id    uuid    PRIMARY KEY,
    currency       char(3) NOT NULL,
    charged_minor  bigint  NOT NULL DEFAULT 0 CHECK (charged_minor >= 0),
    received_minor bigint  NOT NULL DEFAULT 0 CHECK (received_minor >= 0),
    due_minor      bigint  NOT NULL DEFAULT 0,
    FOREIGN KEY (contract_id, currency) REFERENCES contracts (id, currency),
    CONSTRAINT contract_balances_received_check
        CHECK (received_minor <= charged_minor OR charged_minor = 0)
);
COMMENT ON TABLE  contract_balances                IS 'The balance of each contract, kept by the entries of the ledger in their own transaction';
COMMENT ON COLUMN contract_balances.charged_minor  IS 'The total; 0 once the contract is cancelled';
COMMENT ON COLUMN contract_balances.received_minor IS 'Payments less refunds';
COMMENT ON COLUMN contract_balances.due_minor      IS 'What the student owes: charged less received; negative for what the landlord has to pay back';

CREATE TABLE account_balances (
    party          text    NOT NULL CHECK (party IN ('student', 'landlord')),
    owner_id       uuid    NOT NULL,
    currency       char(3) NOT NULL,
    charged_minor  bigint  NOT NULL DEFAULT 0 CHECK (charged_minor >= 0),
    received_minor bigint  NOT NULL DEFAULT 0 CHECK (received_minor >= 0),
    due_minor      bigint  NOT NULL DEFAULT 0,
    PRIMARY KEY (owner_id, party, currency)
);
COMMENT ON TABLE  account_balances          IS 'The sums of contract_balances of each student and landlord, kept by the entries of the ledger';
COMMENT ON COLUMN account_balances.owner_id IS 'A user of the role student, or a landlord';

-- Offers -----------------------------------------------------------------------------------------

CREATE FUNCTION check_offer() RETURNS trigger
    LANGUAGE plpgsql
AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        IF NEW.status <> 'open' THEN
            RAISE EXCEPTION 'an offer starts open, not %', NEW.status
                USING ERRCODE = 'check_violation', CONSTRAINT = 'offers_status_check';
        END IF;
        -- Waits for a transaction that closes the request.
        PERFORM FROM requests WHERE id = NEW.request_id AND status = 'active'
            AND check_in = NEW.check_in AND check_out = NEW.check_out AND currency = NEW.currency
            FOR SHARE;
        IF NOT FOUND THEN
            RAISE EXCEPTION 'request % is not active with these nights and this currency', NEW.request_id
                USING ERRCODE = 'check_violation', CONSTRAINT = 'offers_request_active';
        END IF;
        RETURN NEW;
    END IF;
    IF (NEW.request_id, NEW.landlord_id, NEW.room_id, NEW.check_in, NEW.check_out,
            NEW.price_minor, NEW.currency)
        IS DISTINCT FROM
        (OLD.request_id, OLD.landlord_id, OLD.room_id, OLD.check_in, OLD.check_out,
            OLD.price_minor, OLD.currency)
    THEN
        RAISE EXCEPTION 'the terms of an offer never change'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'offers_terms_fixed';
    END IF;
    IF NEW.status <> OLD.status AND OLD.status <> 'open' THEN
        RAISE EXCEPTION 'an offer that is % cannot become %', OLD.status, NEW.status
            USING ERRCODE = 'check_violation', CONSTRAINT = 'offers_status_check';
    END IF;
    RETURN NEW;
END
$$;
COMMENT ON FUNCTION check_offer() IS 'Rejects an offer for a request that is not active, changed terms and impossible states';
CREATE TRIGGER offers_check BEFORE INSERT OR UPDATE ON offers
    FOR EACH ROW EXECUTE FUNCTION check_offer();
CREATE TRIGGER offers_touch BEFORE UPDATE ON offers FOR EACH ROW EXECUTE FUNCTION touch_updated_at();
CREATE TRIGGER offers_version BEFORE UPDATE ON offers FOR EACH ROW EXECUTE FUNCTION increment_version();

CREATE FUNCTION check_offers_of_request() RETURNS trigger
    LANGUAGE plpgsql
AS $$
DECLARE
    request        uuid;
    request_status text;
BEGIN
    request := CASE TG_TABLE_NAME WHEN 'requests' THEN NEW.id ELSE (to_jsonb(NEW) ->> 'request_id')::uuid END;
    SELECT status INTO request_status FROM requests WHERE id = request;
    IF request_status <> 'active'
        AND EXISTS (SELECT FROM offers WHERE request_id = request AND status = 'open')
    THEN
        RAISE EXCEPTION 'request % is % and has open offers', request, request_status
            USING ERRCODE = 'check_violation', CONSTRAINT = 'offers_request_active';
    END IF;
    IF request_status <> 'matched'
        AND EXISTS (SELECT FROM offers WHERE request_id = request AND status = 'accepted')
    THEN
        RAISE EXCEPTION 'request % is % and has an accepted offer', request, request_status
            USING ERRCODE = 'check_violation', CONSTRAINT = 'offers_request_matched';
    END IF;
    RETURN NULL;
END
$$;
COMMENT ON FUNCTION check_offers_of_request() IS 'At the commit: only active requests have open offers, and one with an accepted offer is matched';
CREATE CONSTRAINT TRIGGER requests_offers_check AFTER UPDATE OF status ON requests
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW
    WHEN (OLD.status IS DISTINCT FROM NEW.status) EXECUTE FUNCTION check_offers_of_request();
CREATE CONSTRAINT TRIGGER offers_request_check AFTER INSERT OR UPDATE OF status ON offers
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION check_offers_of_request();

-- Contracts --------------------------------------------------------------------------------------

CREATE FUNCTION check_contract() RETURNS trigger
    LANGUAGE plpgsql
AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        IF NEW.status <> 'pending' THEN
            RAISE EXCEPTION 'a contract starts pending, not %', NEW.status
                USING ERRCODE = 'check_violation', CONSTRAINT = 'contracts_status_check';
        END IF;
        IF NEW.total_minor IS DISTINCT FROM (
            SELECT price_minor * (check_out - check_in) FROM offers WHERE id = NEW.offer_id
        ) THEN
            RAISE EXCEPTION 'the total of a contract is the price of its offer for all nights'
                USING ERRCODE = 'check_violation', CONSTRAINT = 'contracts_terms_fixed';
        END IF;
        RETURN NEW;
    END IF;
    IF (NEW.id, NEW.offer_id, NEW.request_id, NEW.room_id, NEW.landlord_id, NEW.student_id,
            NEW.booking_id, NEW.check_in, NEW.check_out, NEW.total_minor, NEW.currency, NEW.due_on)
        IS DISTINCT FROM
        (OLD.id, OLD.offer_id, OLD.request_id, OLD.room_id, OLD.landlord_id, OLD.student_id,
            OLD.booking_id, OLD.check_in, OLD.check_out, OLD.total_minor, OLD.currency, OLD.due_on)
    THEN
        RAISE EXCEPTION 'the terms of a contract never change'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'contracts_terms_fixed';
    END IF;
    IF NEW.status <> OLD.status AND NOT (
        (OLD.status = 'pending' AND NEW.status IN ('active', 'cancelled'))
        OR (OLD.status = 'active' AND NEW.status IN ('ended', 'cancelled'))
    ) THEN
        RAISE EXCEPTION 'a contract that is % cannot become %', OLD.status, NEW.status
            USING ERRCODE = 'check_violation', CONSTRAINT = 'contracts_status_check';
    END IF;
    IF OLD.status = 'pending' AND NEW.status = 'active' AND NOT EXISTS (
        SELECT FROM contract_balances WHERE contract_id = NEW.id AND received_minor > 0
    ) THEN
        RAISE EXCEPTION 'contract % becomes active with its first payment', NEW.id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'contracts_paid_check';
    END IF;
    RETURN NEW;
END
$$;
COMMENT ON FUNCTION check_contract() IS 'Rejects a contract with other terms than its offer, changed terms and impossible states';
CREATE TRIGGER contracts_check BEFORE INSERT OR UPDATE ON contracts
    FOR EACH ROW EXECUTE FUNCTION check_contract();
CREATE TRIGGER contracts_touch BEFORE UPDATE ON contracts FOR EACH ROW EXECUTE FUNCTION touch_updated_at();
CREATE TRIGGER contracts_version BEFORE UPDATE ON contracts FOR EACH ROW EXECUTE FUNCTION increment_version();

CREATE FUNCTION settle_availability(landlord uuid) RETURNS void
    LANGUAGE plpgsql
AS $$
BEGIN
    UPDATE landlords SET is_available = false, hidden_when_full = true
        WHERE id = landlord AND is_available AND active_contracts >= total_capacity;
    UPDATE landlords SET is_available = true, hidden_when_full = false
        WHERE id = landlord AND hidden_when_full AND NOT is_available
            AND active_contracts < total_capacity;
END
$$;
COMMENT ON FUNCTION settle_availability(uuid) IS 'Makes a full landlord unavailable, and available again once it is not full any more, unless the landlord itself has hidden its rooms';

CREATE FUNCTION count_contract() RETURNS trigger
    LANGUAGE plpgsql
AS $$
DECLARE
    active_before  integer := 0;
    pending_before integer := 0;
BEGIN
    IF TG_OP = 'UPDATE' THEN
        active_before := (OLD.status = 'active')::integer;
        pending_before := (OLD.status = 'pending')::integer;
    END IF;
    UPDATE landlords SET
            active_contracts = active_contracts + (NEW.status = 'active')::integer - active_before,
            pending_contracts = pending_contracts + (NEW.status = 'pending')::integer - pending_before
        WHERE id = NEW.landlord_id;
    PERFORM settle_availability(NEW.landlord_id);
    RETURN NULL;
END
$$;
COMMENT ON FUNCTION count_contract() IS 'Counts the pending and active contracts of a landlord, and hides a full one';
CREATE TRIGGER contracts_count AFTER INSERT OR UPDATE OF status ON contracts
    FOR EACH ROW EXECUTE FUNCTION count_contract();

CREATE FUNCTION check_booking_of_contract() RETURNS trigger
    LANGUAGE plpgsql
AS $$
DECLARE
    checked record;
BEGIN
    SELECT c.id, c.status, o.status AS offer_status, b.status AS booking_status,
            (b.check_in, b.check_out) = (c.check_in, c.check_out) AS has_all_nights,
            b.check_in >= c.check_in AND b.check_out <= c.check_out AS has_no_other_nights
        INTO checked
        FROM contracts c
        JOIN bookings b ON b.id = c.booking_id
        JOIN offers o ON o.id = c.offer_id
        WHERE CASE TG_TABLE_NAME WHEN 'contracts' THEN c.id = NEW.id ELSE c.booking_id = NEW.id END;
    IF NOT FOUND THEN
        RETURN NULL;
    END IF;
    IF NOT (CASE checked.status
        WHEN 'pending' THEN checked.booking_status = 'held' AND checked.has_all_nights
        WHEN 'active' THEN checked.booking_status = 'confirmed' AND checked.has_all_nights
        WHEN 'ended' THEN checked.booking_status = 'cancelled'
            OR (checked.booking_status = 'confirmed' AND checked.has_no_other_nights)
        ELSE checked.booking_status = 'cancelled'
    END) THEN
        RAISE EXCEPTION 'contract % is % but its booking is %', checked.id, checked.status, checked.booking_status
            USING ERRCODE = 'check_violation', CONSTRAINT = 'contracts_booking_check';
    END IF;
    IF checked.status <> 'cancelled' AND checked.offer_status <> 'accepted' THEN
        RAISE EXCEPTION 'contract % is % but its offer is %', checked.id, checked.status, checked.offer_status
            USING ERRCODE = 'check_violation', CONSTRAINT = 'contracts_offer_check';
    END IF;
    RETURN NULL;
END
$$;
COMMENT ON FUNCTION check_booking_of_contract() IS 'At the commit: the booking of a contract has its nights and the state that belongs to that of the contract';
CREATE CONSTRAINT TRIGGER contracts_booking_check AFTER INSERT OR UPDATE OF status ON contracts
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION check_booking_of_contract();
CREATE CONSTRAINT TRIGGER bookings_contract_check
    AFTER UPDATE OF status, check_in, check_out ON bookings
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION check_booking_of_contract();

CREATE FUNCTION check_contract_of_offer() RETURNS trigger
    LANGUAGE plpgsql
AS $$
BEGIN
    IF (SELECT status FROM offers WHERE id = NEW.id) = 'accepted' THEN
        IF NOT EXISTS (SELECT FROM contracts WHERE offer_id = NEW.id) THEN
            RAISE EXCEPTION 'offer % is accepted without a contract', NEW.id
                USING ERRCODE = 'check_violation', CONSTRAINT = 'contracts_offer_check';
        END IF;
    ELSIF EXISTS (SELECT FROM contracts WHERE offer_id = NEW.id AND status <> 'cancelled') THEN
        RAISE EXCEPTION 'offer % has a contract but is %', NEW.id, NEW.status
            USING ERRCODE = 'check_violation', CONSTRAINT = 'contracts_offer_check';
    END IF;
    RETURN NULL;
END
$$;
COMMENT ON FUNCTION check_contract_of_offer() IS 'At the commit: an accepted offer has a contract, and a contract that is not cancelled an accepted offer';
CREATE CONSTRAINT TRIGGER offers_contract_check AFTER UPDATE OF status ON offers
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION check_contract_of_offer();

-- Payments and the ledger ------------------------------------------------------------------------

CREATE FUNCTION reject_change_of_ledger() RETURNS trigger
    LANGUAGE plpgsql
AS $$
DECLARE
    is_empty boolean := false;
BEGIN
    IF TG_OP = 'TRUNCATE' THEN
        -- A cascade from rooms or contracts also reaches tables without rows.
        EXECUTE format('SELECT NOT EXISTS (SELECT FROM %I.%I)', TG_TABLE_SCHEMA, TG_TABLE_NAME) INTO is_empty;
    END IF;
    IF is_empty THEN
        RETURN NULL;
    END IF;
    RAISE EXCEPTION '% is append-only: % is not allowed', TG_TABLE_NAME, TG_OP
        USING ERRCODE = 'restrict_violation',
              HINT = 'A wrong payment is corrected by a refund.';
END
$$;
COMMENT ON FUNCTION reject_change_of_ledger() IS 'Keeps payments and the ledger append-only for every role';
CREATE TRIGGER payments_append_only BEFORE UPDATE OR DELETE ON payments
    FOR EACH ROW EXECUTE FUNCTION reject_change_of_ledger();
CREATE TRIGGER payments_no_truncate BEFORE TRUNCATE ON payments
    FOR EACH STATEMENT EXECUTE FUNCTION reject_change_of_ledger();
CREATE TRIGGER ledger_entries_append_only BEFORE UPDATE OR DELETE ON ledger_entries
    FOR EACH ROW EXECUTE FUNCTION reject_change_of_ledger();
CREATE TRIGGER ledger_entries_no_truncate BEFORE TRUNCATE ON ledger_entries
    FOR EACH STATEMENT EXECUTE FUNCTION reject_change_of_ledger();

CREATE FUNCTION reject_change_of_balance() RETURNS trigger
    LANGUAGE plpgsql
AS $$
BEGIN
    -- This trigger itself is the first level.
    IF pg_trigger_depth() < 2 THEN
        RAISE EXCEPTION 'only the ledger changes %', TG_TABLE_NAME
            USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN CASE TG_OP WHEN 'DELETE' THEN OLD ELSE NEW END;
END
$$;
COMMENT ON FUNCTION reject_change_of_balance() IS 'Lets only triggers write balances';
CREATE TRIGGER payment_balances_only_by_payments BEFORE INSERT OR UPDATE OR DELETE ON payment_balances
    FOR EACH ROW EXECUTE FUNCTION reject_change_of_balance();
CREATE TRIGGER contract_balances_only_by_ledger BEFORE INSERT OR UPDATE OR DELETE ON contract_balances
    FOR EACH ROW EXECUTE FUNCTION reject_change_of_balance();
CREATE TRIGGER account_balances_only_by_ledger BEFORE INSERT OR UPDATE OR DELETE ON account_balances
    FOR EACH ROW EXECUTE FUNCTION reject_change_of_balance();

CREATE FUNCTION check_payment() RETURNS trigger
    LANGUAGE plpgsql
AS $$
DECLARE
    due bigint;
BEGIN
    -- Payments of a contract follow each other.
    SELECT due_minor INTO due FROM contract_balances
        WHERE contract_id = NEW.contract_id FOR NO KEY UPDATE;
    IF NEW.kind = 'payment' AND NEW.amount_minor > coalesce(due, 0) THEN
        RAISE EXCEPTION 'a payment of % is above the amount due, %', NEW.amount_minor, coalesce(due, 0)
            USING ERRCODE = 'check_violation', CONSTRAINT = 'payments_due_check';
    END IF;
    INSERT INTO payment_balances (payment_id, created_at, contract_id, kind, reference, amount_minor)
        VALUES (NEW.id, NEW.created_at, NEW.contract_id, NEW.kind, NEW.reference, NEW.amount_minor);
    IF NEW.kind = 'refund' THEN
        UPDATE payment_balances SET refunded_minor = refunded_minor + NEW.amount_minor
            WHERE payment_id = NEW.refunded_id AND contract_id = NEW.contract_id AND kind = 'payment';
        IF NOT FOUND THEN
            RAISE EXCEPTION 'contract % has no payment %', NEW.contract_id, NEW.refunded_id
                USING ERRCODE = 'foreign_key_violation', CONSTRAINT = 'payments_refunded_fkey';
        END IF;
    END IF;
    RETURN NEW;
END
$$;
COMMENT ON FUNCTION check_payment() IS 'Rejects a payment above the amount due, a repeated reference, and a refund of more than was paid';
CREATE TRIGGER payments_check BEFORE INSERT ON payments
    FOR EACH ROW EXECUTE FUNCTION check_payment();

CREATE FUNCTION post_payment() RETURNS trigger
    LANGUAGE plpgsql
AS $$
DECLARE
    sign integer := CASE NEW.kind WHEN 'payment' THEN 1 ELSE -1 END;
BEGIN
    INSERT INTO ledger_entries
        (transaction_id, line, created_at, contract_id, reason, payment_id, account, amount_minor, currency)
    VALUES
        (NEW.id, 1, NEW.created_at, NEW.contract_id, NEW.kind, NEW.id, 'tenant', -sign * NEW.amount_minor, NEW.currency),
        (NEW.id, 2, NEW.created_at, NEW.contract_id, NEW.kind, NEW.id, 'received', sign * NEW.amount_minor, NEW.currency);
    RETURN NULL;
END
$$;
COMMENT ON FUNCTION post_payment() IS 'Posts a payment or refund to the ledger';
CREATE TRIGGER payments_post AFTER INSERT ON payments
    FOR EACH ROW EXECUTE FUNCTION post_payment();

CREATE FUNCTION post_contract() RETURNS trigger
    LANGUAGE plpgsql
AS $$
DECLARE
    sign        integer := CASE TG_OP WHEN 'INSERT' THEN 1 ELSE -1 END;
    reason      text := CASE TG_OP WHEN 'INSERT' THEN 'charge' ELSE 'release' END;
    transaction uuid := uuid_v7();
BEGIN
    INSERT INTO ledger_entries
        (transaction_id, line, contract_id, reason, account, amount_minor, currency)
    VALUES
        (transaction, 1, NEW.id, reason, 'tenant', sign * NEW.total_minor, NEW.currency),
        (transaction, 2, NEW.id, reason, 'rent', -sign * NEW.total_minor, NEW.currency);
    RETURN NULL;
END
$$;
COMMENT ON FUNCTION post_contract() IS 'Posts the total of a contract to the ledger, and posts it back when the contract is cancelled';
CREATE TRIGGER contracts_charge AFTER INSERT ON contracts
    FOR EACH ROW EXECUTE FUNCTION post_contract();
CREATE TRIGGER contracts_release AFTER UPDATE OF status ON contracts
    FOR EACH ROW WHEN (OLD.status <> 'cancelled' AND NEW.status = 'cancelled')
    EXECUTE FUNCTION post_contract();

CREATE FUNCTION update_balances() RETURNS trigger
    LANGUAGE plpgsql
AS $$
DECLARE
    charged  bigint := CASE NEW.account WHEN 'rent' THEN -NEW.amount_minor ELSE 0 END;
    received bigint := CASE NEW.account WHEN 'received' THEN NEW.amount_minor ELSE 0 END;
    due      bigint := CASE NEW.account WHEN 'tenant' THEN NEW.amount_minor ELSE 0 END;
    owner    record;
BEGIN
    UPDATE contract_balances SET charged_minor = charged_minor + charged,
            received_minor = received_minor + received, due_minor = due_minor + due
        WHERE contract_id = NEW.contract_id;
    IF NOT FOUND THEN
        INSERT INTO contract_balances (contract_id, currency, charged_minor, received_minor, due_minor)
            VALUES (NEW.contract_id, NEW.currency, charged, received, due);
    END IF;
    -- All transactions lock the two rows in the same order.
    FOR owner IN
        SELECT party.name, party.id
        FROM contracts c, LATERAL (
            VALUES ('student', c.student_id), ('landlord', c.landlord_id)
        ) AS party (name, id)
        WHERE c.id = NEW.contract_id ORDER BY party.id
    LOOP
        FOR attempt IN 1..2 LOOP
            UPDATE account_balances SET charged_minor = charged_minor + charged,
                    received_minor = received_minor + received, due_minor = due_minor + due
                WHERE owner_id = owner.id AND party = owner.name AND currency = NEW.currency;
            EXIT WHEN FOUND;
            INSERT INTO account_balances (party, owner_id, currency)
                VALUES (owner.name, owner.id, NEW.currency) ON CONFLICT DO NOTHING;
        END LOOP;
    END LOOP;
    RETURN NULL;
END
$$;
COMMENT ON FUNCTION update_balances() IS 'Adds an entry of the ledger to the balances of its contract, student and landlord';
CREATE TRIGGER ledger_entries_update_balances AFTER INSERT ON ledger_entries
    FOR EACH ROW EXECUTE FUNCTION update_balances();

CREATE FUNCTION check_zero_sum() RETURNS trigger
    LANGUAGE plpgsql
AS $$
BEGIN
    IF EXISTS (
        SELECT FROM ledger_entries
        WHERE transaction_id = NEW.transaction_id AND created_at = NEW.created_at
        GROUP BY contract_id HAVING sum(amount_minor) <> 0
    ) THEN
        RAISE EXCEPTION 'the entries of ledger transaction % do not sum to zero', NEW.transaction_id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'ledger_entries_zero_sum';
    END IF;
    RETURN NULL;
END
$$;
COMMENT ON FUNCTION check_zero_sum() IS 'At the commit: the entries of a transaction of the ledger sum to zero in each contract, whose currency is one';
CREATE CONSTRAINT TRIGGER ledger_entries_zero_sum AFTER INSERT ON ledger_entries
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION check_zero_sum();

-- As create_event_partitions: a node calls it at its start and every day.
CREATE FUNCTION create_ledger_partitions(months_ahead integer) RETURNS integer
    LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT
AS $$
DECLARE
    parent  text;
    month   timestamp;
    name    text;
    created integer := 0;
BEGIN
    IF months_ahead IS NULL OR months_ahead NOT BETWEEN 0 AND 24 THEN
        RAISE EXCEPTION 'months_ahead is %: expected 0 to 24', months_ahead
            USING ERRCODE = 'invalid_parameter_value';
    END IF;
    PERFORM pg_advisory_xact_lock(hashtext('create_ledger_partitions'));
    FOREACH parent IN ARRAY ARRAY['payments', 'ledger_entries'] LOOP
        FOR ahead IN 0..months_ahead LOOP
            month := date_trunc('month', now() AT TIME ZONE 'UTC') + make_interval(months => ahead);
            name := parent || '_' || to_char(month, 'YYYY_MM');
            CONTINUE WHEN to_regclass(quote_ident(name)) IS NOT NULL;
            EXECUTE format('CREATE TABLE %I (LIKE %I INCLUDING ALL)', name, parent);
            EXECUTE format(
                'ALTER TABLE %I ATTACH PARTITION %I FOR VALUES FROM (%L) TO (%L)',
                parent, name, month AT TIME ZONE 'UTC', (month + interval '1 month') AT TIME ZONE 'UTC'
            );
            -- Triggers of rows are inherited, those of statements are not.
            EXECUTE format(
                'CREATE TRIGGER %I BEFORE TRUNCATE ON %I
                 FOR EACH STATEMENT EXECUTE FUNCTION reject_change_of_ledger()',
                parent || '_no_truncate', name
            );
            created := created + 1;
        END LOOP;
    END LOOP;
    RETURN created;
END
$$;
COMMENT ON FUNCTION create_ledger_partitions(integer) IS 'Creates the partitions of payments and ledger_entries for this month and the next ones, and returns how many were missing';
REVOKE EXECUTE ON FUNCTION create_ledger_partitions(integer) FROM PUBLIC;
SELECT create_ledger_partitions(12);
