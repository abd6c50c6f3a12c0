//! Where can a test end the process, as a crash would?

/// Ends the process here, if this place was [armed](arm_crash_point) and this is the time that counts.
/// Only builds with debug assertions do that; in others this is nothing.
pub fn crash_point(place: &'static str) {
    #[cfg(debug_assertions)]
    armed::come_to(place);
    #[cfg(not(debug_assertions))]
    let _ = place;
}

/// From `place:n` on, the process ends as it comes to that place for the n-th time. Only the first call
/// counts, and only in builds with debug assertions.
pub fn arm_crash_point(at: &str) {
    #[cfg(debug_assertions)]
    armed::arm(at);
    #[cfg(not(debug_assertions))]
    let _ = at;
}

#[cfg(debug_assertions)]
mod armed {
    use std::sync::OnceLock;
    use std::sync::atomic::{AtomicU32, Ordering};

    struct Armed {
        place: String,
        times_left: AtomicU32,
    }

    static ARMED: OnceLock<Armed> = OnceLock::new();

    pub(super) fn arm(at: &str) {
        if let Some((place, times)) = at.split_once(':')
            && let Ok(times) = times.parse()
        {
            ARMED.get_or_init(|| Armed {
                place: place.to_owned(),
                times_left: AtomicU32::new(times),
            });
        }
    }

    pub(super) fn come_to(place: &str) {
        if let Some(armed) = ARMED.get().filter(|armed| armed.place == place)
            && armed.times_left.fetch_sub(1, Ordering::Relaxed) == 1
        {
            // At once and without a destructor or a buffer that is flushed.
            std::process::abort();
        }
    }
}
