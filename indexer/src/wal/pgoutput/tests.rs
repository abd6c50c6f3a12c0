//! Tests of every kind of message, whole, cut short and damaged.

use super::*;
use proptest::prelude::*;

fn tuple(fields: &[Field<'_>]) -> Vec<u8> {
    let mut bytes = u16::try_from(fields.len()).unwrap().to_be_bytes().to_vec();
    for field in fields {
        match field {
            Field::Null => bytes.push(b'n'),
            Field::Unchanged => bytes.push(b'u'),
            Field::Text(text) => {
                bytes.push(b't');
                bytes.extend(u32::try_from(text.len()).unwrap().to_be_bytes());
                bytes.extend(*text);
            }
        }
    }
    bytes
}

fn parts(parts: &[&[u8]]) -> Vec<u8> {
    parts.concat()
}

const FIELDS: [Field<'static>; 4] = [
    Field::Text(b"7"),
    Field::Null,
    Field::Unchanged,
    Field::Text("Zürich".as_bytes()),
];

const OID: [u8; 4] = 42u32.to_be_bytes();
const TIME: [u8; 8] = [0; 8];
const POSITION: [u8; 8] = 0x16_B374_D848u64.to_be_bytes();

/// One message of every kind, encoded and decoded.
fn samples() -> Vec<(Vec<u8>, Message<'static>)> {
    let mut samples = row_samples();
    samples.extend([
        (
            parts(&[b"B", &POSITION, &TIME, &[0, 0, 1, 2]]),
            Message::Begin {
                commit_at: Position(0x16_B374_D848),
                xid: 258,
            },
        ),
        (
            parts(&[b"C", &[0], &TIME, &POSITION, &TIME]),
            Message::Commit {
                end: Position(0x16_B374_D848),
            },
        ),
        (parts(&[b"O", &POSITION, b"there\0"]), Message::Origin),
        (
            parts(&[
                b"R",
                &OID,
                b"public\0rooms\0d",
                &[0, 1],
                &[1],
                b"id\0",
                &[0, 0, 11, 134],
                &[255; 4],
            ]),
            Message::Relation(Relation {
                id: 42,
                name: "rooms",
                columns: vec!["id"],
            }),
        ),
        (parts(&[b"Y", &OID, b"public\0geography\0"]), Message::Type),
        (
            parts(&[b"T", &[0, 0, 0, 2], &[1], &OID, &[0, 0, 0, 9]]),
            Message::Truncate {
                relations: vec![42, 9],
            },
        ),
        (
            parts(&[b"M", &[1], &POSITION, b"roost\0", &[0, 0, 0, 2], b"hi"]),
            Message::Logical {
                prefix: "roost",
                content: b"hi",
            },
        ),
    ]);
    samples
}

fn row_samples() -> Vec<(Vec<u8>, Message<'static>)> {
    let row = tuple(&FIELDS);
    let key = tuple(&FIELDS[..1]);
    let new = || Tuple(FIELDS.to_vec());
    let old = || Tuple(FIELDS[..1].to_vec());
    let relation = 42;
    let update = |old| Message::Update {
        relation,
        old,
        new: new(),
    };
    let insert = Message::Insert {
        relation,
        new: new(),
    };
    let delete = || Message::Delete {
        relation,
        old: old(),
    };
    vec![
        (parts(&[b"I", &OID, b"N", &row]), insert),
        (parts(&[b"U", &OID, b"N", &row]), update(None)),
        (
            parts(&[b"U", &OID, b"K", &key, b"N", &row]),
            update(Some(old())),
        ),
        (
            parts(&[b"U", &OID, b"O", &key, b"N", &row]),
            update(Some(old())),
        ),
        (parts(&[b"D", &OID, b"K", &key]), delete()),
        (parts(&[b"D", &OID, b"O", &key]), delete()),
    ]
}

#[test]
fn every_kind_of_message_is_understood() {
    for (bytes, expected) in samples() {
        assert_eq!(Message::decode(&bytes), Ok(expected));
    }
}

#[test]
fn a_message_cut_short_or_too_long_is_an_error() {
    for (bytes, expected) in samples() {
        for length in 0..bytes.len() {
            assert!(
                Message::decode(&bytes[..length]).is_err(),
                "{expected:?} cut to {length} bytes"
            );
        }
        let longer = [bytes, vec![0]].concat();
        assert!(Message::decode(&longer).is_err(), "{expected:?} and more");
    }
}

#[test]
fn a_claimed_length_is_not_trusted() {
    let huge = parts(&[
        b"D",
        &[0, 0, 0, 1],
        b"K",
        &[0, 1],
        b"t",
        &[127, 255, 255, 255],
    ]);
    assert!(Message::decode(&huge).is_err());
    let negative = parts(&[b"D", &[0, 0, 0, 1], b"K", &[0, 1], b"t", &[255; 4]]);
    assert!(Message::decode(&negative).is_err());
}

proptest! {
    #[test]
    fn any_bytes_are_decoded_or_rejected(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        let _ = Message::decode(&bytes);
    }

    #[test]
    fn a_damaged_message_is_decoded_or_rejected(
        which in any::<prop::sample::Index>(),
        at in any::<prop::sample::Index>(),
        byte in any::<u8>(),
    ) {
        let samples = samples();
        let mut bytes = samples[which.index(samples.len())].0.clone();
        let at = at.index(bytes.len());
        bytes[at] = byte;
        let _ = Message::decode(&bytes);
    }
}
