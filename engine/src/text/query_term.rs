//! A query term, and the typos it may have.

/// A query term to look up.
#[derive(Clone, Copy, Debug)]
pub(crate) struct QueryTerm<'a> {
    pub(crate) text: &'a str,
    /// The words of a quoted phrase; empty for a plain word.
    pub(crate) quoted: &'a [String],
    pub(crate) synonyms: &'a [Synonym],
    /// The position in the query, from 0.
    pub(crate) position: usize,
    pub(crate) is_prefix: bool,
    pub(crate) typos: Typos,
}

/// A synonym of a query term.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Synonym {
    /// Several words form a phrase.
    pub(crate) words: Vec<String>,
    /// The penalty factor, in percent of the word itself.
    pub(crate) percent: u8,
    /// The typos between the query term and the name that this is a synonym of.
    pub(crate) typos: u8,
}

/// How many typos a query term may have. A typo is an inserted, deleted or replaced character, or
/// two swapped neighbours.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Typos {
    /// In any term, up to [`Typos::MAX`].
    pub max: u8,
    /// Characters: a shorter term has no typos.
    pub one_typo_min_chars: u8,
    /// Characters: a shorter term has at most one typo, unless the indexed term has this many.
    pub two_typos_min_chars: u8,
    /// Whether terms with digits, which are numbers and codes, may have typos.
    pub in_numbers: bool,
}

impl QueryTerm<'_> {
    /// The typos that the term may have compared to an indexed term of `target_chars` characters.
    /// The longer of both counts: a term of eight characters that lacks two of them has six left,
    /// and would otherwise be too short for two typos.
    pub(crate) fn typos_max(&self, target_chars: usize) -> u8 {
        let chars = self.text.chars().count();
        let is_exempt = !self.typos.in_numbers && self.text.chars().any(char::is_numeric);
        if is_exempt || chars < usize::from(self.typos.one_typo_min_chars) {
            return 0;
        }
        let is_long = chars.max(target_chars) >= usize::from(self.typos.two_typos_min_chars);
        (if is_long { Typos::MAX } else { 1 }).min(self.typos.max)
    }
}

impl Typos {
    /// The upper bound of [`Typos::max`]; larger values count as this.
    pub const MAX: u8 = 2;

    /// Terms match exactly.
    pub const NONE: Typos = Typos {
        max: 0,
        one_typo_min_chars: 4,
        two_typos_min_chars: 8,
        in_numbers: false,
    };
}

impl Default for Typos {
    /// One from 4 characters and two from 8, in terms without digits.
    fn default() -> Typos {
        Typos {
            max: 2,
            ..Typos::NONE
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn typos_max(text: &str, typos: Typos, target_chars: usize) -> u8 {
        let term = QueryTerm {
            text,
            quoted: &[],
            synonyms: &[],
            position: 0,
            is_prefix: false,
            typos,
        };
        term.typos_max(target_chars)
    }

    #[test]
    fn longer_terms_may_have_more_typos_and_numbers_none() {
        let terms = ["spa", "desk", "balcony", "bathroom", "2bhk000000"];
        let allowed = |typos| terms.map(|term| typos_max(term, typos, 0));
        assert_eq!(allowed(Typos::default()), [0, 1, 1, 2, 0]);
        assert_eq!(allowed(Typos::NONE), [0; 5]);
        let one = Typos {
            max: 1,
            in_numbers: true,
            ..Typos::default()
        };
        assert_eq!(allowed(one), [0, 1, 1, 1, 1]);
        let bathrum = |chars| typos_max("bathrum", Typos::default(), chars);
        assert_eq!((bathrum(7), bathrum(8)), (1, 2));
    }
}
