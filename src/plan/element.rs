//! Plans one element of a batch.
//!
//! In: an element and the settings. Out: the element's requests, put into a [`RequestSink`], and an
//! [`ElementOutcome`]. Only requests of an element that is ready stay in the sink.

use super::filter::{self, Decision};
use super::{Context, Fate, Parcel, Planner, Skip};
use crate::kochava::{
    self, Device, Payload, Request, RequestKind, Rule, Severity, TooLarge, TrackDraft, Validated,
    Violation, WrittenBody,
};
use crate::mapping::{Mapper, Scratch, Trace};
use crate::settings::Settings;
use crate::source::{Element, Event, Kind};
use crate::time::Moment;
use alloc::vec::Vec;
use core::mem::take;

/// A [`Fate`] whose requests are in a sink.
pub(super) enum ElementOutcome {
    /// The warnings.
    Ready(Vec<Violation>),
    Skipped(Skip),
    Refused(Vec<Violation>),
}

/// Receives the requests of one element while they are made.
pub(super) trait RequestSink {
    /// How much is in the sink.
    fn mark(&self) -> SinkMark;

    /// Adds a request, whose body was written of this payload.
    ///
    /// # Errors
    /// A body above Kochava's limit.
    fn push(
        &mut self,
        kind: RequestKind,
        payload: &Payload<'_, '_>,
        body: WrittenBody<'_>,
    ) -> Result<(), TooLarge>;

    /// Removes what was added since `mark`.
    fn rollback(&mut self, mark: SinkMark);

    /// Begins a call of this kind; returns whether its bodies are wanted. Where they are not, nothing is
    /// written and nothing pushed.
    fn begin_call(&mut self, _kind: RequestKind) -> bool {
        true
    }

    /// The device of the element, before its calls.
    fn begin(&mut self, _device: &Device<'_>) {}
}

/// How much is in a sink: requests, bytes of their bodies, and bytes of output about them.
#[derive(Clone, Copy)]
pub(super) struct SinkMark {
    pub(super) requests: usize,
    pub(super) body_bytes: usize,
    pub(super) output_bytes: usize,
}

impl Planner {
    /// The fate of one element, with its requests.
    pub(crate) fn fate<'a>(
        &'a self,
        element: &Element<'_, 'a>,
        context: &Context<'_>,
        trace: Option<&mut Trace<'a>>,
        scratch: &mut Scratch<'a>,
    ) -> Fate {
        let mut list = RequestList {
            planner: self,
            requests: Vec::new(),
        };
        match self.plan_element(element, context, trace, scratch, &mut list) {
            ElementOutcome::Ready(warnings) => Fate::Ready(Parcel {
                requests: list.requests,
                warnings,
            }),
            ElementOutcome::Skipped(skip) => Fate::Skipped(skip),
            ElementOutcome::Refused(violations) => Fate::Refused(violations),
        }
    }

    /// Plans one element by all settings; its requests go into `sink`.
    pub(super) fn plan_element<'a>(
        &'a self,
        element: &Element<'_, 'a>,
        context: &Context<'_>,
        trace: Option<&mut Trace<'a>>,
        scratch: &mut Scratch<'a>,
        sink: &mut dyn RequestSink,
    ) -> ElementOutcome {
        self.plan_selected(element, context, trace, scratch, sink, filter::decide)
    }

    /// Plans one element if `decide` lets it through.
    pub(super) fn plan_selected<'a>(
        &'a self,
        element: &Element<'_, 'a>,
        context: &Context<'_>,
        mut trace: Option<&mut Trace<'a>>,
        scratch: &mut Scratch<'a>,
        sink: &mut dyn RequestSink,
        decide: impl FnOnce(&Event<'_>, &Settings) -> Decision,
    ) -> ElementOutcome {
        let event = match element {
            Element::Event(event) => *event,
            Element::NotAnObject => return refused(Rule::NotAnObject),
            Element::NestedTooDeep => return refused(Rule::NestedTooDeep),
            Element::Unrecognized => return refused(Rule::UnrecognizedFormat),
        };
        let plan = self.plan_of(event.schema.source);
        let (is_test, is_install) = match decide(event, &plan.settings) {
            Decision::Skip(skip) => return ElementOutcome::Skipped(skip),
            Decision::Send { .. } if context.is_test && plan.settings.test_app_guid.is_none() => {
                return ElementOutcome::Skipped(Skip::TestTraffic);
            }
            Decision::Send {
                is_test,
                is_install,
            } => (is_test || context.is_test, is_install),
        };
        let mapper = Mapper {
            event,
            settings: &plan.settings,
            paths: &plan.paths,
            is_install,
        };
        let mut device = mapper.device(is_test, trace.as_deref_mut(), scratch);
        sink.begin(&device);
        let outcome = self.plan_calls(mapper, &device, context.received_at, trace, scratch, sink);
        scratch.lists.return_device(&mut device);
        outcome
    }

    fn plan_calls<'a>(
        &self,
        mapper: Mapper<'_, 'a>,
        device: &Device<'a>,
        received_at: Option<Moment>,
        mut trace: Option<&mut Trace<'a>>,
        scratch: &mut Scratch<'a>,
        sink: &mut dyn RequestSink,
    ) -> ElementOutcome {
        let kind = mapper.event.kind;
        let mut warnings = Vec::new();
        if mapper.is_install || kind == Kind::Event {
            let track_draft = mapper.draft_track(device, received_at, trace.as_deref_mut());
            let trace = trace.as_deref_mut();
            let planned = if mapper.is_install {
                self.plan_install(mapper, &track_draft, received_at, trace, scratch, sink)
            } else {
                self.plan_event(mapper, &track_draft, trace, scratch, sink)
            };
            match planned {
                Ok(found) => warnings = found,
                Err(violations) => return ElementOutcome::Refused(violations),
            }
        }
        let Some(identity) = mapper.draft_identity(device, trace, scratch) else {
            return ElementOutcome::Ready(warnings);
        };
        if !identity.data.is_empty() {
            let wire = &self.settings.wire;
            let mut validated = kochava::validate_identity(&identity, wire, &mut scratch.lists);
            match self.write(RequestKind::Identity, &mut validated, scratch, sink) {
                Err(violations) if kind == Kind::User => {
                    return ElementOutcome::Refused(violations);
                }
                // the event itself is sound and is sent without its identity
                Err(violations) => {
                    warnings.extend(violations.into_iter().map(|violation| Violation {
                        rule: Rule::IdentityLeftOut,
                        ..violation
                    }));
                }
                // after an event, the warnings about the device are there already
                Ok(()) if kind == Kind::User => warnings.extend(validated.warnings),
                Ok(()) => {}
            }
        } else if kind == Kind::User {
            return ElementOutcome::Skipped(Skip::IdentityEmpty);
        }
        let is_warning = |note: &Violation| note.rule.severity() == Severity::Warn;
        warnings.extend(identity.notes.into_iter().filter(is_warning));
        scratch.lists.return_data(identity.data);
        ElementOutcome::Ready(warnings)
    }

    /// Plans a post-install event; returns its warnings.
    fn plan_event<'a>(
        &self,
        mapper: Mapper<'_, 'a>,
        track_draft: &TrackDraft<'_, 'a>,
        trace: Option<&mut Trace<'a>>,
        scratch: &mut Scratch<'a>,
        sink: &mut dyn RequestSink,
    ) -> Result<Vec<Violation>, Vec<Violation>> {
        let mut draft = mapper.draft_event(track_draft, trace, scratch);
        let wire = &self.settings.wire;
        let mut validated = kochava::validate_event(&draft, wire, &mut scratch.lists);
        self.write(RequestKind::Event, &mut validated, scratch, sink)?;
        let mut warnings = validated.warnings;
        warnings.append(&mut draft.notes);
        scratch.lists.return_event(&mut draft);
        Ok(warnings)
    }

    /// Plans an install; returns its warnings.
    #[inline(never)]
    fn plan_install<'a>(
        &self,
        mapper: Mapper<'_, 'a>,
        track_draft: &TrackDraft<'_, 'a>,
        received_at: Option<Moment>,
        trace: Option<&mut Trace<'a>>,
        scratch: &mut Scratch<'a>,
        sink: &mut dyn RequestSink,
    ) -> Result<Vec<Violation>, Vec<Violation>> {
        let draft = mapper.draft_install(track_draft, received_at, trace);
        let wire = &self.settings.wire;
        let mut validated = kochava::validate_install(&draft, wire, &mut scratch.lists);
        self.write(RequestKind::Install, &mut validated, scratch, sink)?;
        Ok(validated.warnings)
    }

    /// Puts the requests of a valid call into `sink`, all of them or none.
    fn write<'a>(
        &self,
        kind: RequestKind,
        validated: &mut Validated<'_, 'a>,
        scratch: &mut Scratch<'a>,
        sink: &mut dyn RequestSink,
    ) -> Result<(), Vec<Violation>> {
        let payload = match &mut validated.payload {
            Ok(payload) => payload,
            Err(violations) => return Err(take(violations)),
        };
        let mut is_too_large = false;
        if sink.begin_call(kind) {
            let before = sink.mark();
            kochava::write_payload(payload, &self.settings.wire, &mut scratch.body, |written| {
                is_too_large |= sink.push(kind, payload, written).is_err();
            });
            if is_too_large {
                sink.rollback(before);
            }
        }
        scratch.lists.return_payload(payload);
        if is_too_large {
            return Err([Violation::new(Rule::RequestTooLarge, "")].into());
        }
        Ok(())
    }
}

impl Planner {
    /// The request of a body, signed where the settings have credentials.
    ///
    /// # Errors
    /// A body above Kochava's limit.
    pub(super) fn request(
        &self,
        kind: RequestKind,
        body: WrittenBody<'_>,
    ) -> Result<Request, TooLarge> {
        Request::new(kind, body, &self.endpoint, self.signer.as_ref())
    }
}

fn refused(rule: Rule) -> ElementOutcome {
    ElementOutcome::Refused([Violation::new(rule, "")].into())
}

/// Keeps requests as a list.
struct RequestList<'p> {
    planner: &'p Planner,
    requests: Vec<Request>,
}

impl RequestSink for RequestList<'_> {
    fn mark(&self) -> SinkMark {
        SinkMark {
            requests: self.requests.len(),
            body_bytes: 0,
            output_bytes: 0,
        }
    }

    fn push(
        &mut self,
        kind: RequestKind,
        _payload: &Payload<'_, '_>,
        body: WrittenBody<'_>,
    ) -> Result<(), TooLarge> {
        self.requests.push(self.planner.request(kind, body)?);
        Ok(())
    }

    fn rollback(&mut self, mark: SinkMark) {
        self.requests.truncate(mark.requests);
    }
}
