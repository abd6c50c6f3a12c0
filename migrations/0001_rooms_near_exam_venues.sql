-- Why: the truth about rooms, landlords and exam venues lives here, and every write goes here.
-- The search index is derived from these tables by logical replication, so whatever must never
-- be wrong is a constraint on this page and not a check in some program.

CREATE EXTENSION IF NOT EXISTS postgis;

-- PostgreSQL 15 to 17 have no uuidv7(). RFC 9562, section 5.7: 48 bits of Unix milliseconds, then
-- the version, then random bits. Keys made in time order keep the primary key's B-tree compact.
CREATE FUNCTION uuid_v7() RETURNS uuid
    LANGUAGE sql VOLATILE PARALLEL SAFE
AS $$
    SELECT encode(
        set_byte(
            substr(int8send((extract(epoch FROM clock_timestamp()) * 1000)::bigint), 3)
                || substr(uuid_send(gen_random_uuid()), 7),
            6,
            112 | (get_byte(uuid_send(gen_random_uuid()), 6) & 15)
        ),
        'hex'
    )::uuid
$$;
COMMENT ON FUNCTION uuid_v7() IS 'A new time-ordered key (RFC 9562 UUID version 7)';

CREATE FUNCTION touch_updated_at() RETURNS trigger
    LANGUAGE plpgsql
AS $$
BEGIN
    NEW.updated_at := now();
    RETURN NEW;
END
$$;
COMMENT ON FUNCTION touch_updated_at() IS 'Keeps updated_at true whoever writes';

CREATE TABLE users (
    id           uuid        PRIMARY KEY DEFAULT uuid_v7(),
    role         text        NOT NULL CHECK (role IN ('student', 'landlord', 'official', 'admin')),
    display_name text        NOT NULL CHECK (char_length(display_name) BETWEEN 1 AND 200),
    email        text        CHECK (char_length(email) <= 254 AND email ~ '^[^@\s]+@[^@\s]+$'),
    created_at   timestamptz NOT NULL DEFAULT now(),
    updated_at   timestamptz NOT NULL DEFAULT now(),
    -- A landlord row may point only at a user of that role: see landlords.
    UNIQUE (id, role)
);
CREATE UNIQUE INDEX users_email_key ON users (lower(email));
CREATE INDEX users_role_idx ON users (role, created_at);
COMMENT ON TABLE  users              IS 'Everyone who signs in';
COMMENT ON COLUMN users.role         IS 'student, landlord, official (of a university) or admin';
COMMENT ON COLUMN users.display_name IS 'The name that others see';
COMMENT ON COLUMN users.email        IS 'Unique whatever its case; NULL for imported people without one';

CREATE TABLE landlords (
    id                      uuid        PRIMARY KEY DEFAULT uuid_v7(),
    user_id                 uuid        NOT NULL UNIQUE,
    user_role               text        NOT NULL DEFAULT 'landlord' CHECK (user_role = 'landlord'),
    total_capacity          integer     NOT NULL CHECK (total_capacity BETWEEN 1 AND 1000000),
    active_contracts        integer     NOT NULL DEFAULT 0 CHECK (active_contracts >= 0),
    is_available            boolean     NOT NULL DEFAULT true,
    last_active_at          timestamptz NOT NULL DEFAULT now(),
    acceptance_rate         double precision NOT NULL DEFAULT 0 CHECK (acceptance_rate BETWEEN 0 AND 1),
    response_time_s_average double precision CHECK (response_time_s_average >= 0 AND response_time_s_average < 'infinity'),
    preferred_areas         geography(MultiPolygon, 4326),
    external_source         text,
    external_id             text,
    created_at              timestamptz NOT NULL DEFAULT now(),
    updated_at              timestamptz NOT NULL DEFAULT now(),
    FOREIGN KEY (user_id, user_role) REFERENCES users (id, role),
    CHECK (active_contracts <= total_capacity),
    CHECK ((external_source IS NULL) = (external_id IS NULL)),
    UNIQUE (external_source, external_id)
);
CREATE INDEX landlords_available_idx ON landlords (is_available, last_active_at DESC);
CREATE INDEX landlords_preferred_areas_idx ON landlords USING gist (preferred_areas);
COMMENT ON TABLE  landlords                         IS 'Those who let rooms, with the signals that rank them; the index keeps these in memory, not in documents';
COMMENT ON COLUMN landlords.user_role               IS 'Always landlord: with the foreign key it holds the user to that role';
COMMENT ON COLUMN landlords.total_capacity          IS 'Contracts that the landlord can hold at once';
COMMENT ON COLUMN landlords.active_contracts        IS 'Contracts held now, never above total_capacity';
COMMENT ON COLUMN landlords.is_available            IS 'false hides every room of this landlord from search';
COMMENT ON COLUMN landlords.last_active_at          IS 'Last sign of life, UTC';
COMMENT ON COLUMN landlords.acceptance_rate         IS 'Share of requests accepted, 0 to 1';
COMMENT ON COLUMN landlords.response_time_s_average IS 'Mean seconds to a first answer; NULL before the first answer';
COMMENT ON COLUMN landlords.preferred_areas         IS 'Where the landlord wants requests from; NULL for anywhere';
COMMENT ON COLUMN landlords.external_source         IS 'Where an imported landlord comes from';
COMMENT ON COLUMN landlords.external_id             IS 'The key there; with external_source it makes imports repeatable';

CREATE TABLE universities (
    id           uuid        PRIMARY KEY DEFAULT uuid_v7(),
    name         text        NOT NULL CHECK (char_length(name) BETWEEN 1 AND 300),
    aliases      text[]      NOT NULL DEFAULT '{}',
    city         text        NOT NULL CHECK (city <> ''),
    state        text        NOT NULL CHECK (state <> ''),
    country_code char(2)     NOT NULL CHECK (country_code ~ '^[A-Z]{2}$'),
    created_at   timestamptz NOT NULL DEFAULT now(),
    updated_at   timestamptz NOT NULL DEFAULT now(),
    UNIQUE (name, city, country_code)
);
COMMENT ON TABLE  universities         IS 'The bodies that hold exams';
COMMENT ON COLUMN universities.aliases IS 'Short and former names';

CREATE TABLE exam_sessions (
    id            uuid        PRIMARY KEY DEFAULT uuid_v7(),
    university_id uuid        NOT NULL REFERENCES universities (id),
    name          text        NOT NULL CHECK (char_length(name) BETWEEN 1 AND 300),
    starts_on     date        NOT NULL,
    ends_on       date        NOT NULL,
    created_at    timestamptz NOT NULL DEFAULT now(),
    updated_at    timestamptz NOT NULL DEFAULT now(),
    CHECK (ends_on >= starts_on),
    UNIQUE (university_id, name, starts_on)
);
CREATE INDEX exam_sessions_dates_idx ON exam_sessions (starts_on, ends_on);
COMMENT ON TABLE  exam_sessions           IS 'One sitting of an exam';
COMMENT ON COLUMN exam_sessions.starts_on IS 'First day, in the local calendar of its venues';
COMMENT ON COLUMN exam_sessions.ends_on   IS 'Last day, inclusive';

CREATE TABLE exam_venues (
    id              uuid        PRIMARY KEY DEFAULT uuid_v7(),
    university_id   uuid        REFERENCES universities (id),
    name            text        NOT NULL CHECK (char_length(name) BETWEEN 1 AND 300),
    aliases         text[]      NOT NULL DEFAULT '{}',
    kind            text        NOT NULL CHECK (kind IN ('university', 'institute', 'college', 'school', 'test_centre', 'other')),
    address         text        NOT NULL DEFAULT '',
    city            text        NOT NULL CHECK (city <> ''),
    state           text        NOT NULL DEFAULT '',
    postal_code     text        NOT NULL DEFAULT '',
    country_code    char(2)     NOT NULL CHECK (country_code ~ '^[A-Z]{2}$'),
    location        geography(Point, 4326) NOT NULL CHECK (
        NOT ST_IsEmpty(location::geometry)
        AND ST_Y(location::geometry) BETWEEN -90 AND 90
        AND ST_X(location::geometry) BETWEEN -180 AND 180
    ),
    seats           integer     CHECK (seats > 0),
    external_source text,
    external_id     text,
    created_at      timestamptz NOT NULL DEFAULT now(),
    updated_at      timestamptz NOT NULL DEFAULT now(),
    CHECK ((external_source IS NULL) = (external_id IS NULL)),
    UNIQUE (external_source, external_id)
);
CREATE INDEX exam_venues_location_idx ON exam_venues USING gist (location);
CREATE INDEX exam_venues_city_idx ON exam_venues (country_code, city, name);
CREATE INDEX exam_venues_university_idx ON exam_venues (university_id);
COMMENT ON TABLE  exam_venues          IS 'Where exams are sat';
COMMENT ON COLUMN exam_venues.aliases  IS 'Other names that people search by';
COMMENT ON COLUMN exam_venues.kind     IS 'university, institute (IITs, NITs and the like), college, school, test_centre or other';
COMMENT ON COLUMN exam_venues.location IS 'WGS 84; of the shipped venues the centroid of the postal code';
COMMENT ON COLUMN exam_venues.seats    IS 'How many can sit an exam at once; NULL if unknown';

CREATE TABLE venue_assignments (
    id              uuid        PRIMARY KEY DEFAULT uuid_v7(),
    exam_session_id uuid        NOT NULL REFERENCES exam_sessions (id) ON DELETE CASCADE,
    exam_venue_id   uuid        NOT NULL REFERENCES exam_venues (id),
    student_id      uuid        NOT NULL,
    student_role    text        NOT NULL DEFAULT 'student' CHECK (student_role = 'student'),
    created_at      timestamptz NOT NULL DEFAULT now(),
    FOREIGN KEY (student_id, student_role) REFERENCES users (id, role),
    UNIQUE (exam_session_id, student_id)
);
CREATE INDEX venue_assignments_venue_idx ON venue_assignments (exam_venue_id, exam_session_id);
CREATE INDEX venue_assignments_student_idx ON venue_assignments (student_id);
COMMENT ON TABLE  venue_assignments              IS 'Which student sits which exam where; once a session';
COMMENT ON COLUMN venue_assignments.student_role IS 'Always student: with the foreign key it holds the user to that role';

CREATE TABLE rooms (
    id              uuid        PRIMARY KEY DEFAULT uuid_v7(),
    landlord_id     uuid        NOT NULL REFERENCES landlords (id),
    title           text        NOT NULL CHECK (char_length(title) BETWEEN 1 AND 300),
    description     text        NOT NULL DEFAULT '' CHECK (char_length(description) <= 20000),
    address         text        NOT NULL DEFAULT '' CHECK (char_length(address) <= 500),
    locality        text        NOT NULL DEFAULT '' CHECK (char_length(locality) <= 200),
    city            text        NOT NULL DEFAULT '' CHECK (char_length(city) <= 200),
    postal_code     text        NOT NULL DEFAULT '' CHECK (char_length(postal_code) <= 20),
    country_code    char(2)     NOT NULL CHECK (country_code ~ '^[A-Z]{2}$'),
    location        geography(Point, 4326) NOT NULL CHECK (
        NOT ST_IsEmpty(location::geometry)
        AND ST_Y(location::geometry) BETWEEN -90 AND 90
        AND ST_X(location::geometry) BETWEEN -180 AND 180
    ),
    price           numeric(12, 2) CHECK (price >= 0 AND price < 'NaN'),
    currency        char(3)     NOT NULL CHECK (currency ~ '^[A-Z]{3}$'),
    occupancy       smallint    NOT NULL CHECK (occupancy BETWEEN 1 AND 100),
    room_type       text        NOT NULL CHECK (room_type IN ('entire_place', 'private_room', 'shared_room', 'hotel_room')),
    amenities       text[]      NOT NULL DEFAULT '{}' CHECK (
        array_position(amenities, NULL) IS NULL
        AND amenities <@ ARRAY[
            'air_conditioning', 'attached_bathroom', 'balcony', 'breakfast', 'cctv', 'coffee',
            'cooking_allowed', 'cupboard', 'desk', 'elevator', 'fan', 'fire_extinguisher',
            'first_aid_kit', 'garden', 'gym', 'heating', 'hot_water', 'housekeeping', 'ironing',
            'kitchen', 'laundry', 'locker', 'meals', 'men_only', 'mosquito_net', 'near_transit',
            'parking', 'pets_allowed', 'pool', 'power_backup', 'quiet', 'refrigerator', 'security',
            'self_check_in', 'smoke_alarm', 'smoking_allowed', 'step_free', 'study_room', 'tv',
            'water_purifier', 'wifi', 'women_only'
        ]::text[]
    ),
    minimum_nights  integer     NOT NULL DEFAULT 1 CHECK (minimum_nights BETWEEN 1 AND 10000),
    rating_average  double precision CHECK (rating_average BETWEEN 0 AND 5),
    review_count    integer     NOT NULL DEFAULT 0 CHECK (review_count >= 0),
    status          text        NOT NULL DEFAULT 'listed' CHECK (status IN ('draft', 'listed', 'paused', 'removed')),
    external_source text,
    external_id     text,
    created_at      timestamptz NOT NULL DEFAULT now(),
    updated_at      timestamptz NOT NULL DEFAULT now(),
    CHECK (rating_average IS NULL OR review_count > 0),
    CHECK ((external_source IS NULL) = (external_id IS NULL)),
    UNIQUE (external_source, external_id)
);
CREATE INDEX rooms_location_idx ON rooms USING gist (location) WHERE status = 'listed';
CREATE INDEX rooms_landlord_idx ON rooms (landlord_id, status);
CREATE INDEX rooms_city_idx ON rooms (country_code, city, locality) WHERE status = 'listed';
CREATE INDEX rooms_price_idx ON rooms (currency, room_type, price) WHERE status = 'listed';
COMMENT ON TABLE  rooms                IS 'What is let; each row is one document of the index';
COMMENT ON COLUMN rooms.location       IS 'WGS 84 point; an imported one may be blurred by its source';
COMMENT ON COLUMN rooms.price          IS 'For one night, in units of currency; NULL if unknown, never 0 for unknown';
COMMENT ON COLUMN rooms.currency       IS 'ISO 4217';
COMMENT ON COLUMN rooms.occupancy      IS 'How many people can sleep here';
COMMENT ON COLUMN rooms.amenities      IS 'Of the fixed vocabulary above, which the engine knows as bits';
COMMENT ON COLUMN rooms.rating_average IS 'Mean of the reviews, 0 to 5; NULL without a rated review';
COMMENT ON COLUMN rooms.review_count   IS 'How many reviews there are';
COMMENT ON COLUMN rooms.status         IS 'Only listed rooms are found by search';
COMMENT ON COLUMN rooms.external_source IS 'Where an imported room comes from';
COMMENT ON COLUMN rooms.external_id    IS 'The key there; with external_source it makes imports repeatable';

CREATE TRIGGER users_touch        BEFORE UPDATE ON users         FOR EACH ROW EXECUTE FUNCTION touch_updated_at();
CREATE TRIGGER landlords_touch    BEFORE UPDATE ON landlords     FOR EACH ROW EXECUTE FUNCTION touch_updated_at();
CREATE TRIGGER universities_touch BEFORE UPDATE ON universities  FOR EACH ROW EXECUTE FUNCTION touch_updated_at();
CREATE TRIGGER sessions_touch     BEFORE UPDATE ON exam_sessions FOR EACH ROW EXECUTE FUNCTION touch_updated_at();
CREATE TRIGGER venues_touch       BEFORE UPDATE ON exam_venues   FOR EACH ROW EXECUTE FUNCTION touch_updated_at();
CREATE TRIGGER rooms_touch        BEFORE UPDATE ON rooms         FOR EACH ROW EXECUTE FUNCTION touch_updated_at();
