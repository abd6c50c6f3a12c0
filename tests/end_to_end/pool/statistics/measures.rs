//! Measures of numbers, computed by their definitions.

/// Half of the relative mean difference of all pairs, the definition of the Gini coefficient.
#[expect(clippy::cast_precision_loss, reason = "small numbers")]
pub(super) fn gini(numbers: &[usize]) -> Option<f64> {
    let sum: usize = numbers.iter().sum();
    let pairs = numbers
        .iter()
        .flat_map(|a| numbers.iter().map(move |b| a.abs_diff(*b)));
    let differences: usize = pairs.sum();
    (sum > 0).then(|| differences as f64 / (2 * numbers.len() * sum) as f64)
}

/// A percentile with linear interpolation.
#[expect(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "small numbers"
)]
pub(super) fn percentile(numbers: &[i64], share: f64) -> Option<f64> {
    let mut sorted = numbers.to_vec();
    sorted.sort_unstable();
    let at = share * (sorted.len().checked_sub(1)?) as f64;
    let (low, high) = (sorted[at.floor() as usize], sorted[at.ceil() as usize]);
    Some(low as f64 + (high - low) as f64 * at.fract())
}
