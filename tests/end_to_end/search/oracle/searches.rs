//! The searches that the API and SQL both run.

use uuid::Uuid;

/// The weights of the room profile of the engine.
pub(super) const WEIGHTS: [(&str, f64); 8] = [
    ("text", 100.0),
    ("distance", 30.0),
    ("capacity", 5.0),
    ("activity", 7.5),
    ("performance", 7.5),
    ("amenity", 10.0),
    ("review", 10.0),
    ("price", 10.0),
];

/// One search, for the API and for SQL.
#[derive(Clone, Default)]
pub(super) struct Search {
    pub(super) text: &'static str,
    pub(super) lat: f64,
    pub(super) lng: f64,
    pub(super) radius_m: f64,
    pub(super) price_max: Option<f64>,
    pub(super) room_type: Option<&'static str>,
    pub(super) amenity: Option<&'static str>,
    pub(super) preferred_amenity: Option<&'static str>,
    pub(super) weights: Option<[f64; 8]>,
    pub(super) verified: bool,
    pub(super) landlord: Option<Uuid>,
    pub(super) radius_min_m: Option<f64>,
    /// Corners, each a latitude and a longitude.
    pub(super) polygon: &'static [(f64, f64)],
    /// South, west, north, east.
    pub(super) bbox: Option<[f64; 4]>,
    /// One of the filters that `oracle.sql` translates.
    pub(super) filter: Option<&'static str>,
}

/// Searches around colleges in all parts of the city, with common and rare words and each filter.
pub(super) fn searches() -> Vec<Search> {
    let places = [
        (40.7355, -73.9972),
        (40.8075, -73.9626),
        (40.6309, -73.9521),
        (40.7295, -73.9965),
        (40.5795, -74.1502),
    ];
    let texts = [
        "",
        "garden",
        "quiet room",
        "private bedroom",
        "williamsburg loft",
        "café",
    ];
    let mut searches = Vec::new();
    for (n, &(lat, lng)) in places.iter().enumerate() {
        for (m, &text) in texts.iter().enumerate() {
            let radius_m = [800.0, 2_500.0, 5_000.0, 20_000.0][(n + m) % 4];
            searches.push(Search {
                text,
                lat,
                lng,
                radius_m,
                ..Search::default()
            });
        }
    }
    let manhattan = Search {
        lat: 40.7355,
        lng: -73.9972,
        radius_m: 4_000.0,
        ..Search::default()
    };
    searches.extend([
        Search {
            price_max: Some(80.0),
            ..manhattan.clone()
        },
        Search {
            room_type: Some("private_room"),
            text: "cozy",
            ..manhattan.clone()
        },
        Search {
            amenity: Some("wifi"),
            preferred_amenity: Some("desk"),
            ..manhattan.clone()
        },
        Search {
            weights: Some([1.0, 0.0, 3.0, 2.0, 2.0, 0.0, 0.0, 0.0]),
            ..manhattan.clone()
        },
        Search {
            weights: Some([50.0, 1.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0]),
            text: "sunny",
            ..manhattan
        },
    ]);
    searches
}

/// A star-shaped polygon over Brooklyn.
const STAR: &[(f64, f64)] = &[
    (40.7300, -73.9600),
    (40.6900, -73.9500),
    (40.6700, -73.9000),
    (40.6650, -73.9650),
    (40.6200, -73.9800),
    (40.6800, -73.9950),
];

/// Searches by area, ring, landlord and verification, alone and combined.
pub(super) fn filtered_searches(landlord: Uuid) -> Vec<Search> {
    // Manhattan south of Central Park.
    const MANHATTAN: &[(f64, f64)] = &[
        (40.7005, -74.0190),
        (40.7720, -73.9945),
        (40.7640, -73.9580),
        (40.7095, -73.9760),
    ];
    let city = Search {
        lat: 40.7355,
        lng: -73.9972,
        radius_m: 30_000.0,
        ..Search::default()
    };
    let within = |polygon| Search {
        polygon,
        ..city.clone()
    };
    vec![
        within(MANHATTAN),
        within(STAR),
        Search {
            text: "quiet",
            verified: true,
            ..within(STAR)
        },
        Search {
            bbox: Some([40.70, -73.99, 40.74, -73.93]),
            ..city.clone()
        },
        Search {
            bbox: Some([40.60, -74.05, 40.75, -73.95]),
            price_max: Some(90.0),
            ..within(MANHATTAN)
        },
        Search {
            radius_min_m: Some(2_000.0),
            radius_m: 3_000.0,
            ..city.clone()
        },
        Search {
            radius_min_m: Some(4_000.0),
            text: "room",
            ..within(STAR)
        },
        Search {
            verified: true,
            ..city.clone()
        },
        Search {
            landlord: Some(landlord),
            ..city.clone()
        },
        Search {
            landlord: Some(landlord),
            verified: true,
            ..within(MANHATTAN)
        },
    ]
}

/// Searches with the parameter `filter`, alone and combined with other filters.
pub(super) fn searches_by_condition() -> Vec<Search> {
    let city = Search {
        lat: 40.7355,
        lng: -73.9972,
        radius_m: 30_000.0,
        ..Search::default()
    };
    vec![
        Search {
            filter: Some("price<=80 AND amenities:wifi AND NOT room_type:shared_room"),
            ..city.clone()
        },
        Search {
            filter: Some("rating>=4.5 OR review_count>100 AND price:50..120"),
            text: "quiet",
            ..city.clone()
        },
        Search {
            filter: Some("NOT (rating<4 OR minimum_nights>3 OR floor<1) AND verified:false"),
            price_max: Some(150.0),
            polygon: STAR,
            ..city.clone()
        },
        Search {
            filter: Some("room_type:[shared_room, hotel_room] OR price<40 OR occupancy>=4"),
            ..city.clone()
        },
        Search {
            filter: Some("rating!=4.5 AND NOT minimum_nights:2..30"),
            radius_m: 2_000.0,
            ..city
        },
    ]
}

impl Search {
    /// The path and query of the request to the API.
    pub(super) fn path(&self) -> String {
        let Search {
            text,
            lat,
            lng,
            radius_m,
            ..
        } = self;
        let mut path = format!(
            "/api/v1/rooms/search?lat={lat}&lng={lng}&radius_m={radius_m}&limit=50&count=exact"
        );
        if !text.is_empty() {
            // The SQL supports neither typos, prefixes nor optional terms.
            path += &format!(
                "&typos=0&match=all&q={}%20",
                text.replace(' ', "%20").replace('é', "%C3%A9")
            );
        }
        // `price_max` is the budget too, unless the weight of the price is zero.
        let parameters = [
            ("price_max", self.price_max.map(|price| price.to_string())),
            ("room_type", self.room_type.map(str::to_owned)),
            ("amenities", self.amenity.map(str::to_owned)),
            (
                "prefer_amenities",
                self.preferred_amenity.map(str::to_owned),
            ),
            ("verified", self.verified.then(|| "true".to_owned())),
            ("landlord_id", self.landlord.map(|id| id.to_string())),
            (
                "radius_min_m",
                self.radius_min_m.map(|metres| metres.to_string()),
            ),
            (
                "polygon",
                (!self.polygon.is_empty())
                    .then(|| comma_list(self.polygon.iter().flat_map(|&(lat, lng)| [lat, lng]))),
            ),
            ("bbox", self.bbox.map(comma_list)),
            ("filter", self.filter.map(encoded)),
        ];
        for (name, value) in parameters {
            path += &value
                .map(|value| format!("&{name}={value}"))
                .unwrap_or_default();
        }
        if let Some(weights) = self.weights {
            let named = WEIGHTS
                .iter()
                .zip(weights)
                .map(|((name, _), weight)| format!("{name}:{weight}"));
            path += &format!("&weights={}", named.collect::<Vec<_>>().join(","));
        }
        path
    }

    /// The polygon in the text form of PostGIS: longitudes first, closed.
    pub(super) fn polygon_text(&self) -> Option<String> {
        let corners = self.polygon.iter().chain(self.polygon.first());
        let corners: Vec<String> = corners.map(|(lat, lng)| format!("{lng} {lat}")).collect();
        (!self.polygon.is_empty()).then(|| format!("POLYGON(({}))", corners.join(", ")))
    }
}

fn encoded(text: &str) -> String {
    let bytes = text.bytes();
    bytes.map(|byte| format!("%{byte:02X}")).collect()
}

fn comma_list(numbers: impl IntoIterator<Item = f64>) -> String {
    let numbers: Vec<String> = numbers
        .into_iter()
        .map(|number| number.to_string())
        .collect();
    numbers.join(",")
}
