//! The part of a valid call that says which app and which device it is about.

use super::{AppGuid, IdKey, Identifier};
use alloc::vec::Vec;

/// The app and the device of a valid call.
#[derive(Debug)]
pub(super) struct Envelope<'d, 'a> {
    pub(super) app_guid: &'a AppGuid,
    /// Empty if it is unknown or the call has no place for it.
    pub(super) kochava_device_id: &'d str,
    pub(super) device_ids: DeviceIds<'d, 'a>,
}

/// The device ids that are sent.
#[derive(Debug)]
pub(super) struct DeviceIds<'d, 'a> {
    all: &'d [Identifier<'a>],
    /// Indexes of the sent ids in `all`.
    pub(super) sent: Vec<usize>,
    /// The key that is sent with an empty string if no id is sent and the call needs one.
    pub(super) empty_key: Option<IdKey<'static>>,
}

impl<'d, 'a> DeviceIds<'d, 'a> {
    pub(super) fn new(all: &'d [Identifier<'a>], sent: Vec<usize>) -> Self {
        DeviceIds {
            all,
            sent,
            empty_key: None,
        }
    }

    /// Reports whether no id is sent.
    pub(super) fn is_empty(&self) -> bool {
        self.sent.is_empty()
    }

    /// Returns keys and values, in the order in which they are sent.
    pub(super) fn entries(&self) -> impl Iterator<Item = (IdKey<'a>, &str)> {
        let sent = self.sent.iter().map(|index| &self.all[*index]);
        sent.map(|identifier| (identifier.key, identifier.id.text().unwrap_or_default()))
            .chain(self.empty_key.map(|key| (key, "")))
    }
}
