//! What is in the messages, and what must be known before anything is sent?

use super::settlement::Settlement;
use super::{Ending, Handed, Job, Lane, Remembered, Round, Route, Stage, Work};
use crate::gate::{Pass, Report};
use crate::key::Key;
use crate::kochava::named;
use crate::ledger::{Counts, Known};
use crate::limits::{NEWER_WAIT, STORE_WAIT, STORE_WAIT_MAX};
use crate::message::{Entry, Message, NotRead};
use crate::plan::{Context, Fate, Planner};
use crate::reject::DEAD_LETTER;
use crate::request::{Request, RequestKind};
use crate::time::Moment;
use alloc::collections::{BTreeMap, BTreeSet};
use alloc::string::String;
use alloc::vec::Vec;
use core::time::Duration;

impl<'a> Round<'a> {
    /// Reads messages, at `now`, under the settings of this name; `calls_max` calls may be made.
    #[must_use]
    pub fn open(
        handed: &[Handed<'a>],
        planner: &'a Planner,
        settings: Key,
        now: Moment,
        calls_max: usize,
    ) -> Self {
        let works = handed.iter().map(|&handed| Work {
            handed,
            stage: Stage::of(handed.text),
            jobs: Vec::new(),
            has_failed: false,
            is_renewed: false,
        });
        Round {
            planner,
            settings,
            now,
            works: works.collect(),
            lanes: Vec::new(),
            routes: BTreeMap::default(),
            remembered: Remembered::default(),
            calls_left: calls_max,
            counts: Counts::default(),
        }
    }

    /// The messages that the ledger must be asked for, by their numbers and names.
    #[must_use]
    pub fn to_recall(&self) -> Vec<(usize, Key)> {
        let read = |(at, work): (usize, &Work<'a>)| {
            if let Stage::Read(message) = &work.stage {
                Some((at, message.id))
            } else {
                None
            }
        };
        self.works.iter().enumerate().filter_map(read).collect()
    }

    /// Learns what the ledger knows of a message; nothing where it does not answer. New ones are
    /// planned.
    pub fn recalled(&mut self, number: usize, known: Option<&Known>) {
        let (before, work) = self.works.split_at_mut(number);
        let Some(work) = work.first_mut() else { return };
        let Stage::Read(message) = core::mem::replace(&mut work.stage, Stage::Completed) else {
            return;
        };
        let is_copy =
            |other: &Work<'_>| matches!(&other.stage, Stage::Read(read) if read.id == message.id);
        work.stage = match known {
            // the other copy is sent now, and this one is known as settled when it comes again
            Some(Known::New) if before.iter().any(is_copy) => {
                Stage::PutOff(Some(message), Duration::from_secs(1))
            }
            None => Stage::PutOff(Some(message), store_wait(work.handed.deliveries)),
            Some(Known::Completed) => Stage::Completed,
            Some(Known::Open(open)) => match Settlement::read(open) {
                Some(settlement) => Stage::Settled(message, settlement),
                None => Stage::PutOff(Some(message), store_wait(work.handed.deliveries)),
            },
            Some(Known::New) => {
                work.jobs = message
                    .entries
                    .iter()
                    .map(|entry| job(entry, self.planner, self.settings, work.handed.is_dead))
                    .collect();
                Stage::Read(message)
            }
        };
        if let Stage::Read(message) = &mut work.stage {
            message
                .entries
                .iter_mut()
                .zip(&work.jobs)
                .for_each(|(entry, job)| entry.lane = job.lane);
        }
    }

    /// What must be asked of the memory: devices whose identity waits for an event, and devices
    /// whose last link may be the same.
    #[must_use]
    pub fn to_remember(&self) -> (Vec<Key>, Vec<Key>) {
        let holds = self.planner.settings().users.hold_until_event;
        let (mut devices, mut links) = (BTreeSet::new(), BTreeSet::new());
        for job in self
            .works
            .iter()
            .flat_map(|work| &work.jobs)
            .filter(|job| job.ending.is_none())
        {
            if let Some((request, named)) = job.calls.get(job.made)
                && request.kind == RequestKind::Identity
                && job.progress.done == 0
                && job.progress.attempts == 0
                && holds
            {
                devices.extend(named.devices.iter().copied());
            }
            for (device, _) in job.calls[job.made..]
                .iter()
                .filter_map(|(_, named)| named.link)
            {
                links.insert(device);
            }
        }
        (devices.into_iter().collect(), links.into_iter().collect())
    }

    /// Learns what the memory knows of those.
    pub fn remembered(&mut self, remembered: Remembered) {
        self.remembered = remembered;
    }

    /// The routes for which a pass must be asked.
    #[must_use]
    pub fn to_enter(&self) -> Vec<String> {
        let jobs = self
            .works
            .iter()
            .flat_map(|work| &work.jobs)
            .filter(|job| job.ending.is_none());
        let mut routes = BTreeSet::new();
        for (request, named) in jobs.flat_map(|job| &job.calls[job.made..]) {
            routes.insert(route(request, &named.app));
        }
        routes.into_iter().collect()
    }

    /// Learns whether anything may be sent on a route, and makes the lanes once all are known.
    pub fn entered(&mut self, passes: impl IntoIterator<Item = (String, Pass)>) {
        for (name, pass) in passes {
            let wait = if let Pass::Wait(wait) = pass {
                Some(wait)
            } else {
                None
            };
            self.routes.insert(
                name,
                Route {
                    pass,
                    report: Report::default(),
                    is_stopped: wait.is_some(),
                    wait,
                    withholds: false,
                },
            );
        }
        let mut of_device: BTreeMap<Key, usize> = BTreeMap::default();
        for (number, work) in self.works.iter().enumerate() {
            for (index, job) in work.jobs.iter().enumerate() {
                let known = job.lane.and_then(|lane| of_device.get(&lane).copied());
                let at = known.unwrap_or_else(|| {
                    self.lanes.push(Lane::default());
                    self.lanes.len() - 1
                });
                if let Some(lane) = job.lane {
                    of_device.insert(lane, at);
                }
                self.lanes[at].jobs.push((number, index));
            }
        }
    }

    /// How many lanes there are; each is gone along by itself.
    #[must_use]
    pub fn lanes(&self) -> usize {
        self.lanes.len()
    }
}

impl<'a> Stage<'a> {
    fn of(text: &'a str) -> Self {
        match Message::read(text) {
            Ok(message) => Stage::Read(message),
            Err(NotRead::Poison) => Stage::Poison,
            Err(NotRead::Newer) => Stage::PutOff(None, NEWER_WAIT),
        }
    }
}

/// How long a message waits for one of our own stores that does not answer, by how often it was
/// delivered: longer each time, so that its deliveries outlast an outage of days.
#[must_use]
pub fn store_wait(deliveries: u32) -> Duration {
    STORE_WAIT
        .saturating_mul(2_u32.saturating_pow(deliveries.saturating_sub(1)))
        .min(STORE_WAIT_MAX)
}

/// The name of a request's route.
pub(super) fn route(request: &Request, app: &str) -> String {
    [request.kind.as_str(), " ", app].concat()
}

/// Plans an entry under the settings of today.
fn job(entry: &Entry<'_>, planner: &Planner, settings: Key, is_dead: bool) -> Job {
    let context = Context {
        source: entry.source,
        received_at: Some(entry.received),
        room: None,
    };
    let mut job = Job {
        calls: Vec::new(),
        made: 0,
        progress: entry.progress,
        is_delivered: entry.progress.done > 0,
        lane: None,
        name: None,
        received: entry.received,
        ending: None,
        counts: Counts::default(),
        has_changed: false,
    };
    let rejected = |code| {
        Some(Ending::Rejected {
            code,
            status: None,
            answer: String::new(),
        })
    };
    let Ok(taken) = planner.take_again(entry.event, entry.of_users, &context) else {
        job.ending = rejected(crate::reject::MESSAGE_UNREADABLE);
        return job;
    };
    (job.lane, job.name) = (taken.tag.lane, taken.tag.name);
    match taken.fate {
        _ if is_dead => job.ending = rejected(DEAD_LETTER),
        Fate::Skipped(skip) => {
            job.ending = Some(Ending::Done);
            job.counts.count("skipped", 1);
            job.counts.count(&["code:", skip.code()].concat(), 1);
        }
        Fate::Refused(violations) => {
            job.ending = rejected(
                violations
                    .first()
                    .map_or("refused", |violation| violation.rule.code()),
            )
        }
        Fate::Ready(parcel) => {
            job.calls = parcel
                .requests
                .into_iter()
                .map(|request| (named(&request.body), request))
                .map(|(named, request)| (request, named))
                .collect();
            job.made = made(&job, entry, settings);
            job.progress.done = u32::try_from(job.made).unwrap_or(u32::MAX);
            if job.made == job.calls.len() {
                job.ending = Some(Ending::Done);
            }
        }
    }
    job
}

/// How many of its calls were made: the number that was noted, unless the settings changed since.
/// Then an event that was taken is not sent again, and its identities, which may be other ones,
/// are.
fn made(job: &Job, entry: &Entry<'_>, settings: Key) -> usize {
    let done = usize::try_from(entry.progress.done).unwrap_or(usize::MAX);
    let events = job
        .calls
        .iter()
        .filter(|(request, _)| request.kind == RequestKind::Event)
        .count();
    if entry.settings == settings || done == 0 {
        done.min(job.calls.len())
    } else {
        events
    }
}
