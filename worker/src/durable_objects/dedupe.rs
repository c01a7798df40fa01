//! The dedupe store's shards: seen events, known devices, and the last identity link of a device.
//!
//! A key belongs to the shard of its digest. Seen events and known devices are
//! [`kochava_edge::DedupeSet`]s of fingerprints; the links are in SQLite only. Where a shard does
//! not answer, an event may be sent twice, but none is lost: such a failure is logged and
//! tolerated.

use super::{Cached, Sqlite, answer, by_shard, call};
use crate::clock;
use crate::limits::{DEDUPE_KEYS_MAX, DEDUPE_SHARDS, DEVICE_HOURS, SEEN_HOURS};
use crate::platform::PlatformError;
use futures_util::future::join_all;
use kochava_edge::{DedupeSet, Digest, KnownDevices};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use worker::{DurableObject, Env, Request, Response, SqlStorageValue, State, durable_object};

/// One shard of the dedupe store.
#[durable_object(fetch)]
pub struct Dedupe {
    sqlite: Sqlite,
    cached: Cached<Sets>,
}

/// The sets that a shard keeps in memory.
struct Sets {
    /// Events that were accepted from their senders.
    seen: DedupeSet,
    /// Devices of which Kochava accepted an event.
    devices: DedupeSet,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum DedupeRequest {
    /// Asks which events were seen, by fingerprint.
    Seen(Vec<u64>),
    /// Adds seen events, by fingerprint.
    AddSeen(Vec<u64>),
    /// Asks which devices are known, by fingerprint, and for the links of devices.
    Known {
        devices: Vec<u64>,
        links: Vec<Digest>,
    },
    /// Adds devices, by fingerprint, and links.
    AddKnown { devices: Vec<u64>, links: Links },
    /// Drops entries past their retention.
    Sweep,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum DedupeResponse {
    /// One answer for each event, in the order of the request.
    Seen(Vec<bool>),
    /// One answer for each device and for each link, in the order of the request.
    Known {
        devices: Vec<bool>,
        links: Vec<Option<Digest>>,
    },
    Done,
}

/// Identity links, each behind its device.
type Links = Vec<(Digest, Digest)>;

impl DurableObject for Dedupe {
    fn new(state: State, _: Env) -> Self {
        Dedupe {
            sqlite: Sqlite::of(state),
            cached: Cached::new(),
        }
    }

    async fn fetch(&self, request: Request) -> worker::Result<Response> {
        answer(request, |request| {
            self.cached
                .with(|| self.read(), |sets| self.handle(sets, request))
        })
        .await
    }
}

impl Dedupe {
    fn handle(&self, sets: &mut Sets, request: DedupeRequest) -> worker::Result<DedupeResponse> {
        match request {
            DedupeRequest::Seen(keys) => Ok(DedupeResponse::Seen(has_each(&sets.seen, &keys))),
            DedupeRequest::AddSeen(keys) => self.write(|| self.add("seen", &mut sets.seen, &keys)),
            DedupeRequest::Known { devices, links } => Ok(DedupeResponse::Known {
                devices: has_each(&sets.devices, &devices),
                links: links
                    .into_iter()
                    .map(|device| self.link(device))
                    .collect::<worker::Result<_>>()?,
            }),
            DedupeRequest::AddKnown { devices, links } => self.write(|| {
                self.add("devices", &mut sets.devices, &devices)?;
                links
                    .iter()
                    .try_for_each(|(device, link)| self.add_link(*device, *link))
            }),
            DedupeRequest::Sweep => self.write(|| self.drop_old(sets)),
        }
    }

    fn write(&self, write: impl FnMut() -> worker::Result<()>) -> worker::Result<DedupeResponse> {
        self.sqlite.transaction(write)?;
        Ok(DedupeResponse::Done)
    }

    fn read(&self) -> worker::Result<Sets> {
        self.sqlite.create_chunks("seen")?;
        self.sqlite.create_chunks("devices")?;
        self.sqlite.run(LINKS_TABLE, Vec::new())?;
        Ok(Sets {
            seen: self.sqlite.read_chunks("seen", DEDUPE_KEYS_MAX)?,
            devices: self.sqlite.read_chunks("devices", DEDUPE_KEYS_MAX)?,
        })
    }

    fn add(&self, table: &str, set: &mut DedupeSet, keys: &[u64]) -> worker::Result<()> {
        set.add(keys.iter().copied(), hour())
            .into_iter()
            .try_for_each(|chunk| self.sqlite.write_chunk(table, chunk))
    }

    fn link(&self, device: Digest) -> worker::Result<Option<Digest>> {
        let statement = "SELECT link FROM links WHERE device = ?";
        let rows = self.sqlite.run(statement, vec![device.to_hex().into()])?;
        Ok(match rows.first().map(Vec::as_slice) {
            Some([SqlStorageValue::String(link)]) => Digest::read(link),
            _ => None,
        })
    }

    fn add_link(&self, device: Digest, link: Digest) -> worker::Result<()> {
        let values = vec![
            device.to_hex().into(),
            link.to_hex().into(),
            i64::from(hour()).into(),
        ];
        self.sqlite.run(ADD_LINK, values).map(drop)
    }

    fn drop_old(&self, sets: &mut Sets) -> worker::Result<()> {
        let now = hour();
        for (table, set, hours) in [
            ("seen", &mut sets.seen, SEEN_HOURS),
            ("devices", &mut sets.devices, DEVICE_HOURS),
        ] {
            for number in set.drop_before(now.saturating_sub(hours)) {
                self.sqlite.drop_chunk(table, number)?;
            }
        }
        let oldest = i64::from(now.saturating_sub(DEVICE_HOURS));
        self.sqlite
            .run("DELETE FROM links WHERE hour < ?", vec![oldest.into()])
            .map(drop)
    }
}

// calls of the shards
impl Dedupe {
    /// Checks that every shard answers.
    pub(crate) async fn check(env: &Env) -> Result<(), PlatformError> {
        let request = DedupeRequest::Seen(Vec::new());
        let calls = (0..DEDUPE_SHARDS).map(|shard| try_ask(env, shard, &request));
        let answers: Result<Vec<_>, _> = join_all(calls).await.into_iter().collect();
        answers.map(drop)
    }

    /// Returns the events that were seen; events whose shard does not answer count as not seen.
    pub(crate) async fn seen(env: &Env, keys: &[Digest]) -> BTreeSet<Digest> {
        let calls = by_shard(keys, DEDUPE_SHARDS)
            .into_iter()
            .map(async |(shard, places)| {
                let keys: Vec<Digest> = places.into_iter().map(|place| keys[place]).collect();
                let request = DedupeRequest::Seen(fingerprints(&keys));
                match ask(env, shard, &request).await {
                    Some(DedupeResponse::Seen(seen)) => chosen(keys, seen),
                    _ => Vec::new(),
                }
            });
        join_all(calls).await.into_iter().flatten().collect()
    }

    /// Adds seen events.
    pub(crate) async fn add_seen(env: &Env, keys: &[Digest]) {
        let calls = by_shard(keys, DEDUPE_SHARDS)
            .into_iter()
            .map(async |(shard, places)| {
                let keys: Vec<Digest> = places.into_iter().map(|place| keys[place]).collect();
                ask(env, shard, &DedupeRequest::AddSeen(fingerprints(&keys))).await
            });
        join_all(calls).await;
    }

    /// Returns the known devices, and the last links of devices.
    pub(crate) async fn known(env: &Env, devices: &[Digest], links: &[Digest]) -> KnownDevices {
        let mut shards: BTreeMap<u32, (Vec<Digest>, Vec<Digest>)> = BTreeMap::new();
        for &device in devices {
            shards
                .entry(device.shard(DEDUPE_SHARDS))
                .or_default()
                .0
                .push(device);
        }
        for &device in links {
            shards
                .entry(device.shard(DEDUPE_SHARDS))
                .or_default()
                .1
                .push(device);
        }
        let calls = shards.into_iter().map(async |(shard, (devices, linked))| {
            let request = DedupeRequest::Known {
                devices: fingerprints(&devices),
                links: linked.clone(),
            };
            match ask(env, shard, &request).await {
                Some(DedupeResponse::Known {
                    devices: known,
                    links,
                }) => (
                    chosen(devices, known),
                    linked.into_iter().zip(links).collect(),
                ),
                _ => (Vec::new(), Vec::new()),
            }
        });
        let mut known = KnownDevices::default();
        for (devices, links) in join_all(calls).await {
            known.devices.extend(devices);
            let links = links.into_iter();
            known
                .links
                .extend(links.filter_map(|(device, link)| Some((device, link?))));
        }
        known
    }

    /// Adds devices and links.
    pub(crate) async fn add_known(env: &Env, known: &KnownDevices) {
        let mut shards: BTreeMap<u32, (Vec<u64>, Links)> = BTreeMap::new();
        for device in &known.devices {
            let shard = shards.entry(device.shard(DEDUPE_SHARDS)).or_default();
            shard.0.push(device.fingerprint());
        }
        for (&device, &link) in &known.links {
            let shard = shards.entry(device.shard(DEDUPE_SHARDS)).or_default();
            shard.1.push((device, link));
        }
        let calls = shards.into_iter().map(async |(shard, (devices, links))| {
            ask(env, shard, &DedupeRequest::AddKnown { devices, links }).await
        });
        join_all(calls).await;
    }

    /// Drops entries past their retention in all shards.
    pub(crate) async fn sweep(env: &Env) -> Result<(), PlatformError> {
        let calls = (0..DEDUPE_SHARDS).map(|shard| try_ask(env, shard, &DedupeRequest::Sweep));
        let swept: Result<Vec<_>, _> = join_all(calls).await.into_iter().collect();
        swept.map(drop)
    }
}

/// Calls a shard, and logs its failure.
async fn ask(env: &Env, shard: u32, request: &DedupeRequest) -> Option<DedupeResponse> {
    let answer = try_ask(env, shard, request).await;
    answer.inspect_err(|error| error.log()).ok()
}

async fn try_ask(
    env: &Env,
    shard: u32,
    request: &DedupeRequest,
) -> Result<DedupeResponse, PlatformError> {
    let name = format!("dedupe-{shard}");
    call(env, "DEDUPE", &name, request, PlatformError::Dedupe).await
}

fn fingerprints(keys: &[Digest]) -> Vec<u64> {
    keys.iter().map(|key| key.fingerprint()).collect()
}

fn has_each(set: &DedupeSet, keys: &[u64]) -> Vec<bool> {
    keys.iter().map(|&key| set.has(key)).collect()
}

/// Returns the keys for which the answer is true.
fn chosen(keys: Vec<Digest>, answers: Vec<bool>) -> Vec<Digest> {
    let answered = keys.into_iter().zip(answers);
    answered.filter_map(|(key, is)| is.then_some(key)).collect()
}

/// Returns the hours since the epoch.
fn hour() -> u32 {
    u32::try_from(clock::now() / 3_600_000).unwrap_or(0)
}

const LINKS_TABLE: &str = "CREATE TABLE IF NOT EXISTS links (device TEXT PRIMARY KEY, link TEXT NOT NULL, hour INTEGER NOT NULL) WITHOUT ROWID";

/// Skips a link that was stored within the last day.
const ADD_LINK: &str = "INSERT INTO links (device, link, hour) VALUES (?, ?, ?) ON CONFLICT (device) DO UPDATE SET link = excluded.link, hour = excluded.hour WHERE link <> excluded.link OR hour < excluded.hour - 24";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fingerprints_travel_with_all_their_digits() {
        let request = DedupeRequest::Seen(vec![0, u64::MAX, 1 << 53 | 1]);
        let json = serde_json::to_string(&request).expect("it is written");
        assert_eq!(
            json,
            r#"{"seen":[0,18446744073709551615,9007199254740993]}"#
        );
        let read: DedupeRequest = serde_json::from_str(&json).expect("it is read");
        assert_eq!(read, request);
    }

    #[test]
    fn an_answer_chooses_its_keys() {
        let keys = [Digest::of(&["a"]), Digest::of(&["b"]), Digest::of(&["c"])];
        assert_eq!(
            chosen(keys.to_vec(), vec![true, false, true]),
            [keys[0], keys[2]]
        );
        let mut set = DedupeSet::open(Vec::new(), 10);
        set.add([keys[1].fingerprint()], 1);
        assert_eq!(has_each(&set, &fingerprints(&keys)), [false, true, false]);
    }
}
