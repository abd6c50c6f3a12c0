//! An entry is used exactly as long as it is known to be current.

use roost_market::{Role, UserActor};

use super::*;

const USER: Uuid = Uuid::from_u128(1);
const SESSION: Uuid = Uuid::from_u128(2);
const CREDENTIAL: CredentialHash = [7; 32];

fn authenticated(valid_for: Option<Duration>) -> Authenticated {
    Authenticated {
        actor: Actor::User(UserActor {
            id: USER,
            role: Role::Student,
            university: None,
            session: SESSION,
        }),
        valid_for,
    }
}

fn current() -> AuthenticationCache {
    let cache = AuthenticationCache::new();
    cache.mark_current(Instant::now() + Duration::from_secs(1));
    cache
}

/// A reading of now, of which transactions before `oldest_running` had ended.
fn reading(cache: &AuthenticationCache, oldest_running: u64) -> Reading {
    Reading {
        generation: cache.0.generation.load(Ordering::Acquire),
        snapshot: Snapshot::new(oldest_running),
        at: Instant::now(),
    }
}

fn insert(cache: &AuthenticationCache, reading: Reading) {
    cache.0.insert(CREDENTIAL, &authenticated(None), reading);
}

fn is_cached(cache: &AuthenticationCache) -> bool {
    let now = Instant::now();
    cache.0.is_current(now) && cache.0.get(&CREDENTIAL, now).is_some()
}

#[test]
fn an_entry_is_used_until_an_event_of_its_session_or_user() {
    for (kind, subject, is_kept) in [
        ("session", SESSION, false),
        ("user", USER, false),
        ("user", SESSION, false),
        ("room", USER, true),
        ("user", Uuid::from_u128(3), true),
    ] {
        let cache = current();
        insert(&cache, reading(&cache, 100));
        assert!(is_cached(&cache));
        cache.apply_event(kind, subject, 100);
        assert_eq!(is_cached(&cache), is_kept, "{kind} {subject}");
    }
}

#[test]
fn a_reading_from_before_a_revocation_is_not_used_even_if_it_is_inserted_after_it() {
    let cache = current();
    let before = reading(&cache, 100);
    cache.apply_event("session", SESSION, 100);
    insert(&cache, before);
    assert!(!is_cached(&cache));
    // The same for a change of this node, which no event has reported yet.
    let before = reading(&cache, 101);
    cache.revoke(&[USER]);
    insert(&cache, before);
    assert!(!is_cached(&cache));
    insert(&cache, reading(&cache, 101));
    assert!(is_cached(&cache));
}

#[test]
fn a_commit_that_reads_may_not_see_yet_is_not_cached_until_they_do() {
    let cache = current();
    // The stream reports a commit before the reads of other sessions see it.
    cache.apply_event("user", USER, 105);
    cache.apply_event("user", USER, 103);
    for (oldest_running, is_used) in [(103, false), (105, false), (106, true)] {
        insert(&cache, reading(&cache, oldest_running));
        assert_eq!(is_cached(&cache), is_used, "{oldest_running}");
    }
}

#[test]
fn nothing_is_used_while_events_are_not_current_or_after_some_were_missed() {
    let cache = AuthenticationCache::new();
    insert(&cache, reading(&cache, 100));
    assert!(!is_cached(&cache), "never current");
    cache.mark_current(Instant::now());
    assert!(cache.0.is_current(Instant::now() + CURRENT_FOR / 2));
    assert!(!cache.0.is_current(Instant::now() + CURRENT_FOR));
    let before = reading(&cache, 100);
    cache.clear();
    assert!(!cache.0.is_current(Instant::now()));
    cache.mark_current(Instant::now());
    assert!(!is_cached(&cache));
    insert(&cache, before);
    assert!(!is_cached(&cache), "read before the gap");
    insert(&cache, reading(&cache, 100));
    assert!(is_cached(&cache));
}

#[test]
fn an_entry_ends_with_its_credential() {
    let cache = current();
    let short = authenticated(Some(Duration::from_secs(5)));
    cache.0.insert(CREDENTIAL, &short, reading(&cache, 100));
    let at = |seconds| Instant::now() + Duration::from_secs(seconds);
    assert!(cache.0.get(&CREDENTIAL, at(4)).is_some());
    assert!(cache.0.get(&CREDENTIAL, at(6)).is_none());
    cache
        .0
        .insert(CREDENTIAL, &authenticated(None), reading(&cache, 100));
    assert!(cache.0.get(&CREDENTIAL, at(59)).is_some());
    assert!(cache.0.get(&CREDENTIAL, at(61)).is_none());
}

#[test]
fn more_revocations_than_fit_remove_all_entries_and_not_too_few() {
    let cache = current();
    insert(&cache, reading(&cache, 100));
    for n in 0..REVOCATIONS_MAX {
        cache.apply_event("user", Uuid::from_u128(1_000 + n as u128), 1);
    }
    assert!(is_cached(&cache));
    cache.apply_event("user", Uuid::from_u128(10), 1);
    assert!(!is_cached(&cache));
    insert(&cache, reading(&cache, 100));
    assert!(is_cached(&cache));
}
