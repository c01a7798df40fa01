//! `sources`: the senders whose events are taken.

use super::faults::Faults;
use super::setting::Setting;
use crate::source::Source;
use alloc::vec::Vec;

/// Reads the senders; `None` where all are meant.
pub(super) fn read(faults: &mut Faults, setting: &Setting<'_>) -> Option<Vec<Source>> {
    let known: Vec<_> = Source::ALL
        .iter()
        .map(|source| (source.name(), *source))
        .collect();
    let elements = faults.list(setting, false)?;
    let sources = elements
        .iter()
        .map(|element| faults.choice(element, &known, Source::default()));
    Some(sources.collect())
}
