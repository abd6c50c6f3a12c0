//! Exposure of a rental request: the number of offers that it has drawn, open or expected.
//!
//! ```text
//! exposure = open offers + 0.25 * sum of 2^-(age of the view / 24 h)
//! ```
//!
//! The sum runs over the landlords who have viewed the request and not responded to it. A landlord
//! who responds is counted as an open offer or, once that is answered, not at all.
//!
//! The function `request_exposure_drawn` of migration 0016 is the same in SQL, and a test compares
//! both. Triggers there keep `request_exposure.drawn` up to date in the transaction that changes an
//! offer or a match, and a job lets the views decay.

use std::time::Duration;

/// The offers that a view without a response is expected to lead to, at the moment of the view.
const EXPECTED_OFFERS_PER_VIEW: f64 = 0.25;

/// The time after which a view counts half.
const VIEW_HALF_LIFE: Duration = Duration::from_hours(24);

/// The exposure of a request with these open offers, and with views of these ages by landlords who
/// have not responded.
///
/// ```
/// use std::time::Duration;
/// use roost_market::pool::statistics::exposure;
///
/// let views = [Duration::ZERO, Duration::from_hours(24)];
/// assert_eq!(exposure(1, views), 1.0 + 0.25 + 0.125);
/// ```
pub fn exposure(open_offers: u32, ages_of_views: impl IntoIterator<Item = Duration>) -> f64 {
    let expected = ages_of_views.into_iter().map(|age| {
        let half_lives = age.as_secs_f64() / VIEW_HALF_LIFE.as_secs_f64();
        EXPECTED_OFFERS_PER_VIEW * (-half_lives).exp2()
    });
    f64::from(open_offers) + expected.sum::<f64>()
}
