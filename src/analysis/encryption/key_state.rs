//! What can be true of a key in use; rules ask for it, the chain answers.

use serde::{Deserialize, Serialize};

/// Something that may be true of a key in use.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum KeyState {
    /// It is in use.
    Used,
    /// The vault or the key does not exist, or only as something deleted.
    Missing,
    /// The version in use is switched off.
    Disabled,
    /// The version in use has expired.
    Expired,
    /// The version in use does not work yet.
    NotYetValid,
    /// It expires within so many seconds from now, and has not yet.
    ExpiresWithin(i64),
    /// Nothing replaces the version in use before it expires: no policy, a late one, or a service that stays with
    /// the version it names.
    Unrotated,
    /// The key's policy makes new versions.
    Rotates,
    /// The service stays with the version it names.
    Pinned,
    /// What holds it can be purged.
    StoreWithoutPurgeProtection,
    /// The identity of the service may not get, wrap and unwrap with it.
    IdentityWithoutPermission,
}
