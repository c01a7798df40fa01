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

use super::{Context, Fate, PlanSize, Planner, Skip, SourcePlan};
use crate::kochava::{Rule, Violation};
use crate::mapping::MappedField;
use crate::settings::{Revenue, Settings};
use crate::source::{Element, Event, FieldIndex, Path, ShapeCache, Unreadable, utf8_body};
use alloc::borrow::Cow;
use alloc::string::String;
use alloc::vec::Vec;

pub use candidates::Candidate;
pub(super) use candidates::{append_candidates, concerns, documented, platform_at};
pub(super) use looks::{LOOKS, Look};
pub use write::write_advice;
pub(super) use write::{put, write_candidates, write_member, write_paths};

/// What would help an event.
#[derive(Clone, Debug, Default)]
pub struct Advice {
    /// The code of the rule or of the skip.
    pub code: &'static str,
    /// The paths of the settings that decide it, separated by blanks, the likeliest first; none
    /// where only the sender or the app can help.
    pub settings: Cow<'static, str>,
    /// The paths of this event that look right for one of the settings, the best first.
    pub candidates: Vec<Candidate>,
    /// The position of the block that comes nearest to selecting the event, or that makes it a test.
    pub block: Option<usize>,
    /// The change of the settings that has the event sent; none where a person has to decide.
    pub patch: Vec<SettingChange>,
}

/// A change of the settings.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SettingChange {
    /// The path: dotted, with `[0]` for elements; one behind the last element appends.
    pub path: String,
    /// The new value, as JSON.
    pub value: String,
}

impl Planner {
    /// The advice about each fate of a body: one for a skip, one for each broken rule of a refused
    /// event, one for each warning of an event that is sent.
    ///
    /// # Errors
    /// As [`Planner::plan`].
    ///
    /// # Example
    /// ```
    /// # use kochava_edge::{Context, Planner, Settings};
    /// let settings = r#"{"app_guid":"koexample","mapping":{"kochava_device_id":"kd","origination_ip":"ip_address","idfv":"idfv"}}"#;
    /// let event = br#"{"event_type":"Level Up","time":1767225600000,"kd":"KI-1","client_ip":"203.0.113.9"}"#;
    /// let planner = Planner::new(Settings::read(settings).unwrap());
    /// let fates = planner.plan(event, &Context::default()).unwrap().fates;
    /// let advice = planner.advise(event, &Context::default(), &mut fates.iter()).unwrap();
    /// assert_eq!(advice[0][0].settings, "mapping.origination_ip");
    /// assert_eq!(advice[0][0].candidates[0].path, "client_ip");
    /// assert_eq!(advice[0][0].candidates[0].value, ["ip_address", "client_ip"]);
    /// ```
    pub fn advise(
        &self,
        body: &[u8],
        context: &Context<'_>,
        fates: &mut dyn Iterator<Item = &Fate>,
    ) -> Result<Vec<Vec<Advice>>, Unreadable> {
        let mut all = Vec::new();
        self.each_listed(utf8_body(body)?, context, &mut |element| {
            let mut advice = Vec::new();
            if let Some(fate) = fates.next() {
                self.append_advice(&mut advice, element, fate);
            }
            all.push(advice);
        })?;
        Ok(all)
    }

    /// Calls `each` with every element of a body; the members of an event are listed, whatever is
    /// looked up, and an object of no known shape is an event.
    pub(super) fn each_listed<'a>(
        &self,
        body: &'a str,
        context: &Context<'a>,
        each: &mut dyn FnMut(&Element<'_, 'a>),
    ) -> Result<(), Unreadable> {
        let fields = self.fields.iter().map(FieldIndex::listing).collect();
        let mut shapes = ShapeCache::default();
        let mut batch = super::batch_over(&fields, true, context, &mut shapes);
        super::plan_batch(&mut batch, body, None, &mut |element, _, _| {
            each(element);
            PlanSize::default()
        })
    }

    fn append_advice(&self, all: &mut Vec<Advice>, element: &Element<'_, '_>, fate: &Fate) {
        let (skip, violations): (_, &[Violation]) = match fate {
            Fate::Ready(parcel) => (None, &parcel.warnings),
            Fate::Refused(violations) => (None, violations),
            Fate::Skipped(skip) => (Some(*skip), &[]),
        };
        let Element::Event(event) = element else {
            all.extend(violations.iter().map(|violation| Advice {
                code: violation.rule.code(),
                settings: rules::settings_of(violation, None),
                ..Advice::default()
            }));
            return;
        };
        let plan = self.plan_of(event.schema.source);
        if let Some(skip) = skip {
            let mut advice = skips::about(skip, event, &plan.settings);
            if skip == Skip::IdentityEmpty {
                advice.candidates = self.candidates_for(plan, event, "mapping.user_id");
            }
            all.push(advice);
        }
        for violation in violations {
            all.push(self.about_violation(plan, event, violation));
        }
    }

    fn about_violation(
        &self,
        plan: &SourcePlan,
        event: &Event<'_>,
        violation: &Violation,
    ) -> Advice {
        let settings = match violation.rule {
            // most senders have a name of their own
            Rule::EventNameMissing if !event.name_path.is_empty() => Cow::Borrowed(""),
            Rule::AppGuidMissing if skips::is_test(event, &plan.settings) => {
                Cow::Borrowed("test_app_guid")
            }
            _ => rules::settings_of(violation, platform_at(plan, event)),
        };
        Advice {
            code: violation.rule.code(),
            candidates: self.candidates_for(plan, event, &settings),
            patch: match violation.rule {
                Rule::EventNameNearStandard => skips::standard_name(event, &plan.settings),
                _ => Vec::new(),
            },
            settings,
            block: None,
        }
    }

    /// The candidates for some settings in an event, apart from paths that they have already;
    /// certain ones first.
    fn candidates_for(
        &self,
        plan: &SourcePlan,
        event: &Event<'_>,
        settings: &str,
    ) -> Vec<Candidate> {
        let (mut certain, mut others) = (Vec::new(), Vec::new());
        for look in LOOKS.iter().filter(|look| concerns(look, event)) {
            let is_own = |setting: &str| {
                look.setting == setting
                    || (setting == "mapping.custom_ids" && look.setting.starts_with(setting))
            };
            if words::position(settings, &is_own).is_none() {
                continue;
            }
            let mut found = Vec::new();
            append_candidates(&mut found, plan, event, look, platform_at(plan, event));
            let tried = match mapped_paths(&self.settings, look.field) {
                Some(paths) => texts(paths),
                None => texts(&documented(plan, event, look.field)),
            };
            for mut candidate in found {
                if tried.contains(&candidate.path) {
                    continue;
                }
                append_clones(&mut candidate.value, &tried);
                candidate.value.push(candidate.path.clone());
                let list = if candidate.is_certain() {
                    &mut certain
                } else {
                    &mut others
                };
                list.push(candidate);
            }
        }
        certain.append(&mut others);
        certain
    }
}

/// The paths that the settings map a field to, if they map it.
#[inline(never)]
pub(super) fn mapped_paths(settings: &Settings, field: MappedField) -> Option<&[Path]> {
    let paths = match field {
        MappedField::Attribute(attribute) => settings.mapping.paths(attribute)?,
        MappedField::EventName => &settings.mapping.event_name,
        MappedField::CustomId(name) => {
            let mut ids = settings.mapping.custom_ids.iter();
            &ids.find(|(key, _)| key == name)?.1
        }
        MappedField::Amount | MappedField::Currency => match &settings.events.revenue {
            Revenue::Documented => return None,
            Revenue::Mapped { from, .. } if field == MappedField::Amount => from,
            Revenue::Mapped { currency, .. } => currency,
        },
    };
    (!paths.is_empty()).then_some(paths)
}

/// Appends copies of paths.
#[inline(never)]
pub(super) fn append_clones(to: &mut Vec<String>, paths: &[String]) {
    to.extend_from_slice(paths);
}

/// The paths as they are written.
#[inline(never)]
pub(super) fn texts(paths: &[Path]) -> Vec<String> {
    paths.iter().map(|path| path.as_str().into()).collect()
}
