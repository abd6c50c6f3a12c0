-- Officials and admins write universities, exam sessions, venues and assignments themselves now.
-- Until here these rows came from imports.
--
-- Rows that others refer to are never deleted: they become inactive. Searches for venues find active
-- ones only. Each change gives a row another version, as of rooms.
--
-- A university assigns students by the address that they have given it, also students who have no
-- account yet. Such an assignment belongs to the student who confirms that address, so the university
-- does not learn who has an account. A student who changes its address keeps what was assigned to the
-- former one.
--
-- All columns have a default or may be NULL, so no row is rewritten, and code that does not know
-- them goes on working. The index of venues is rebuilt once, because its documents lack the status.

ALTER TABLE universities
    ADD COLUMN status  text   NOT NULL DEFAULT 'active' CHECK (status IN ('active', 'inactive')),
    ADD COLUMN version bigint NOT NULL DEFAULT 1;
COMMENT ON COLUMN universities.status  IS 'An inactive one gets no new sessions and venues';
COMMENT ON COLUMN universities.version IS 'Counts the updates of this row, as in rooms';

ALTER TABLE exam_sessions
    ADD COLUMN status  text   NOT NULL DEFAULT 'active' CHECK (status IN ('active', 'inactive')),
    ADD COLUMN version bigint NOT NULL DEFAULT 1;
COMMENT ON COLUMN exam_sessions.status  IS 'An inactive one gets no new assignments';
COMMENT ON COLUMN exam_sessions.version IS 'Counts the updates of this row, as in rooms';

ALTER TABLE exam_venues
    ADD COLUMN status  text   NOT NULL DEFAULT 'active' CHECK (status IN ('active', 'inactive')),
    ADD COLUMN version bigint NOT NULL DEFAULT 1;
COMMENT ON COLUMN exam_venues.status  IS 'Searches find active ones, and no student is assigned to an inactive one';
COMMENT ON COLUMN exam_venues.version IS 'Counts the updates of this row, as in rooms';

CREATE TRIGGER universities_version BEFORE UPDATE ON universities
    FOR EACH ROW EXECUTE FUNCTION increment_version();
CREATE TRIGGER exam_sessions_version BEFORE UPDATE ON exam_sessions
    FOR EACH ROW EXECUTE FUNCTION increment_version();
CREATE TRIGGER exam_venues_version BEFORE UPDATE ON exam_venues
    FOR EACH ROW EXECUTE FUNCTION increment_version();

ALTER TABLE venue_assignments
    ALTER COLUMN student_id DROP NOT NULL,
    ADD COLUMN student_email text CHECK (char_length(student_email) <= 254),
    ADD COLUMN updated_at    timestamptz NOT NULL DEFAULT now(),
    ADD CONSTRAINT venue_assignments_student_check
        CHECK (student_id IS NOT NULL OR student_email IS NOT NULL);
UPDATE venue_assignments a SET student_email = lower(u.email)
    FROM users u WHERE u.id = a.student_id AND u.email IS NOT NULL;
CREATE UNIQUE INDEX venue_assignments_email_key ON venue_assignments (exam_session_id, student_email);
CREATE INDEX venue_assignments_email_idx ON venue_assignments (student_email);
CREATE TRIGGER venue_assignments_touch BEFORE UPDATE ON venue_assignments
    FOR EACH ROW EXECUTE FUNCTION touch_updated_at();
COMMENT ON COLUMN venue_assignments.student_id    IS 'NULL if the assignment belongs to the student who has confirmed student_email';
COMMENT ON COLUMN venue_assignments.student_email IS 'The address that the university knows, in lower case';

CREATE FUNCTION keep_assignments_of_former_address() RETURNS trigger
    LANGUAGE plpgsql
AS $$
BEGIN
    UPDATE venue_assignments a SET student_id = OLD.id
    WHERE a.student_id IS NULL AND a.student_email = lower(OLD.email)
        AND NOT EXISTS (
            SELECT FROM venue_assignments b
            WHERE b.exam_session_id = a.exam_session_id AND b.student_id = OLD.id
        );
    RETURN NULL;
END
$$;
COMMENT ON FUNCTION keep_assignments_of_former_address() IS 'Keeps the assignments of a student whose address changes';
CREATE TRIGGER users_keep_assignments AFTER UPDATE OF email ON users
    FOR EACH ROW
    WHEN (
        OLD.role = 'student' AND NEW.role = 'student' AND OLD.email_verified_at IS NOT NULL
        AND OLD.email IS DISTINCT FROM NEW.email
    )
    EXECUTE FUNCTION keep_assignments_of_former_address();

CREATE TABLE invitations (
    id            uuid        PRIMARY KEY DEFAULT uuid_v7(),
    email         text        NOT NULL CHECK (char_length(email) <= 254),
    role          text        NOT NULL CHECK (role IN ('official', 'admin')),
    university_id uuid        REFERENCES universities (id),
    created_at    timestamptz NOT NULL DEFAULT now(),
    expires_at    timestamptz NOT NULL,
    CHECK (university_id IS NULL OR role = 'official')
);
CREATE UNIQUE INDEX invitations_email_key ON invitations (lower(email));
CREATE INDEX invitations_expires_at_idx ON invitations (expires_at);
COMMENT ON TABLE  invitations               IS 'Officials and admins who were invited by mail and have not accepted yet';
COMMENT ON COLUMN invitations.university_id IS 'The university of an official';

ALTER TABLE account_tokens
    DROP CONSTRAINT account_tokens_purpose_check,
    DROP CONSTRAINT account_tokens_check,
    DROP CONSTRAINT account_tokens_check1,
    ADD COLUMN invitation_id uuid REFERENCES invitations (id) ON DELETE CASCADE,
    ADD CONSTRAINT account_tokens_purpose_check
        CHECK (purpose IN ('registration', 'invitation', 'email_change', 'password_reset')),
    ADD CONSTRAINT account_tokens_holder_check
        CHECK (num_nonnulls(user_id, registration_id, invitation_id) = 1),
    ADD CONSTRAINT account_tokens_registration_check
        CHECK ((registration_id IS NOT NULL) = (purpose = 'registration')),
    ADD CONSTRAINT account_tokens_invitation_check
        CHECK ((invitation_id IS NOT NULL) = (purpose = 'invitation'));
CREATE INDEX account_tokens_invitation_idx ON account_tokens (invitation_id);

ALTER TABLE mail_outbox
    DROP CONSTRAINT mail_outbox_kind_check,
    ADD COLUMN invitation_id uuid REFERENCES invitations (id) ON DELETE CASCADE,
    ADD CONSTRAINT mail_outbox_kind_check
        CHECK (kind IN ('registration', 'invitation', 'email_change', 'password_reset'));
