//! What is kept of the shapes of events between two batches.
//!
//! In: the objects of the last event of each sender. Out: the shapes that their next ones are
//! expected to have.

use super::{Event, Source};
use crate::json::ExpectedShape;
use alloc::vec::Vec;

/// The order of keys in the events of earlier batches, by which keys of the next one are predicted.
/// It changes how fast a batch is read, never what is read. It belongs to one planner.
#[derive(Clone, Debug, Default)]
pub struct ShapeCache {
    /// The sender of the last event.
    pub(super) latest: Source,
    /// The shapes of each object of an event, by sender.
    of_source: Vec<Vec<ExpectedShape>>,
}

impl ShapeCache {
    /// Exchanges the expected shapes of an event's objects with those of its sender.
    pub(super) fn swap(&mut self, event: &mut Event<'_>) {
        let number = event.schema.source as usize;
        if self.of_source.len() <= number {
            self.of_source.resize_with(number + 1, Vec::new);
        }
        let shapes = &mut self.of_source[number];
        shapes.resize_with(3 + event.objects.len(), ExpectedShape::default);
        for (members, shape) in event.each_object().zip(shapes) {
            core::mem::swap(members.shape_mut(), shape);
        }
    }
}
