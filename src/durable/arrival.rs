//! An element of a body as it arrives: the decision about it, and the digests by which durable
//! delivery recognises the event and its device.

use crate::digest::Digest;
use crate::durable::Counters;
use crate::kochava::RequestKind;
use crate::plan::{Context, PlanSize, Planner, Skip, Verdict};
use crate::source::{Element, Event, ShapeCache, Source, Unreadable, utf8_body, without_sdk_keys};
use alloc::borrow::Cow;
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
    /// The sender of what an envelope carries, mostly that of the element itself; `None` where it
    /// has the shape of no sender.
    pub inner: Option<Source>,
    /// Whether the settings do not take events of its sender.
    pub is_foreign: bool,
    /// Its text as strict JSON, where the part of the body at `at` is none, or does not mean the same
    /// alone: a wrapper or the connection is part of it.
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
    /// The kind of its first call, if it is to be sent.
    pub first_kind: Option<RequestKind>,
}

/// The elements of a body as they arrive.
#[derive(Clone, Debug)]
pub struct Arrivals<'b> {
    /// In the body's order.
    pub elements: Vec<Arrival>,
    /// Some of the events that the settings leave out, for an operator who watches.
    pub(super) skipped: Counters,
    body: &'b str,
}

impl Planner {
    /// Decides about every element of a body, without writing or signing a call.
    ///
    /// # Errors
    /// As [`Planner::plan`].
    pub fn decide<'b>(
        &self,
        body: &'b [u8],
        context: &Context<'_>,
        shapes: &mut ShapeCache,
    ) -> Result<Arrivals<'b>, Unreadable> {
        let body = utf8_body(body)?;
        let mut skipped = Counters::default();
        let elements = self.each_element(body, context, shapes, |element, at, scratch| {
            let (verdict, first) = self.decide_element(element, context, scratch);
            // what another sync may take has no name here
            if let (Verdict::Skipped(skip), Element::Event(event)) = (&verdict, element)
                && *skip != Skip::SourceNotSelected
                && let Some(name) = event.name
            {
                skipped.count_skip_of(*skip, &name.decode());
            }
            let names = EventNames::of(element);
            let inner = match element {
                Element::Event(event) => Some(event.schema.source),
                _ => None,
            };
            let size = match &verdict {
                Verdict::Refused(violations) => PlanSize::of_violations(violations),
                Verdict::Ready | Verdict::Skipped(_) => PlanSize::default(),
            };
            let arrival = Arrival {
                text: match (element, &verdict) {
                    (_, Verdict::Skipped(_)) => None,
                    (Element::Event(event), _) if event.stands_alone() => None,
                    (Element::Event(event), _) => Some(event.standalone(&body[at.clone()])),
                    (Element::NestedTooDeep, _) => {
                        without_sdk_keys(&body[at.clone()], Source::AmplitudeHttp)
                    }
                    _ => without_sdk_keys(&body[at.clone()], Source::Generic),
                },
                source: names.source.or(context.source).unwrap_or_default(),
                inner,
                is_foreign: match &verdict {
                    Verdict::Skipped(skip) => *skip == Skip::SourceNotSelected,
                    Verdict::Refused(_) if inner.is_none() => {
                        let sources = self.settings().sources.as_ref();
                        let is_named = |source| sources.is_none_or(|named| named.contains(&source));
                        !context.source.map_or(sources.is_none(), is_named)
                    }
                    Verdict::Ready | Verdict::Refused(_) => false,
                },
                verdict,
                at,
                of_users: names.of_users,
                key: names.key,
                ordering_key: names.ordering_key,
                device: first.device,
                first_kind: first.kind,
            };
            (arrival, size)
        })?;
        Ok(Arrivals {
            elements,
            skipped,
            body,
        })
    }
}

impl Arrival {
    /// Returns whether a sync that names these senders may take it; one without a list takes all.
    #[must_use]
    pub fn may_be_of(&self, sources: Option<&[Source]>) -> bool {
        let inner = self.inner;
        sources.is_none_or(|named| {
            inner.is_none_or(|inner| named.contains(&inner) || named.contains(&self.source))
        })
    }
}

impl<'b> Arrivals<'b> {
    /// Takes the text of an element as strict JSON.
    pub(super) fn take_text(&mut self, index: usize) -> Cow<'b, str> {
        let arrival = &mut self.elements[index];
        match arrival.text.take() {
            Some(text) => Cow::Owned(text),
            None => Cow::Borrowed(&self.body[arrival.at.clone()]),
        }
    }
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
