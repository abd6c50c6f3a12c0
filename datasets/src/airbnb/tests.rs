//! Tests of both file forms, invalid rows and invalid options.

use std::io::Cursor;

use super::*;
use crate::record::{FileError, ReadError};

const SHORT: &str = "id,name,host_id,host_name,neighbourhood_group,neighbourhood,latitude,longitude,\
    room_type,price,minimum_nights,number_of_reviews,last_review,reviews_per_month,\
    calculated_host_listings_count,availability_365\n";

fn options() -> ListingOptions {
    ListingOptions {
        country: "US".to_owned(),
        currency: "USD".to_owned(),
        city: None,
        now_s: 1_700_000_000,
    }
}

fn read(csv: &str) -> Vec<Result<Listing, ReadError>> {
    Listings::read(Cursor::new(csv.as_bytes().to_vec()), options())
        .unwrap()
        .collect()
}

fn short(rows: &str) -> Vec<Result<Listing, ReadError>> {
    read(&format!("{SHORT}{rows}"))
}

/// The line and column of a row that must be invalid.
fn bad(row: &Result<Listing, ReadError>) -> (u64, &str) {
    match row {
        Err(ReadError::Row(error)) => (error.line, &error.column),
        other => panic!("{other:?}"),
    }
}

#[test]
fn the_short_form_is_read_and_missing_values_are_derived_deterministically() {
    let csv = "9,\"Sunny &amp; <b>quiet</b>\",4,Ann,North,Old Town,40.5,-73.9,Private room,120,2,7,,,3,\n";
    let listing = short(csv).remove(0).unwrap();
    let room = &listing.room;
    assert_eq!(room.title, "Sunny & quiet");
    assert_eq!(
        (room.locality.as_str(), room.city.as_str()),
        ("Old Town", "North")
    );
    assert_eq!(room.address, "Old Town, North");
    assert_eq!(
        (room.price, room.minimum_nights, room.review_count),
        (Some(120.0), 2, 7)
    );
    assert_eq!(
        (room.room_type, room.rating_average),
        ("private_room", None)
    );
    assert!((1..=2).contains(&room.occupancy));
    assert_eq!(listing.landlord.display_name, "Ann");
    assert_eq!(listing.landlord.total_capacity, 3);
    assert!(listing.landlord.active_contracts < 3);
    assert_eq!(room.landlord_id, listing.landlord.id);
    assert_eq!(listing, short(csv).remove(0).unwrap());
}

#[test]
fn values_of_the_long_form_are_kept() {
    let csv = "name,description,id,price,host_id,host_response_time,host_acceptance_rate,\
        neighbourhood,neighbourhood_cleansed,neighbourhood_group_cleansed,longitude,latitude,\
        room_type,accommodates,amenities,number_of_reviews,review_scores_rating\n\
        A,\"One<br />two\nthree\",1,\"$1,234.50\",5,within an hour,97%,Highlights,Mitte,Berlin,\
        13.4,52.5,Hotel room,6,\"[\"\"Wifi\"\", \"\"Pool\"\"]\",3,4.8\n\
        B,,2,$0.00,6,N/A,N/A,,Mitte,Berlin,13.4,52.5,Entire home/apt,2,[],0,5\n\
        C,,3,,7,,,,Mitte,Berlin,13.4,52.5,Shared room,0,{},2,96\n";
    let rows: Vec<Listing> = read(csv).into_iter().collect::<Result<_, _>>().unwrap();
    let (a, b, c) = (&rows[0], &rows[1], &rows[2]);
    assert_eq!(
        (a.room.price, a.room.occupancy, a.room.room_type),
        (Some(1234.5), 6, "hotel_room")
    );
    assert_eq!(a.room.description, "One\ntwo\nthree");
    assert_eq!(a.room.amenities, ["pool", "wifi"]);
    assert_eq!(a.room.locality, "Mitte");
    assert_eq!(a.landlord.acceptance_rate, 0.97);
    assert_eq!(a.landlord.response_time_s_average, Some(1800.0));
    assert_eq!(a.room.rating_average, Some(4.8));
    assert_eq!((b.room.price, b.room.rating_average), (None, None));
    assert_eq!(b.landlord.response_time_s_average, None);
    assert_eq!(b.room.amenities, Vec::<&str>::new());
    assert_eq!(
        (c.room.price, c.room.rating_average, c.room.occupancy),
        (None, Some(4.8), 1)
    );
}

#[test]
fn each_invalid_row_is_reported_with_its_line_and_column_and_the_rest_is_read() {
    let good = "1,A,4,,G,N,40,-73,Private room,1,1,0,,,1,\n";
    let csv = format!(
        "{good}2,\"A\nB\",4,,G,N,91,-73,Private room,1,1,0,,,1,\n\
        3,A,4,,G,N,40,NaN,Private room,1,1,0,,,1,\n\
        ,A,4,,G,N,40,-73,Private room,1,1,0,,,1,\n\
        6,A,4,,G,N,40,-73,Castle,1,1,0,,,1,\n\
        7,A,4,,G,N,40,-73,Private room,cheap,1,0,,,1,\n\
        8,A,4,,G,N,40,-73,Private room,-5,1,0,,,1,\n\
        9,A,4,,G,N,40,-73,Private room,1,-1,0,,,1,\n\
        10,A,,,G,N,40,-73,Private room,1,1,0,,,1,\n\
        1,A,4,,G,N,40,-73,Private room,1,1,0,,,1,\n\
        11,A,4\n12,A,4,,G,N,40,-73,Private room,,,,,,,\n"
    );
    let rows = short(&csv);
    let expected = [
        (3, "latitude"),
        (5, "longitude"),
        (6, "id"),
        (7, "room_type"),
        (8, "price"),
        (9, "price"),
        (10, "minimum_nights"),
        (11, "host_id"),
        (12, "id"),
        (13, "(all)"),
    ];
    assert_eq!(rows[1..11].iter().map(bad).collect::<Vec<_>>(), expected);
    assert!(rows[0].is_ok());
    let last = rows[11].as_ref().unwrap();
    assert_eq!(
        (last.room.price, last.room.minimum_nights, rows.len()),
        (None, 1, 12)
    );
}

#[test]
fn a_missing_column_is_one_error_for_the_file() {
    let csv = Cursor::new(b"id,name,host_id,latitude,room_type\n1,a,2,3,Private room\n".to_vec());
    let error = Listings::read(csv, options()).map(|_| ()).unwrap_err();
    assert!(error.to_string().contains("no column longitude"), "{error}");
}

#[test]
fn options_that_violate_the_schema_are_rejected() {
    for (country, currency) in [("usa", "USD"), ("US", "$")] {
        let (country, currency) = (country.to_owned(), currency.to_owned());
        let options = ListingOptions {
            country,
            currency,
            ..options()
        };
        let result = Listings::read(Cursor::new(SHORT.as_bytes()), options);
        assert!(matches!(result, Err(FileError::Option { .. })));
    }
}

#[test]
fn a_listing_without_a_name_is_named_by_room_type_and_neighbourhood() {
    let rows = short(
        "1,,4,,G,Harlem,40,-73,Private room,1,1,0,,,1,\n\
        2,<br>,4,,G,,40,-73,Entire home/apt,1,1,0,,,1,\n",
    );
    let titles = rows
        .iter()
        .map(|row| row.as_ref().unwrap().room.title.as_str());
    assert_eq!(
        titles.collect::<Vec<_>>(),
        ["Private room in Harlem", "Entire home/apt"]
    );
}
