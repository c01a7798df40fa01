//! The rejects that a replay reads from their store, in pages.

use crate::digest::Digest;
use crate::durable::DeliveryProgress;
use crate::source::Source;
use crate::time::Moment;
use alloc::string::String;
use alloc::vec::Vec;

/// A reject as its store keeps it.
#[derive(Clone, Debug)]
pub struct StoredReject {
    /// Which it is, and when it was stored last.
    pub version: RejectVersion,
    /// When the event arrived.
    pub received: Moment,
    /// Who sent it; `None` where this release does not know the sender.
    pub source: Option<Source>,
    /// Whether its place in the body made it a user.
    pub of_users: bool,
    /// The shard of the journal that knows it.
    pub shard: u32,
    /// The settings under which it was rejected.
    pub settings: Digest,
    /// How far its delivery had got.
    pub progress: DeliveryProgress,
    /// All reasons, as a JSON array.
    pub reasons: String,
    /// The bodies of the calls that were not accepted.
    pub sent: Vec<String>,
    /// The event as it arrived; `None` where it is not kept.
    pub event: Option<String>,
}

/// A reject, and when it was stored last: it is replaced when it is stored again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct RejectVersion {
    /// When it was stored last.
    pub stored: Moment,
    /// Its digest.
    pub id: Digest,
}

/// A page of the rejects that the operator selects, by ascending version.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RejectPick {
    /// The last reject of the page before.
    pub after: Option<RejectVersion>,
    /// No reject that was stored later.
    pub until: Moment,
    /// How many at most.
    pub limit: usize,
}

/// A page of rejects.
#[derive(Clone, Debug, Default)]
pub struct RejectPage {
    /// By ascending version.
    pub rejects: Vec<StoredReject>,
    /// Whether there are others behind it.
    pub has_more: bool,
}
