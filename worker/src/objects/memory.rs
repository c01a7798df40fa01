//! Was it seen before? Sharded by name; its decisions are `kochava_edge::memory`'s.
//!
//! Three memories lie beside each other: `seen`, the events that were taken for good; `device`, the devices of which Kochava took an event;
//! and the last link that it took of a device.

use super::{Kept, ask, asked};
use crate::clock;
use crate::limits::{DEVICE_HOURS, KEYS_MAX, MEMORY_SHARDS, SEEN_HOURS};
use crate::platform::{Failed, Storage, bytes, storage};
use js_sys::Array;
use kochava_edge::key::Key;
use kochava_edge::memory::{self, Chunk};
use kochava_edge::round::Remembered;
use std::collections::BTreeSet;
use worker::{DurableObject, Env, Request, Response, State, durable_object};

/// One shard of the memory.
#[durable_object(fetch)]
pub struct Memory {
    storage: Storage,
    kept: Kept<Sets>,
}

/// What a shard keeps at hand; the links lie in SQLite alone.
struct Sets {
    seen: memory::Memory,
    device: memory::Memory,
}

impl DurableObject for Memory {
    fn new(state: State, _: Env) -> Self {
        Memory { storage: storage(&state), kept: Kept::new() }
    }

    async fn fetch(&self, request: Request) -> worker::Result<Response> {
        let (path, text) = asked(request).await?;
        let act = |sets: &mut Sets| {
            let mut answer = String::new();
            self.storage.atomically(|| {
                answer = if path == "sweep" {
                    self.sweep(sets)?
                } else {
                    text.lines().map(|line| self.line(sets, line)).collect::<Result<Vec<_>, _>>()?.join("\n")
                };
                Ok(())
            })?;
            Ok(answer)
        };
        self.kept.with(|| self.read(), act)
    }
}

impl Memory {
    /// Which of these events were taken before; none of those whose shard does not answer.
    pub(crate) async fn seen(env: &Env, keys: &[Key]) -> BTreeSet<Key> {
        let mut seen = BTreeSet::new();
        for (shard, keys) in by_shard(keys.iter().map(|&key| (key, key))) {
            if let Ok(answer) = ask(env, BINDING, &name(shard), "ask", words("seen?", keys.iter().copied().map(fingerprint))).await {
                seen.extend(keys.into_iter().zip(answer.split(' ')).filter(|(_, word)| *word == "1").map(|(key, _)| key));
            }
        }
        seen
    }

    /// Remembers that these events were taken; a shard that does not answer forgets it.
    pub(crate) async fn see(env: &Env, keys: &[Key]) -> bool {
        let mut all = true;
        for (shard, keys) in by_shard(keys.iter().map(|&key| (key, key))) {
            all &= ask(env, BINDING, &name(shard), "ask", words("seen!", keys.into_iter().map(fingerprint))).await.is_ok();
        }
        all
    }

    /// What is known of these devices and of the links of these.
    pub(crate) async fn recall(env: &Env, devices: &[Key], links: &[Key]) -> Remembered {
        let mut known = Remembered::default();
        for (shard, keys) in by_shard(devices.iter().map(|&key| (key, key))) {
            if let Ok(answer) = ask(env, BINDING, &name(shard), "ask", words("device?", keys.iter().copied().map(fingerprint))).await {
                known.devices.extend(keys.into_iter().zip(answer.split(' ')).filter(|(_, word)| *word == "1").map(|(key, _)| key));
            }
        }
        for (shard, keys) in by_shard(links.iter().map(|&key| (key, key))) {
            if let Ok(answer) = ask(env, BINDING, &name(shard), "ask", words("link?", keys.iter().map(|key| key.to_hex()))).await {
                known.links.extend(keys.into_iter().zip(answer.split(' ')).filter_map(|(key, word)| Some((key, Key::read(word)?))));
            }
        }
        known
    }

    /// Remembers devices and links.
    pub(crate) async fn remember(env: &Env, known: &Remembered) -> bool {
        let mut all = true;
        for (shard, keys) in by_shard(known.devices.iter().map(|&key| (key, key))) {
            all &= ask(env, BINDING, &name(shard), "ask", words("device!", keys.into_iter().map(fingerprint))).await.is_ok();
        }
        for (shard, links) in by_shard(known.links.iter().map(|(&device, &link)| (device, (device, link)))) {
            let pairs = links.into_iter().map(|(device, link)| format!("{device}={link}"));
            all &= ask(env, BINDING, &name(shard), "ask", words("link!", pairs)).await.is_ok();
        }
        all
    }

    /// Forgets what is too old.
    pub(crate) async fn sweep_all(env: &Env) -> bool {
        let mut all = true;
        for shard in 0..MEMORY_SHARDS {
            all &= ask(env, BINDING, &name(shard), "sweep", String::new()).await.is_ok();
        }
        all
    }

    fn read(&self) -> Result<Sets, Failed> {
        for table in ["seen", "device"] {
            self.storage
                .run(&format!("CREATE TABLE IF NOT EXISTS {table} (number INTEGER PRIMARY KEY, hour INTEGER NOT NULL, keys BLOB NOT NULL)"), &[])?;
        }
        let links = "CREATE TABLE IF NOT EXISTS links (device TEXT PRIMARY KEY, link TEXT NOT NULL, hour INTEGER NOT NULL) WITHOUT ROWID";
        self.storage.run(links, &[])?;
        let open = |table| -> Result<memory::Memory, Failed> {
            let rows = self.storage.run(&format!("SELECT number, hour, keys FROM {table} ORDER BY number"), &[])?;
            Ok(memory::Memory::open(read_chunks(&rows), KEYS_MAX))
        };
        Ok(Sets { seen: open("seen")?, device: open("device")? })
    }

    /// One question or one thing to remember; what it is about comes behind it by spaces.
    fn line(&self, sets: &mut Sets, line: &str) -> Result<String, Failed> {
        let mut words = line.split(' ');
        let what = words.next().unwrap_or_default();
        let keys = words.clone().filter_map(|word| u64::from_str_radix(word, 16).ok());
        let has = |set: &memory::Memory| keys.clone().map(|key| if set.has(key) { "1" } else { "0" }).collect::<Vec<_>>().join(" ");
        match what {
            "seen?" => Ok(has(&sets.seen)),
            "device?" => Ok(has(&sets.device)),
            "seen!" => self.add("seen", &mut sets.seen, keys),
            "device!" => self.add("device", &mut sets.device, keys),
            "link?" => words.map(|device| self.link(device)).collect::<Result<Vec<_>, _>>().map(|links| links.join(" ")),
            "link!" => {
                words.filter_map(|pair| pair.split_once('=')).try_for_each(|(device, link)| self.put_link(device, link)).map(|()| String::new())
            }
            _ => Err(Failed),
        }
    }

    fn add(&self, table: &str, set: &mut memory::Memory, keys: impl Iterator<Item = u64>) -> Result<String, Failed> {
        for chunk in set.add(keys, hour()) {
            let sql = format!("INSERT OR REPLACE INTO {table} (number, hour, keys) VALUES (?, ?, ?)");
            let keys = js_sys::Uint8Array::from(chunk.bytes().as_slice());
            self.storage.run(&sql, &[chunk.number.into(), chunk.hour.into(), keys.into()])?;
        }
        Ok(String::new())
    }

    fn link(&self, device: &str) -> Result<String, Failed> {
        let rows = self.storage.run("SELECT link FROM links WHERE device = ?", &[device.into()])?;
        Ok(rows.first().and_then(|row| row.get(0).as_string()).unwrap_or_else(|| "-".to_owned()))
    }

    fn put_link(&self, device: &str, link: &str) -> Result<(), Failed> {
        let sql = "INSERT INTO links (device, link, hour) VALUES (?, ?, ?) ON CONFLICT (device) DO UPDATE SET link = excluded.link, hour = excluded.hour WHERE link <> excluded.link OR hour < excluded.hour - 24";
        self.storage.run(sql, &[device.into(), link.into(), hour().into()]).map(drop)
    }

    fn sweep(&self, sets: &mut Sets) -> Result<String, Failed> {
        let now = hour();
        for (table, set, hours) in [("seen", &mut sets.seen, SEEN_HOURS), ("device", &mut sets.device, DEVICE_HOURS)] {
            for number in set.forget(now.saturating_sub(hours)) {
                self.storage.run(&format!("DELETE FROM {table} WHERE number = ?"), &[number.into()])?;
            }
        }
        self.storage.run("DELETE FROM links WHERE hour < ?", &[now.saturating_sub(DEVICE_HOURS).into()])?;
        Ok(String::new())
    }
}

/// Chunks as their rows say them.
pub(super) fn read_chunks(rows: &[Array]) -> Vec<Chunk> {
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "written as such")]
    let number = |row: &Array, at| row.get(at).as_f64().unwrap_or_default() as u32;
    rows.iter().map(|row| Chunk::read(number(row, 0), number(row, 1), &bytes(&row.get(2)))).collect()
}

/// Things by the shard of their names.
fn by_shard<T>(named: impl Iterator<Item = (Key, T)>) -> Vec<(u32, Vec<T>)> {
    let mut shards: Vec<(u32, Vec<T>)> = Vec::new();
    for (key, thing) in named {
        let shard = key.shard(MEMORY_SHARDS);
        match shards.iter_mut().find(|(known, _)| *known == shard) {
            Some((_, things)) => things.push(thing),
            None => shards.push((shard, vec![thing])),
        }
    }
    shards
}

fn words(what: &str, words: impl Iterator<Item = String>) -> String {
    [what.to_owned()].into_iter().chain(words).collect::<Vec<_>>().join(" ")
}

fn fingerprint(key: Key) -> String {
    format!("{:016x}", key.fingerprint())
}

fn name(shard: u32) -> String {
    format!("memory-{shard}")
}

/// Hours since the epoch.
fn hour() -> u32 {
    u32::try_from(clock::now() / 3_600_000).unwrap_or(0)
}

const BINDING: &str = "MEMORY";
