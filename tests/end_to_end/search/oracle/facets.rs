//! Compares facets with the counts that SQL finds over the same rooms.

use serde_json::{Value, json};
use sqlx::{AssertSqlSafe, Row};

use crate::harness::{Roost, TestDatabase};

/// A search whose matches are counted. A facet ignores the filter on its own attribute, except that
/// of amenities, which requires all of them.
#[derive(Clone, Copy)]
struct Counted {
    lat: f64,
    lng: f64,
    radius_m: f64,
    word: Option<&'static str>,
    room_type: Option<&'static str>,
    price_max: Option<f64>,
    amenities: &'static [&'static str],
}

const MANHATTAN: Counted = Counted {
    lat: 40.7355,
    lng: -73.9972,
    radius_m: 25_000.0,
    word: None,
    room_type: None,
    price_max: None,
    amenities: &[],
};

const SEARCHES: [Counted; 6] = [
    MANHATTAN,
    Counted {
        room_type: Some("private_room"),
        price_max: Some(120.0),
        ..MANHATTAN
    },
    Counted {
        radius_m: 3_000.0,
        word: Some("garden"),
        ..MANHATTAN
    },
    Counted {
        radius_m: 4_000.0,
        word: Some("room"),
        price_max: Some(90.0),
        ..MANHATTAN
    },
    Counted {
        amenities: &["wifi", "kitchen"],
        ..MANHATTAN
    },
    Counted {
        radius_m: 5_000.0,
        amenities: &["desk"],
        room_type: Some("private_room"),
        ..MANHATTAN
    },
];

const PRICES: &str = "50,100,200,400";
const RATINGS: &str = "3,4,4.5";
const RINGS_M: &str = "1000,2500,10000";

/// Compares every facet of some searches and returns the number of compared counts.
pub(super) async fn compare(database: &TestDatabase, node: &Roost) -> usize {
    let mut compared = 0;
    for counted in &SEARCHES {
        let path = counted.path();
        let (status, answer) = node.get(&path).await;
        assert_eq!(status, 200, "{path}: {answer}");
        let facets = &answer["meta"]["facets"];
        for (facet, found) in facets.as_object().unwrap() {
            let expected = counted.by_sql(database, facet).await;
            let found = match found.get("values") {
                Some(values) => by_value(values),
                None => by_range(&found["ranges"]),
            };
            assert_eq!(found, expected, "{facet} of {path}");
            compared += found.len();
        }
        compared += compare_with_next_search(node, &path, &facets["amenities"]).await;
    }
    compared
}

/// The count of an amenity is the total of the search that requires it as well.
async fn compare_with_next_search(node: &Roost, path: &str, amenities: &Value) -> usize {
    let values = amenities["values"].as_array().unwrap();
    for counted in values {
        let amenity = counted["value"].as_str().unwrap();
        let path = format!("{path}&count=exact&amenities={amenity}");
        let (status, answer) = node.get(&path).await;
        assert_eq!(status, 200, "{path}: {answer}");
        assert_eq!(answer["meta"]["total"], counted["count"], "{path}");
    }
    values.len()
}

impl Counted {
    fn path(&self) -> String {
        let Counted {
            lat,
            lng,
            radius_m,
            word,
            room_type,
            price_max,
            amenities,
        } = self;
        let mut path = format!(
            "/api/v1/rooms/search?lat={lat}&lng={lng}&radius_m={radius_m}&limit=1\
             &facets=room_type,amenities,locality,price,distance,rating&max_facet_values=100\
             &facet_price={PRICES}&facet_rating={RATINGS}&facet_distance={RINGS_M}"
        );
        if let Some(word) = word {
            path += &format!("&typos=0&q={word}%20");
        }
        if let Some(room_type) = room_type {
            path += &format!("&room_type={room_type}");
        }
        if let Some(price_max) = price_max {
            path += &format!("&price_max={price_max}");
        }
        if !amenities.is_empty() {
            path += &format!("&amenities={}", amenities.join(","));
        }
        path
    }

    /// The counts in SQL without the filter on the facet's own attribute unless it requires all of
    /// several values: values with their counts,
    /// largest first, or the counts of ranges.
    async fn by_sql(&self, database: &TestDatabase, facet: &str) -> Vec<Value> {
        let (value, edges) = match facet {
            "room_type" => ("room_type", ""),
            "amenities" => ("unnest(amenities)", ""),
            "locality" => ("nullif(locality, '')", ""),
            "price" => ("price::float8", PRICES),
            "rating" => ("rating_average::float8", RATINGS),
            "distance" => ("ST_Distance(location, place, false)", RINGS_M),
            other => panic!("{other} is not compared"),
        };
        let value = match edges {
            "" => format!("{value}::text"),
            edges => format!("width_bucket({value}, ARRAY[{edges}]::float8[])::text"),
        };
        let own = |name: &str| facet == name;
        let radius_m = if own("distance") {
            10_000.0
        } else {
            self.radius_m
        };
        let statement = format!(
            "SELECT value, count(*) AS count FROM (
                SELECT {value} AS value
                FROM rooms
                JOIN landlords ON landlords.id = landlord_id AND is_available
                CROSS JOIN (SELECT ST_SetSRID(ST_MakePoint($1, $2), 4326)::geography AS place) AS at
                WHERE status = 'listed' AND ST_DWithin(location, place, $3, false)
                    AND ($4::text IS NULL OR room_type = $4)
                    AND ($5::float8 IS NULL OR price <= $5)
                    AND amenities @> $7::text[]
                    AND ($6::text IS NULL
                        OR EXISTS (SELECT FROM oracle_words WHERE room = rooms.id AND word = $6))
            ) AS matching
            WHERE value IS NOT NULL
            GROUP BY value ORDER BY count DESC, value COLLATE \"C\" LIMIT 100"
        );
        let rows = sqlx::query(AssertSqlSafe(statement))
            .bind(self.lng)
            .bind(self.lat)
            .bind(radius_m)
            .bind(self.room_type.filter(|_| !own("room_type")))
            .bind(self.price_max.filter(|_| !own("price")))
            .bind(self.word)
            .bind(self.amenities)
            .fetch_all(&database.pool)
            .await
            .unwrap();
        let counts = rows.iter().map(|row| {
            let (value, count): (String, i64) = (row.get("value"), row.get("count"));
            (value, count)
        });
        match edges {
            "" => counts.map(|(value, count)| json!([value, count])).collect(),
            edges => {
                // Distance ranges end at the last edge; others have an open last range.
                let open = usize::from(!own("distance"));
                let mut ranges = vec![0; edges.split(',').count() + open];
                for (bucket, count) in counts {
                    ranges[bucket.parse::<usize>().unwrap()] = count;
                }
                ranges.into_iter().map(Value::from).collect()
            }
        }
    }
}

fn by_value(values: &Value) -> Vec<Value> {
    let values = values.as_array().unwrap().iter();
    values.map(|it| json!([it["value"], it["count"]])).collect()
}

fn by_range(ranges: &Value) -> Vec<Value> {
    let ranges = ranges.as_array().unwrap().iter();
    ranges.map(|it| it["count"].clone()).collect()
}
