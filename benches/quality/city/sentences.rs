//! The titles and sentences of the generated city. Each pattern has slots for words in braces.

pub(super) const TITLES: &[&str] = &[
    "{adjective} {noun} in {hood}",
    "{adjective} & {other adjective} {noun} in {hood}",
    "{adjective} {noun} near {landmark}",
    "{adjective} {noun} with {feature}",
    "{host}'s {adjective} {noun}",
    "The {colour} {thing} - {adjective} {noun}",
    "{noun} by the {spot}, {feature}",
    "{colour} {thing} {house} in {hood}",
    "{adjective}, {other adjective} & close to {landmark}",
    "{number} min walk to {landmark} - {adjective} {noun}",
    "{thing} {house}: {noun} w/ {feature}",
    "{adjective} {noun} {hood}!!!",
    "{feature} + {other feature} in {hood}",
    "{thing} & {colour} {noun} for {number} nights",
    "{noun} in {house} of the {thing}, {feature}",
];

pub(super) const OPENINGS: &[&str] = &[
    "Welcome to our {adjective} {noun} in {hood}.",
    "This {adjective} {noun} has a {feature} and is {number} minutes from the {landmark}.",
    "{host} and I let a {adjective} {noun} with {feature}.",
    "You will stay in a {adjective} {noun} by the {spot}, with a {colour} {thing} on the door.",
    "The {colour} {thing} is what we call our {adjective} {noun} near the {landmark}.",
    "Looking for a {adjective} place to stay? Our {noun} is in {hood}, close to the {landmark}.",
];

pub(super) const SENTENCES: &[&str] = &[
    "The {landmark} is a {number} minute walk away.",
    "{other hood} and {hood} are a short ride away by bus.",
    "The {noun} is {adjective}, and the {house} is very {other adjective}.",
    "There is a {feature}, and you may use the {other feature} too.",
    "Mornings are {adjective}, and evenings by the {spot} are {other adjective}.",
    "A {adjective} park and a {adjective} market are around the corner.",
    "Guests love the {feature} and the view of the {spot}.",
    "Please be quiet after ten, because our neighbour {host} is a {thing}.",
    "My {colour} {thing} lives here as well and is very {adjective}.",
    "From the window you see the {landmark} and the roofs of {other hood}.",
    "We painted the walls {colour} and put a {thing} into the {noun}.",
    "The kitchen is shared with {host}, who is {adjective} and cooks on Sundays.",
    "Trains to {other hood} leave every {number} minutes from the station.",
    "The bedroom has a king bed, and the living room a sofa for one more guest.",
    "There is {feature} for guests who stay longer than {number} nights.",
    "The {thing} {house} next door serves coffee and breakfast.",
    "Students of the {landmark} have stayed here for years.",
    "It is not far from the {spot}, yet {adjective} at night.",
    "You have a {adjective} bathroom of your own and share a {adjective} garden.",
    "On the {spot} side there is a {colour} bench under a {thing} tree.",
    "The room is cleaned every {number} days, towels and sheets are included.",
    "Wifi is fast, the desk is big and the chair is comfortable.",
    "{host} will give you the keys and show you the {noun}.",
    "Our {house} is {adjective}: the {colour} {thing} in the hall is {number} years old.",
];

pub(super) const CLOSINGS: &[&str] = &[
    "No smoking and no pets, please.",
    "Write to us with any question.",
    "We look forward to your stay.",
    "Long stays are welcome.",
    "Check in after three, check out before eleven.",
    "Parties are not allowed.",
];
