//! Matching with transferable utility by iterative proportional fitting (IPFP).
//!
//! Choo and Siow (2006): if both sides of a pair share its surplus freely and have private tastes
//! with a Gumbel distribution, the number of matches of a pair is `mu = sqrt(mu_x0 * mu_0y) *
//! exp(surplus / 2)`, where `mu_x0` and `mu_0y` are those on either side who stay alone. The totals
//! of both sides determine these, and alternately solving for one side converges (Galichon and
//! Salanié 2022). It needs all pairs at once, so a real feed cannot be ranked by it after each
//! change.

/// A pair that is possible.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Pair {
    /// Index of the landlord.
    pub(crate) landlord: usize,
    /// Index of the request.
    pub(crate) request: usize,
    /// The sum of both sides' liking, in units of the private tastes.
    pub(crate) surplus: f64,
}

const ITERATIONS: usize = 100;

/// The expected number of matches of each pair, where a landlord has a number of free places and
/// each request needs one.
pub(crate) fn matches(pairs: &[Pair], places: &[f64], requests: usize) -> Vec<f64> {
    let weights: Vec<f64> = pairs
        .iter()
        .map(|pair| (pair.surplus / 2.0).exp())
        .collect();
    // The square roots of those who stay alone.
    let mut landlords = vec![1.0; places.len()];
    let mut students = vec![1.0; requests];
    for _ in 0..ITERATIONS {
        let mut sums = vec![0.0; places.len()];
        for (pair, weight) in pairs.iter().zip(&weights) {
            sums[pair.landlord] += weight * students[pair.request];
        }
        for ((alone, sum), total) in landlords.iter_mut().zip(&sums).zip(places) {
            *alone = root(*sum, *total);
        }
        let mut sums = vec![0.0; requests];
        for (pair, weight) in pairs.iter().zip(&weights) {
            sums[pair.request] += weight * landlords[pair.landlord];
        }
        for (alone, sum) in students.iter_mut().zip(&sums) {
            *alone = root(*sum, 1.0);
        }
    }
    let expected = pairs.iter().zip(&weights);
    expected
        .map(|(pair, weight)| weight * landlords[pair.landlord] * students[pair.request])
        .collect()
}

/// The positive solution of `x^2 + sum * x = total`.
fn root(sum: f64, total: f64) -> f64 {
    2.0 * total / (sum + (sum * sum + 4.0 * total).sqrt()).max(f64::MIN_POSITIVE)
}
