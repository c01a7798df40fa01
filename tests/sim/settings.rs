//! Which settings hold when.

use super::fault_plan::{Scenario, SettingsPhase};
use kochava_edge::{Digest, Planner, Settings};
use std::rc::Rc;

/// The planners of a world's settings, and the times from which they hold.
#[derive(Debug)]
pub(crate) struct SettingsPlan {
    variants: Vec<(String, Rc<Planner>)>,
    /// The beginning of each phase, with the number of its settings; `None` while they are faulty.
    phases: Vec<(i64, Option<usize>)>,
}

/// The settings that hold at a time.
#[derive(Clone, Debug)]
pub(crate) struct CurrentSettings {
    /// Their number.
    pub(crate) number: usize,
    pub(crate) planner: Rc<Planner>,
    pub(crate) digest: Digest,
}

impl SettingsPlan {
    pub(crate) fn new(scenario: &Scenario) -> Self {
        let mut variants: Vec<(String, Rc<Planner>)> = Vec::new();
        let mut phases = Vec::new();
        for SettingsPhase { from, settings } in &scenario.phases {
            let number = settings.as_ref().map(|text| {
                let known = variants.iter().position(|(known, _)| known == text);
                known.unwrap_or_else(|| {
                    let read = Settings::read(text).unwrap_or_else(|faults| panic!("{faults:?}"));
                    variants.push((text.clone(), Rc::new(Planner::new(read))));
                    variants.len() - 1
                })
            });
            phases.push((*from, number));
        }
        SettingsPlan { variants, phases }
    }

    pub(crate) fn planners(&self) -> impl Iterator<Item = &Planner> {
        self.variants.iter().map(|(_, planner)| planner.as_ref())
    }

    /// Returns the settings that hold; `None` while they are faulty.
    pub(crate) fn at(&self, now: i64) -> Option<CurrentSettings> {
        let phase = self.phases.iter().rev().find(|(from, _)| *from <= now);
        let number = phase.and_then(|(_, number)| *number)?;
        Some(self.of(number))
    }

    /// Returns the settings that hold first.
    pub(crate) fn usual(&self) -> CurrentSettings {
        self.of(0)
    }

    pub(crate) fn has_phases(&self) -> bool {
        self.phases.len() > 1
    }

    /// Returns how long other settings than the usual ones held within this time.
    pub(crate) fn unusual_within(&self, from: i64, until: i64) -> i64 {
        let ends = self.phases.iter().skip(1).map(|(end, _)| *end);
        self.phases
            .iter()
            .zip(ends.chain([i64::MAX]))
            .filter(|((_, number), _)| *number != Some(0))
            .map(|((begins, _), ends)| (ends.min(until) - (*begins).max(from)).max(0))
            .sum()
    }

    fn of(&self, number: usize) -> CurrentSettings {
        let (text, planner) = &self.variants[number];
        CurrentSettings {
            number,
            planner: Rc::clone(planner),
            digest: Digest::of(&["settings", text]),
        }
    }
}
