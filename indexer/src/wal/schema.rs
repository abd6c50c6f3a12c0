//! The schema of the followed tables, and its hash.

use std::collections::HashMap;

use super::convert::CONVERSION;
use super::table::Table;

/// The followed tables, as of the start of a session.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Schema {
    tables: HashMap<u32, Table>,
    hash: String,
}

impl Schema {
    /// A schema of tables by their OIDs. The description must differ after any change of a column
    /// that can change its values.
    pub(crate) fn new(tables: HashMap<u32, Table>, description: &str) -> Schema {
        let described = format!("conversion {CONVERSION}{description}");
        Schema {
            tables,
            hash: format!("{:016x}", fnv1a(described.as_bytes())),
        }
    }

    /// The followed table with this OID.
    pub(crate) fn table(&self, oid: u32) -> Option<Table> {
        self.tables.get(&oid).copied()
    }

    /// A hash of the description and of the version of the conversion.
    pub(crate) fn hash(&self) -> &str {
        &self.hash
    }
}

/// The 64-bit FNV-1a hash, which is the same on every machine and in every release.
fn fnv1a(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0xcbf2_9ce4_8422_2325, |hash, &byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_hash_matches_the_published_test_vectors() {
        assert_eq!(fnv1a(b""), 0xcbf2_9ce4_8422_2325);
        assert_eq!(fnv1a(b"foobar"), 0x8594_4171_f739_67e8);
    }
}
