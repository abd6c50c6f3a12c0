//! Random draws that several modules need.

use rand::RngExt;
use rand_chacha::ChaCha8Rng;

/// Returns a random element.
pub(super) fn pick<'a, T>(rng: &mut ChaCha8Rng, of: &'a [T]) -> &'a T {
    &of[rng.random_range(0..of.len())]
}

/// Draws from the normal distribution with mean 0 and standard deviation 1 (Box-Muller transform).
pub(super) fn normal(rng: &mut ChaCha8Rng) -> f64 {
    let radius = (-2.0 * (1.0 - rng.random::<f64>()).ln()).sqrt();
    radius * (std::f64::consts::TAU * rng.random::<f64>()).cos()
}
