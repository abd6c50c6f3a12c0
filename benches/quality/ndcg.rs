//! How well are the rooms ordered that a query brings?
//!
//! By the normalized discounted cumulative gain (Järvelin and Kekäläinen 2002): each room gains by its
//! grade, less the further down it stands, and the sum is set against the best order that there is. The
//! gain of a grade is `2^grade - 1`, so that one perfect room is worth more than two passable ones
//! (Burges and others 2005), and the discount of place `n` is `log2(n + 1)`.

/// From 0 to 1: the grades of the rooms in their order, against all grades that were given. Only the
/// first so many places count.
pub(crate) fn ndcg(ranked: &[u8], judged: impl Iterator<Item = u8>, places: usize) -> f64 {
    let mut ideal: Vec<u8> = judged.collect();
    ideal.sort_unstable_by(|a, b| b.cmp(a));
    let best = discounted_gain(&ideal, places);
    if best > 0.0 {
        discounted_gain(ranked, places) / best
    } else {
        0.0
    }
}

fn discounted_gain(grades: &[u8], places: usize) -> f64 {
    let gain =
        |(&grade, place): (&u8, u32)| (f64::from(grade).exp2() - 1.0) / f64::from(place + 1).log2();
    let graded = grades.iter().take(places).zip(1_u32..);
    graded.map(gain).fold(0.0, |sum, gain| sum + gain)
}
