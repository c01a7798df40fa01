//! Finds the paths of an event that look right for a field.
//!
//! In: an event and a row of the table `looks`. Out: the paths whose name is one of the row's and
//! whose value the mapping can use, the best first. A path that the sender documents comes before
//! every guess.

use super::leaves::{each_value, path_of};
use super::looks::{LOOKS, Look};
use super::words::{append_words, position_of, without_neutral};
use crate::json::Value;
use crate::kochava::{IdKind, Platform, find_address, kind_of_name};
use crate::mapping::{MappedField, fits, platform_of};
use crate::plan::SourcePlan;
use crate::source::{Attribute, Event, Path};
use alloc::borrow::Cow;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

/// A path that looks right for a field.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::plan) struct Match {
    /// The path.
    pub(in crate::plan) path: String,
    /// How likely it is, the likeliest first.
    pub(in crate::plan) rank: Rank,
    /// What stands there, or why it may be the field.
    pub(in crate::plan) why: Cow<'static, str>,
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

impl Rank {
    /// Whether the path may be proposed, and is not only shown.
    pub(in crate::plan) fn is_certain(self) -> bool {
        self.0 < Tier::Weak
    }

    pub(in crate::plan) fn is_documented(self) -> bool {
        self.0 == Tier::Documented
    }
}

/// The rows that concern an event of this sender: a name and revenue are mapped only where the sender
/// documents none.
pub(in crate::plan) fn looks_for(event: &Event<'_>) -> impl Iterator<Item = &'static Look> + use<> {
    let (has_name, has_revenue) = (
        !event.name_path.is_empty(),
        !event.schema.revenue.amount.is_empty(),
    );
    LOOKS.iter().filter(move |look| match look.field {
        MappedField::EventName => !has_name,
        MappedField::Amount | MappedField::Currency => !has_revenue,
        _ => true,
    })
}

/// The paths that the sender of an event documents for a field. Those that are not mapped over know
/// their slots, which a value that was put in the place of another needs.
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

/// The candidates for each of some fields in one event, the best first.
pub(in crate::plan) fn candidates(
    plan: &SourcePlan,
    event: &Event<'_>,
    looks: &[&'static Look],
    platform: Option<Platform>,
) -> Vec<Vec<Match>> {
    let words = event.schema.platforms;
    let mut found: Vec<Vec<Match>> = looks
        .iter()
        .map(|look| {
            let paths = documented(plan, event, look.field);
            let usable = paths.iter().enumerate().filter(|(_, path)| {
                is_of_platform(look, None, platform)
                    && event
                        .at(path)
                        .is_some_and(|value| fits(look.field, &value, words))
            });
            let matches = usable.map(|(place, path)| Match {
                path: path.as_str().to_string(),
                rank: Rank(Tier::Documented, place),
                why: Cow::Owned(["documented by ", event.schema.title].concat()),
            });
            matches.collect()
        })
        .collect();
    let mut name = String::new();
    each_value(event, &mut |keys, value| {
        name.clear();
        let mut last_key = 0;
        for key in keys {
            last_key = name.len();
            append_words(&mut name, key);
        }
        for (look, matches) in looks.iter().zip(&mut found) {
            let rank = rank_of(look, &name, last_key, &value, platform);
            let Some(rank) = rank.filter(|_| fits(look.field, &value, words)) else {
                continue;
            };
            let path = path_of(event, keys, value);
            let is_new = |path: &String| matches.iter().all(|known| known.path != *path);
            if let Some(path) = path.filter(is_new) {
                let is_certain = rank.is_certain();
                let why = Cow::Borrowed(if is_certain { look.why } else { look.weak_why });
                matches.push(Match { path, rank, why });
            }
        }
    });
    for matches in &mut found {
        // stable: of equals the first in the event
        matches.sort_by_key(|candidate| candidate.rank);
        // beside a path that leaves no doubt, doubtful ones are noise
        if matches.first().is_some_and(|best| best.rank.is_certain()) {
            matches.retain(|candidate| candidate.rank.is_certain());
        }
    }
    found
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
    let is_avoided = |word: &str| position_of(word, look.avoid).is_some();
    if words.split('_').any(is_avoided) || !is_of_platform(look, None, platform) {
        return None;
    }
    by_name(look, words, last_key, value, platform)
        .or_else(|| {
            // an attribute as an object with its value: `idfa.value`
            let object = words.strip_suffix("_value")?;
            by_name(look, object, last_key.min(object.len()), value, platform)
        })
        .or_else(|| is_shaped(look, value).then_some(Rank(Tier::Weak, usize::MAX)))
}

fn by_name(
    look: &Look,
    words: &str,
    last_key: usize,
    value: &Value<'_>,
    platform: Option<Platform>,
) -> Option<Rank> {
    let mut weak = None;
    let starts = core::iter::once(0).chain(words.match_indices('_').map(|(at, _)| at + 1));
    for start in starts {
        let name = &words[start..];
        let tier = if start <= last_key + 1 {
            Tier::Key
        } else {
            Tier::Words
        };
        if !look.ids.is_empty()
            && let Some(kind) = kind_of_name(name).filter(|kind| look.ids.contains(kind))
        {
            if is_of_platform(look, Some(kind), platform) {
                return Some(Rank(tier, 0));
            }
            weak =
                (kind == IdKind::Advertising && platform.is_none()).then_some(Rank(Tier::Weak, 0));
        }
        if let Some(place) = position_of(name, look.names) {
            return Some(Rank(tier, place));
        }
        if let Some(place) = position_of(name, look.weak) {
            weak = weak.or(Some(Rank(Tier::Weak, place)));
        }
    }
    if let Some(place) = position_of(without_neutral(words), look.whole) {
        return Some(Rank(Tier::Words, 100 + place));
    }
    weak.map(|rank| match look.field {
        MappedField::Attribute(Attribute::KochavaDeviceId) if is_kochavas(value) => {
            Rank(Tier::Words, rank.1)
        }
        _ => rank,
    })
}

/// Whether a device of this platform has such a field: without `kind` as a whole, with it under a
/// name of this kind. An advertising id whose name does not say whose it is needs a known platform.
fn is_of_platform(look: &Look, kind: Option<IdKind>, platform: Option<Platform>) -> bool {
    let is_apple = platform.is_none_or(Platform::is_apple);
    let is_android = platform.is_none_or(|it| matches!(it, Platform::Android | Platform::Fire));
    match look.field {
        MappedField::Attribute(Attribute::Idfa | Attribute::Idfv) => {
            is_apple && (platform.is_some() || kind != Some(IdKind::Advertising))
        }
        MappedField::Attribute(Attribute::Att) => is_apple,
        MappedField::Attribute(Attribute::Adid) => match kind {
            Some(IdKind::FireAdid) => platform == Some(Platform::Fire),
            Some(IdKind::Advertising) => platform.is_some() && is_android,
            _ => is_android,
        },
        MappedField::Attribute(Attribute::AndroidId) => is_android,
        // on Fire the advertising id is that of `mapping.adid`
        MappedField::CustomId("fire_adid") => platform.is_none_or(|it| it == Platform::Android),
        MappedField::CustomId("rida") => platform.is_none_or(|it| it == Platform::Roku),
        _ => true,
    }
}

/// Whether a value has the beginning of the ids that Kochava's SDKs make: `KA…`, `KI…`.
fn is_kochavas(value: &Value<'_>) -> bool {
    matches!(value, Value::String(text) if {
        let mut letters = text.chars();
        letters.next() == Some('K') && letters.next().is_some_and(|next| next.is_ascii_uppercase())
    })
}

/// Whether a value shows by its shape alone what it is, whatever its name: an address, a browser's
/// or a system's user agent.
fn is_shaped(look: &Look, value: &Value<'_>) -> bool {
    let Value::String(text) = value else {
        return false;
    };
    let text = text.decode();
    match look.field {
        MappedField::Attribute(Attribute::OriginationIp) => find_address(&text).is_some(),
        MappedField::Attribute(Attribute::DeviceUa) => {
            text.starts_with("Mozilla/")
                || text.starts_with("Dalvik/")
                || text.contains("CFNetwork/")
        }
        _ => false,
    }
}

/// The platform of an event: where the mapping reads it, otherwise where it looks like one.
pub(in crate::plan) fn platform_at(plan: &SourcePlan, event: &Event<'_>) -> Option<Platform> {
    let words = event.schema.platforms;
    let mut paths = plan.paths.of(Attribute::Platform).iter();
    let read = paths.find_map(|path| platform_of(&event.at(path)?, words));
    with_maker(event, read.or_else(|| guessed_platform(plan, event)))
}

fn guessed_platform(plan: &SourcePlan, event: &Event<'_>) -> Option<Platform> {
    let is_platform = |look: &&Look| look.field == MappedField::Attribute(Attribute::Platform);
    let look = LOOKS.iter().find(is_platform)?;
    let found = candidates(plan, event, &[look], None);
    let best = Path::parse(&found.first()?.first()?.path)?;
    platform_of(&event.at(&best)?, event.schema.platforms)
}

/// Android by Amazon is Fire.
fn with_maker(event: &Event<'_>, platform: Option<Platform>) -> Option<Platform> {
    let makers = event.schema.manufacturers.split_ascii_whitespace();
    let is_amazon = |path| {
        matches!(event.at(&Path::documented(path)), Some(Value::String(maker))
            if maker.decode().trim().eq_ignore_ascii_case("amazon"))
    };
    match platform {
        Some(Platform::Android) if makers.into_iter().any(is_amazon) => Some(Platform::Fire),
        platform => platform,
    }
}
