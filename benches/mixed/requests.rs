//! The requests of the loads.

use roost_datasets::shipped;

use crate::accounts::Accounts;
use crate::node::http::request;

/// Formats the nth request of a load.
pub(crate) type Requests = Box<dyn Fn(u64) -> Vec<u8> + Send>;

/// Searches for the best 20 rooms within 5 km of one shipped venue after the other.
pub(crate) fn searches() -> Requests {
    let paths = search_paths();
    Box::new(move |n| request(&paths[index(n, paths.len())]).into_bytes())
}

/// The paths of these searches.
pub(crate) fn search_paths() -> Vec<String> {
    let venues = shipped::venues();
    let paths = venues.iter().map(|venue| {
        let (lat, lng) = (venue.latitude, venue.longitude);
        format!("/api/v1/rooms/search?lat={lat}&lng={lng}&radius_m=5000")
    });
    paths.collect()
}

/// Changes of the price of one room after the other, each by the landlord of the room.
pub(crate) fn patches(accounts: &Accounts) -> Requests {
    let rooms = accounts.rooms();
    // Another start for each measurement, so that no price is what it was.
    let first: u32 = rand::random_range(0..1_000);
    Box::new(move |n| {
        let room = &rooms[index(n, rooms.len())];
        let price = 300 + (u64::from(first) + n) % 5_000;
        let body = format!("{{\"price\":{price}}}");
        format!(
            "PATCH /api/v1/rooms/{} HTTP/1.1\r\nhost: roost\r\nauthorization: Bearer {}\r\n\
             content-type: application/merge-patch+json\r\ncontent-length: {}\r\n\r\n{body}",
            room.id,
            room.token,
            body.len(),
        )
        .into_bytes()
    })
}

fn index(n: u64, len: usize) -> usize {
    usize::try_from(n).unwrap_or_default() % len
}
