//! What an event of the market says to a landlord or a student.

use roost_market::pool::live::LiveEvent;
use roost_market::rfc3339;
use serde_json::{Value, json};
use uuid::Uuid;

/// The two kinds of recipients, each with a stream of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Audience {
    /// Rental requests that match its rooms, and answers to its offers.
    Landlord,
    /// Offers for its rental requests.
    Student,
}

/// Who receives a message.
pub(super) type Recipient = (Audience, Uuid);

impl Audience {
    /// How ids of events name it.
    pub(super) fn mark(self) -> char {
        match self {
            Audience::Landlord => 'f',
            Audience::Student => 'r',
        }
    }

    /// The recipients of a mark.
    pub(super) fn of_mark(mark: &str) -> Option<Audience> {
        match mark {
            "f" => Some(Audience::Landlord),
            "r" => Some(Audience::Student),
            _ => None,
        }
    }
}

/// The messages of an event for recipients that are listening, as they are sent, but for their ids.
pub(super) fn messages(
    event: &LiveEvent,
    is_listening: impl Fn(&Recipient) -> bool,
) -> Vec<(Recipient, String)> {
    let landlord = |id| (Audience::Landlord, id);
    let change = &event.change;
    let student = id_of(&change["student_id"]).map(|id| (Audience::Student, id));
    let data = |name, data| text(name, event, data);
    let mut messages = Vec::new();
    let mut add = |recipient: Recipient, message: &dyn Fn() -> String| {
        if is_listening(&recipient) {
            messages.push((recipient, message()));
        }
    };
    let request = json!({"request_id": event.subject_id});
    let offer = json!({
        "offer_id": event.subject_id,
        "request_id": change["request_id"],
        "room_id": change["room_id"],
    });
    match event.kind.as_str() {
        "request.ranked" => {
            for matched in change["landlords"].as_array().into_iter().flatten() {
                if let Some(id) = id_of(&matched["landlord_id"]) {
                    let details = json!({"room_id": matched["room_id"], "score": matched["score"]});
                    add(landlord(id), &|| data("match", merged(&request, &details)));
                }
            }
        }
        "request.changed" => {
            for id in ids_of(&change["landlord_ids"]) {
                add(landlord(id), &|| data("request_changed", request.clone()));
            }
        }
        "request.matched" | "request.expired" | "request.cancelled" => {
            let status = json!({"status": change["status"]});
            let landlords = ids_of(&change["landlord_ids"]).map(landlord);
            for recipient in landlords.chain(student) {
                let closed = || merged(&request, &status);
                add(recipient, &|| data("request_closed", closed()));
            }
        }
        "offer.made" | "offer.withdrawn" => {
            if let Some(student) = student {
                add(student, &|| data(of_students(&event.kind), offer.clone()));
            }
        }
        kind @ ("offer.accepted" | "offer.declined" | "offer.expired") => {
            let status = kind.trim_start_matches("offer.");
            let answer = json!({"status": status, "reason": change["reason"]});
            if let Some(id) = id_of(&change["landlord_id"]) {
                let answered = || merged(&offer, &answer);
                add(landlord(id), &|| data("offer_answered", answered()));
            }
            if let Some(student) = student.filter(|_| kind == "offer.expired") {
                add(student, &|| data(of_students(kind), offer.clone()));
            }
        }
        _ => {}
    }
    messages
}

/// The name of the event of an offer, as its student receives it.
fn of_students(kind: &str) -> &'static str {
    match kind {
        "offer.made" => "offer_made",
        "offer.withdrawn" => "offer_withdrawn",
        _ => "offer_expired",
    }
}

/// The lines of a message. JSON contains no line end.
fn text(name: &str, event: &LiveEvent, data: Value) -> String {
    let data = merged(&data, &json!({"at": rfc3339(event.occurred_at)}));
    format!("event: {name}\ndata: {data}\n\n")
}

fn merged(object: &Value, more: &Value) -> Value {
    let mut object = object.clone();
    if let (Value::Object(members), Value::Object(more)) = (&mut object, more) {
        members.extend(more.clone());
    }
    object
}

fn id_of(value: &Value) -> Option<Uuid> {
    value.as_str()?.parse().ok()
}

fn ids_of(list: &Value) -> impl Iterator<Item = Uuid> + '_ {
    list.as_array().into_iter().flatten().filter_map(id_of)
}

#[cfg(test)]
mod tests {
    use super::*;

    const LANDLORD: Uuid = Uuid::from_u128(1);
    const STUDENT: Uuid = Uuid::from_u128(2);
    const SUBJECT: Uuid = Uuid::from_u128(3);

    fn event(kind: &str, change: Value) -> LiveEvent {
        LiveEvent {
            id: 17,
            transaction: 4,
            occurred_at: roost_market::parse_rfc3339("2026-12-01T09:00:00Z").unwrap(),
            kind: kind.to_owned(),
            subject_kind: "request".to_owned(),
            subject_id: SUBJECT,
            change,
        }
    }

    /// The recipients and names of the messages of an event.
    fn sent(kind: &str, change: Value) -> Vec<(Audience, Uuid, String)> {
        let messages = messages(&event(kind, change), |_| true);
        let parts = messages.into_iter().map(|((audience, id), text)| {
            let name = text.lines().next().unwrap().trim_start_matches("event: ");
            (audience, id, name.to_owned())
        });
        parts.collect()
    }

    #[test]
    fn each_event_reaches_those_whom_it_concerns() {
        use Audience::{Landlord, Student};
        let to = |audience, id, name: &str| (audience, id, name.to_owned());
        let both = json!({"student_id": STUDENT, "landlord_id": LANDLORD});
        let of_request = json!({"student_id": STUDENT, "landlord_ids": [LANDLORD]});
        let ranked = json!({"landlords": [{"landlord_id": LANDLORD, "score": 81.5}]});
        assert_eq!(
            sent("request.ranked", ranked),
            [to(Landlord, LANDLORD, "match")]
        );
        assert_eq!(
            sent("request.changed", of_request.clone()),
            [to(Landlord, LANDLORD, "request_changed")]
        );
        for closed in ["request.matched", "request.expired", "request.cancelled"] {
            assert_eq!(
                sent(closed, of_request.clone()),
                [
                    to(Landlord, LANDLORD, "request_closed"),
                    to(Student, STUDENT, "request_closed"),
                ]
            );
        }
        for (kind, expected) in [
            ("offer.made", vec![to(Student, STUDENT, "offer_made")]),
            (
                "offer.withdrawn",
                vec![to(Student, STUDENT, "offer_withdrawn")],
            ),
            (
                "offer.accepted",
                vec![to(Landlord, LANDLORD, "offer_answered")],
            ),
            (
                "offer.declined",
                vec![to(Landlord, LANDLORD, "offer_answered")],
            ),
            (
                "offer.expired",
                vec![
                    to(Landlord, LANDLORD, "offer_answered"),
                    to(Student, STUDENT, "offer_expired"),
                ],
            ),
            ("room.created", vec![]),
        ] {
            assert_eq!(sent(kind, both.clone()), expected, "{kind}");
        }
    }

    #[test]
    fn a_landlord_learns_neither_who_the_student_is_nor_who_else_is_matched() {
        let other = Uuid::from_u128(9);
        let landlords = json!([
            {"landlord_id": LANDLORD, "room_id": SUBJECT, "score": 81.5},
            {"landlord_id": other, "room_id": SUBJECT, "score": 70.0},
        ]);
        let change = json!({"student_id": STUDENT, "landlords": landlords});
        let ranked = event("request.ranked", change);
        let messages = messages(&ranked, |(_, id)| *id == LANDLORD);
        let [(recipient, text)] = &messages[..] else {
            panic!("{messages:?}");
        };
        assert_eq!(*recipient, (Audience::Landlord, LANDLORD));
        let data = text.lines().nth(1).unwrap().trim_start_matches("data: ");
        let data: Value = serde_json::from_str(data).unwrap();
        let expected = json!({
            "request_id": SUBJECT, "room_id": SUBJECT, "score": 81.5, "at": "2026-12-01T09:00:00.000Z",
        });
        assert_eq!(data, expected);
        assert!(text.ends_with("\n\n"));
    }
}
