//! The senders: what they send, and what they do with the answer.
//!
//! A sender posts a body, and all of it again until it is answered 200: ten times within four hours
//! (Amplitude, Webhooks).

use super::fault_plan::{MINUTE, SECOND, Scenario};
use super::random::Random;
use super::world::{Due, START, World};
use kochava_edge::{Context, Digest, Fate, Moment, Planner, RequestKind, ShapeCache, Source};
use std::rc::Rc;

#[derive(Debug)]
pub(crate) struct Senders {
    pub(crate) events: Vec<Event>,
    bodies: Vec<Body>,
}

#[derive(Debug)]
struct Body {
    text: Rc<str>,
    numbers: Vec<u32>,
    at: i64,
    attempt: u32,
    state: State,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Waiting,
    Answered,
    GivenUp,
}

/// An event, and what must become of it.
#[derive(Debug)]
pub(crate) struct Event {
    pub(crate) device: usize,
    pub(crate) plan: Expected,
    /// Its digest in stores and rejects.
    pub(crate) id: Digest,
    /// Whether its sender was ever answered 200.
    pub(crate) is_answered: bool,
    pub(crate) is_posted: bool,
    /// Whether it is too large for a message.
    pub(crate) is_large: bool,
}

/// The planned fate of an event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Expected {
    Skipped,
    Refused,
    /// The kind of its first call, and the body of its identity, if it has one.
    Ready(RequestKind, Option<String>),
}

impl Expected {
    /// Returns whether it is an identity and nothing else.
    pub(crate) fn is_identity(&self) -> bool {
        matches!(self, Expected::Ready(RequestKind::Identity, _))
    }
}

impl Senders {
    pub(crate) fn new(scenario: &Scenario, planner: &Planner, random: &mut Random) -> Self {
        let mut senders = Senders {
            events: Vec::new(),
            bodies: Vec::new(),
        };
        while senders.events.len() < scenario.events as usize {
            let at = random.between(0, scenario.busy);
            let most = scenario
                .body_events
                .min(scenario.events as usize - senders.events.len());
            let count = 1 + random.below(most);
            let device = random.below(scenario.devices);
            let mut texts = Vec::new();
            let mut numbers = Vec::new();
            for _ in 0..count {
                let device = if random.chance(0.6) {
                    device
                } else {
                    random.below(scenario.devices)
                };
                let number = u32::try_from(senders.events.len()).expect("it is a small world");
                let (text, is_large) = text(scenario, random, number, device);
                senders.events.push(event(&text, device, is_large, planner));
                if !scenario.is_plain && random.chance(0.03) {
                    texts.push(text.clone());
                }
                texts.push(text);
                numbers.push(number);
            }
            let text = format!("[{}]", texts.join(",")).into();
            senders.bodies.push(Body {
                text,
                numbers,
                at,
                attempt: 0,
                state: State::Waiting,
            });
        }
        senders
    }

    pub(crate) fn times(&self) -> Vec<(usize, i64)> {
        self.bodies
            .iter()
            .enumerate()
            .map(|(body, known)| (body, known.at))
            .collect()
    }

    pub(crate) fn is_busy(&self) -> bool {
        self.bodies.iter().any(|body| body.state == State::Waiting)
    }

    pub(crate) fn text(&self, body: usize) -> Rc<str> {
        Rc::clone(&self.bodies[body].text)
    }
}

fn text(scenario: &Scenario, random: &mut Random, number: u32, device: usize) -> (String, bool) {
    let kind = if scenario.is_plain {
        50
    } else {
        random.below(50)
    };
    let name = match kind {
        0 => "Bad",
        1 => "Zero",
        2 => "Skip",
        3..=7 => "$identify",
        _ => "Level Up",
    };
    let ip = if kind == 8 {
        ""
    } else {
        r#""ip_address":"203.0.113.9","#
    };
    let id = if kind == 9 {
        String::new()
    } else {
        format!("\"$insert_id\":\"i{number}\",")
    };
    // the identities of every third device are equal; which event such a call belongs to is known
    // only where a consumer holds one message
    let changes = if scenario.wave == 1 && device % 3 == 2 {
        String::new()
    } else {
        format!(",\"n\":{number}")
    };
    let is_large = scenario.large > 0 && random.below(scenario.large) == 0;
    let filler = if is_large {
        format!(",\"filler\":\"{}\"", "x".repeat(127_000))
    } else {
        String::new()
    };
    let text = format!(
        r#"{{"event_type":"{name}",{id}"device_id":"d{device}","platform":"iOS",{ip}"user_id":"u{device}","event_properties":{{"n":{number}{filler}}},"user_properties":{{"kochava_device_id":"KI-{device}","idfv":"11111111-2222-4333-8444-{device:012}"{changes}}}}}"#
    );
    (text, is_large)
}

fn event(text: &str, device: usize, is_large: bool, planner: &Planner) -> Event {
    let context = Context {
        source: Source::Amplitude,
        received_at: Some(Moment::from_millis(START)),
        limits: None,
    };
    let element = planner
        .replan(text, false, &context, &mut ShapeCache::default())
        .expect("it is an element");
    let plan = match element.fate {
        Fate::Skipped(_) => Expected::Skipped,
        Fate::Refused(_) => Expected::Refused,
        Fate::Ready(parcel) => {
            let identity = parcel
                .requests
                .iter()
                .find(|request| request.kind == RequestKind::Identity);
            Expected::Ready(
                parcel.requests[0].kind,
                identity.map(|request| request.body.clone()),
            )
        }
    };
    Event {
        device,
        plan,
        id: element.meta.id,
        is_answered: false,
        is_posted: false,
        is_large,
    }
}

impl Event {
    /// Returns the body of its identity, if it has one.
    pub(crate) fn identity(&self) -> Option<&String> {
        if let Expected::Ready(_, identity) = &self.plan {
            identity.as_ref()
        } else {
            None
        }
    }

    /// Returns the digest of its identity's reject, once the event itself was accepted.
    pub(crate) fn identity_id(&self) -> Digest {
        Digest::of(&["identity of", &self.id.to_hex()])
    }
}

impl World {
    /// Returns whether a sender whose timer is due posts its body.
    pub(crate) fn post(&mut self, body: usize, attempt: u32) -> bool {
        let share = self.scenario.rates.impatience;
        let is_impatient = self.chance_of_fault(share);
        let known = &mut self.senders.bodies[body];
        if known.state != State::Waiting || known.attempt != attempt {
            return false;
        }
        for &number in &known.numbers {
            self.senders.events[number as usize].is_posted = true;
        }
        if is_impatient {
            self.again(body, attempt);
        }
        true
    }

    /// Answers a sender. An answer to an earlier attempt is lost.
    pub(crate) fn answer(&mut self, body: usize, attempt: u32, is_accepted: bool) {
        let known = &mut self.senders.bodies[body];
        if !is_accepted {
            return self.again(body, attempt);
        }
        if known.attempt != attempt {
            return;
        }
        known.state = State::Answered;
        for &number in &known.numbers {
            self.senders.events[number as usize].is_answered = true;
        }
    }

    pub(crate) fn no_answer(&mut self, body: usize, attempt: u32) {
        self.again(body, attempt);
    }

    /// Schedules the next attempt, if the sender still waits and has attempts left.
    fn again(&mut self, body: usize, attempt: u32) {
        let known = &mut self.senders.bodies[body];
        if known.state != State::Waiting || known.attempt != attempt {
            return;
        }
        if attempt + 1 >= TRIES {
            known.state = State::GivenUp;
            return;
        }
        known.attempt += 1;
        let wait = if attempt < 3 {
            self.random.between(0, 4 * SECOND)
        } else {
            self.random.between(10 * MINUTE, 40 * MINUTE)
        };
        let (at, next) = (self.now + wait, attempt + 1);
        self.due(at, Due::Post(body, next));
    }
}

/// How often a sender posts a body.
const TRIES: u32 = 10;
