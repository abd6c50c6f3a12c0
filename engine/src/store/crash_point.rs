//! Crash points: where a test can end the process as a crash would.

/// Ends the process if this crash point was [armed](arm_crash_point) and this is the chosen time.
/// Without debug assertions it does nothing.
pub fn crash_point(name: &'static str) {
    #[cfg(debug_assertions)]
    armed::reach(name);
    #[cfg(not(debug_assertions))]
    let _ = name;
}

/// Arms `name:n`: the process ends when it reaches the crash point of that name for the n-th time.
/// Only the first call counts, and only in builds with debug assertions.
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
        name: String,
        times_left: AtomicU32,
    }

    static ARMED: OnceLock<Armed> = OnceLock::new();

    pub(super) fn arm(at: &str) {
        if let Some((name, times)) = at.split_once(':')
            && let Ok(times) = times.parse()
        {
            ARMED.get_or_init(|| Armed {
                name: name.to_owned(),
                times_left: AtomicU32::new(times),
            });
        }
    }

    pub(super) fn reach(name: &str) {
        if let Some(armed) = ARMED.get().filter(|armed| armed.name == name)
            && armed.times_left.fetch_sub(1, Ordering::Relaxed) == 1
        {
            // At once: without running destructors or flushing buffers.
            std::process::abort();
        }
    }
}
