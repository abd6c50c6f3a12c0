//! Deterministic keys: a row gets the same key whenever it is loaded again.

use uuid::{Builder, Uuid};

/// 2026-01-01T00:00:00Z. Keys contain this constant instead of the time of loading, which would
/// differ from one load to the next.
const EPOCH_MS: u64 = 1_767_225_600_000;

/// Returns a UUID in version 7 format for the row with this id in `source`.
pub(crate) fn of(kind: &str, source: &str, id: &str) -> Uuid {
    let hash = fingerprint(kind, source, id).to_be_bytes();
    let mut random = [0; 10];
    random.copy_from_slice(&hash[..10]);
    Builder::from_unix_timestamp_millis(EPOCH_MS, &random).into_uuid()
}

/// Returns a UUID in version 7 format for row `index`, with the given random bytes.
/// Keys increase with the index, which keeps the B-tree of the primary key compact.
pub(crate) fn numbered(index: u64, random: &[u8; 10]) -> Uuid {
    Builder::from_unix_timestamp_millis(EPOCH_MS + 1 + index, random).into_uuid()
}

/// Returns the random seed for the derived values of the row with this id in `source`.
pub(crate) fn seed(kind: &str, source: &str, id: &str) -> u64 {
    let hash = fingerprint(kind, source, id);
    (hash >> 64) as u64 ^ hash as u64
}

/// FNV-1a with 128 bits. The hash must be the same in every build and on every machine, which the
/// hasher of the standard library does not guarantee. It need not resist deliberate collisions,
/// because a collision gains an attacker nothing.
fn fingerprint(kind: &str, source: &str, id: &str) -> u128 {
    const OFFSET: u128 = 0x6c62_272e_07bb_0142_62b8_2175_6295_c58d;
    const PRIME: u128 = 0x0000_0000_0100_0000_0000_0000_0000_013b;
    let bytes = kind
        .bytes()
        .chain([0])
        .chain(source.bytes())
        .chain([0])
        .chain(id.bytes());
    bytes.fold(OFFSET, |hash, byte| {
        (hash ^ u128::from(byte)).wrapping_mul(PRIME)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_id_has_the_same_key_and_different_ids_have_different_keys() {
        assert_eq!(of("room", "a", "1"), of("room", "a", "1"));
        assert_ne!(of("room", "a", "1"), of("room", "a", "2"));
        assert_ne!(of("room", "a", "1"), of("landlord", "a", "1"));
        assert_ne!(of("room", "a1", ""), of("room", "a", "1"));
    }

    #[test]
    fn keys_have_the_format_of_version_7() {
        let key = of("room", "a", "1");
        assert_eq!(key.get_version_num(), 7);
        assert_eq!(key.get_variant(), uuid::Variant::RFC4122);
        assert!(numbered(0, &[255; 10]) < numbered(1, &[0; 10]));
    }
}
