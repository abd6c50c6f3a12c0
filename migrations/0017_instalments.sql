-- A contract had one day on which its whole amount was due. A stay of some months is paid month by month:
-- the nights of each month of the stay are an instalment, the first of which is due as the whole was. A
-- stay of a month at most has one instalment, with the same amount and day as before.
--
-- Triggers create the instalments with the contract, so code that does not know them continues to work;
-- it marks a contract overdue by the first day and the whole amount.

CREATE TABLE instalments (
    contract_id  uuid        NOT NULL REFERENCES contracts (id),
    number       integer     NOT NULL CHECK (number > 0),
    due_on       date        NOT NULL,
    amount_minor bigint      NOT NULL CHECK (amount_minor > 0),
    overdue_at   timestamptz,
    PRIMARY KEY (contract_id, number)
);
CREATE INDEX instalments_due_on_idx ON instalments (due_on) WHERE overdue_at IS NULL;
COMMENT ON TABLE  instalments              IS 'When which part of the total of a contract is due; payments cover the earliest first';
COMMENT ON COLUMN instalments.number       IS 'From 1, in the order of the days';
COMMENT ON COLUMN instalments.due_on       IS 'The last day (UTC) on which the amount can be paid in time';
COMMENT ON COLUMN instalments.amount_minor IS 'The price of the nights of one month of the stay, in the minor unit of the currency of the contract';
COMMENT ON COLUMN instalments.overdue_at   IS 'When the daily job found that payments did not cover it in time; NULL once they do';

CREATE FUNCTION create_instalments() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT
AS $$
BEGIN
    INSERT INTO instalments (contract_id, number, due_on, amount_minor)
        SELECT NEW.id, row_number() OVER (ORDER BY first_night),
            CASE first_night WHEN NEW.check_in THEN NEW.due_on ELSE first_night END,
            NEW.total_minor / (NEW.check_out - NEW.check_in) * (least(next, NEW.check_out) - first_night)
        FROM (
            SELECT (NEW.check_in + make_interval(months => month))::date AS first_night,
                (NEW.check_in + make_interval(months => month + 1))::date AS next
            FROM generate_series(0, (NEW.check_out - NEW.check_in) / 28) AS month
        ) months
        WHERE first_night < NEW.check_out;
    RETURN NULL;
END
$$;
COMMENT ON FUNCTION create_instalments() IS 'Creates the instalments of a contract: the nights of each month of the stay';
CREATE TRIGGER contracts_instalments AFTER INSERT ON contracts
    FOR EACH ROW EXECUTE FUNCTION create_instalments();

CREATE FUNCTION check_instalments() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT
AS $$
DECLARE
    contract uuid;
BEGIN
    IF TG_TABLE_NAME = 'contracts' THEN
        contract := NEW.id;
    ELSIF TG_OP = 'DELETE' THEN
        contract := OLD.contract_id;
    ELSE
        contract := NEW.contract_id;
    END IF;
    IF EXISTS (
        SELECT FROM contracts c WHERE c.id = contract AND c.total_minor IS DISTINCT FROM (
            SELECT sum(amount_minor) FROM instalments i WHERE i.contract_id = c.id
        )
    ) THEN
        RAISE EXCEPTION 'the instalments of contract % do not add up to its total', contract
            USING ERRCODE = 'check_violation', CONSTRAINT = 'instalments_total_check';
    END IF;
    RETURN NULL;
END
$$;
COMMENT ON FUNCTION check_instalments() IS 'At the commit: the instalments of a contract add up to its total';

CREATE FUNCTION keep_instalment() RETURNS trigger
    LANGUAGE plpgsql
AS $$
BEGIN
    RAISE EXCEPTION 'the day and the amount of an instalment never change'
        USING ERRCODE = 'check_violation', CONSTRAINT = 'instalments_fixed';
END
$$;
COMMENT ON FUNCTION keep_instalment() IS 'Rejects changes of what is due when';
CREATE TRIGGER instalments_fixed BEFORE UPDATE ON instalments
    FOR EACH ROW WHEN (
        (OLD.contract_id, OLD.number, OLD.due_on, OLD.amount_minor)
        IS DISTINCT FROM (NEW.contract_id, NEW.number, NEW.due_on, NEW.amount_minor)
    )
    EXECUTE FUNCTION keep_instalment();

-- A function of the payments, so it is never stored. A cancelled contract owes nothing.
CREATE VIEW covered_instalments AS
    SELECT contract_id, number, due_on, amount_minor, overdue_at,
        greatest(0, least(amount_minor, received_minor - before_minor)) AS paid_minor, status
    FROM (
        SELECT i.*, c.status, b.received_minor,
            (sum(i.amount_minor) OVER earlier - i.amount_minor)::bigint AS before_minor
        FROM instalments i JOIN contracts c ON c.id = i.contract_id
        JOIN contract_balances b ON b.contract_id = i.contract_id
        WINDOW earlier AS (PARTITION BY i.contract_id ORDER BY i.number)
    ) counted;
COMMENT ON VIEW covered_instalments IS 'Instalments with how much of each the payments cover, the earliest first';
CREATE VIEW open_instalments AS
    SELECT contract_id, number, due_on, overdue_at, amount_minor - paid_minor AS due_minor
    FROM covered_instalments WHERE status <> 'cancelled' AND paid_minor < amount_minor;
COMMENT ON VIEW open_instalments IS 'Instalments that the payments do not cover, of contracts that are not cancelled';

-- What was agreed stays: contracts that exist have one instalment.
INSERT INTO instalments (contract_id, number, due_on, amount_minor, overdue_at)
    SELECT id, 1, due_on, total_minor, overdue_at FROM contracts;

CREATE CONSTRAINT TRIGGER instalments_total_check AFTER INSERT OR DELETE ON instalments
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION check_instalments();
CREATE CONSTRAINT TRIGGER contracts_total_check AFTER INSERT ON contracts
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION check_instalments();

COMMENT ON COLUMN contracts.due_on     IS 'The last day (UTC) on which the first instalment can be paid in time';
COMMENT ON COLUMN contracts.overdue_at IS 'When the daily job first found an instalment that payments did not cover in time; NULL once all such are covered';
