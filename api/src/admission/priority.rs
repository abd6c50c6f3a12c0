//! The scheduling priority of a thread.

/// How the system schedules a thread that competes with others for a core.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Priority {
    Normal,
    /// Gets a smaller share of a core that other threads need too.
    Low,
}

impl Priority {
    /// Sets the priority of the current thread. Only Linux has priorities of single threads;
    /// elsewhere, and where the system forbids it, all threads share the cores equally.
    pub(crate) fn apply(self) {
        #[cfg(target_os = "linux")]
        if self == Priority::Low {
            /// A third of the weight of a normal thread. With far less, a thread that is
            /// interrupted while it has a lock would keep the others waiting.
            const NICE: i32 = 5;
            if let Err(error) = rustix::process::setpriority_process(None, NICE) {
                tracing::debug!(%error, "cannot lower the priority of a thread");
            }
        }
    }
}
