//! The request that opens a wave.

use super::{Journal, JournalRow, JournalState, JournalWrite};
use crate::delivery::{Breaker, Permit};
use crate::digest::Digest;
use crate::kochava::Route;
use crate::sorted::SortedSet;
use crate::time::Moment;
use alloc::vec::Vec;
use serde::{Deserialize, Serialize};

/// What a consumer asks before it sends anything.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct BeginRequest {
    /// The messages of the wave.
    pub messages: Vec<BeginMessage>,
    /// The routes of their calls.
    #[serde(skip_serializing_if = "SortedSet::is_empty")]
    pub routes: SortedSet<Route>,
    /// Fingerprints of devices whose identity waits for an event, and marks of installs.
    #[serde(skip_serializing_if = "SortedSet::is_empty")]
    pub devices: SortedSet<u64>,
    /// Devices whose last link may be the one that is about to be sent.
    #[serde(skip_serializing_if = "SortedSet::is_empty")]
    pub links: SortedSet<Digest>,
}

/// A message of the wave.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BeginMessage {
    /// The message's digest.
    pub id: Digest,
    /// The fingerprint of each of its events.
    pub events: Vec<u64>,
    /// What is remembered of each install that is to be sent: the index of its event, and a mark for
    /// each id of the device.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub installs: Vec<(usize, Vec<u64>)>,
}

/// What the store of a shard knows and memory does not: one entry for each of the request's.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct KnownRows {
    /// Whether Kochava accepted an event of the device.
    pub devices: Vec<bool>,
    /// The last link of the device.
    pub links: Vec<Option<Digest>>,
    /// The events of the request that are kept as rejects.
    pub rejected: Vec<u64>,
}

/// The answer to a [`BeginRequest`]; each list has the order of the request's.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct BeginAnswer {
    /// The messages.
    pub messages: Vec<BegunMessage>,
    /// The routes.
    pub routes: Vec<RoutePermit>,
    /// Whether Kochava accepted an event of the device.
    pub devices: Vec<bool>,
    /// The last link of the device.
    pub links: Vec<Option<Digest>>,
    /// Whether an operator watches what becomes of events; the shell knows.
    #[serde(default, skip_serializing_if = "core::ops::Not::not")]
    pub is_watched: bool,
}

/// A message of the wave, as the journal knows it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BegunMessage {
    /// Its state.
    pub state: JournalState,
    /// Its events; where the message is settled and work remains, which of them were delivered;
    /// otherwise empty.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub events: Vec<EventClaim>,
}

/// Whether a consumer may deliver an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EventClaim {
    /// It may: the event is claimed for its message.
    Claimed,
    /// It may, and the event is kept as a reject: it was rejected before.
    Rejected,
    /// It may not now: another message with a copy of the event is being delivered.
    Busy,
    /// It may not: the event was delivered.
    Delivered,
}

/// A permit, and a copy of the route's breaker.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RoutePermit {
    /// The permit.
    pub permit: Permit,
    /// The breaker, by which a consumer judges its own answers.
    pub breaker: Breaker,
}

impl BeginRequest {
    /// Returns the fingerprints of all events, which the store may know as rejects.
    pub fn events(&self) -> impl Iterator<Item = u64> {
        self.messages
            .iter()
            .flat_map(|message| message.events.iter().copied())
    }
}

impl BeginAnswer {
    /// Returns whether it answers this request: a release in between might answer otherwise.
    pub(in crate::durable) fn is_of(&self, request: &BeginRequest) -> bool {
        let mut messages = self.messages.iter().zip(&request.messages);
        let has_events = messages.all(|(begun, message)| {
            begun.state != JournalState::New || begun.events.len() == message.events.len()
        });
        has_events
            && self.messages.len() == request.messages.len()
            && self.routes.len() == request.routes.len()
            && self.devices.len() == request.devices.len()
            && self.links.len() == request.links.len()
    }
}

impl Journal {
    /// Opens a wave: claims its messages and events, and hands out permits.
    pub fn begin(
        &mut self,
        request: &BeginRequest,
        known: KnownRows,
        now: Moment,
    ) -> (BeginAnswer, Vec<JournalWrite>) {
        self.claims.sweep(now);
        let messages = request
            .messages
            .iter()
            .map(|message| self.begin_message(message, &known.rejected, now))
            .collect();
        let before = self.breakers.clone();
        let routes = request
            .routes
            .iter()
            .map(|route| RoutePermit {
                permit: self.breakers.permit(route, now),
                breaker: self.breakers.of_route(route),
            })
            .collect();
        let mut writes = Vec::new();
        if self.breakers != before {
            let breakers = JournalRow::Breakers(self.breakers.clone());
            writes.push(JournalWrite::Row(breakers));
        }
        let answer = BeginAnswer {
            messages,
            routes,
            devices: known.devices,
            links: known.links,
            is_watched: false,
        };
        (answer, writes)
    }

    fn begin_message(
        &mut self,
        message: &BeginMessage,
        rejected: &[u64],
        now: Moment,
    ) -> BegunMessage {
        let state = match self.state(message.id) {
            JournalState::New if !self.claims.claim(message.id, now) => JournalState::Busy,
            state => state,
        };
        let events = match &state {
            JournalState::New => self.claim_events(message, rejected, now),
            // its rejects may not be stored yet: those whose copies were delivered need not be
            JournalState::Open(_) => {
                let claims = message.events.iter().map(|&event| {
                    if self.delivered.has(event) {
                        EventClaim::Delivered
                    } else {
                        EventClaim::Busy
                    }
                });
                claims.collect()
            }
            JournalState::Busy | JournalState::Completed => Vec::new(),
        };
        BegunMessage { state, events }
    }

    /// Claims the install of an event, if it is one; returns false where another event may send the
    /// same device's.
    fn claim_install(&mut self, message: &BeginMessage, index: usize, now: Moment) -> bool {
        let installs = &message.installs;
        let Some(at) = installs.iter().position(|(event, _)| *event == index) else {
            return true;
        };
        let earlier = |mark: &u64| installs[..at].iter().any(|(_, marks)| marks.contains(mark));
        let marks = &installs[at].1;
        !marks.iter().any(earlier)
            && marks
                .iter()
                .all(|&mark| self.claims.claim_event(mark, message.id, now))
    }

    fn claim_events(
        &mut self,
        message: &BeginMessage,
        rejected: &[u64],
        now: Moment,
    ) -> Vec<EventClaim> {
        let events = message.events.iter().enumerate();
        events
            .map(|(index, &event)| {
                if self.delivered.has(event) {
                    EventClaim::Delivered
                } else if message.events[..index].contains(&event) {
                    // twice in its message: the second waits for what becomes of the first
                    EventClaim::Busy
                } else if !self.claims.claim_event(event, message.id, now)
                    || !self.claim_install(message, index, now)
                {
                    EventClaim::Busy
                } else if rejected.contains(&event) {
                    EventClaim::Rejected
                } else {
                    EventClaim::Claimed
                }
            })
            .collect()
    }
}
