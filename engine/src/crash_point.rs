//! Where can a test end the process, as a crash would?

/// Ends the process here, if it was started with `CRASH_AT=<place>:<n>` and this is the n-th time
/// that it comes to this place. Only builds with debug assertions do that; in others this is nothing.
pub fn crash_point(place: &'static str) {
    #[cfg(debug_assertions)]
    armed::come_to(place);
    #[cfg(not(debug_assertions))]
    let _ = place;
}

#[cfg(debug_assertions)]
mod armed {
    use std::sync::LazyLock;
    use std::sync::atomic::{AtomicU32, Ordering};

    struct Armed {
        place: String,
        times_left: AtomicU32,
    }

    static ARMED: LazyLock<Option<Armed>> = LazyLock::new(|| {
        let setting = std::env::var("CRASH_AT").ok()?;
        let (place, times) = setting.split_once(':')?;
        Some(Armed {
            place: place.to_owned(),
            times_left: AtomicU32::new(times.parse().ok()?),
        })
    });

    pub(super) fn come_to(place: &str) {
        if let Some(armed) = ARMED.as_ref().filter(|armed| armed.place == place)
            && armed.times_left.fetch_sub(1, Ordering::Relaxed) == 1
        {
            // At once and without a destructor or a buffer that is flushed.
            std::process::abort();
        }
    }
}
