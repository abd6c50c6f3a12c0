-- A student says once which room would do, and landlords then search for the requests near their
-- rooms. A search alone finds nothing that is listed a day later.
--
-- A request has a location of its own even if it names a venue, because the index reads each row by
-- itself. Nothing that exists is changed, so code that does not know requests continues to work.
CREATE TABLE requests (
    id                  uuid        PRIMARY KEY DEFAULT uuid_v7(),
    student_id          uuid        NOT NULL,
    student_role        text        NOT NULL DEFAULT 'student' CHECK (student_role = 'student'),
    venue_id            uuid        REFERENCES exam_venues (id),
    title               text        NOT NULL CHECK (char_length(title) BETWEEN 1 AND 300),
    description         text        NOT NULL DEFAULT '' CHECK (char_length(description) <= 5000),
    city                text        NOT NULL DEFAULT '' CHECK (char_length(city) <= 200),
    location            geography(Point, 4326) NOT NULL CHECK (
        NOT ST_IsEmpty(location::geometry)
        AND ST_Y(location::geometry) BETWEEN -90 AND 90
        AND ST_X(location::geometry) BETWEEN -180 AND 180
    ),
    reach_m             integer     NOT NULL CHECK (reach_m BETWEEN 100 AND 200000),
    check_in            date        NOT NULL CHECK (check_in >= '2000-01-01'),
    check_out           date        NOT NULL CHECK (check_out < '3000-01-01'),
    occupants           smallint    NOT NULL DEFAULT 1 CHECK (occupants BETWEEN 1 AND 100),
    budget              numeric(12, 2) CHECK (budget > 0 AND budget < 'NaN'),
    currency            char(3)     NOT NULL CHECK (currency ~ '^[A-Z]{3}$'),
    required_amenities  text[]      NOT NULL DEFAULT '{}' CHECK (
        array_position(required_amenities, NULL) IS NULL
        AND required_amenities <@ ARRAY[
            'air_conditioning', 'attached_bathroom', 'balcony', 'breakfast', 'cctv', 'coffee',
            'cooking_allowed', 'cupboard', 'desk', 'elevator', 'fan', 'fire_extinguisher',
            'first_aid_kit', 'garden', 'gym', 'heating', 'hot_water', 'housekeeping', 'ironing',
            'kitchen', 'laundry', 'locker', 'meals', 'men_only', 'mosquito_net', 'near_transit',
            'parking', 'pets_allowed', 'pool', 'power_backup', 'quiet', 'refrigerator', 'security',
            'self_check_in', 'smoke_alarm', 'smoking_allowed', 'step_free', 'study_room', 'tv',
            'water_purifier', 'wifi', 'women_only'
        ]::text[]
    ),
    preferred_amenities text[]      NOT NULL DEFAULT '{}' CHECK (
        array_position(preferred_amenities, NULL) IS NULL
        AND preferred_amenities <@ ARRAY[
            'air_conditioning', 'attached_bathroom', 'balcony', 'breakfast', 'cctv', 'coffee',
            'cooking_allowed', 'cupboard', 'desk', 'elevator', 'fan', 'fire_extinguisher',
            'first_aid_kit', 'garden', 'gym', 'heating', 'hot_water', 'housekeeping', 'ironing',
            'kitchen', 'laundry', 'locker', 'meals', 'men_only', 'mosquito_net', 'near_transit',
            'parking', 'pets_allowed', 'pool', 'power_backup', 'quiet', 'refrigerator', 'security',
            'self_check_in', 'smoke_alarm', 'smoking_allowed', 'step_free', 'study_room', 'tv',
            'water_purifier', 'wifi', 'women_only'
        ]::text[]
    ),
    room_types          text[]      NOT NULL DEFAULT '{}' CHECK (
        array_position(room_types, NULL) IS NULL
        AND room_types <@ ARRAY['entire_place', 'private_room', 'shared_room', 'hotel_room']::text[]
    ),
    status              text        NOT NULL DEFAULT 'active' CHECK (status IN ('active', 'matched', 'expired', 'cancelled')),
    expires_at          timestamptz NOT NULL,
    external_source     text,
    external_id         text,
    created_at          timestamptz NOT NULL DEFAULT now(),
    updated_at          timestamptz NOT NULL DEFAULT now(),
    FOREIGN KEY (student_id, student_role) REFERENCES users (id, role),
    CONSTRAINT requests_nights_check CHECK (check_out > check_in AND check_out <= check_in + 366),
    CHECK ((external_source IS NULL) = (external_id IS NULL)),
    UNIQUE (external_source, external_id)
);
CREATE INDEX requests_student_idx ON requests (student_id, check_in);
CREATE INDEX requests_venue_idx ON requests (venue_id);
CREATE INDEX requests_location_idx ON requests USING gist (location) WHERE status = 'active';
CREATE INDEX requests_expires_at_idx ON requests (expires_at) WHERE status = 'active';
COMMENT ON TABLE  requests                     IS 'Which room a student looks for, and which rooms are acceptable';
COMMENT ON COLUMN requests.student_role        IS 'Always student: with the foreign key it holds the user to that role';
COMMENT ON COLUMN requests.venue_id            IS 'The venue of the exam; NULL if the student gave a point instead';
COMMENT ON COLUMN requests.city                IS 'City of the venue or point; empty if unknown';
COMMENT ON COLUMN requests.location            IS 'WGS 84; that of the venue if there is one';
COMMENT ON COLUMN requests.reach_m             IS 'How far from location a room may be, in metres';
COMMENT ON COLUMN requests.check_in            IS 'Date of the first evening, in the calendar of the location';
COMMENT ON COLUMN requests.check_out           IS 'Date of the morning after the last night';
COMMENT ON COLUMN requests.occupants           IS 'How many people need a bed';
COMMENT ON COLUMN requests.budget              IS 'Highest price for one night, in units of currency; NULL for no limit';
COMMENT ON COLUMN requests.currency            IS 'ISO 4217';
COMMENT ON COLUMN requests.required_amenities  IS 'What a room must have, of the vocabulary of rooms.amenities';
COMMENT ON COLUMN requests.preferred_amenities IS 'What makes a room better but may be missing, of the same vocabulary';
COMMENT ON COLUMN requests.room_types          IS 'Accepted types, of the vocabulary of rooms.room_type; empty for any';
COMMENT ON COLUMN requests.status              IS 'Only active requests are open; matched ones have led to a room';
COMMENT ON COLUMN requests.expires_at          IS 'When an active request ends without a room';
COMMENT ON COLUMN requests.external_source     IS 'Where an imported request comes from';
COMMENT ON COLUMN requests.external_id         IS 'The key there; with external_source it makes imports repeatable';
COMMENT ON INDEX  requests_expires_at_idx      IS 'Finds the active requests that are due to expire';

CREATE TRIGGER requests_touch BEFORE UPDATE ON requests FOR EACH ROW EXECUTE FUNCTION touch_updated_at();
