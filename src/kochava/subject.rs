//! Whom does a call of ours name?
//!
//! Enters: a body that `wire` spelled. Leaves: its app, its devices, and the link that an identity
//! makes; by names from which nothing can be read back.

use crate::digest::Digest;
use crate::json::{Members, Reader, Value};
use alloc::string::String;
use alloc::vec::Vec;

/// Whom a call names.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RequestSubject {
    /// The App GUID.
    pub app: String,
    /// Each id of the device, the Kochava device id among them.
    pub devices: Vec<Digest>,
    /// The device whose identity it is, and what it links.
    pub link: Option<(Digest, Digest)>,
}

/// Reads a body of ours; of any other body, what is there.
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
    let text = |value| {
        if let Some(Value::String(text)) = value {
            text.decode().into_owned()
        } else {
            String::new()
        }
    };
    let app = text(root.get("kochava_app_id"));
    let kochava_device_id = text(root.get("kochava_device_id"));
    let mut ids: Vec<(String, String)> = Vec::new();
    for (key, id) in root
        .get("device_id")
        .or(data.get("device_ids"))
        .into_iter()
        .flat_map(Value::members)
    {
        ids.push((key.decode().into_owned(), text(Some(id))));
    }
    if !kochava_device_id.is_empty() {
        ids.push((String::from("kochava"), kochava_device_id));
    }
    ids.retain(|(_, id)| !id.is_empty());
    let devices: Vec<Digest> = ids
        .iter()
        .map(|(key, id)| Digest::of(&["id", &app, key, id]))
        .collect();
    let is_link = root.get("device_id").is_some();
    let name = data
        .get("identity_link")
        .and_then(|link| link.members().next())
        .map(|(key, _)| key.decode().into_owned());
    let link = (is_link || name.is_some()).then(|| {
        let all: Vec<String> = devices.iter().map(|device| device.to_hex()).collect();
        (
            Digest::of(&[
                "link of",
                name.as_deref().unwrap_or_default(),
                &all.concat(),
            ]),
            Digest::of(&["link", body]),
        )
    });
    RequestSubject { app, devices, link }
}
