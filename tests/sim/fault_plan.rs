//! Plans the faults of a simulation over virtual time.
//!
//! A seed decides before the start how Kochava behaves and when, which stores are out, and how
//! often other faults occur. After [`Scenario::faults_until`] there are no faults, so everything
//! must drain.

use super::random::Random;

pub(crate) const SECOND: i64 = 1_000;
pub(crate) const MINUTE: i64 = 60 * SECOND;
pub(crate) const HOUR: i64 = 60 * MINUTE;
pub(crate) const DAY: i64 = 24 * HOUR;

/// How Kochava treats every call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum KochavaMode {
    Healthy,
    /// 429, with a `Retry-After` of so many seconds if it is not 0.
    Limits(u32),
    /// 500 to 504; sometimes it accepted the call all the same.
    Fails,
    /// No answer in time; a third of the calls are accepted.
    TimesOut,
    /// The connection is cut; a third of the calls are accepted.
    Resets,
    /// This status for every call.
    Refuses(u16),
    /// 404 for identities only.
    RefusesIdentities,
    /// 400 and the same answer for every call.
    RejectsAll,
    /// 200 and nothing readable; the call is accepted.
    AnswersUnreadably,
}

/// A mode of Kochava from one time until another.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Episode {
    pub(crate) from: i64,
    pub(crate) until: i64,
    pub(crate) mode: KochavaMode,
}

/// A store of the Worker that may fail.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Store {
    Journal,
    Dedupe,
    Breakers,
    Database,
    Queue,
}

pub(crate) const STORES: [Store; 5] = [
    Store::Journal,
    Store::Dedupe,
    Store::Breakers,
    Store::Database,
    Store::Queue,
];

#[derive(Clone, Copy, Debug)]
pub(crate) struct Outage {
    pub(crate) from: i64,
    pub(crate) until: i64,
    pub(crate) store: Store,
}

/// How often each fault occurs by itself, from 0 to 1.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct FaultRates {
    /// A call to Kochava is failed, unanswered, cut or limited.
    pub(crate) post: f64,
    /// A call to a store fails.
    pub(crate) store: f64,
    /// The isolate dies at a crash point.
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

/// A shell with one deliberate fault.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mutant {
    AckBeforeDelivery,
    SettleBeforeDelivery,
    SkipJournal,
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

pub(crate) const MUTANTS: [Mutant; 13] = [
    Mutant::AckBeforeDelivery,
    Mutant::SettleBeforeDelivery,
    Mutant::SkipJournal,
    Mutant::ForgetSettlement,
    Mutant::CompleteBeforeResend,
    Mutant::AckWithoutRejects,
    Mutant::AckFailedResend,
    Mutant::AckWithoutVerdict,
    Mutant::RememberBeforeQueue,
    Mutant::AnswerBeforeQueue,
    Mutant::AnswerWithoutRejects,
    Mutant::IdentityFirst,
    Mutant::FreshNames,
];

/// Everything that defines a world.
#[derive(Clone, Debug)]
pub(crate) struct Scenario {
    pub(crate) seed: u64,
    pub(crate) events: u32,
    pub(crate) devices: usize,
    /// Most events of one body.
    pub(crate) body_events: usize,
    /// How long senders have new events.
    pub(crate) busy: i64,
    pub(crate) settings: String,
    pub(crate) episodes: Vec<Episode>,
    pub(crate) outages: Vec<Outage>,
    pub(crate) rates: FaultRates,
    pub(crate) faults_until: i64,
    /// Age at which the queue deletes a message.
    pub(crate) retention: i64,
    /// One event in so many is larger than a message.
    pub(crate) large: usize,
    /// Whether every event is a plain one.
    pub(crate) is_plain: bool,
    /// Most messages that a consumer works on at once.
    pub(crate) wave: usize,
    /// Whether a consumer may hold the same event twice.
    pub(crate) may_repeat_events: bool,
    /// The number of the crash point at which the isolate dies.
    pub(crate) crash_at: Option<usize>,
    /// The number of the call to a store that fails, and whether it takes effect all the same.
    pub(crate) fail_at: Option<(usize, bool)>,
    pub(crate) mutant: Option<Mutant>,
}

impl Scenario {
    /// Returns a world of plain events without faults.
    pub(crate) fn faultless(seed: u64, events: u32) -> Self {
        Scenario {
            seed,
            events,
            devices: 4,
            body_events: 4,
            busy: HOUR,
            settings: settings("", ""),
            episodes: Vec::new(),
            outages: Vec::new(),
            rates: FaultRates::default(),
            faults_until: 0,
            retention: 4 * DAY,
            large: 0,
            is_plain: true,
            wave: 8,
            may_repeat_events: false,
            crash_at: None,
            fail_at: None,
            mutant: None,
        }
    }

    /// Returns a small world with any faults, decided by the seed.
    pub(crate) fn random(seed: u64) -> Self {
        let mut random = Random::new(seed ^ 0xA5A5);
        let events = u32::try_from(random.between(4, 24)).expect("it is small");
        let busy = random.pick(&[MINUTE, HOUR, 6 * HOUR, DAY]);
        let length = busy + random.pick(&[0, HOUR, 12 * HOUR, 2 * DAY]);
        let rates = random.pick(&[0.0, 0.02, 0.1, 0.3]);
        let mut share = |most: f64| {
            if random.chance(0.5) {
                random.fraction() * most
            } else {
                0.0
            }
        };
        let rates = FaultRates {
            post: rates,
            store: share(0.2),
            crash: share(0.05),
            twice: share(0.3),
            lost_ack: share(0.3),
            impatience: share(0.3),
            eviction: share(0.5),
        };
        Scenario {
            devices: 1 + random.below(4),
            body_events: 1 + random.below(6),
            busy,
            settings: random_settings(&mut random),
            episodes: episodes(&mut random, length, 1 + busy / 3),
            outages: outages(&mut random, length),
            rates,
            faults_until: length,
            retention: random.pick(&[DAY, 4 * DAY, 4 * DAY]),
            large: if random.below(60) == 0 { 6 } else { 0 },
            is_plain: false,
            wave: random.pick(&[1, 4, 8]),
            ..Scenario::faultless(seed, events)
        }
    }

    /// Returns a world of weeks with every kind of fault.
    pub(crate) fn of_weeks(seed: u64, events: u32) -> Self {
        let mut random = Random::new(seed ^ 0x5A5A);
        let busy = 21 * DAY;
        Scenario {
            devices: usize::try_from(events / 8).unwrap_or(0).max(4),
            body_events: 12,
            busy,
            settings: settings(
                "",
                r#","users":{"send":true,"from":"both","properties":["n"]}"#,
            ),
            episodes: episodes(&mut random, busy, 20 * HOUR),
            outages: (0..3).flat_map(|_| outages(&mut random, busy)).collect(),
            rates: FaultRates {
                post: 0.01,
                store: 0.002,
                crash: 0.002,
                twice: 0.005,
                lost_ack: 0.005,
                impatience: 0.005,
                eviction: 0.001,
            },
            faults_until: busy + DAY,
            is_plain: false,
            wave: 25,
            ..Scenario::faultless(seed, events)
        }
    }

    pub(crate) fn mode(&self, now: i64) -> KochavaMode {
        self.episodes
            .iter()
            .find(|episode| (episode.from..episode.until).contains(&now))
            .map_or(KochavaMode::Healthy, |episode| episode.mode)
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

fn random_settings(random: &mut Random) -> String {
    let short = r#""steps_s":[5,20,60,1800],"span_s":3600,"pause_steps_s":[10,60,600,1800],"slow_steps_s":[2,5,60,600]"#;
    let holds = random.chance(0.25);
    // a held identity waits for the last step again and again, for a week
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

fn episodes(random: &mut Random, length: i64, gap: i64) -> Vec<Episode> {
    let mut episodes = Vec::new();
    let mut at = random.between(0, gap);
    while at < length {
        let mode = match random.below(10) {
            0 => KochavaMode::Limits(0),
            1 => KochavaMode::Limits(u32::try_from(random.between(1, 7_200)).expect("it is small")),
            2 => KochavaMode::Fails,
            3 => KochavaMode::TimesOut,
            4 => KochavaMode::Resets,
            5 => KochavaMode::Refuses(random.pick(&[401, 403, 404])),
            6 => KochavaMode::RefusesIdentities,
            7 => KochavaMode::RejectsAll,
            8 => KochavaMode::AnswersUnreadably,
            _ => KochavaMode::Healthy,
        };
        let longest = if matches!(mode, KochavaMode::Refuses(_) | KochavaMode::Fails) {
            DAY
        } else {
            4 * HOUR
        };
        let until = (at + random.between(MINUTE, longest)).min(length);
        episodes.push(Episode {
            from: at,
            until,
            mode,
        });
        at = until + random.between(1, gap);
    }
    episodes
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
