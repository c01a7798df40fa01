//! Finds the paths of an event that look right for a field.
//!
//! In: an event and rows of the table `looks`. Out: the paths whose name is one of a row's and whose
//! value the mapping can use, for each row the best first. A path that the sender documents comes
//! before every guess.

use super::leaves::{each_value, path_of};
use super::looks::{LOOKS, Look};
use super::words::{append_words, position_of, without_neutral};
use crate::json::Value;
use crate::kochava::{IdKind, Platform, find_address, kind_of_name};
use crate::mapping::{MappedField, fits, platform_of};
use crate::plan::SourcePlan;
use crate::source::{Attribute, Event, Path};
use alloc::borrow::Cow;
use alloc::string::String;
use alloc::vec::Vec;

/// A path of an event that looks right for a setting.
#[derive(Clone, Debug)]
pub struct Candidate {
    pub(in crate::plan) look: &'static Look,
    /// How likely it is, the likeliest first.
    pub(in crate::plan) rank: Rank,
    /// The sender that documents it.
    documented_by: Option<&'static str>,
    /// The path in the event.
    pub path: String,
    /// The paths that the setting needs so that this one is tried behind those that are there.
    pub value: Vec<String>,
}

/// How likely a path is: by what it was recognised, then the place of its name in the table.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(in crate::plan) struct Rank(Tier, usize);

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Tier {
    /// Its sender documents it.
    Documented,
    /// Its last key has a name of the field.
    Key,
    /// Its last words are a name of the field.
    Words,
    /// The name is not enough.
    Weak,
}

impl Candidate {
    /// The path of the setting.
    #[must_use]
    pub fn setting(&self) -> &'static str {
        self.look.setting
    }

    /// What stands at the path, for people, in two parts.
    #[must_use]
    pub fn why(&self) -> [&'static str; 2] {
        match self.documented_by {
            Some(sender) => ["documented by ", sender],
            None if self.is_certain() => [self.look.why, ""],
            None => [self.look.weak_why, ""],
        }
    }

    /// The kind of the value, for programs: `ip`, `uuid`, `time`.
    #[must_use]
    pub fn kind(&self) -> &'static str {
        self.look.kind
    }

    /// Whether name and value leave no doubt: only then it is proposed.
    #[must_use]
    pub fn is_certain(&self) -> bool {
        self.rank.0 < Tier::Weak
    }

    pub(in crate::plan) fn is_documented(&self) -> bool {
        self.documented_by.is_some()
    }
}

/// Whether a row concerns an event of this sender: a name and revenue are mapped only where the
/// sender documents none.
pub(in crate::plan) fn concerns(look: &Look, event: &Event<'_>) -> bool {
    match look.field {
        MappedField::EventName => event.name_path.is_empty(),
        MappedField::Amount | MappedField::Currency => event.schema.revenue.amount.is_empty(),
        _ => true,
    }
}

/// The paths that the sender of an event documents for a field. Those that are not mapped over know
/// their slots, which a value that was put in the place of another needs.
#[inline(never)]
pub(in crate::plan) fn documented<'p>(
    plan: &'p SourcePlan,
    event: &Event<'_>,
    field: MappedField,
) -> Cow<'p, [Path]> {
    let MappedField::Attribute(attribute) = field else {
        return Cow::Borrowed(&[]);
    };
    if plan.settings.mapping.paths(attribute).is_none() {
        return Cow::Borrowed(plan.paths.of(attribute));
    }
    let paths = event.schema.paths(attribute).split_ascii_whitespace();
    paths.map(Path::documented).collect()
}

/// Appends the candidates for a row in one event, the best first: only certain ones, if there are
/// some.
pub(in crate::plan) fn append_candidates(
    found: &mut Vec<Candidate>,
    plan: &SourcePlan,
    event: &Event<'_>,
    look: &'static Look,
    platform: Option<Platform>,
) {
    let first = found.len();
    if !is_of_platform(look, None, platform) {
        return;
    }
    let words = event.schema.platforms;
    for path in documented(plan, event, look.field).iter() {
        let value = event.at(path);
        if value.is_some_and(|value| fits(look.field, &value, words)) {
            found.push(Candidate {
                look,
                rank: Rank(Tier::Documented, found.len() - first),
                documented_by: Some(event.schema.title),
                path: path.as_str().into(),
                value: Vec::new(),
            });
        }
    }
    let mut name = String::new();
    each_value(event, &mut |keys, value| {
        name.clear();
        let mut last_key = 0;
        for key in keys {
            last_key = name.len();
            append_words(&mut name, key);
        }
        let rank = rank_of(look, &name, last_key, &value, platform);
        let Some(rank) = rank.filter(|_| fits(look.field, &value, words)) else {
            return;
        };
        let Some(path) = path_of(event, keys, value) else {
            return;
        };
        if found[first..].iter().any(|known| known.path == path) {
            return;
        }
        // of equals the first in the event stays first
        let mut place = found.len();
        while place > first && rank < found[place - 1].rank {
            place -= 1;
        }
        let candidate = Candidate {
            look,
            rank,
            documented_by: None,
            path,
            value: Vec::new(),
        };
        found.insert(place, candidate);
    });
    // beside a path that leaves no doubt, doubtful ones are noise
    if found.get(first).is_some_and(Candidate::is_certain) {
        while found.last().is_some_and(|last| !last.is_certain()) {
            found.pop();
        }
    }
}

/// How well a path fits a field by the words of its keys; `last_key` is where those of its last key
/// begin.
fn rank_of(
    look: &Look,
    words: &str,
    last_key: usize,
    value: &Value<'_>,
    platform: Option<Platform>,
) -> Option<Rank> {
    if words
        .split('_')
        .any(|word| position_of(word, look.avoid).is_some())
    {
        return None;
    }
    let by_name = by_name(look, words, last_key, value, platform);
    match (by_name, words.strip_suffix("_value")) {
        // an attribute as an object with its value: `idfa.value`
        (None, Some(object)) => self::by_name(look, object, last_key, value, platform),
        (by_name, _) => by_name,
    }
    .or_else(|| is_shaped(look, value).then_some(Rank(Tier::Weak, usize::MAX)))
}

#[inline(never)]
fn by_name(
    look: &Look,
    words: &str,
    last_key: usize,
    value: &Value<'_>,
    platform: Option<Platform>,
) -> Option<Rank> {
    let mut weak = None;
    let mut start = 0;
    loop {
        let name = &words[start..];
        let tier = if start <= last_key + 1 {
            Tier::Key
        } else {
            Tier::Words
        };
        match kind_of_name(name) {
            Some(kind) if look.ids.contains(&kind) => {
                if is_of_platform(look, Some(kind), platform) {
                    return Some(Rank(tier, 0));
                }
                if kind == IdKind::Advertising && platform.is_none() {
                    weak = Some(Rank(Tier::Weak, 0));
                }
            }
            _ => {}
        }
        if let Some(place) = position_of(name, look.names) {
            return Some(Rank(tier, place));
        }
        if weak.is_none() {
            weak = position_of(name, look.weak).map(|place| Rank(Tier::Weak, place));
        }
        match name.split_once('_') {
            Some((first, _)) => start += first.len() + 1,
            None => break,
        }
    }
    if let Some(place) = position_of(without_neutral(words), look.whole) {
        return Some(Rank(Tier::Words, 100 + place));
    }
    if look.field == MappedField::Attribute(Attribute::KochavaDeviceId) && is_kochavas(value) {
        return weak.map(|rank| Rank(Tier::Words, rank.1));
    }
    weak
}

/// Whether a device of this platform has such a field: without `kind` as a whole, with it under a
/// name of this kind. An advertising id whose name does not say whose it is needs a known platform.
fn is_of_platform(look: &Look, kind: Option<IdKind>, platform: Option<Platform>) -> bool {
    let is_apple = platform.is_none_or(Platform::is_apple);
    let is_android = matches!(platform, None | Some(Platform::Android | Platform::Fire));
    let names_system = platform.is_some() || kind != Some(IdKind::Advertising);
    match look.field {
        MappedField::Attribute(Attribute::Idfa | Attribute::Idfv | Attribute::Att) => {
            is_apple && names_system
        }
        MappedField::Attribute(Attribute::Adid) if kind == Some(IdKind::FireAdid) => {
            platform == Some(Platform::Fire)
        }
        MappedField::Attribute(Attribute::Adid | Attribute::AndroidId) => {
            is_android && names_system
        }
        // on Fire the advertising id is that of `mapping.adid`
        MappedField::CustomId("fire_adid") => is_android && platform != Some(Platform::Fire),
        MappedField::CustomId("rida") => matches!(platform, None | Some(Platform::Roku)),
        _ => true,
    }
}

/// Whether a value has the beginning of the ids that Kochava's SDKs make: `KA…`, `KI…`.
fn is_kochavas(value: &Value<'_>) -> bool {
    let Value::String(text) = value else {
        return false;
    };
    let mut letters = text.chars();
    letters.next() == Some('K') && letters.next().is_some_and(|next| next.is_ascii_uppercase())
}

/// Whether a value shows by its shape alone what it is, whatever its name: an address, a browser's
/// or a system's user agent.
fn is_shaped(look: &Look, value: &Value<'_>) -> bool {
    let Value::String(text) = value else {
        return false;
    };
    match look.field {
        MappedField::Attribute(Attribute::OriginationIp) => find_address(&text.decode()).is_some(),
        MappedField::Attribute(Attribute::DeviceUa) => {
            let text = text.decode();
            ["Mozilla/", "Dalvik/"]
                .iter()
                .any(|start| text.starts_with(start))
        }
        _ => false,
    }
}

/// The platform of an event: where the mapping reads it, otherwise where it looks like one.
pub(in crate::plan) fn platform_at(plan: &SourcePlan, event: &Event<'_>) -> Option<Platform> {
    let words = event.schema.platforms;
    let named = |path: &Path| platform_of(&event.at(path)?, words);
    let mut platform = plan.paths.of(Attribute::Platform).iter().find_map(named);
    let is_platform = |look: &&Look| look.field == MappedField::Attribute(Attribute::Platform);
    if platform.is_none()
        && let Some(look) = LOOKS.iter().find(is_platform)
    {
        let mut found = Vec::new();
        append_candidates(&mut found, plan, event, look, None);
        let best = found.first().and_then(|best| Path::parse(&best.path));
        platform = best.and_then(|path| named(&path));
    }
    // Android by Amazon is Fire
    let mut makers = event.schema.manufacturers.split_ascii_whitespace();
    let is_amazon = |path| match event.at(&Path::documented(path)) {
        Some(Value::String(maker)) => maker.decode().trim().eq_ignore_ascii_case("amazon"),
        _ => false,
    };
    if platform == Some(Platform::Android) && makers.any(is_amazon) {
        return Some(Platform::Fire);
    }
    platform
}
