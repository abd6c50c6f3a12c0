//! Words and sentences for generated listings.

pub(super) const ADJECTIVES: &[&str] = &[
    "Airy",
    "Bright",
    "Budget",
    "Calm",
    "Clean",
    "Comfortable",
    "Compact",
    "Cosy",
    "Family-run",
    "Furnished",
    "Homely",
    "Modern",
    "Neat",
    "Peaceful",
    "Quiet",
    "Safe",
    "Simple",
    "Spacious",
    "Sunny",
    "Tidy",
    "Well-kept",
];

pub(super) const SINGLE_ROOMS: &[&str] = &[
    "Single room",
    "Single PG room",
    "Study room with bed",
    "Private room",
    "Single bedroom",
];
pub(super) const PRIVATE_ROOMS: &[&str] = &[
    "Double room",
    "Private room",
    "Twin room",
    "PG room",
    "Guest room",
    "Room in a family home",
];
pub(super) const SHARED_ROOMS: &[&str] = &[
    "Bed in shared room",
    "Hostel bed",
    "Dormitory bed",
    "Shared PG room",
    "Sharing room",
];
pub(super) const ENTIRE_PLACES: &[&str] = &[
    "1 BHK flat",
    "2 BHK flat",
    "Studio flat",
    "Independent house",
    "Service apartment",
    "Floor of a house",
];
pub(super) const HOTEL_ROOMS: &[&str] = &[
    "Hotel room",
    "Lodge room",
    "Guest house room",
    "Deluxe hotel room",
];

pub(super) const HOUSES: &[&str] = &[
    "Amrit Villa",
    "Anand Bhavan",
    "Annapurna PG",
    "Ashirwad",
    "Ashok Apartments",
    "Casa Maria",
    "Ganga Nivas",
    "Gayatri Sadan",
    "Green View",
    "Gulmohar Residency",
    "Hari Om Guest House",
    "Jasmine House",
    "Kamal Kunj",
    "Krishna Residency",
    "Lake View",
    "Lotus Stay",
    "Matru Chhaya",
    "Maple Residency",
    "Narmada Apartments",
    "Om Sai PG",
    "Palm Grove",
    "Park View",
    "Prem Kutir",
    "Rose Villa",
    "Sai Krupa",
    "Sarovar",
    "Saraswati Nilayam",
    "Scholars' Nest",
    "Shanti Nivas",
    "Shree Ram Bhavan",
    "Sneha Home Stay",
    "Student Corner",
    "Sunrise Apartments",
    "Tulsi Nivas",
    "Vidya Vihar",
    "Vrindavan",
];

pub(super) const STREETS: &[&str] = &[
    "1st Cross",
    "2nd Main Road",
    "4th Cross",
    "5th Main",
    "Bank Street",
    "Bazaar Street",
    "Bus Stand Road",
    "Canal Road",
    "Church Street",
    "Circular Road",
    "College Road",
    "Gandhi Road",
    "Hospital Road",
    "Lake Road",
    "Lane 3",
    "Lane 7",
    "Market Road",
    "Masjid Lane",
    "Mill Road",
    "Nehru Road",
    "Park Road",
    "Patel Road",
    "Post Office Road",
    "Ring Road",
    "School Lane",
    "Station Road",
    "Subhash Road",
    "Tank Bund Road",
    "Temple Street",
    "Tilak Road",
    "University Road",
];

/// Amenities that a title may mention, with the phrase for each.
pub(super) const FEATURES: &[(&str, &str)] = &[
    ("desk", "with desk"),
    ("desk", "with study table"),
    ("air_conditioning", "with AC"),
    ("wifi", "with wifi"),
    ("balcony", "with balcony"),
    ("meals", "with home food"),
    ("attached_bathroom", "with attached bath"),
    ("kitchen", "with kitchen"),
    ("near_transit", "close to metro and bus"),
    ("garden", "with garden view"),
    ("parking", "with parking"),
    ("breakfast", "with breakfast"),
];

pub(super) const OPENINGS: &[&str] = &[
    "{A thing} in {spot}, {distance} from {venue}.",
    "This {thing} lies in {spot}, {city}, about {distance} from the gate of {venue}.",
    "Staying for an exam at {venue}? Our {thing} in {spot} is {distance} away.",
    "We are a family in {spot} and let {a thing} to students who come to {city} for exams.",
    "Candidates who write their papers at {venue} stay with us in {spot} every season.",
    "{A thing} on a side street of {spot}, well known to students of {city}.",
    "Stay {distance} from {venue} and walk or take an auto to the exam hall from {spot}.",
];

pub(super) const AMENITY_LINES: &[(&str, &[&str])] = &[
    (
        "wifi",
        &[
            "The wifi is fast enough for mock tests.",
            "Wifi on every floor.",
            "Free internet.",
        ],
    ),
    (
        "desk",
        &[
            "There is a study table with a lamp.",
            "A desk and chair for last-minute revision.",
        ],
    ),
    (
        "quiet",
        &[
            "The lane is quiet, with no traffic at night.",
            "Silence is kept after ten.",
        ],
    ),
    (
        "meals",
        &[
            "Home-cooked vegetarian meals are served.",
            "Three meals a day, less spicy on request.",
        ],
    ),
    (
        "breakfast",
        &[
            "Breakfast is early on exam days.",
            "Idli, poha or paratha for breakfast.",
        ],
    ),
    (
        "air_conditioning",
        &["Air-conditioned.", "The AC works in summer too."],
    ),
    (
        "attached_bathroom",
        &["The bathroom is attached.", "Attached western toilet."],
    ),
    (
        "hot_water",
        &[
            "Hot water from a geyser in the morning.",
            "Hot water all day.",
        ],
    ),
    (
        "power_backup",
        &[
            "Power backup runs when the grid does not.",
            "Inverter for fan and light.",
        ],
    ),
    (
        "near_transit",
        &[
            "The metro or bus stop is a short walk away.",
            "Autos wait at the corner.",
        ],
    ),
    (
        "balcony",
        &[
            "A small balcony looks over trees.",
            "Balcony with a view of the street.",
        ],
    ),
    (
        "garden",
        &[
            "Guests read in the garden.",
            "A garden with neem and mango trees.",
        ],
    ),
    (
        "parking",
        &[
            "Two-wheelers and cars can be parked inside.",
            "Free parking.",
        ],
    ),
    (
        "laundry",
        &[
            "A washing machine is shared.",
            "Laundry is picked up twice a week.",
        ],
    ),
    (
        "kitchen",
        &[
            "The kitchen is fully equipped.",
            "Cook for yourself on a gas stove.",
        ],
    ),
    (
        "study_room",
        &[
            "A common study room stays open all night.",
            "There is a reading room.",
        ],
    ),
    (
        "cctv",
        &[
            "The entrance is watched by cameras.",
            "CCTV in the corridors.",
        ],
    ),
    (
        "security",
        &["A guard is at the gate day and night.", "Gated building."],
    ),
    (
        "water_purifier",
        &["Filtered drinking water.", "RO water on each floor."],
    ),
    (
        "women_only",
        &[
            "For women only; mothers are welcome to stay.",
            "Only women stay here.",
        ],
    ),
    ("men_only", &["For men only.", "A house for male students."]),
    (
        "locker",
        &[
            "Each guest has a locker.",
            "Lockers for phones and documents.",
        ],
    ),
    (
        "step_free",
        &[
            "No steps from the street to the room.",
            "Fit for wheelchairs.",
        ],
    ),
];

pub(super) const CLOSINGS: &[&str] = &[
    "Parents can stay along.",
    "Ask for a late check-out on the day of the exam.",
    "Printing of admit cards can be arranged.",
    "Identity card and admit card are needed at check-in.",
    "We wake you in time.",
    "An auto to the centre can be booked the evening before.",
    "No smoking in the rooms, please.",
    "Book early in the exam season.",
    "Good luck with your paper!",
    "Long stays for coaching are welcome.",
];

/// What students call an amenity in a sentence, where the name of the amenity is not enough.
pub(super) const AMENITY_NAMES: &[(&str, &str)] = &[
    ("air_conditioning", "air conditioning"),
    ("attached_bathroom", "an attached bathroom"),
    ("balcony", "a balcony"),
    ("cupboard", "a cupboard"),
    ("desk", "a desk"),
    ("fan", "a fan"),
    ("hot_water", "hot water"),
    ("kitchen", "a kitchen"),
    ("laundry", "a laundry"),
    ("near_transit", "a bus or metro stop nearby"),
    ("power_backup", "power backup"),
    ("quiet", "quiet surroundings"),
    ("refrigerator", "a refrigerator"),
    ("security", "a guard"),
    ("step_free", "step-free access"),
    ("study_room", "a study room"),
    ("tv", "a TV"),
    ("water_purifier", "a water purifier"),
];
