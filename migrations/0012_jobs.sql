-- What must be done once, with retries, becomes a job of graphile_worker, whose tables `roost migrate`
-- creates in the schema of that name after these migrations. The first job is mail, which had a queue
-- of its own until now: it had no list of failed mails and no way to try one again.
--
-- The functions here are what actions and commands use of that schema. They run with the rights of its
-- owner, so a role that writes needs EXECUTE on them and nothing else; a node that runs jobs needs
-- more. They look up the schema only when they are called.
--
-- mail_outbox keeps what a mail is about, so that a job names no address. Nodes of the version before
-- send rows that are due. A mail with a job is due at infinity, so they leave it alone.

COMMENT ON TABLE  mail_outbox          IS 'What mail is about, written with the action that causes it and deleted once it is sent. A job sends it';
COMMENT ON COLUMN mail_outbox.attempts IS 'Not used any more: the job counts its attempts';
COMMENT ON COLUMN mail_outbox.due_at   IS 'infinity for a mail with a job';
CREATE INDEX mail_outbox_created_at_idx ON mail_outbox (created_at);

CREATE FUNCTION enqueue_job(task text, payload jsonb, attempts_max integer, key text) RETURNS bigint
    LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT
AS $$
BEGIN
    RETURN (
        SELECT job.id FROM graphile_worker.add_job(
            task, payload := payload::json, max_attempts := attempts_max, job_key := key
        ) job
    );
END
$$;
COMMENT ON FUNCTION enqueue_job(text, jsonb, integer, text) IS 'Adds a job that starts once the transaction has committed. A key that is not NULL replaces a waiting job with the same key';

CREATE FUNCTION list_jobs(only_task text, only_failed boolean, count_max bigint)
    RETURNS TABLE (
        id bigint, task text, payload jsonb, created_at timestamptz, run_at timestamptz,
        attempts integer, attempts_max integer, last_error text, is_running boolean
    )
    LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT
AS $$
BEGIN
    RETURN QUERY
        SELECT j.id, t.identifier, j.payload::jsonb, j.created_at, j.run_at, j.attempts::integer,
            j.max_attempts::integer, j.last_error, j.locked_at IS NOT NULL
        FROM graphile_worker._private_jobs j
        JOIN graphile_worker._private_tasks t ON t.id = j.task_id
        WHERE (only_task IS NULL OR t.identifier = only_task)
            AND (NOT only_failed OR (j.attempts >= j.max_attempts AND j.locked_at IS NULL))
        ORDER BY j.id DESC LIMIT count_max;
END
$$;
COMMENT ON FUNCTION list_jobs(text, boolean, bigint) IS 'Jobs that wait, run or have failed for good, the newest first';

CREATE FUNCTION retry_jobs(ids bigint[]) RETURNS bigint
    LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT
AS $$
DECLARE
    retried bigint;
BEGIN
    SELECT count(*) INTO retried
        FROM graphile_worker.reschedule_jobs(ids, run_at := now(), attempts := 0);
    RETURN retried;
END
$$;
COMMENT ON FUNCTION retry_jobs(bigint[]) IS 'Runs jobs now, with all of their attempts, and returns how many; jobs that run are left alone';

CREATE FUNCTION drop_jobs(ids bigint[]) RETURNS bigint
    LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT
AS $$
DECLARE
    dropped bigint;
BEGIN
    DELETE FROM graphile_worker._private_jobs WHERE id = ANY (ids) AND locked_at IS NULL;
    GET DIAGNOSTICS dropped = ROW_COUNT;
    RETURN dropped;
END
$$;
COMMENT ON FUNCTION drop_jobs(bigint[]) IS 'Deletes jobs and returns how many; jobs that run are left alone';

-- `roost migrate` calls this when graphile_worker has its tables.
CREATE FUNCTION prepare_jobs() RETURNS void
    LANGUAGE plpgsql
AS $$
DECLARE
    job_table regclass;
    mail      bigint;
BEGIN
    -- The tables have row-level security without a policy, which hides all rows from every role but
    -- their owner. Here GRANT decides.
    FOR job_table IN
        SELECT c.oid FROM pg_class c
        WHERE c.relnamespace = 'graphile_worker'::regnamespace AND c.relrowsecurity
            AND NOT EXISTS (SELECT FROM pg_policy WHERE polrelid = c.oid AND polname = 'granted_roles')
    LOOP
        EXECUTE format('CREATE POLICY granted_roles ON %s USING (true) WITH CHECK (true)', job_table);
    END LOOP;
    -- Mail that the version before has queued and not sent yet.
    FOR mail IN UPDATE mail_outbox SET due_at = 'infinity' WHERE due_at < 'infinity' RETURNING id LOOP
        PERFORM enqueue_job('send_mail', jsonb_build_object('mail', mail), 10, NULL);
    END LOOP;
END
$$;
COMMENT ON FUNCTION prepare_jobs() IS 'Lets granted roles use the tables of jobs, and gives mail without a job one';

REVOKE EXECUTE ON FUNCTION enqueue_job(text, jsonb, integer, text) FROM PUBLIC;
REVOKE EXECUTE ON FUNCTION list_jobs(text, boolean, bigint) FROM PUBLIC;
REVOKE EXECUTE ON FUNCTION retry_jobs(bigint[]) FROM PUBLIC;
REVOKE EXECUTE ON FUNCTION drop_jobs(bigint[]) FROM PUBLIC;
REVOKE EXECUTE ON FUNCTION prepare_jobs() FROM PUBLIC;
