//! The senders: what they send, and what they do with the answer.
//!
//! A sender posts a body, and all of it again until it is answered 200: ten times within four hours
//! (Amplitude, Webhooks).

use super::fault_plan::{LONERS, MINUTE, SECOND, Scenario};
use super::random::Random;
use super::settings::SettingsPlan;
use super::world::{Due, START, World};
use kochava_edge::{Context, Digest, Fate, Moment, Planner, RequestKind, ShapeCache, Skip};
use std::rc::Rc;

#[derive(Debug, Default)]
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
    pub(crate) name: &'static str,
    pub(crate) text: Rc<str>,
    /// What its plan is under each of the world's settings, by their number.
    plans: Vec<Expected>,
    /// Its dedupe key.
    pub(crate) key: Option<Digest>,
    /// Whether its sender was ever answered 200.
    pub(crate) is_answered: bool,
    /// The settings under which it was answered so.
    pub(crate) answered_under: usize,
    /// When that was.
    pub(crate) answered_at: i64,
}

/// The planned fate of an event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Expected {
    Skipped(Skip),
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
    pub(crate) fn new(scenario: &Scenario, settings: &SettingsPlan, random: &mut Random) -> Self {
        let mut senders = Senders::default();
        while senders.events.len() < scenario.events as usize {
            let at = random.between(0, scenario.busy);
            let most = scenario
                .body_events
                .min(scenario.events as usize - senders.events.len());
            let count = 1 + random.below(most);
            let device = random.below(scenario.devices);
            let mut texts = Vec::new();
            for number in (senders.next_number()..).take(count) {
                let device = if random.chance(0.6) {
                    device
                } else {
                    random.below(scenario.devices)
                };
                let (name, text) = text(scenario, random, number, device);
                let is_repeated = !scenario.is_plain && random.chance(0.03);
                texts.push((device, name, text, is_repeated));
            }
            senders.add_body(texts, at, settings);
        }
        senders
    }

    pub(crate) fn next_number(&self) -> u32 {
        u32::try_from(self.events.len()).expect("it is a small world")
    }

    /// Adds a body of these events, in which an event may be twice, to be posted at this time; returns
    /// its number.
    pub(crate) fn add_body(
        &mut self,
        events: Vec<(usize, &'static str, String, bool)>,
        at: i64,
        settings: &SettingsPlan,
    ) -> usize {
        let mut texts = Vec::new();
        let mut numbers = Vec::new();
        for (device, name, text, is_repeated) in events {
            numbers.push(self.next_number());
            self.events.push(event(&text, name, device, settings));
            if is_repeated {
                texts.push(text.clone());
            }
            texts.push(text);
        }
        self.bodies.push(Body {
            text: format!("[{}]", texts.join(",")).into(),
            numbers,
            at,
            attempt: 0,
            state: State::Waiting,
        });
        self.bodies.len() - 1
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

    pub(crate) fn event(&self, number: u32) -> &Event {
        &self.events[number as usize]
    }
}

fn text(
    scenario: &Scenario,
    random: &mut Random,
    number: u32,
    device: usize,
) -> (&'static str, String) {
    let kind = if scenario.is_plain {
        50
    } else {
        random.below(50)
    };
    let is_one_of = |random: &mut Random, so_many: usize| so_many > 0 && random.below(so_many) == 0;
    let is_killer = is_one_of(random, scenario.killers);
    let is_loner = is_one_of(random, scenario.loners);
    let every = scenario
        .named_loners
        .map_or(0, |(_, times)| scenario.events / (times + 1));
    let named = scenario.named_loners.filter(|(_, times)| {
        number > 0 && number.is_multiple_of(every) && number / every <= *times
    });
    let name = match kind {
        _ if let Some((name, _)) = named => name,
        _ if is_killer => "Kill",
        _ if is_loner => random.pick(&LONERS),
        0 => "Bad",
        1 => "Zero",
        2 => "Skip",
        3..=7 => "$identify",
        _ => "Level Up",
    };
    let is_large = is_one_of(random, scenario.large);
    let spelled = Spelling {
        has_address: kind != 8,
        has_id: kind != 9,
        has_own_identity: !scenario.has_equal_identities,
        filler: if is_large { 127_000 } else { 0 },
    };
    (name, spelled.event(number, name, device))
}

/// How an event is spelled.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Spelling {
    /// An event without an address breaks a rule.
    pub(crate) has_address: bool,
    /// An event without an id has no dedupe key.
    pub(crate) has_id: bool,
    /// Whether its identity differs from others of its device.
    pub(crate) has_own_identity: bool,
    /// Bytes beyond those of any event.
    pub(crate) filler: usize,
}

impl Default for Spelling {
    fn default() -> Self {
        Spelling {
            has_address: true,
            has_id: true,
            has_own_identity: true,
            filler: 0,
        }
    }
}

impl Spelling {
    pub(crate) fn event(self, number: u32, name: &str, device: usize) -> String {
        let part = |is_wanted: bool, text: String| if is_wanted { text } else { String::new() };
        let id = part(self.has_id, format!("\"$insert_id\":\"i{number}\","));
        let ip = part(
            self.has_address,
            r#""ip_address":"203.0.113.9","#.to_owned(),
        );
        let changes = part(self.has_own_identity, format!(",\"n\":{number}"));
        let filler = part(
            self.filler > 0,
            format!(",\"filler\":\"{}\"", "x".repeat(self.filler)),
        );
        format!(
            r#"{{"event_type":"{name}",{id}"device_id":"d{device}","platform":"iOS",{ip}"user_id":"u{device}","event_properties":{{"n":{number}{filler}}},"user_properties":{{"kochava_device_id":"KI-{device}","idfv":"11111111-2222-4333-8444-{device:012}"{changes}}}}}"#
        )
    }
}

fn event(text: &str, name: &'static str, device: usize, settings: &SettingsPlan) -> Event {
    let mut decided = settings.planners().map(|planner| {
        planner.decide(text.as_bytes(), &context(START), &mut ShapeCache::default())
    });
    let arrival = decided
        .next()
        .expect("there are settings")
        .expect("it is JSON");
    Event {
        device,
        name,
        text: text.into(),
        plans: settings
            .planners()
            .map(|planner| plan(text, planner))
            .collect(),
        key: arrival.elements[0].key,
        is_answered: false,
        answered_under: 0,
        answered_at: 0,
    }
}

pub(crate) fn context(millis: i64) -> Context<'static> {
    Context {
        received_at: Some(Moment::from_millis(millis)),
        ..Context::default()
    }
}

fn plan(text: &str, planner: &Planner) -> Expected {
    let plan = planner.plan(text.as_bytes(), &context(START));
    let fate = plan.expect("it is an element").fates.remove(0);
    match fate {
        Fate::Skipped(skip) => Expected::Skipped(skip),
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
    }
}

impl Event {
    /// Returns its plan under the settings of this number.
    pub(crate) fn plan(&self, settings: usize) -> &Expected {
        &self.plans[settings]
    }

    /// Returns its plan under the settings that hold first and last.
    pub(crate) fn usual_plan(&self) -> &Expected {
        &self.plans[0]
    }

    /// Returns its plans under all settings.
    pub(crate) fn plans(&self) -> &[Expected] {
        &self.plans
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
        if is_impatient {
            self.again(body, attempt);
        }
        true
    }

    /// Answers a sender. An answer to an earlier attempt is lost.
    pub(crate) fn answer(&mut self, body: usize, attempt: u32, is_accepted: bool, settings: usize) {
        let now = self.now;
        let known = &mut self.senders.bodies[body];
        if !is_accepted {
            return self.again(body, attempt);
        }
        if known.attempt != attempt {
            return;
        }
        known.state = State::Answered;
        for &number in &known.numbers {
            let event = &mut self.senders.events[number as usize];
            event.is_answered = true;
            event.answered_under = settings;
            event.answered_at = now;
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

    /// Adds a body of plain events, one of each shard; a loner is seen as such only where others
    /// are accepted.
    pub(crate) fn post_heartbeat(&mut self) {
        let mut devices: Vec<usize> = Vec::new();
        let shard_of = |device: usize| {
            Digest::of(&["kochava device", &format!("KI-{device}")]).shard(self.scenario.shards)
        };
        for device in 1_000..1_200 {
            if devices
                .iter()
                .all(|&known| shard_of(known) != shard_of(device))
            {
                devices.push(device);
            }
        }
        let first = self.senders.next_number();
        let events = devices.into_iter().zip(first..).map(|(device, number)| {
            let text = Spelling::default().event(number, "Level Up", device);
            (device, "Level Up", text, false)
        });
        let body = self
            .senders
            .add_body(events.collect(), self.now, &self.settings);
        self.due(self.now, Due::Post(body, 0));
    }
}

/// How often a sender posts a body.
const TRIES: u32 = 10;
