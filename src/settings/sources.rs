//! `sources`: the senders whose events are taken.

use super::faults::Faults;
use super::setting::Setting;
use crate::source::Source;
use alloc::vec::Vec;

/// Reads the senders; `None` where all are meant. Of a faulty list there are none, so that nothing is
/// demanded for senders that are not meant.
pub(super) fn read(faults: &mut Faults, setting: &Setting<'_, '_>) -> Option<Vec<Source>> {
    let known: Vec<_> = Source::ALL
        .iter()
        .map(|source| (source.name(), Some(*source)))
        .collect();
    if setting.is_absent() {
        return None;
    }
    let elements = faults.list(setting, false).unwrap_or_default();
    let sources = elements
        .iter()
        .filter_map(|element| faults.choice(element, &known, None));
    Some(sources.collect())
}
