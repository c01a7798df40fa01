//! Does every line of the core stand in its room?
//!
//! The laws that no compiler holds: which room may look into which, in one direction; how long a
//! file may grow; where a spelling may stand; that every number names its source.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

/// Each room, and the rooms that it may look into: always rooms further up in this table.
const ROOMS: &[(&str, &[&str])] = &[
    ("limits", &[]),
    ("key", &[]),
    ("steps", &[]),
    ("memory", &[]),
    ("time", &[]),
    ("ledger", &["key", "memory", "time"]),
    ("json", &["steps"]),
    ("path", &["json"]),
    ("event", &["json", "path"]),
    ("source", &["event", "json", "limits", "path"]),
    ("kochava", &["json", "key", "limits", "time"]),
    ("inspect", &["json", "kochava", "limits"]),
    ("trace", &["json", "kochava"]),
    ("delivery", &["json", "limits", "time"]),
    ("gate", &["delivery", "limits", "time"]),
    (
        "settings",
        &["delivery", "event", "json", "kochava", "limits", "path"],
    ),
    ("filter", &["event", "json", "settings"]),
    (
        "mapping",
        &[
            "event", "json", "kochava", "limits", "path", "settings", "steps", "time", "trace",
        ],
    ),
    ("request", &["kochava", "limits", "settings"]),
    (
        "plan",
        &[
            "event", "filter", "kochava", "mapping", "request", "settings", "source", "time",
            "trace",
        ],
    ),
    (
        "ndjson",
        &[
            "filter", "json", "kochava", "mapping", "plan", "request", "source",
        ],
    ),
    (
        "explain",
        &["json", "plan", "request", "source", "steps", "trace"],
    ),
    ("difference", &["explain", "json"]),
    ("taken", &["event", "key", "plan", "source"]),
    (
        "message",
        &["json", "key", "ledger", "limits", "source", "taken", "time"],
    ),
    (
        "reject",
        &[
            "json", "key", "kochava", "message", "ndjson", "source", "taken", "time",
        ],
    ),
    (
        "intake",
        &[
            "key", "ledger", "message", "plan", "reject", "source", "taken", "time",
        ],
    ),
    (
        "round",
        &[
            "delivery", "gate", "json", "key", "kochava", "ledger", "limits", "message", "plan",
            "reject", "request", "time",
        ],
    ),
];

/// Within a wing, each file behind the front door and the siblings that it may look into; the
/// others look at the nouns in front alone.
const SIBLINGS: &[(&str, &[&str])] = &[
    ("delivery/answer", &["retry_after"]),
    ("delivery/journey", &["answer", "backoff"]),
    ("inspect/bytes", &["place"]),
    ("inspect/call", &["keys", "place", "value"]),
    ("inspect/consent", &["keys", "place", "value"]),
    ("inspect/device", &["place", "value"]),
    (
        "inspect/envelope",
        &["call", "ids", "keys", "place", "value"],
    ),
    ("inspect/event", &["place", "value"]),
    (
        "inspect/identity",
        &["device", "ids", "keys", "place", "value"],
    ),
    ("inspect/ids", &["device", "place", "value"]),
    ("inspect/kind", &["keys", "place"]),
    (
        "inspect/track",
        &[
            "call", "consent", "device", "event", "identity", "ids", "keys", "kind", "place",
            "value",
        ],
    ),
    ("inspect/value", &["place"]),
    ("json/number", &["float", "lanes"]),
    ("json/members", &["lanes", "plain", "scan", "slots"]),
    ("json/plain", &["lanes"]),
    ("json/scan", &["lanes", "plain"]),
    ("json/write", &["number", "lanes"]),
    ("kochava/check", &["rule"]),
    ("mapping/device", &["read"]),
    ("mapping/properties", &["read"]),
    ("request/sign", &["four"]),
    ("round/close", &["open", "settlement"]),
    ("round/lane", &["open"]),
    ("round/open", &["settlement"]),
    ("settings/blocks", &["walk"]),
    ("settings/delivery", &["walk"]),
    ("settings/read", &["blocks", "delivery", "walk"]),
    ("source/read", &["amplitude"]),
];

/// Spellings of Kochava's and of senders, and the only files that may write them in code.
const SPELLINGS: &[(&str, &[&str])] = &[
    // as a body writes it, with its quotes
    ("\\\"kochava_app_id", &["kochava/wire.rs"]),
    ("\\\"kochava_device_id", &["kochava/wire.rs"]),
    ("\\\"origination_ip", &["kochava/wire.rs"]),
    ("\\\"device_ids", &["kochava/wire.rs"]),
    ("\\\"device_id\\\"", &["kochava/wire.rs"]),
    ("\\\"event_data", &["kochava/wire.rs"]),
    ("\\\"identity_link", &["kochava/wire.rs"]),
    ("\\\"sum", &["kochava/wire.rs"]),
    (
        "\"identityLink\"",
        &["kochava/wire.rs", "inspect/kind.rs", "inspect/envelope.rs"],
    ),
    ("/track/json", &["kochava/wire.rs"]),
    ("identityLink.php", &["kochava/wire.rs"]),
    // as the field that a violation names, too
    (
        "\"kochava_app_id\"",
        &[
            "kochava/check.rs",
            "kochava/read.rs",
            "mapping/device.rs",
            "explain.rs",
            "inspect/keys.rs",
            "inspect/envelope.rs",
            "inspect/identity.rs",
        ],
    ),
    (
        "gdpr_privacy_consent",
        &[
            "kochava/wire.rs",
            "kochava/check.rs",
            "mapping.rs",
            "inspect/keys.rs",
            "inspect/track.rs",
        ],
    ),
    (
        "app_tracking_transparency",
        &[
            "kochava/wire.rs",
            "kochava/check.rs",
            "mapping/device.rs",
            "kochava/rule.rs",
            "inspect/keys.rs",
            "inspect/track.rs",
        ],
    ),
    (
        "device_limit_tracking",
        &[
            "kochava/wire.rs",
            "kochava/check.rs",
            "mapping/device.rs",
            "inspect/keys.rs",
            "inspect/track.rs",
        ],
    ),
    ("\"fire_adid\"", &["kochava/identifier.rs"]),
    ("Kochava-Api-Key", &["request.rs"]),
    ("Kochava-Auth-Token", &["request.rs"]),
    ("control.kochava.com", &["request/endpoint.rs"]),
    ("event_type", &["source/amplitude.rs"]),
    ("\"event_properties\"", &["source/amplitude.rs"]),
    ("ip_address", &["source/amplitude.rs"]),
    ("$identify", &["source/amplitude.rs"]),
    ("$set", &["source/amplitude.rs"]),
];

const LINES_MAX: usize = 530;

#[test]
fn rooms_look_only_where_they_may() {
    for file in files() {
        let room = file.room();
        let Some((_, allowed)) = ROOMS.iter().find(|(name, _)| *name == room) else {
            assert_eq!(room, "lib", "`{room}` is no room of the table");
            continue;
        };
        for other in file.looks_into() {
            assert!(
                other == room || allowed.contains(&other.as_str()),
                "`{room}` may not look into `{other}` ({})",
                file.name
            );
        }
    }
}

#[test]
fn the_law_has_one_direction() {
    for (at, (room, allowed)) in ROOMS.iter().enumerate() {
        for other in *allowed {
            let place = ROOMS
                .iter()
                .position(|(name, _)| name == other)
                .unwrap_or_else(|| panic!("`{other}` is no room"));
            assert!(place < at, "`{room}` looks down into `{other}`");
        }
    }
    for (file, allowed) in SIBLINGS {
        for other in *allowed {
            let back = SIBLINGS.iter().find(|(name, _)| {
                *name
                    == format!(
                        "{}/{other}",
                        file.split_once('/').expect("a file of a wing").0
                    )
            });
            let own_name = file.rsplit('/').next().expect("a file has a name");
            assert!(
                back.is_none_or(|(_, theirs)| !theirs.contains(&own_name)),
                "`{file}` and `{other}` look into one another"
            );
        }
    }
}

#[test]
fn the_law_grants_nothing_that_nobody_takes() {
    for (room, allowed) in ROOMS {
        let taken: BTreeSet<_> = files()
            .iter()
            .filter(|file| file.room() == *room)
            .flat_map(File::looks_into)
            .collect();
        for other in *allowed {
            assert!(
                taken.contains(*other),
                "`{room}` need not look into `{other}`"
            );
        }
    }
}

#[test]
fn files_behind_a_door_look_only_at_the_siblings_they_may() {
    for file in files().iter().filter(|file| file.name.contains('/')) {
        let stem = file.name.trim_end_matches(".rs");
        let allowed = SIBLINGS
            .iter()
            .find(|(name, _)| *name == stem)
            .map_or(&[][..], |(_, allowed)| *allowed);
        let (wing, own) = stem.split_once('/').expect("it is a file of a wing");
        let siblings: BTreeSet<_> = files()
            .iter()
            .filter(|other| other.name.starts_with(&format!("{wing}/")))
            .map(File::own_name)
            .collect();
        for other in file
            .paths_after("super::")
            .intersection(&siblings)
            .filter(|other| *other != own)
        {
            assert!(
                allowed.contains(&other.as_str()),
                "`{stem}` may not look into `{other}`"
            );
        }
    }
}

#[test]
fn every_room_stands_in_the_front_doors_table() {
    let lib = fs::read_to_string(source().join("lib.rs")).expect("the crate has a front door");
    for (room, _) in ROOMS {
        assert!(
            lib.contains(&format!("\npub mod {room};\n")),
            "`{room}` is no module"
        );
        let is_a_room_of_the_way = !["limits", "steps", "trace"].contains(room);
        assert!(
            !is_a_room_of_the_way || lib.contains(&format!("//! | [`{room}`] | ")),
            "`{room}` is missing in the table of rooms"
        );
    }
}

#[test]
fn every_file_asks_its_question_and_is_short() {
    for file in files() {
        assert!(
            file.text.starts_with("//! "),
            "{} does not say what it is for",
            file.name
        );
        let lines = file.text.lines().count();
        assert!(lines <= LINES_MAX, "{} has {lines} lines", file.name);
        let words = [
            "util", "helper", "common", "misc", "manager", "types", "service", "handler",
        ];
        assert!(
            words.iter().all(|word| !file.name.contains(word)),
            "{} is no name for a room",
            file.name
        );
        assert!(
            !file.name.ends_with("mod.rs"),
            "{}: a wing is `wing.rs` and `wing/`",
            file.name
        );
    }
}

#[test]
fn the_core_has_no_host() {
    let lib = fs::read_to_string(source().join("lib.rs")).expect("the crate has a front door");
    assert!(lib.contains("\n#![no_std]\n") && lib.contains("\n#![deny(unsafe_code)]\n"));
    for file in files() {
        let code = file.code();
        for word in [
            "std::",
            "unsafe {",
            "unsafe fn",
            "unsafe impl",
            "allow(unsafe_code)",
            "extern \"",
            "println!",
            "dbg!",
            "todo!",
            "unimplemented!",
            ".unwrap()",
        ] {
            let found = code.match_indices(word).any(|(at, _)| {
                word != "std::"
                    || !code[..at]
                        .ends_with(|before: char| before.is_alphanumeric() || before == '_')
            });
            let is_lane = file.name.starts_with("json/lanes") && word.contains("unsafe");
            assert!(!found || is_lane, "{} says `{word}`", file.name);
        }
    }
}

#[test]
fn every_number_names_its_source() {
    let limits =
        fs::read_to_string(source().join("limits.rs")).expect("the limits are in the repository");
    let mut said = String::new();
    let mut count = 0;
    for line in limits.lines() {
        if let Some(constant) = line.strip_prefix("pub const ") {
            let name = constant.split(':').next().unwrap_or_default();
            let tells = |word| {
                said.lines().any(|line| {
                    line.strip_prefix(word)
                        .is_some_and(|why: &str| why.trim().len() > 20)
                })
            };
            assert!(
                tells("/// Source: ") || tells("/// Ours: "),
                "`{name}` names no source"
            );
            assert!(
                !(tells("/// Source: ") && tells("/// Ours: ")),
                "`{name}` names two sources"
            );
            count += 1;
        }
        if line.starts_with("///") {
            said = said + line + "\n"
        } else {
            said.clear()
        }
    }
    assert!(count >= 10, "only {count} numbers were found");
}

#[test]
fn a_foreign_spelling_has_one_place() {
    for (spelling, allowed) in SPELLINGS {
        let found: BTreeSet<_> = files()
            .iter()
            .filter(|file| file.code().contains(spelling))
            .map(|file| file.name.clone())
            .collect();
        for name in &found {
            assert!(
                allowed.contains(&name.as_str()),
                "`{spelling}` may not stand in {name}"
            );
        }
        assert!(
            !found.is_empty(),
            "`{spelling}` stands nowhere: the law of it is idle"
        );
    }
}

#[test]
fn the_scan_sees_every_way_to_look() {
    let text = "use crate::json::{A, B};\nuse crate::{limits, time::Moment};\n// crate::plan is a comment\nfn a() { super::super::event::b(); }\n";
    let file = File {
        name: "kochava/check.rs".to_owned(),
        text: text.to_owned(),
    };
    assert_eq!(
        file.looks_into().into_iter().collect::<Vec<_>>(),
        ["event", "json", "limits", "time"]
    );
    let front = File {
        name: "kochava.rs".to_owned(),
        text: "use super::plan;\nuse super::{json, time as t};".to_owned(),
    };
    assert_eq!(
        front.looks_into().into_iter().collect::<Vec<_>>(),
        ["json", "plan", "time"]
    );
    let sibling = File {
        name: "settings/blocks.rs".to_owned(),
        text: "use super::read::path;\nuse super::{Block, walk};".to_owned(),
    };
    assert_eq!(
        sibling
            .paths_after("super::")
            .into_iter()
            .collect::<Vec<_>>(),
        ["Block", "read", "walk"]
    );
}

struct File {
    /// Below `src`: `kochava/wire.rs`.
    name: String,
    text: String,
}

impl File {
    fn room(&self) -> String {
        self.name
            .split(['/', '.'])
            .next()
            .unwrap_or_default()
            .to_owned()
    }

    fn own_name(&self) -> String {
        self.name
            .trim_end_matches(".rs")
            .rsplit('/')
            .next()
            .unwrap_or_default()
            .to_owned()
    }

    /// The text without its comments.
    fn code(&self) -> String {
        self.text
            .lines()
            .filter(|line| !line.trim_start().starts_with("//"))
            .flat_map(|line| [line, "\n"])
            .collect()
    }

    /// The rooms that the file names.
    fn looks_into(&self) -> BTreeSet<String> {
        let from_top = if self.name.contains('/') {
            "super::super::"
        } else {
            "super::"
        };
        self.paths_after("crate::")
            .into_iter()
            .chain(self.paths_after(from_top))
            .collect()
    }

    /// The first part of every path behind `prefix`, those in braces included.
    fn paths_after(&self, prefix: &str) -> BTreeSet<String> {
        let word = |text: &str| {
            text.chars()
                .take_while(|character| character.is_alphanumeric() || *character == '_')
                .collect::<String>()
        };
        let code = self.code();
        let mut firsts = BTreeSet::new();
        for (at, _) in code.match_indices(prefix) {
            let rest = &code[at + prefix.len()..];
            match rest.strip_prefix('{') {
                Some(list) => {
                    firsts.extend(top_level(list).iter().map(|part| word(part.trim_start())))
                }
                None => drop(firsts.insert(word(rest))),
            }
        }
        firsts.remove("");
        firsts.remove("super");
        firsts
    }
}

/// The parts of a list in braces, up to its end, nested lists left whole.
fn top_level(list: &str) -> Vec<String> {
    let mut parts = vec![String::new()];
    let mut depth = 0;
    for character in list.chars() {
        match character {
            '}' if depth == 0 => break,
            '{' => depth += 1,
            '}' => depth -= 1,
            ',' if depth == 0 => parts.push(String::new()),
            _ => parts.last_mut().expect("there is one").push(character),
        }
    }
    parts
}

fn source() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("src")
}

/// Every file of `src`.
fn files() -> Vec<File> {
    let mut folders = vec![source()];
    let mut files = Vec::new();
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).expect("a folder can be listed") {
            let path = entry.expect("an entry can be read").path();
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            let name = path
                .strip_prefix(source())
                .expect("it lies below")
                .to_string_lossy()
                .into_owned();
            files.push(File {
                name,
                text: fs::read_to_string(&path).expect("source is text"),
            });
        }
    }
    files
}
