//! The app, the devices and the identity that a request of ours is about.
//!
//! The body of a [`Request`](super::Request) goes in; digests come out, from which no identifier
//! can be read back. Parts that are missing in the body are empty.

use crate::digest::Digest;
use crate::json::{Members, Reader, Value};
use alloc::string::String;
use alloc::vec::Vec;

/// The subject of a request.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RequestSubject {
    /// The App GUID.
    pub app: String,
    /// The digest of each id of the device, the Kochava device id last.
    pub devices: Vec<Digest>,
    /// Of an identity: the digest of its device (and, by the route of Kochava's SDKs, of its name),
    /// and the digest of the whole body.
    pub link: Option<(Digest, Digest)>,
}

/// Reads the subject of a body that `wire` wrote.
#[must_use]
pub fn read_subject(body: &str) -> RequestSubject {
    let Ok(root) = Reader::new(body).value() else {
        return RequestSubject::default();
    };
    let root: Members<'_> = root.members().collect();
    let data: Members<'_> = root
        .get("data")
        .into_iter()
        .flat_map(Value::members)
        .collect();
    let app = text(root.get("kochava_app_id"));
    let devices: Vec<Digest> = device_ids(&root, &data)
        .iter()
        .map(|(key, id)| Digest::of(&["id", &app, key, id]))
        .collect();
    let name = data
        .get("identity_link")
        .and_then(|link| link.members().next())
        .map(|(key, _)| key.decode());
    let is_link = name.is_some() || root.get("device_id").is_some();
    let link = is_link.then(|| {
        let all: String = devices.iter().map(|device| device.to_hex()).collect();
        (
            Digest::of(&["link of", name.as_deref().unwrap_or_default(), &all]),
            Digest::of(&["link", body]),
        )
    });
    RequestSubject { app, devices, link }
}

/// The keys and values of the device ids that are not empty.
fn device_ids(root: &Members<'_>, data: &Members<'_>) -> Vec<(String, String)> {
    let mut ids: Vec<(String, String)> = root
        .get("device_id")
        .or(data.get("device_ids"))
        .into_iter()
        .flat_map(Value::members)
        .map(|(key, id)| (key.decode().into_owned(), text(Some(id))))
        .collect();
    ids.push((String::from("kochava"), text(root.get("kochava_device_id"))));
    ids.retain(|(_, id)| !id.is_empty());
    ids
}

/// The text of a string; empty for any other value.
fn text(value: Option<Value<'_>>) -> String {
    match value {
        Some(Value::String(text)) => text.decode().into_owned(),
        _ => String::new(),
    }
}
