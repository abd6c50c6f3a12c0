//! The small attributes of a document, packed into one integer column.

/// Occupancy, category, status, minimum stay and the verified flag of a document.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct PackedAttributes {
    pub(crate) occupancy: u16,
    pub(crate) category: u8,
    pub(crate) status: u8,
    pub(crate) verified: bool,
    pub(crate) nights_min: u16,
}

impl PackedAttributes {
    pub(crate) fn pack(self) -> u64 {
        u64::from(self.nights_min) << 33
            | u64::from(self.verified) << 32
            | u64::from(self.occupancy) << 16
            | u64::from(self.category) << 8
            | u64::from(self.status)
    }

    #[expect(
        clippy::cast_possible_truncation,
        reason = "each cast selects the bits of one attribute"
    )]
    pub(crate) fn unpack(packed: u64) -> PackedAttributes {
        PackedAttributes {
            occupancy: (packed >> 16) as u16,
            category: (packed >> 8) as u8,
            status: packed as u8,
            verified: packed >> 32 & 1 == 1,
            nights_min: (packed >> 33) as u16,
        }
    }
}
