//! A synthetic event, as a sender of the sync would send it: whether what this deployment does with
//! an event arrives at Kochava.
//!
//! In: the settings. Out: the text of an element with made-up values at the paths that the mapping
//! reads, which is planned like any other event, as test traffic ([`Context::is_test`]).

use super::filter::matches_names;
use super::{Context, Fate, Planner};
use crate::json::write_plain_str;
use crate::kochava::Platform;
use crate::settings::{AppGuids, Comparison, Condition, Operand, Predicate, Settings};
use crate::source::{Attribute, Path, Place, ShapeCache, Source, SourceSchema};
use crate::time::Moment;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

/// A synthetic event, before it is planned.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TestEvent {
    /// The sender in whose form it is.
    pub source: Source,
    /// Its text: one JSON object.
    pub text: String,
}

impl Planner {
    /// Makes a synthetic event of the first sender that the settings name, for a platform with an App
    /// GUID for test traffic; without a name one that `events.select` lets through. `id` must be unique
    /// to the event, since of two with the same id the second is a duplicate.
    #[must_use]
    pub fn test_event(&self, name: Option<&str>, id: &str, now: Moment) -> TestEvent {
        let sources = self.settings.sources.as_deref().unwrap_or_default();
        let source = sources.first().copied().unwrap_or_default();
        let made = MadeEvent {
            // whose paths are those of an element alone
            settings: &self.plan_of(source).settings,
            schema: source.schema(),
            root: Vec::new(),
        };
        let mut text = String::new();
        write(&mut text, &Node::Object(made.filled(name, id, now)));
        TestEvent { source, text }
    }

    /// Plans a synthetic event as it is planned once it is in the queue.
    ///
    /// # Panics
    /// If its text is not one JSON object, as that of [`Planner::test_event`] always is.
    #[must_use]
    pub fn plan_test_event(&self, event: &TestEvent, now: Moment) -> Fate {
        let context = Context {
            source: Some(event.source),
            received_at: Some(now),
            is_test: true,
            ..Context::default()
        };
        self.one_element(
            &event.text,
            false,
            &context,
            &mut ShapeCache::default(),
            |element, scratch| self.fate(element, &context, None, scratch),
        )
        .expect("its text is one JSON object")
    }
}

/// An event while its members are filled in. What is placed first stays.
struct MadeEvent<'s> {
    settings: &'s Settings,
    schema: &'static SourceSchema,
    root: NodeList,
}

impl MadeEvent<'_> {
    fn filled(mut self, name: Option<&str>, id: &str, now: Moment) -> NodeList {
        let (name, conditions) = selected(self.settings, name);
        let mapping = &self.settings.mapping;
        match (self.schema.name_at, mapping.event_name.first()) {
            ("", Some(path)) => self.put(path, text(&name)),
            (path, _) => self.put_at(path, &name),
        }
        for (path, word) in self.schema.typed_by {
            self.put_at(path, word);
        }
        self.put_in_place(self.schema.ids, id);
        for condition in conditions {
            if let Some(value) = satisfying(condition) {
                self.put(&condition.property, value);
            }
        }
        for attribute in Attribute::ALL {
            if let Some(value) = self.made_up(attribute, now) {
                match (mapping.paths(attribute), self.documented(attribute)) {
                    (Some(paths), _) => paths
                        .iter()
                        .take(1)
                        .for_each(|path| self.put(path, text(&value))),
                    (None, Some(path)) => self.put_at(path, &value),
                    (None, None) => {}
                }
            }
        }
        for (_, paths) in &mapping.custom_ids {
            paths
                .iter()
                .take(1)
                .for_each(|path| self.put(path, text(WORD)));
        }
        self.put_in_place(self.schema.devices, WORD);
        self.root
    }

    fn documented(&self, attribute: Attribute) -> Option<&'static str> {
        self.schema.paths(attribute).split_whitespace().next()
    }

    fn put(&mut self, path: &Path, value: Operand) {
        put(&mut self.root, &path.keys(), value);
    }

    fn put_at(&mut self, path: &str, value: &str) {
        let keys: Vec<&str> = path.split('.').collect();
        put(&mut self.root, &keys, text(value));
    }

    /// Puts a value at the most reliable of these places.
    fn put_in_place(&mut self, places: &[Place], value: &str) {
        let Some(&place) = places.first() else {
            return;
        };
        let key = self.schema.key_at(place);
        match place
            .container
            .map(|container| self.schema.path_of(container))
        {
            Some(container) => self.put_at(&[container, ".", key.as_str()].concat(), value),
            None => self.put_at(key.as_str(), value),
        }
    }

    /// Returns the made-up value of an attribute; `None` of those that need none.
    fn made_up(&self, attribute: Attribute, now: Moment) -> Option<String> {
        let value = match attribute {
            // some senders document one path for both, and a UUID serves as each
            Attribute::KochavaDeviceId | Attribute::Idfv => DEVICE,
            // another one, since what equals an IDFA without permission is withheld with it
            Attribute::Idfa | Attribute::Adid => ADVERTISING_ID,
            Attribute::AndroidId => ANDROID_ID,
            Attribute::OriginationIp => ADDRESS,
            Attribute::DeviceUa => "kochava-edge/test",
            Attribute::AppVersion => "1.0",
            // without it no IDFA is sent
            Attribute::Att => "authorized",
            Attribute::Usertime => return Some(now.millis.to_string()),
            Attribute::Platform => self.platform(),
            Attribute::OsVersion => "17.0",
            Attribute::DeviceModel | Attribute::UserId => WORD,
            Attribute::LimitAdTracking
            | Attribute::GdprApplies
            | Attribute::TcString
            | Attribute::AdUserData
            | Attribute::AdPersonalization
            | Attribute::InstallReferrer
            | Attribute::ReferrerClickTime
            | Attribute::AdServicesToken
            | Attribute::AdServicesDetails => return None,
        };
        Some(value.to_string())
    }

    /// Returns the sender's word for a platform with an App GUID for test traffic, one whose ids the
    /// settings read where there is one.
    fn platform(&self) -> &'static str {
        let apps = self.settings.test_app_guid.as_ref();
        let has_app = |platform| apps.is_some_and(|apps| apps.of(platform).is_some());
        let keys = || {
            AppGuids::KEYS
                .into_iter()
                .filter(|(_, platform)| has_app(*platform))
        };
        let identified = keys().find(|(_, platform)| self.reads_id_of(*platform));
        let word = identified
            .or_else(|| keys().next())
            .map_or("", |(key, _)| key);
        let mut own = self.schema.platforms.iter();
        own.find(|(_, usual)| usual.eq_ignore_ascii_case(word))
            .map_or(word, |(own, _)| own)
    }

    fn reads_id_of(&self, platform: Platform) -> bool {
        let ids = match platform {
            Platform::Android | Platform::Fire => [Attribute::Adid, Attribute::AndroidId],
            _ if platform.is_apple() => [Attribute::Idfa, Attribute::Idfv],
            _ => return false,
        };
        ids.into_iter().any(|id| {
            let is_documented = !self.schema.needs_mapping && self.documented(id).is_some();
            self.settings.mapping.paths(id).is_some() || is_documented
        })
    }
}

/// Returns a value that satisfies a condition; `None` where a missing one does.
fn satisfying(row: &Condition) -> Option<Operand> {
    if row.is_negated {
        return None;
    }
    let text = match &row.test {
        Predicate::Exists => String::from("1"),
        Predicate::In(operands) => return operands.first().cloned(),
        Predicate::Contains(part) | Predicate::StartsWith(part) | Predicate::EndsWith(part) => {
            part.clone()
        }
        // a text counts as the number that it spells; a 9 before its digits takes a number further
        // away from zero
        Predicate::Compares(comparison, number) => {
            let is_up = matches!(comparison, Comparison::Greater | Comparison::GreaterOrEqual);
            match (is_up, number.strip_prefix('-')) {
                (true, Some(_)) => String::from("0"),
                (true, None) => ["9", number].concat(),
                (false, Some(digits)) => ["-9", digits].concat(),
                (false, None) => String::from("-1"),
            }
        }
    };
    Some(Operand::Text(text))
}

/// Returns the name of the event, and the conditions of the block of `events.select` that is to let it
/// through.
fn selected<'s>(settings: &'s Settings, name: Option<&str>) -> (String, &'s [Condition]) {
    let blocks = settings.events.select.as_deref().unwrap_or_default();
    let mut blocks = blocks.iter();
    let block = blocks.find(|block| name.is_none_or(|name| matches_names(block, Some(name))));
    let pattern = block.and_then(|block| block.names.as_ref()?.first());
    let name = match (name, pattern) {
        (Some(name), _) => name.to_string(),
        (None, Some(pattern)) => pattern.filled(NAME),
        (None, None) => NAME.to_string(),
    };
    (name, block.map_or(&[], |block| &block.rows))
}

type NodeList = Vec<(String, Node)>;

/// A value of the event.
enum Node {
    Value(Operand),
    Object(NodeList),
}

fn text(value: &str) -> Operand {
    Operand::Text(value.to_string())
}

/// Puts a value where these keys lead, unless there is one.
fn put(object: &mut NodeList, keys: &[&str], value: Operand) {
    let Some((key, rest)) = keys.split_first() else {
        return;
    };
    let known = object.iter().position(|(known, _)| known == key);
    match (known, rest) {
        (None, []) => object.push(((*key).to_string(), Node::Value(value))),
        (Some(_), []) => {}
        (known, rest) => {
            let at = known.unwrap_or_else(|| {
                object.push(((*key).to_string(), Node::Object(Vec::new())));
                object.len() - 1
            });
            if let Node::Object(below) = &mut object[at].1 {
                put(below, rest, value);
            }
        }
    }
}

fn write(out: &mut String, node: &Node) {
    match node {
        Node::Value(Operand::Text(text) | Operand::Number(text)) => write_plain_str(out, text),
        Node::Value(Operand::Bool(truth)) => out.push_str(if *truth { "true" } else { "false" }),
        Node::Object(members) => {
            out.push('{');
            for (number, (key, value)) in members.iter().enumerate() {
                out.push_str(if number > 0 { "," } else { "" });
                write_plain_str(out, key);
                out.push(':');
                write(out, value);
            }
            out.push('}');
        }
    }
}

/// The name of the event where neither the operator nor the settings say one, and what stands for each
/// `*` of a pattern.
const NAME: &str = "Kochava Edge Test";

/// What stands for ids and names.
const WORD: &str = "kochava-edge-test";

/// Ids that no device has.
const DEVICE: &str = "7e57de1c-e7e5-47e5-8e57-7e57de1ce001";
const ADVERTISING_ID: &str = "7e57de1c-e7e5-47e5-8e57-7e57de1ce002";
const ANDROID_ID: &str = "7e57de1ce7e57001";

/// An address that no device has (RFC 5737, TEST-NET-1).
const ADDRESS: &str = "192.0.2.1";
