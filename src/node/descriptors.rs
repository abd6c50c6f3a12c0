//! The number of files and sockets that this process may have open.

use nix::sys::resource::{Resource, getrlimit, setrlimit};

/// What a node assumes if the system does not report its limit: the usual one.
const USUAL_LIMIT: u64 = 1024;

/// Raises the limit of descriptors as far as the system allows, and returns it. The soft limit is
/// for programs that cannot handle many; the hard one is what the administrator allows.
pub(crate) fn raise_limit() -> u64 {
    let (soft, hard) = match getrlimit(Resource::RLIMIT_NOFILE) {
        Ok(limits) => limits,
        Err(error) => {
            tracing::warn!(%error, "cannot read the limit of descriptors");
            return USUAL_LIMIT;
        }
    };
    match setrlimit(Resource::RLIMIT_NOFILE, hard, hard) {
        Ok(()) => hard,
        Err(error) => {
            tracing::warn!(%error, soft, hard, "cannot raise the limit of descriptors");
            soft
        }
    }
}
