//! The entries of a call, and the lists that are reused from call to call.

use super::{Device, EventDraft, Identifier, Resolved};
use crate::json::Value;
use alloc::borrow::Cow;
use alloc::string::String;
use alloc::vec::Vec;
use core::mem::take;

/// One entry of `event_data`, or one name and value of an identity.
#[derive(Clone, Debug)]
pub struct DataEntry<'a> {
    /// The key, as it is sent.
    pub key: Cow<'a, str>,
    /// The value; an object or an array is sent as JSON text.
    pub value: Value<'a>,
}

/// Lists that are reused from call to call, so that planning allocates nothing in steady state;
/// all are empty between two calls.
#[derive(Debug, Default)]
pub struct ListPool<'a> {
    pub(crate) identifiers: Vec<Identifier<'a>>,
    pub(crate) data: Vec<DataEntry<'a>>,
    /// Emptied keys, for those that are made of several names.
    pub(crate) keys: Vec<String>,
    /// The text of an amount that was computed.
    pub(crate) amount: String,
    pub(super) sent_ids: Vec<usize>,
}

/// Keys that are kept at most, and the bytes of each.
const KEYS_MAX: usize = 64;
const KEY_BYTES_MAX: usize = 256;

impl<'a> ListPool<'a> {
    /// Returns the list of a device to the pool.
    pub fn return_device(&mut self, device: &mut Device<'a>) {
        self.identifiers = take(&mut device.identifiers);
        self.identifiers.clear();
    }

    /// Returns the lists of an event to the pool.
    pub fn return_event(&mut self, event: &mut EventDraft<'_, 'a>) {
        if let Resolved::Value(Cow::Owned(amount), _) = &mut event.revenue {
            self.amount = take(amount);
            self.amount.clear();
        }
        self.return_data(take(&mut event.event_data));
    }

    /// Returns a list of entries to the pool.
    pub fn return_data(&mut self, mut data: Vec<DataEntry<'a>>) {
        for entry in data.drain(..) {
            if let Cow::Owned(key) = entry.key {
                keep_key(&mut self.keys, key);
            }
        }
        self.data = data;
    }
}

/// Empties a key and keeps its text for another one, unless there are enough or it is large.
pub(crate) fn keep_key(keys: &mut Vec<String>, mut key: String) {
    if keys.len() < KEYS_MAX && key.capacity() <= KEY_BYTES_MAX {
        key.clear();
        keys.push(key);
    }
}
