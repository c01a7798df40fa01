//! Plans the faults of a simulation over virtual time.
//!
//! A seed decides before the start how Kochava behaves and when, which stores are out, and how
//! often other faults occur. After [`Scenario::faults_until`] there are no faults, so everything
//! must drain.

use super::mutants::Mutant;
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
    Rejects,
    LargeEvents,
    Queue,
}

pub(crate) const STORES: [Store; 4] = [
    Store::Journal,
    Store::Rejects,
    Store::LargeEvents,
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
    /// A store answers, or begins, minutes late.
    pub(crate) late: f64,
    /// The isolate dies at a crash point.
    pub(crate) crash: f64,
    /// The queue delivers a message twice.
    pub(crate) twice: f64,
    /// An acknowledgement is lost.
    pub(crate) lost_ack: f64,
    /// A sender does not wait for the answer, and sends again.
    pub(crate) impatience: f64,
    /// The journal's object is restarted before a call, and loses its claims.
    pub(crate) restart: f64,
}

/// The settings from one time until the next phase.
#[derive(Clone, Debug)]
pub(crate) struct SettingsPhase {
    pub(crate) from: i64,
    /// `None` while they have faults.
    pub(crate) settings: Option<String>,
}

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
    /// By time; the first begins at 0, and the last has no faults.
    pub(crate) phases: Vec<SettingsPhase>,
    pub(crate) episodes: Vec<Episode>,
    pub(crate) outages: Vec<Outage>,
    pub(crate) rates: FaultRates,
    pub(crate) faults_until: i64,
    /// Age at which the queue deletes a message.
    pub(crate) retention: i64,
    /// Shards of the journal.
    pub(crate) shards: u32,
    /// One event in so many is larger than a message.
    pub(crate) large: usize,
    /// Whether every event is a plain one.
    pub(crate) is_plain: bool,
    /// One event in so many is a loner, by the names in [`LONERS`].
    pub(crate) loners: usize,
    /// So many loners of this name among plain events.
    pub(crate) named_loners: Option<(&'static str, u32)>,
    /// One event in so many kills the isolate that plans it.
    pub(crate) killers: usize,
    /// Whether all identities of a device are equal.
    pub(crate) has_equal_identities: bool,
    /// Whether somebody puts messages into the queue by hand.
    pub(crate) has_strange_messages: bool,
    /// When the operator acts on the rejects.
    pub(crate) operator: Vec<i64>,
    /// Most messages that a consumer works on at once.
    pub(crate) wave: usize,
    /// The number of the crash point at which the isolate dies.
    pub(crate) crash_at: Option<usize>,
    /// The number of the call to a store that fails, and whether it takes effect all the same.
    pub(crate) fail_at: Option<(usize, bool)>,
    pub(crate) mutant: Option<Mutant>,
}

/// Events that Kochava never accepts, whatever becomes of others, by the answer that each gets; the
/// last one it accepts, and never says so.
pub(crate) const LONERS: [&str; 10] = [
    "L400",
    "L403",
    "L404",
    "L429",
    "L429 Retry-After",
    "L500",
    "L503 Retry-After",
    "L timeout",
    "L reset",
    "L unreadable",
];

impl Scenario {
    /// Returns a world of plain events without faults.
    pub(crate) fn faultless(seed: u64, events: u32) -> Self {
        Scenario {
            seed,
            events,
            devices: 4,
            body_events: 4,
            busy: HOUR,
            phases: always(settings("", "")),
            episodes: Vec::new(),
            outages: Vec::new(),
            rates: FaultRates::default(),
            faults_until: 0,
            retention: 4 * DAY,
            shards: 1,
            large: 0,
            is_plain: true,
            loners: 0,
            named_loners: None,
            killers: 0,
            has_equal_identities: false,
            has_strange_messages: false,
            operator: Vec::new(),
            wave: 8,
            crash_at: None,
            fail_at: None,
            mutant: None,
        }
    }

    /// Returns a small world with any faults, decided by the seed.
    pub(crate) fn random(seed: u64) -> Self {
        let times = [MINUTE, HOUR, HOUR, 6 * HOUR, DAY];
        Scenario::random_within(seed, &times, &[0, 0, HOUR, HOUR, 12 * HOUR, 2 * DAY])
    }

    /// Returns one that lasts for a few hours.
    pub(crate) fn short(seed: u64) -> Self {
        Scenario::random_within(seed, &[MINUTE, HOUR], &[0, HOUR])
    }

    /// `times` of traffic, and `rests` with faults after it.
    fn random_within(seed: u64, times: &[i64], rests: &[i64]) -> Self {
        let mut random = Random::new(seed ^ 0xA5A5);
        let events = u32::try_from(random.between(4, 24)).expect("it is small");
        let busy = random.pick(times);
        let length = busy + random.pick(rests);
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
            late: share(0.05),
            crash: share(0.03),
            twice: share(0.3),
            lost_ack: share(0.3),
            impatience: share(0.3),
            restart: share(0.3),
        };
        let loners = if random.chance(0.15) { 5 } else { 0 };
        let first = random_settings(&mut random, loners > 0);
        Scenario {
            devices: 1 + random.below(4),
            body_events: 1 + random.below(6),
            busy,
            phases: random_phases(&mut random, first, length),
            episodes: episodes(&mut random, length, 1 + busy / 3),
            outages: outages(&mut random, length),
            rates,
            faults_until: length,
            retention: random.pick(&[DAY, 4 * DAY, 4 * DAY]),
            shards: random.pick(&[1, 1, 2, 4]),
            large: random.pick(&[0, 0, 0, 0, 0, 0, 0, 0, 0, 6]),
            is_plain: false,
            loners,
            has_strange_messages: random.chance(0.1),
            operator: if random.chance(0.4) {
                (0..=random.below(6))
                    .map(|_| random.between(0, length + 2 * HOUR))
                    .collect()
            } else {
                Vec::new()
            },
            wave: random.pick(&[1, 4, 8]),
            ..Scenario::faultless(seed, events)
        }
    }

    /// Returns a world of weeks with every kind of fault.
    pub(crate) fn of_weeks(seed: u64, events: u32) -> Self {
        let mut random = Random::new(seed ^ 0x5A5A);
        let busy = 21 * DAY;
        let users = r#","users":{"send":true,"from":"both","properties":["n"]}"#;
        let first = settings("", users);
        Scenario {
            devices: usize::try_from(events / 8).unwrap_or(0).max(4),
            body_events: 12,
            busy,
            phases: random_phases(&mut random, first, busy),
            episodes: episodes(&mut random, busy, 20 * HOUR),
            outages: (0..3).flat_map(|_| outages(&mut random, busy)).collect(),
            rates: FaultRates {
                post: 0.01,
                store: 0.002,
                late: 0.001,
                crash: 0.002,
                twice: 0.005,
                lost_ack: 0.005,
                impatience: 0.005,
                restart: 0.001,
            },
            faults_until: busy + DAY,
            shards: 4,
            large: 2_000,
            is_plain: false,
            loners: 500,
            has_strange_messages: true,
            operator: (1..20).map(|day| day * DAY).collect(),
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

/// The settings that hold all the time.
pub(crate) fn always(settings: String) -> Vec<SettingsPhase> {
    vec![SettingsPhase {
        from: 0,
        settings: Some(settings),
    }]
}

/// Returns these settings, within them a time with others, and these again.
pub(crate) fn with_phase(
    usual: &str,
    from: i64,
    until: i64,
    other: Option<&str>,
) -> Vec<SettingsPhase> {
    let phase = |from, settings: Option<&str>| SettingsPhase {
        from,
        settings: settings.map(str::to_owned),
    };
    vec![
        phase(0, Some(usual)),
        phase(from, other),
        phase(until, Some(usual)),
    ]
}

/// Settings with these members within `delivery` and beside it.
pub(crate) fn settings(delivery: &str, further: &str) -> String {
    format!(
        r#"{{"app_guid":"koexample","events":{{"properties":["n"],"select":[{{"names":["Level Up","Bad","Zero","Kill","L*"]}}]}},"delivery":{{{delivery}}},
        "mapping":{{"kochava_device_id":"user_properties.kochava_device_id","origination_ip":"ip_address","idfv":"user_properties.idfv"}}{further}}}"#
    )
}

/// Steps so short that an event expires within two hours.
pub(crate) const SHORT: &str = r#""steps_s":[5,20,60,1800],"span_s":3600,"pause_steps_s":[10,60,600,1800],"slow_steps_s":[2,5,60,600]"#;

fn random_settings(random: &mut Random, is_short: bool) -> String {
    let holds = !is_short && random.chance(0.25);
    // a held identity waits for the last step again and again, for a week
    let delivery = if is_short || (!holds && random.chance(0.8)) {
        SHORT
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

/// Returns the usual settings, and perhaps a time with faulty ones, with others, or disabled.
fn random_phases(random: &mut Random, usual: String, length: i64) -> Vec<SettingsPhase> {
    if random.chance(0.6) {
        return always(usual);
    }
    let from = random.between(0, length);
    let until = (from + random.between(MINUTE, 3 * DAY)).min(length.max(from + 1));
    let other = match random.below(4) {
        0 => None,
        1 => Some(usual.replacen('{', r#"{"enabled":false,"#, 1)),
        2 => Some(usual.replace("koexample", WRONG_APP)),
        _ => Some(usual.replace(r#""Level Up","#, "")),
    };
    with_phase(&usual, from, until, other.as_deref())
}

/// An App GUID that Kochava does not know.
pub(crate) const WRONG_APP: &str = "kowrong";

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
