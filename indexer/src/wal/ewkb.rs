//! Reads a PostGIS point from EWKB.
//!
//! In text format, PostGIS writes a geography as the hexadecimal digits of its EWKB form: byte
//! order, type with flags, spatial reference system, coordinates.

use roost_engine::{LatLng, PlaceError};

/// Why a text is not a point on Earth.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub(crate) enum PointError {
    /// Not an even number of hexadecimal digits.
    #[error("is not written in hexadecimal digits")]
    Hexadecimal,
    /// Fewer or more bytes than a point has.
    #[error("does not have the length of a point")]
    Length,
    /// A byte order other than 0 and 1.
    #[error("has the unknown byte order {0}")]
    ByteOrder(u8),
    /// Another geometry.
    #[error("has the type {0} where a point has 1")]
    NoPoint(u32),
    /// Coordinates of another system.
    #[error("is of the reference system {0} where 4326 was expected")]
    ReferenceSystem(u32),
    /// Coordinates out of range; those of an empty point are not numbers.
    #[error(transparent)]
    Place(#[from] PlaceError),
}

/// Reads a point from its EWKB hexadecimal text.
pub(crate) fn point(text: &str) -> Result<LatLng, PointError> {
    let bytes = decode_hex(text.as_bytes()).ok_or(PointError::Hexadecimal)?;
    let mut input = Input {
        rest: &bytes,
        big_endian: false,
    };
    match input.array::<1>()? {
        [0] => input.big_endian = true,
        [1] => {}
        [other] => return Err(PointError::ByteOrder(other)),
    }
    let kind = input.u32()?;
    if kind & HAS_REFERENCE_SYSTEM != 0 {
        let system = input.u32()?;
        if system != WGS84 {
            return Err(PointError::ReferenceSystem(system));
        }
    }
    // A height or a measure, which would set further flags, has no place in these columns.
    if kind & !HAS_REFERENCE_SYSTEM != POINT {
        return Err(PointError::NoPoint(kind & !HAS_REFERENCE_SYSTEM));
    }
    let lng = input.f64()?;
    let lat = input.f64()?;
    if !input.rest.is_empty() {
        return Err(PointError::Length);
    }
    Ok(LatLng::new(lat, lng)?)
}

const POINT: u32 = 1;
const HAS_REFERENCE_SYSTEM: u32 = 0x2000_0000;
const WGS84: u32 = 4326;

struct Input<'a> {
    rest: &'a [u8],
    big_endian: bool,
}

impl Input<'_> {
    fn array<const N: usize>(&mut self) -> Result<[u8; N], PointError> {
        let (taken, rest) = self.rest.split_first_chunk().ok_or(PointError::Length)?;
        self.rest = rest;
        Ok(*taken)
    }

    fn u32(&mut self) -> Result<u32, PointError> {
        let bytes = self.array()?;
        Ok(if self.big_endian {
            u32::from_be_bytes(bytes)
        } else {
            u32::from_le_bytes(bytes)
        })
    }

    fn f64(&mut self) -> Result<f64, PointError> {
        let bytes = self.array()?;
        Ok(if self.big_endian {
            f64::from_be_bytes(bytes)
        } else {
            f64::from_le_bytes(bytes)
        })
    }
}

fn decode_hex(text: &[u8]) -> Option<Vec<u8>> {
    let digit = |byte: u8| {
        char::from(byte)
            .to_digit(16)
            .and_then(|n| u8::try_from(n).ok())
    };
    let (pairs, rest) = text.as_chunks::<2>();
    if !rest.is_empty() {
        return None;
    }
    pairs
        .iter()
        .map(|&[high, low]| Some(digit(high)? << 4 | digit(low)?))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// `SELECT ST_SetSRID(ST_MakePoint(72.9133, 19.1334), 4326)::geography`
    const IIT_BOMBAY: &str = "0101000020E6100000F5DBD781733A524052499D8026223340";

    fn hex(bytes: &[u8]) -> String {
        bytes.iter().map(|byte| format!("{byte:02X}")).collect()
    }

    fn written(kind: u32, system: Option<u32>, lng: f64, lat: f64, big_endian: bool) -> String {
        let mut bytes = vec![u8::from(!big_endian)];
        let mut push = |word: &[u8]| {
            let mut word = word.to_vec();
            if !big_endian {
                word.reverse();
            }
            bytes.extend(word);
        };
        push(&kind.to_be_bytes());
        if let Some(system) = system {
            push(&system.to_be_bytes());
        }
        push(&lng.to_be_bytes());
        push(&lat.to_be_bytes());
        hex(&bytes)
    }

    #[test]
    fn a_point_of_postgis_is_read() {
        assert_eq!(
            point(IIT_BOMBAY),
            Ok(LatLng::new(19.1334, 72.9133).unwrap())
        );
        let lowercase = IIT_BOMBAY.to_lowercase();
        assert_eq!(point(&lowercase), point(IIT_BOMBAY));
    }

    #[test]
    fn anything_but_a_point_on_earth_is_rejected_with_its_reason() {
        let with_system = POINT | HAS_REFERENCE_SYSTEM;
        let rejected = [
            (written(2, None, 0.0, 0.0, false), PointError::NoPoint(2)),
            (
                written(POINT | 0x8000_0000, None, 0.0, 0.0, false),
                PointError::NoPoint(POINT | 0x8000_0000),
            ),
            (
                written(with_system, Some(3857), 0.0, 0.0, true),
                PointError::ReferenceSystem(3857),
            ),
            (
                written(with_system, Some(WGS84), 0.0, 91.0, true),
                PointError::Place(PlaceError::Latitude(91.0)),
            ),
            ("0201000000".to_owned(), PointError::ByteOrder(2)),
            ("POINT(1 2)".to_owned(), PointError::Hexadecimal),
            ("010".to_owned(), PointError::Hexadecimal),
            (format!("{IIT_BOMBAY}00"), PointError::Length),
        ];
        for (text, expected) in rejected {
            assert_eq!(point(&text), Err(expected), "{text}");
        }
        assert!(point(&written(POINT, None, f64::NAN, f64::NAN, false)).is_err());
        for length in 0..IIT_BOMBAY.len() {
            assert!(point(&IIT_BOMBAY[..length]).is_err(), "cut to {length}");
        }
    }

    proptest! {
        #[test]
        fn a_point_reads_back_in_either_byte_order(
            lat in -90.0..=90.0,
            lng in -180.0..=180.0,
            big_endian in any::<bool>(),
            with_system in any::<bool>(),
        ) {
            let (kind, system) = match with_system {
                true => (POINT | HAS_REFERENCE_SYSTEM, Some(WGS84)),
                false => (POINT, None),
            };
            let text = written(kind, system, lng, lat, big_endian);
            prop_assert_eq!(point(&text), Ok(LatLng::new(lat, lng).unwrap()));
        }

        #[test]
        fn any_text_is_read_or_rejected(text in ".{0,60}", digits in "[0-9A-F]{0,60}") {
            let _ = point(&text);
            let _ = point(&digits);
        }
    }
}
