//! Collects the findings about a body and puts them in the order of the body.

use super::json_type::type_of;
use super::object::{BodyField, Object};
use super::{Finding, TypeMismatch};
use crate::kochava::Rule;
use crate::sorted::sorted_indices;
use alloc::string::String;
use alloc::vec::Vec;
use core::ops::Range;

/// Bytes of pointers for each byte of the body: many faults below a long key would otherwise fill
/// the memory.
const POINTER_BYTES_RATIO: usize = 8;

/// Bytes of pointers that every body may use: the smallest body misses many keys.
const POINTER_BYTES_MIN: usize = 4_096;

/// The position of a finding: a byte of the body, and for missing members that are expected at the
/// same byte their number in the guide's order.
type Position = (usize, usize);

/// The findings so far, in the order in which they were made.
#[derive(Debug)]
pub(super) struct Findings {
    /// `None` where a finding was retracted.
    findings: Vec<Option<(Position, Finding)>>,
    pointer_bytes_left: usize,
}

impl Findings {
    pub(super) fn new(body_bytes: usize) -> Self {
        Findings {
            findings: Vec::new(),
            pointer_bytes_left: POINTER_BYTES_RATIO * body_bytes + POINTER_BYTES_MIN,
        }
    }

    /// Adds a finding about the whole body, however many there are.
    pub(super) fn add_for_body(&mut self, rule: Rule) {
        let finding = Finding {
            rule,
            pointer: String::new(),
            mismatch: None,
        };
        self.findings.push(Some(((0, 0), finding)));
    }

    /// Adds a finding about a field.
    #[inline(never)]
    pub(super) fn add(&mut self, rule: Rule, field: &BodyField<'_, '_>) {
        self.add_at(rule, field.start, &field.pointer());
    }

    /// Adds a finding about the value that begins at byte `start`.
    #[inline(never)]
    pub(super) fn add_at(&mut self, rule: Rule, start: usize, pointer: &str) {
        self.push(rule, (start, 0), pointer, None);
    }

    /// Adds a finding about a field whose value has another type than the `expected` one.
    #[inline(never)]
    pub(super) fn add_mismatch(
        &mut self,
        rule: Rule,
        field: &BodyField<'_, '_>,
        expected: &'static str,
    ) {
        let found = type_of(field.value);
        let mismatch = TypeMismatch { found, expected };
        self.push(rule, (field.start, 0), &field.pointer(), Some(mismatch));
    }

    /// Adds a finding about a missing member. Its position is behind those members that precede it
    /// in the guide's `order`.
    #[inline(never)]
    pub(super) fn add_missing(
        &mut self,
        rule: Rule,
        object: &Object<'_>,
        key: &str,
        order: &[&str],
    ) {
        let preceding = || order.iter().take_while(|other| **other != key);
        let end = preceding()
            .filter_map(|other| object.member(other))
            .map(|member| member.end)
            .max()
            .unwrap_or(object.start + 1);
        let position = (end, 1 + preceding().count());
        self.push(rule, position, &object.pointer_to(key), None);
    }

    #[inline(never)]
    fn push(
        &mut self,
        rule: Rule,
        position: Position,
        pointer: &str,
        mismatch: Option<TypeMismatch>,
    ) {
        let Some(left) = self.pointer_bytes_left.checked_sub(pointer.len() + 1) else {
            return;
        };
        self.pointer_bytes_left = left;
        let finding = Finding {
            rule,
            pointer: String::from(pointer),
            mismatch,
        };
        self.findings.push(Some((position, finding)));
    }

    /// Returns the number of findings so far, which bounds a range for [`Findings::retract`].
    pub(super) fn count(&self) -> usize {
        self.findings.len()
    }

    /// Removes all findings.
    pub(super) fn clear(&mut self) {
        self.findings.clear();
    }

    /// Removes the findings about a value that a later duplicate replaces, except those that keep
    /// PHP from reading the whole body.
    pub(super) fn retract(&mut self, range: Range<usize>) {
        for entry in &mut self.findings[range] {
            if let Some((_, finding)) = entry
                && finding.rule != Rule::LoneSurrogate
            {
                *entry = None;
            }
        }
    }

    /// Returns the findings in the order of the body. [`Rule::ObjectReadsAsList`] is left out where
    /// another rule is broken at the same position.
    pub(super) fn into_sorted(self) -> Vec<Finding> {
        let findings: Vec<_> = self.findings.into_iter().flatten().collect();
        let position = |index: usize| findings[index].0;
        let order = sorted_indices(findings.len(), &|one, other| {
            position(one).cmp(&position(other))
        });
        let is_list = |index: usize| findings[index].1.rule == Rule::ObjectReadsAsList;
        let mut sorted = Vec::with_capacity(findings.len());
        for group in order.chunk_by(|&one, &other| position(one) == position(other)) {
            let has_other = group.iter().any(|&index| !is_list(index));
            let kept = group
                .iter()
                .filter(|&&index| !(has_other && is_list(index)));
            sorted.extend(kept.map(|&index| findings[index].1.clone()));
        }
        sorted
    }
}
