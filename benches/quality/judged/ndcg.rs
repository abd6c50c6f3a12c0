//! Normalized discounted cumulative gain of a result list (Järvelin and Kekäläinen 2002).
//!
//! Each room contributes a gain that depends on its grade and is discounted by its rank. The sum is
//! divided by that of the ideal order. The gain of a grade is `2^grade - 1`, so that one perfect
//! room is worth more than two passable ones (Burges and others 2005), and the discount of rank `n`
//! is `log2(n + 1)`.

/// Returns nDCG from 0 to 1, given the grades of the results in order and all grades of the query.
/// Only the first `ranks` results count.
pub(crate) fn ndcg(ranked: &[u8], judged: impl Iterator<Item = u8>, ranks: usize) -> f64 {
    let mut ideal: Vec<u8> = judged.collect();
    ideal.sort_unstable_by(|a, b| b.cmp(a));
    let best = discounted_gain(&ideal, ranks);
    if best > 0.0 {
        discounted_gain(ranked, ranks) / best
    } else {
        0.0
    }
}

fn discounted_gain(grades: &[u8], ranks: usize) -> f64 {
    let gain =
        |(&grade, rank): (&u8, u32)| (f64::from(grade).exp2() - 1.0) / f64::from(rank + 1).log2();
    let graded = grades.iter().take(ranks).zip(1_u32..);
    graded.map(gain).fold(0.0, |sum, gain| sum + gain)
}
