//! Was it seen before? Sharded by name; its decisions are `kochava_edge::memory`'s.
//!
//! Three memories lie beside each other: `seen`, the events that were taken for good; `device`, the
//! devices of which Kochava took an event; and the last link that it took of a device.

use super::{Kept, answer, ask, by_shard};
use crate::clock;
use crate::limits::{DEVICE_HOURS, KEYS_MAX, MEMORY_SHARDS, SEEN_HOURS};
use crate::platform::{Failed, Storage, bytes, storage};
use js_sys::Array;
use kochava_edge::{DedupeChunk, Digest, KnownDevices};
use std::collections::BTreeSet;
use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;
use worker::Env;
use worker::web_sys::{Request, Response};

/// One shard of the memory.
#[wasm_bindgen]
pub struct Memory {
    storage: Storage,
    kept: Kept<Sets>,
}

/// What a shard keeps at hand; the links lie in SQLite alone.
struct Sets {
    seen: kochava_edge::DedupeSet,
    device: kochava_edge::DedupeSet,
}

#[wasm_bindgen(wasm_bindgen_futures = worker::wasm_bindgen_futures)]
impl Memory {
    /// One that knows nothing yet.
    #[wasm_bindgen(constructor)]
    #[must_use]
    pub fn new(state: &JsValue, _: Env) -> Self {
        Memory {
            storage: storage(state),
            kept: Kept::new(),
        }
    }

    /// Answers what it is asked.
    pub async fn fetch(&self, request: Request) -> Result<Response, JsValue> {
        answer(request, &|path, text| self.answer(path, text)).await
    }
}

impl Memory {
    fn answer(&self, path: &str, text: &str) -> Result<String, Failed> {
        let act = |sets: &mut Sets| {
            let mut answer = String::new();
            self.storage.atomically(|| {
                if path == "sweep" {
                    return self.sweep(sets);
                }
                for (at, line) in text.lines().enumerate() {
                    answer.push_str(if at == 0 { "" } else { "\n" });
                    answer.push_str(&self.line(sets, line)?);
                }
                Ok(())
            })?;
            Ok(answer)
        };
        self.kept.with(|| self.read(), act)
    }
}

impl Memory {
    /// Which of these events were taken before; none of those whose shard does not answer.
    pub(crate) async fn seen(env: &Env, keys: &[Digest]) -> BTreeSet<Digest> {
        known(Memory::each(env, "seen?", keys, fingerprint).await)
    }

    /// Remembers that these events were taken; a shard that does not answer forgets it.
    pub(crate) async fn see(env: &Env, keys: &[Digest]) {
        Memory::each(env, "seen!", keys, fingerprint).await;
    }

    /// What is known of these devices and of the links of these.
    pub(crate) async fn recall(env: &Env, devices: &[Digest], links: &[Digest]) -> KnownDevices {
        let devices = known(Memory::each(env, "device?", devices, fingerprint).await);
        let mut remembered = KnownDevices {
            devices,
            ..KnownDevices::default()
        };
        for (device, link) in Memory::each(env, "link?", links, Digest::to_hex).await {
            if let Some(link) = Digest::read(&link) {
                remembered.links.insert(device, link);
            }
        }
        remembered
    }

    /// Remembers devices and links.
    pub(crate) async fn remember(env: &Env, known: &KnownDevices) {
        let devices: Vec<Digest> = known.devices.iter().copied().collect();
        Memory::each(env, "device!", &devices, fingerprint).await;
        let linked: Vec<Digest> = known.links.keys().copied().collect();
        let pair = |device: Digest| {
            [
                &device.to_hex(),
                "=",
                &known
                    .links
                    .get(&device)
                    .map_or_else(String::new, |link| link.to_hex()),
            ]
            .concat()
        };
        Memory::each(env, "link!", &linked, pair).await;
    }

    /// Says a word of each of these names to the shard that remembers it; what that answers to
    /// each, if it does.
    async fn each(
        env: &Env,
        what: &str,
        keys: &[Digest],
        word: impl Fn(Digest) -> String,
    ) -> Vec<(Digest, String)> {
        let words = keys.iter().map(|&key| word(key)).collect();
        Memory::each_word(env, what, keys, words).await
    }

    async fn each_word(
        env: &Env,
        what: &str,
        keys: &[Digest],
        words: Vec<String>,
    ) -> Vec<(Digest, String)> {
        let mut answers = Vec::new();
        for (shard, places) in by_shard(keys, MEMORY_SHARDS) {
            let mut text = what.to_owned();
            for &at in &places {
                text.push(' ');
                text.push_str(&words[at]);
            }
            if let Ok(answer) = ask(env, BINDING, &name(shard), "ask", &text).answer().await {
                for (at, word) in places.into_iter().zip(answer.split(' ')) {
                    answers.push((keys[at], word.to_owned()));
                }
            }
        }
        answers
    }

    /// Forgets what is too old.
    pub(crate) async fn sweep_all(env: &Env) -> bool {
        let mut all = true;
        for shard in 0..MEMORY_SHARDS {
            all &= ask(env, BINDING, &name(shard), "sweep", "")
                .answer()
                .await
                .is_ok();
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
        let open = |table| -> Result<kochava_edge::DedupeSet, Failed> {
            let rows = self.storage.run(
                &format!("SELECT number, hour, keys FROM {table} ORDER BY number"),
                &[],
            )?;
            Ok(kochava_edge::DedupeSet::open(read_chunks(&rows), KEYS_MAX))
        };
        Ok(Sets {
            seen: open("seen")?,
            device: open("device")?,
        })
    }

    /// One question or one thing to remember; what it is about comes behind it by spaces.
    fn line(&self, sets: &mut Sets, line: &str) -> Result<String, Failed> {
        let (what, words) = line.split_once(' ').unwrap_or((line, ""));
        let set = match what {
            "seen?" | "seen!" => Some(("seen", &mut sets.seen)),
            "device?" | "device!" => Some(("device", &mut sets.device)),
            "link?" | "link!" => None,
            _ => return Err(Failed),
        };
        let is_asked = what.ends_with('?');
        let mut answers = Vec::new();
        let mut keys = Vec::new();
        for word in words.split(' ').filter(|word| !word.is_empty()) {
            match &set {
                None if is_asked => answers.push(self.link(word)?),
                None => self.put_link(word)?,
                Some((_, set)) => {
                    let Ok(key) = u64::from_str_radix(word, 16) else {
                        continue;
                    };
                    if is_asked {
                        answers.push(if set.has(key) { "1" } else { "0" }.to_owned());
                    } else {
                        keys.push(key);
                    }
                }
            }
        }
        if let Some((table, set)) = set {
            self.add(table, set, keys)?;
        }
        Ok(answers.join(" "))
    }

    fn add(
        &self,
        table: &str,
        set: &mut kochava_edge::DedupeSet,
        keys: Vec<u64>,
    ) -> Result<(), Failed> {
        for chunk in set.add(keys, hour()) {
            let sql =
                format!("INSERT OR REPLACE INTO {table} (number, hour, keys) VALUES (?, ?, ?)");
            let keys = js_sys::Uint8Array::from(chunk.bytes().as_slice());
            self.storage
                .run(&sql, &[chunk.number.into(), chunk.hour.into(), keys.into()])?;
        }
        Ok(())
    }

    fn link(&self, device: &str) -> Result<String, Failed> {
        let rows = self
            .storage
            .run("SELECT link FROM links WHERE device = ?", &[device.into()])?;
        Ok(rows
            .first()
            .and_then(|row| row.get(0).as_string())
            .unwrap_or_else(|| "-".to_owned()))
    }

    fn put_link(&self, pair: &str) -> Result<(), Failed> {
        let Some((device, link)) = pair.split_once('=') else {
            return Ok(());
        };
        let sql = "INSERT INTO links (device, link, hour) VALUES (?, ?, ?) ON CONFLICT (device) DO UPDATE SET link = excluded.link, hour = excluded.hour WHERE link <> excluded.link OR hour < excluded.hour - 24";
        self.storage
            .run(sql, &[device.into(), link.into(), hour().into()])
            .map(drop)
    }

    fn sweep(&self, sets: &mut Sets) -> Result<(), Failed> {
        let now = hour();
        for (table, set, hours) in [
            ("seen", &mut sets.seen, SEEN_HOURS),
            ("device", &mut sets.device, DEVICE_HOURS),
        ] {
            for number in set.forget(now.saturating_sub(hours)) {
                self.storage.run(
                    &format!("DELETE FROM {table} WHERE number = ?"),
                    &[number.into()],
                )?;
            }
        }
        self.storage
            .run(
                "DELETE FROM links WHERE hour < ?",
                &[now.saturating_sub(DEVICE_HOURS).into()],
            )
            .map(drop)
    }
}

/// Chunks as their rows say them.
pub(super) fn read_chunks(rows: &[Array]) -> Vec<DedupeChunk> {
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "written as such"
    )]
    let number = |row: &Array, at| row.get(at).as_f64().unwrap_or_default() as u32;
    rows.iter()
        .map(|row| DedupeChunk::read(number(row, 0), number(row, 1), &bytes(&row.get(2))))
        .collect()
}

/// Those that a shard said yes to.
fn known(answers: Vec<(Digest, String)>) -> BTreeSet<Digest> {
    let mut known = BTreeSet::new();
    for (key, word) in answers {
        if word == "1" {
            known.insert(key);
        }
    }
    known
}

fn fingerprint(key: Digest) -> String {
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
