//! The route, the devices and the identity of a call, taken from its payload before it is written.
//!
//! In: a valid payload and the body that was written of it. Out: a [`Route`] and digests, from which
//! no identifier can be read back.

use super::{Coverage, Payload, Request, RequestKind, WrittenBody};
use crate::digest::Digest;
use alloc::borrow::Cow;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use core::fmt;
use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A request with what durable delivery must know of it.
#[derive(Clone, Debug)]
pub struct PlannedCall {
    /// The request.
    pub request: Request,
    /// Where it goes.
    pub route: Route,
    /// Whom it is about.
    pub subject: RequestSubject,
    /// Which fields it has.
    pub coverage: Coverage,
}

/// What fails together: the calls of one kind for one app. Its text is `event koexample`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Route {
    /// The kind of the calls.
    pub kind: RequestKind,
    /// The App GUID.
    pub app: String,
}

/// The devices and the identity of a call.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RequestSubject {
    /// The digest of each id of the device, the Kochava device id last.
    pub devices: Vec<Digest>,
    /// Of an identity: the digest of its device (and, by the route of Kochava's SDKs, of its name),
    /// and the digest of the whole body.
    pub link: Option<(Digest, Digest)>,
}

impl RequestSubject {
    /// Returns the subject of a body that was written of a payload.
    pub(crate) fn of(payload: &Payload<'_, '_>, written: &WrittenBody<'_>) -> Self {
        let envelope = payload.envelope();
        let app = envelope.app_guid.as_str();
        let entries = envelope
            .device_ids
            .entries()
            .map(|(key, id)| (Cow::Owned(key.as_str().to_string()), id));
        let kochava = (Cow::Borrowed("kochava"), envelope.kochava_device_id);
        let devices: Vec<Digest> = entries
            .chain([kochava])
            .filter(|(_, id): &(Cow<'_, str>, &str)| !id.is_empty())
            .map(|(key, id)| Digest::of(&["id", app, &key, id]))
            .collect();
        let link = matches!(payload, Payload::Identity(_)).then(|| {
            let all: String = devices.iter().map(|device| device.to_hex()).collect();
            (
                Digest::of(&["link of", written.identity_name, &all]),
                Digest::of(&["link", written.body.as_str()]),
            )
        });
        RequestSubject { devices, link }
    }
}

impl Route {
    /// Returns the route of a payload.
    pub(crate) fn of(kind: RequestKind, payload: &Payload<'_, '_>) -> Self {
        Route {
            kind,
            app: payload.envelope().app_guid.as_str().to_string(),
        }
    }
}

impl fmt::Display for Route {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.kind.as_str(), self.app)
    }
}

impl Serialize for Route {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Route {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = Cow::<'de, str>::deserialize(deserializer)?;
        let kinds = [RequestKind::Event, RequestKind::Identity];
        text.split_once(' ')
            .and_then(|(name, app)| {
                let kind = kinds.into_iter().find(|kind| kind.as_str() == name)?;
                Some(Route {
                    kind,
                    app: app.to_string(),
                })
            })
            .ok_or_else(|| D::Error::custom("a route is a kind and an app"))
    }
}
