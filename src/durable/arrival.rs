//! An element of a body as it arrives: the decision about it, and the digests by which durable
//! delivery recognises the event and its device.

use crate::digest::Digest;
use crate::plan::{Context, PlanSize, Planner, Verdict};
use crate::source::{Element, Event, ShapeCache, Source, Unreadable};
use alloc::string::String;
use alloc::vec::Vec;
use core::ops::Range;

/// One element of a body, decided about but not written.
#[derive(Clone, Debug)]
pub struct Arrival {
    /// What is to become of it.
    pub verdict: Verdict,
    /// Its place, in bytes from the beginning of the body.
    pub at: Range<usize>,
    /// Its sender.
    pub source: Source,
    /// Its text, where the part of the body at `at` does not mean the same alone: a wrapper or the
    /// connection is part of it.
    pub text: Option<String>,
    /// Whether its place in the body makes it a user.
    pub of_users: bool,
    /// Its dedupe key: the digest of its device with the id that its sender gives it. `None` where
    /// it has no id; two such events are never duplicates, even if equal.
    pub key: Option<Digest>,
    /// The digest of its device, as its sender identifies devices; events of one keep their order.
    pub ordering_key: Option<Digest>,
    /// The digest of its Kochava device id; what is known of a device lies in one shard.
    pub device: Option<Digest>,
}

impl Planner {
    /// Decides about every element of a body, without writing or signing a call.
    ///
    /// # Errors
    /// As [`Planner::plan`].
    pub fn decide(
        &self,
        body: &[u8],
        context: &Context<'_>,
        shapes: &mut ShapeCache,
    ) -> Result<Vec<Arrival>, Unreadable> {
        self.each_element(body, context, shapes, |element, at, scratch| {
            let (verdict, device) = self.decide_element(element, context, scratch);
            let names = EventNames::of(element);
            let size = match &verdict {
                Verdict::Refused(violations) => PlanSize::of_violations(violations),
                Verdict::Ready | Verdict::Skipped(_) => PlanSize::default(),
            };
            let arrival = Arrival {
                text: match (element, &verdict) {
                    (Element::Event(event), Verdict::Ready | Verdict::Refused(_))
                        if !event.stands_alone() =>
                    {
                        text_at(body, &at).map(|text| event.standalone(text))
                    }
                    _ => None,
                },
                source: names.source.or(context.source).unwrap_or_default(),
                verdict,
                at,
                of_users: names.of_users,
                key: names.key,
                ordering_key: names.ordering_key,
                device,
            };
            (arrival, size)
        })
    }
}

/// The text of an element, whose body was found to be UTF-8.
fn text_at<'b>(body: &'b [u8], at: &Range<usize>) -> Option<&'b str> {
    core::str::from_utf8(body.get(at.clone())?).ok()
}

/// The digests that name an event and its device.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct EventNames {
    pub(super) source: Option<Source>,
    pub(super) of_users: bool,
    pub(super) key: Option<Digest>,
    pub(super) ordering_key: Option<Digest>,
}

impl EventNames {
    pub(super) fn of(element: &Element<'_, '_>) -> Self {
        let Element::Event(event) = element else {
            return EventNames::default();
        };
        let device = event.device();
        let id = Event::id(event);
        EventNames {
            source: Some(event.source()),
            of_users: event.is_in_users,
            key: id.map(|id| {
                let scope = event.id_scope();
                Digest::of(&["event", scope.as_deref().unwrap_or_default(), &id])
            }),
            ordering_key: device.map(|device| Digest::of(&["device", &device])),
        }
    }
}
