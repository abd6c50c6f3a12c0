//! What a simulated market leads to.

/// The figures of one or more runs.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Figures {
    /// Requests with a contract.
    pub(crate) matches: f64,
    /// The Gini coefficient of the number of landlords who viewed each request.
    pub(crate) gini: f64,
    /// The share of requests that no landlord has viewed, of those that a room can serve.
    pub(crate) unseen: f64,
    /// Offers for each contract.
    pub(crate) offers_per_match: f64,
    /// How much the students of the contracts like their rooms.
    pub(crate) student_liking: f64,
}

impl Figures {
    /// The mean of several runs.
    pub(crate) fn mean(runs: &[Figures]) -> Figures {
        let mean =
            |of: fn(&Figures) -> f64| runs.iter().map(of).sum::<f64>() / runs.len().max(1) as f64;
        Figures {
            matches: mean(|run| run.matches),
            gini: mean(|run| run.gini),
            unseen: mean(|run| run.unseen),
            offers_per_match: mean(|run| run.offers_per_match),
            student_liking: mean(|run| run.student_liking),
        }
    }
}

/// The Gini coefficient: 0 if all counts are equal, almost 1 if one has everything.
pub(crate) fn gini(counts: &[u32]) -> f64 {
    let mut sorted = counts.to_vec();
    sorted.sort_unstable();
    let total: f64 = sorted.iter().map(|&count| f64::from(count)).sum();
    if total == 0.0 {
        return 0.0;
    }
    let ranks = (1..).zip(&sorted);
    let weighted: f64 = ranks
        .map(|(rank, &count)| f64::from(rank) * f64::from(count))
        .sum();
    let number = sorted.len() as f64;
    2.0 * weighted / (number * total) - (number + 1.0) / number
}
