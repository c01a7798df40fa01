//! A valid call of any kind, ready to be written.
//!
//! Only the `validate_…` functions create the parts of a [`Payload`], so that no call is written
//! that breaks a rule of severity *refuse*. A new kind of call is a new variant.

use super::envelope::Envelope;
use super::{EventPayload, IdentityPayload, InstallPayload, ListPool};
use core::mem::take;

/// A valid call; it borrows from its draft.
#[allow(
    clippy::large_enum_variant,
    reason = "one lives at a time, on the stack; a box would allocate for each event"
)]
#[derive(Debug)]
pub enum Payload<'d, 'a> {
    /// An install.
    Install(InstallPayload<'d, 'a>),
    /// A post-install event.
    Event(EventPayload<'d, 'a>),
    /// An identity.
    Identity(IdentityPayload<'d, 'a>),
}

impl<'d, 'a> Payload<'d, 'a> {
    /// The app and the device that the call is about.
    pub(super) fn envelope(&self) -> &Envelope<'d, 'a> {
        match self {
            Payload::Install(install) => &install.track.envelope,
            Payload::Event(event) => &event.track.envelope,
            Payload::Identity(identity) => &identity.envelope,
        }
    }
}

impl<'a> ListPool<'a> {
    /// Returns the list of a payload to the pool.
    pub fn return_payload(&mut self, payload: &mut Payload<'_, 'a>) {
        let envelope = match payload {
            Payload::Install(install) => &mut install.track.envelope,
            Payload::Event(event) => &mut event.track.envelope,
            Payload::Identity(identity) => &mut identity.envelope,
        };
        self.sent_ids = take(&mut envelope.device_ids.sent);
        self.sent_ids.clear();
    }
}
