//! When is what broken?
//!
//! A timetable over virtual time, made by the seed before anything happens: Kochava's moods, the
//! outages of our own stores, and the chances of what goes wrong in between. After
//! [`Script::calm_from`] nothing goes wrong any more, so that everything must drain.

use super::random::Random;

pub(crate) const SECOND: i64 = 1_000;
pub(crate) const MINUTE: i64 = 60 * SECOND;
pub(crate) const HOUR: i64 = 60 * MINUTE;
pub(crate) const DAY: i64 = 24 * HOUR;

/// What Kochava does to every call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mood {
    Fine,
    /// 429, with a `Retry-After` of so many seconds if it is not 0.
    Limits(u32),
    /// 500 to 504; now and then it has taken the call all the same.
    Fails,
    /// No answer in time; a third of the calls are taken.
    Silent,
    /// The connection is cut; a third of the calls are taken.
    Resets,
    /// This status to everybody.
    Refuses(u16),
    /// 404 to identities alone.
    RefusesIdentities,
    /// 400 and the same words to everybody.
    RejectsAll,
    /// 200 and nothing readable; the call is taken.
    Mumbles,
}

/// A stretch of time: from, until.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Spell {
    pub(crate) from: i64,
    pub(crate) until: i64,
    pub(crate) mood: Mood,
}

/// What of ours may fail.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Store {
    Ledger,
    Memory,
    Gates,
    Database,
    Queue,
}

pub(crate) const STORES: [Store; 5] = [
    Store::Ledger,
    Store::Memory,
    Store::Gates,
    Store::Database,
    Store::Queue,
];

#[derive(Clone, Copy, Debug)]
pub(crate) struct Outage {
    pub(crate) from: i64,
    pub(crate) until: i64,
    pub(crate) store: Store,
}

/// How often what goes wrong by itself.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Noise {
    /// A call of Kochava's is failed, silent, cut or limited.
    pub(crate) post: f64,
    /// A call of a store fails.
    pub(crate) store: f64,
    /// The isolate dies at a point between two deeds.
    pub(crate) crash: f64,
    /// The queue delivers a message twice.
    pub(crate) twice: f64,
    /// An acknowledgement is lost.
    pub(crate) lost_ack: f64,
    /// A sender does not wait for the answer, and sends again.
    pub(crate) impatience: f64,
    /// A Durable Object is evicted before a call.
    pub(crate) eviction: f64,
}

/// A shell that does one thing wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Broken {
    AckBeforeDelivery,
    SettleBeforeDelivery,
    SkipLedger,
    ForgetSettlement,
    CompleteBeforeResend,
    AckWithoutRejects,
    AckFailedResend,
    AckWithoutVerdict,
    RememberBeforeQueue,
    AnswerBeforeQueue,
    AnswerWithoutRejects,
    IdentityFirst,
    FreshNames,
}

pub(crate) const BROKEN: [Broken; 13] = [
    Broken::AckBeforeDelivery,
    Broken::SettleBeforeDelivery,
    Broken::SkipLedger,
    Broken::ForgetSettlement,
    Broken::CompleteBeforeResend,
    Broken::AckWithoutRejects,
    Broken::AckFailedResend,
    Broken::AckWithoutVerdict,
    Broken::RememberBeforeQueue,
    Broken::AnswerBeforeQueue,
    Broken::AnswerWithoutRejects,
    Broken::IdentityFirst,
    Broken::FreshNames,
];

/// Everything that a world is made of.
#[derive(Clone, Debug)]
pub(crate) struct Script {
    pub(crate) seed: u64,
    pub(crate) events: u32,
    pub(crate) devices: usize,
    /// Most events of one body.
    pub(crate) body_events: usize,
    /// How long senders have something new.
    pub(crate) busy: i64,
    pub(crate) settings: String,
    pub(crate) spells: Vec<Spell>,
    pub(crate) outages: Vec<Outage>,
    pub(crate) noise: Noise,
    pub(crate) calm_from: i64,
    /// Age at which the queue deletes a message.
    pub(crate) retention: i64,
    /// One event in so many is larger than a message.
    pub(crate) large: usize,
    /// Whether every event is a plain one.
    pub(crate) is_plain: bool,
    /// Most messages that a round works on.
    pub(crate) wave: usize,
    /// Whether a round may hold the same event twice.
    pub(crate) may_tangle: bool,
    /// The point at which the isolate dies, by its number.
    pub(crate) crash_at: Option<usize>,
    /// The call of a store that fails, by its number, and whether it is done all the same.
    pub(crate) fail_at: Option<(usize, bool)>,
    pub(crate) broken: Option<Broken>,
}

impl Script {
    /// A world of plain events in which nothing goes wrong.
    pub(crate) fn calm(seed: u64, events: u32) -> Self {
        Script {
            seed,
            events,
            devices: 4,
            body_events: 4,
            busy: HOUR,
            settings: settings("", ""),
            spells: Vec::new(),
            outages: Vec::new(),
            noise: Noise::default(),
            calm_from: 0,
            retention: 4 * DAY,
            large: 0,
            is_plain: true,
            wave: 8,
            may_tangle: false,
            crash_at: None,
            fail_at: None,
            broken: None,
        }
    }

    /// A small world of this seed in which anything may go wrong.
    pub(crate) fn random_worlds(seed: u64) -> Self {
        let mut random = Random::new(seed ^ 0xA5A5);
        let events = u32::try_from(random.between(4, 24)).expect("it is small");
        let busy = random.pick(&[MINUTE, HOUR, 6 * HOUR, DAY]);
        let length = busy + random.pick(&[0, HOUR, 12 * HOUR, 2 * DAY]);
        let noise = random.pick(&[0.0, 0.02, 0.1, 0.3]);
        let mut share = |most: f64| {
            if random.chance(0.5) {
                random.fraction() * most
            } else {
                0.0
            }
        };
        let noise = Noise {
            post: noise,
            store: share(0.2),
            crash: share(0.05),
            twice: share(0.3),
            lost_ack: share(0.3),
            impatience: share(0.3),
            eviction: share(0.5),
        };
        Script {
            devices: 1 + random.below(4),
            body_events: 1 + random.below(6),
            busy,
            settings: wild_settings(&mut random),
            spells: spells(&mut random, length, 1 + busy / 3),
            outages: outages(&mut random, length),
            noise,
            calm_from: length,
            retention: random.pick(&[DAY, 4 * DAY, 4 * DAY]),
            large: if random.below(60) == 0 { 6 } else { 0 },
            is_plain: false,
            wave: random.pick(&[1, 4, 8]),
            ..Script::calm(seed, events)
        }
    }

    /// A world of weeks: everything goes wrong, as rarely or as often as it might.
    pub(crate) fn vast(seed: u64, events: u32) -> Self {
        let mut random = Random::new(seed ^ 0x5A5A);
        let busy = 21 * DAY;
        Script {
            devices: usize::try_from(events / 8).unwrap_or(0).max(4),
            body_events: 12,
            busy,
            settings: settings(
                "",
                r#","users":{"send":true,"from":"both","properties":["n"]}"#,
            ),
            spells: spells(&mut random, busy, 20 * HOUR),
            outages: (0..3).flat_map(|_| outages(&mut random, busy)).collect(),
            noise: Noise {
                post: 0.01,
                store: 0.002,
                crash: 0.002,
                twice: 0.005,
                lost_ack: 0.005,
                impatience: 0.005,
                eviction: 0.001,
            },
            calm_from: busy + DAY,
            is_plain: false,
            wave: 25,
            ..Script::calm(seed, events)
        }
    }

    pub(crate) fn mood(&self, now: i64) -> Mood {
        self.spells
            .iter()
            .find(|spell| (spell.from..spell.until).contains(&now))
            .map_or(Mood::Fine, |spell| spell.mood)
    }

    pub(crate) fn is_out(&self, store: Store, now: i64) -> bool {
        self.outages
            .iter()
            .any(|outage| outage.store == store && (outage.from..outage.until).contains(&now))
    }
}

/// Settings with these members within `delivery` and beside it.
pub(crate) fn settings(delivery: &str, further: &str) -> String {
    format!(
        r#"{{"app_guid":"koexample","events":{{"properties":["n"],"select":[{{"names":["Level Up","Bad","Zero"]}}]}},"delivery":{{{delivery}}},
        "mapping":{{"kochava_device_id":"user_properties.kochava_device_id","origination_ip":"ip_address","idfv":"user_properties.idfv"}}{further}}}"#
    )
}

fn wild_settings(random: &mut Random) -> String {
    let short = r#""steps_s":[5,20,60,1800],"span_s":3600,"pause_steps_s":[10,60,600,1800],"slow_steps_s":[2,5,60,600]"#;
    let holds = random.chance(0.25);
    // what is held waits for the last step again and again, for a week
    let delivery = if !holds && random.chance(0.8) {
        short
    } else {
        ""
    };
    let hold = if holds {
        r#","hold_until_event":true"#
    } else {
        ""
    };
    let from = random.pick(&["both", "both", "events", "user_payloads"]);
    let users = format!(r#","users":{{"send":true,"from":"{from}","properties":["n"]{hold}}}"#);
    settings(delivery, if random.chance(0.2) { "" } else { &users })
}

fn spells(random: &mut Random, length: i64, gap: i64) -> Vec<Spell> {
    let mut spells = Vec::new();
    let mut at = random.between(0, gap);
    while at < length {
        let mood = match random.below(10) {
            0 => Mood::Limits(0),
            1 => Mood::Limits(u32::try_from(random.between(1, 7_200)).expect("it is small")),
            2 => Mood::Fails,
            3 => Mood::Silent,
            4 => Mood::Resets,
            5 => Mood::Refuses(random.pick(&[401, 403, 404])),
            6 => Mood::RefusesIdentities,
            7 => Mood::RejectsAll,
            8 => Mood::Mumbles,
            _ => Mood::Fine,
        };
        let longest = if matches!(mood, Mood::Refuses(_) | Mood::Fails) {
            DAY
        } else {
            4 * HOUR
        };
        let until = (at + random.between(MINUTE, longest)).min(length);
        spells.push(Spell {
            from: at,
            until,
            mood,
        });
        at = until + random.between(1, gap);
    }
    spells
}

fn outages(random: &mut Random, length: i64) -> Vec<Outage> {
    (0..random.below(3))
        .map(|_| {
            let from = random.between(0, length);
            let until = (from + random.between(MINUTE, 3 * HOUR)).min(length);
            Outage {
                from,
                until,
                store: random.pick(&STORES),
            }
        })
        .collect()
}
