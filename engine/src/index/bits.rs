//! Sets of up to 64 documents, one bit each.

use std::ops::Range;

/// The bits of up to 64 documents, the first one lowest, from words of 64 documents each.
pub(crate) fn bits_of(docs: Range<u32>, word: impl Fn(usize) -> u64) -> u64 {
    let count = docs.end - docs.start;
    if count == 0 {
        return 0;
    }
    let (at, shift) = (docs.start as usize / 64, docs.start % 64);
    let mut bits = word(at) >> shift;
    if shift + count > 64 {
        bits |= word(at + 1) << (64 - shift);
    }
    bits & first_bits(count)
}

/// The bits of the first `count` documents, at most 64.
#[inline]
pub(crate) fn first_bits(count: u32) -> u64 {
    match count {
        0 => 0,
        _ => u64::MAX >> (64 - count),
    }
}

/// The bits of the documents that pass a test. Each bit stands for the document at its position
/// after `first`.
#[inline(always)]
pub(crate) fn retain(docs: u64, first: u32, passes: impl Fn(usize) -> bool) -> u64 {
    let (mut left, mut retained) = (docs, 0);
    while left != 0 {
        let at = left.trailing_zeros();
        left &= left - 1;
        retained |= u64::from(passes((first + at) as usize)) << at;
    }
    retained
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_bits_of_a_range_are_those_of_its_documents() {
        let words = [0x8123_4567_89ab_cdef_u64, 0xfedc_ba98_7654_3210];
        let bit = |doc: u32| words[doc as usize / 64] >> (doc % 64) & 1;
        for start in 0..128 {
            for end in start..128.min(start + 65) {
                let expected = (start..end).fold(0, |bits, doc| bits | bit(doc) << (doc - start));
                assert_eq!(
                    bits_of(start..end, |at| words[at]),
                    expected,
                    "{start}..{end}"
                );
            }
        }
    }
}
