//! Says what would help an event that is refused, skipped, or sent with a warning.
//!
//! In: a body and the fates of its elements. Out: for each broken rule and each skip an [`Advice`]:
//! the settings that decide it, the paths of this event that look right, and the change of the
//! settings that would have the event sent. Planning knows nothing of it; only an explanation asks.

mod candidates;
mod leaves;
mod looks;
mod rules;
mod skips;
mod words;
mod write;

use super::{Context, Fate, Planner, Skip};
use crate::kochava::{Rule, Violation};
use crate::mapping::MappedField;
use crate::settings::{Revenue, Settings};
use crate::source::{Element, Event, Path, ShapeCache, Unreadable, utf8_body};
use alloc::borrow::Cow;
use alloc::string::String;
use alloc::vec::Vec;

pub(super) use candidates::{Match, Rank, candidates, documented, looks_for, platform_at};
pub(super) use looks::{LOOKS, Look};
pub use write::write_advice;
pub(super) use write::{write_candidate, write_paths, write_strings};

/// What would help an event.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Advice {
    /// The code of the rule or of the skip.
    pub code: &'static str,
    /// The paths of the settings that decide it, the likeliest first; none where only the sender or
    /// the app can help.
    pub settings: Vec<Cow<'static, str>>,
    /// The paths of this event that look right for one of the settings, the best first.
    pub candidates: Vec<Candidate>,
    /// The position of the block that comes nearest to selecting the event, or that makes it a test.
    pub block: Option<usize>,
    /// The change of the settings that has the event sent; none where a person has to decide.
    pub patch: Vec<SettingChange>,
}

/// A path of an event that looks right for a setting.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Candidate {
    /// The path of the setting.
    pub setting: &'static str,
    /// The path in the event.
    pub path: String,
    /// What stands there.
    pub why: Cow<'static, str>,
    /// The kind of value: `ip`, `uuid`, `time`.
    pub kind: &'static str,
    /// Whether name and value leave no doubt.
    pub is_certain: bool,
    /// The paths that the setting needs so that this one is tried after those that are there.
    pub value: Vec<String>,
}

/// A change of the settings.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SettingChange {
    /// The path: dotted, with `[0]` for elements; one behind the last element appends.
    pub path: String,
    /// The new value, as JSON.
    pub value: String,
}

/// Advises about events under one set of settings: a planner that lists all members of an event,
/// which planning does not need.
#[derive(Clone, Debug)]
pub struct Advisor {
    planner: Planner,
}

impl Advisor {
    /// Prepares to advise under these settings.
    #[must_use]
    pub fn new(settings: Settings) -> Self {
        Advisor {
            planner: Planner::listing(settings),
        }
    }

    /// The advice about each fate of a body: one for a skip, one for each broken rule of a refused
    /// event, one for each warning of an event that is sent.
    ///
    /// # Errors
    /// As [`Planner::plan`].
    ///
    /// # Example
    /// ```
    /// # use kochava_edge::{Advisor, Context, Planner, Settings};
    /// let settings = r#"{"app_guid":"koexample","mapping":{"kochava_device_id":"kd","origination_ip":"ip_address","idfv":"idfv"}}"#;
    /// let event = br#"{"event_type":"Level Up","time":1767225600000,"kd":"KI-1","client_ip":"203.0.113.9"}"#;
    /// let planner = Planner::new(Settings::read(settings).unwrap());
    /// let fates = planner.plan(event, &Context::default()).unwrap().fates;
    /// let advisor = Advisor::new(planner.settings().clone());
    /// let advice = advisor.advise(event, &Context::default(), &fates).unwrap();
    /// assert_eq!(advice[0][0].settings, ["mapping.origination_ip"]);
    /// assert_eq!(advice[0][0].candidates[0].path, "client_ip");
    /// assert_eq!(advice[0][0].candidates[0].value, ["ip_address", "client_ip"]);
    /// ```
    pub fn advise<'f>(
        &self,
        body: &[u8],
        context: &Context<'_>,
        fates: impl IntoIterator<Item = &'f Fate>,
    ) -> Result<Vec<Vec<Advice>>, Unreadable> {
        let mut fates = fates.into_iter();
        let mut shapes = ShapeCache::default();
        self.planner
            .each_element(utf8_body(body)?, context, &mut shapes, |element, _, _| {
                let advice = fates.next().map(|fate| self.about(element, fate));
                (advice.unwrap_or_default(), super::PlanSize::default())
            })
    }

    fn about(&self, element: &Element<'_, '_>, fate: &Fate) -> Vec<Advice> {
        let violations = match fate {
            Fate::Ready(parcel) => &parcel.warnings,
            Fate::Refused(violations) => violations,
            Fate::Skipped(skip) => return Vec::from([self.about_skip(element, *skip)]),
        };
        let about = violations
            .iter()
            .map(|violation| self.about_violation(element, violation));
        about.collect()
    }

    fn about_skip(&self, element: &Element<'_, '_>, skip: Skip) -> Advice {
        let Element::Event(event) = element else {
            return Advice::default();
        };
        let settings = &self.planner.plan_of(event.schema.source).settings;
        let mut advice = skips::about(skip, event, settings);
        if skip == Skip::IdentityEmpty {
            advice.candidates = self.candidates_for(event, &["mapping.user_id"]);
        }
        advice
    }

    fn about_violation(&self, element: &Element<'_, '_>, violation: &Violation) -> Advice {
        let code = violation.rule.code();
        let Element::Event(event) = element else {
            let settings = rules::settings_of(violation, None);
            return Advice {
                code,
                settings: settings.into_iter().map(Cow::Owned).collect(),
                ..Advice::default()
            };
        };
        let plan = self.planner.plan_of(event.schema.source);
        let platform = platform_at(plan, event);
        let mut settings = rules::settings_of(violation, platform);
        if violation.rule == Rule::EventNameMissing && !event.name_path.is_empty() {
            settings.clear();
        }
        if violation.rule == Rule::AppGuidMissing && skips::is_test(event, &plan.settings) {
            settings = Vec::from([String::from("test_app_guid")]);
        }
        let names: Vec<&str> = settings.iter().map(String::as_str).collect();
        let candidates = self.candidates_for(event, &names);
        let patch = match violation.rule {
            Rule::EventNameNearStandard => skips::standard_name(event, &plan.settings),
            _ => Vec::new(),
        };
        Advice {
            code,
            candidates,
            patch,
            settings: settings.into_iter().map(Cow::Owned).collect(),
            block: None,
        }
    }

    /// The candidates for some settings in an event, apart from paths that they have already.
    fn candidates_for(&self, event: &Event<'_>, settings: &[&str]) -> Vec<Candidate> {
        let plan = self.planner.plan_of(event.schema.source);
        let is_named = |look: &&'static Look| {
            settings.iter().any(|setting| {
                look.setting == *setting
                    || (*setting == "mapping.custom_ids"
                        && matches!(look.field, MappedField::CustomId(_)))
            })
        };
        let looks: Vec<_> = looks_for(event).filter(is_named).collect();
        if looks.is_empty() {
            return Vec::new();
        }
        let platform = platform_at(plan, event);
        let mut all = Vec::new();
        for (look, matches) in looks.iter().zip(candidates(plan, event, &looks, platform)) {
            let tried = match mapped_paths(&self.planner.settings, look.field) {
                Some(paths) => texts(paths),
                None => texts(&documented(plan, event, look.field)),
            };
            for found in matches {
                if tried.contains(&found.path) {
                    continue;
                }
                let mut value = tried.clone();
                value.push(found.path.clone());
                all.push(candidate(look, found, value));
            }
        }
        all.sort_by_key(|candidate| !candidate.is_certain);
        all
    }
}

/// A match as a candidate for the setting of its row; `value` are the paths that the setting needs.
pub(super) fn candidate(look: &'static Look, found: Match, value: Vec<String>) -> Candidate {
    Candidate {
        setting: look.setting,
        path: found.path,
        why: found.why,
        kind: look.kind,
        is_certain: found.rank.is_certain(),
        value,
    }
}

/// The paths that the settings map a field to, if they map it.
pub(super) fn mapped_paths(settings: &Settings, field: MappedField) -> Option<&[Path]> {
    match field {
        MappedField::Attribute(attribute) => settings.mapping.paths(attribute),
        MappedField::EventName => Some(&*settings.mapping.event_name),
        MappedField::CustomId(name) => {
            let mut ids = settings.mapping.custom_ids.iter();
            ids.find(|(key, _)| key == name)
                .map(|(_, paths)| paths.as_slice())
        }
        MappedField::Amount | MappedField::Currency => match &settings.events.revenue {
            Revenue::Documented => None,
            Revenue::Mapped { from, .. } if field == MappedField::Amount => Some(from.as_slice()),
            Revenue::Mapped { currency, .. } => Some(currency.as_slice()),
        },
    }
    .filter(|paths| !paths.is_empty())
}

/// The paths as they are written.
pub(super) fn texts(paths: &[Path]) -> Vec<String> {
    paths.iter().map(|path| path.as_str().into()).collect()
}
