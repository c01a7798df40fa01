//! Plans for durable delivery: what ingest must know of an event, and the calls of one that waits.
//!
//! [`Planner::decide_element`] decides without writing or signing anything;
//! [`Planner::calls_of_element`] writes and signs, once, when the calls are about to be sent.

use super::element::{ElementOutcome, RequestSink, SinkMark};
use super::filter::decide_waiting;
use super::{Context, Fate, Parcel, Planner, Skip};
use crate::digest::Digest;
use crate::kochava::{
    Coverage, Device, Payload, PlannedCall, Platform, RequestKind, RequestSubject, Route, TooLarge,
    Violation, WrittenBody,
};
use crate::mapping::Scratch;
use crate::source::Element;
use alloc::string::String;
use alloc::vec::Vec;

/// What is to become of an element, decided before its calls are written.
#[derive(Clone, Debug)]
pub enum Verdict {
    /// It is sent.
    Ready,
    /// The settings leave it out.
    Skipped(Skip),
    /// It breaks these rules.
    Refused(Vec<Violation>),
}

/// What is to become of an event that waits.
#[derive(Clone, Debug)]
pub enum WaitingFate {
    /// It is sent with these calls, one after the other.
    Ready(Vec<PlannedCall>),
    /// A switch of the settings is off, for this reason.
    Held(Skip),
    /// There is nothing to send.
    Skipped(Skip),
    /// It breaks these rules.
    Refused(Vec<Violation>),
}

impl From<WaitingFate> for Fate {
    /// The fate as an operator sees it, without warnings.
    fn from(fate: WaitingFate) -> Self {
        match fate {
            WaitingFate::Ready(calls) => Fate::Ready(Parcel {
                requests: calls.into_iter().map(|call| call.request).collect(),
                warnings: Vec::new(),
            }),
            WaitingFate::Held(skip) | WaitingFate::Skipped(skip) => Fate::Skipped(skip),
            WaitingFate::Refused(violations) => Fate::Refused(violations),
        }
    }
}

impl Planner {
    /// Decides about an element; returns the kind of its first call and the digest of its Kochava
    /// device id as well, where it has them. A body above Kochava's limit is noticed only when it is
    /// written.
    pub(crate) fn decide_element<'a>(
        &'a self,
        element: &Element<'_, 'a>,
        context: &Context<'_>,
        scratch: &mut Scratch<'a>,
    ) -> (Verdict, FirstCall) {
        let mut sink = FirstCall::default();
        let verdict = match self.plan_element(element, context, None, scratch, &mut sink) {
            ElementOutcome::Ready(_) => Verdict::Ready,
            ElementOutcome::Skipped(skip) => Verdict::Skipped(skip),
            ElementOutcome::Refused(violations) => Verdict::Refused(violations),
        };
        (verdict, sink)
    }

    /// Plans an element that was selected when it arrived and waits since; returns the App GUID of one
    /// that breaks rules as well.
    pub(crate) fn calls_of_element<'a>(
        &'a self,
        element: &Element<'_, 'a>,
        context: &Context<'_>,
        scratch: &mut Scratch<'a>,
    ) -> (WaitingFate, Option<String>) {
        let mut sink = CallList {
            planner: self,
            calls: Vec::new(),
            device: Coverage::default(),
            platform: None,
        };
        let outcome =
            self.plan_selected(element, context, None, scratch, &mut sink, decide_waiting);
        let fate = match outcome {
            ElementOutcome::Ready(_) => WaitingFate::Ready(sink.calls),
            ElementOutcome::Skipped(skip) if skip.is_switch() => WaitingFate::Held(skip),
            ElementOutcome::Skipped(skip) => WaitingFate::Skipped(skip),
            ElementOutcome::Refused(violations) => {
                return (WaitingFate::Refused(violations), sink.app());
            }
        };
        (fate, None)
    }
}

/// What is kept of an element whose calls are not written.
#[derive(Default)]
pub(crate) struct FirstCall {
    /// The kind of its first call.
    pub(crate) kind: Option<RequestKind>,
    /// The digest of its Kochava device id.
    pub(crate) device: Option<Digest>,
}

impl RequestSink for FirstCall {
    fn mark(&self) -> SinkMark {
        SinkMark {
            requests: 0,
            body_bytes: 0,
            output_bytes: 0,
        }
    }

    fn push(
        &mut self,
        _kind: RequestKind,
        _payload: &Payload<'_, '_>,
        _body: WrittenBody<'_>,
    ) -> Result<(), TooLarge> {
        Ok(())
    }

    fn rollback(&mut self, _mark: SinkMark) {}

    fn begin_call(&mut self, kind: RequestKind) -> bool {
        self.kind.get_or_insert(kind);
        false
    }

    fn begin(&mut self, device: &Device<'_>) {
        self.device = device
            .kochava_device_id
            .value()
            .filter(|id| !id.is_empty())
            .map(|id| Digest::of(&["kochava device", id]));
    }
}

/// Keeps the calls with what durable delivery must know of each.
struct CallList<'p> {
    planner: &'p Planner,
    calls: Vec<PlannedCall>,
    /// What is known of the element's device.
    device: Coverage,
    /// Its platform, and whether it is a device of test traffic.
    platform: Option<(Platform, bool)>,
}

impl CallList<'_> {
    fn app(&self) -> Option<String> {
        let (platform, is_test) = self.platform?;
        let settings = &self.planner.settings;
        let apps = if is_test {
            settings.test_app_guid.as_ref()?
        } else {
            &settings.app_guid
        };
        apps.of(platform).map(|app| app.as_str().into())
    }
}

impl RequestSink for CallList<'_> {
    fn mark(&self) -> SinkMark {
        SinkMark {
            requests: self.calls.len(),
            body_bytes: 0,
            output_bytes: 0,
        }
    }

    fn push(
        &mut self,
        kind: RequestKind,
        payload: &Payload<'_, '_>,
        body: WrittenBody<'_>,
    ) -> Result<(), TooLarge> {
        let route = Route::of(kind, payload);
        let subject = RequestSubject::of(payload, &body);
        let coverage = self.device.with(payload);
        let request = self.planner.request(kind, body)?;
        self.calls.push(PlannedCall {
            request,
            route,
            subject,
            coverage,
        });
        Ok(())
    }

    fn rollback(&mut self, mark: SinkMark) {
        self.calls.truncate(mark.requests);
    }

    fn begin(&mut self, device: &Device<'_>) {
        self.device = Coverage::of_device(device);
        // an App GUID is text, and is copied for events that break rules alone
        let own = self.planner.settings.app_guid.of(device.platform);
        self.platform = Some((device.platform, device.app_guid != own));
    }
}
