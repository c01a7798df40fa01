//! What follows for each message, and what is left to do for it?

use super::open::store_wait;
use super::settlement::{Rejected, Rest, Settlement};
use super::{Ending, Job, Remembered, Resend, Round, Stage, Verdict, Wait, Work};
use crate::delivery::Schedule;
use crate::gate::{Pass, Report, Ruling};
use crate::key::Key;
use crate::ledger::{Counts, Known, Settled};
use crate::limits::{
    HOLD_STEP_MAX, QUEUE_AGE_MAX, QUEUE_DELAY_SECONDS_MAX, QUEUE_DELIVERIES_MAX, STORE_WAIT,
    WITHHELD_MAX,
};
use crate::message::{Entry, Message};
use crate::plan::{Context, Fate};
use crate::reject::{DEAD_LETTER, DEVICE_UNKNOWN, EXPIRED, MESSAGE_UNREADABLE, Reject};
use alloc::collections::BTreeMap;
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use core::time::Duration;

impl Round<'_> {
    /// What the gates must be told; nothing where all went well and nothing else is remembered.
    #[must_use]
    pub fn reports(&self) -> Vec<(String, Report)> {
        let is_told = |pass: Pass, report: &Report| {
            let nothing = Report {
                accepted: 0,
                ..*report
            } == Report::default();
            !nothing || (report.accepted > 0 && pass != Pass::Open { is_calm: true })
        };
        self.routes
            .iter()
            .filter(|(_, route)| is_told(route.pass, &route.report))
            .map(|(name, route)| (name.clone(), route.report))
            .collect()
    }

    /// Learns what follows from a report for all that use the route.
    pub fn ruled(&mut self, name: &str, ruling: Ruling) {
        if let Some(route) = self.routes.get_mut(name) {
            // a gate that says of no wait is open: what waited before it follows the probe soon
            route.wait = ruling.wait.or(route.wait).or(Some(Duration::from_secs(1)));
            route.withholds = ruling.withholds;
        }
    }

    /// What the ledger must note: every message in which anything ended or changed. The others come
    /// again as they are. `jitter` is a fresh random number from 0 to 1.
    pub fn to_settle(&mut self, jitter: f64) -> Vec<(usize, Settled)> {
        let mut settled = Vec::new();
        for number in 0..self.works.len() {
            let Stage::Read(_) = self.works[number].stage else {
                continue;
            };
            self.withhold(number);
            let waits: Vec<_> = (0..self.works[number].jobs.len())
                .map(|index| self.wait_of(number, index, jitter))
                .collect();
            let work = &mut self.works[number];
            let is_unchanged = waits.iter().all(Option::is_some)
                && !waits.is_empty()
                && work.jobs.iter().all(|job| !job.has_changed);
            let Stage::Read(message) = core::mem::replace(&mut work.stage, Stage::Completed) else {
                continue;
            };
            if is_unchanged {
                let soonest = waits.into_iter().flatten().min().unwrap_or(STORE_WAIT);
                work.stage = Stage::PutOff(Some(message), soonest);
                continue;
            }
            let settlement = settle(work, &waits);
            let counts = counts(&message, work);
            self.counts.add(&counts);
            settled.push((
                number,
                Settled {
                    id: message.id,
                    open: settlement.text(),
                    counts,
                },
            ));
            work.stage = Stage::Read(message);
        }
        settled
    }

    /// Learns what holds for a message that was settled, which somebody else may have done before;
    /// nothing where the ledger does not answer: then it comes again, and what Kochava took of
    /// it is sent twice.
    pub fn settled(&mut self, number: usize, known: Option<&Known>) {
        let work = &mut self.works[number];
        let Stage::Read(message) = core::mem::replace(&mut work.stage, Stage::Completed) else {
            return;
        };
        let again = |message| Stage::PutOff(Some(message), store_wait(work.handed.deliveries));
        work.stage = match known {
            Some(Known::Completed) => Stage::Completed,
            Some(Known::Open(open)) => match Settlement::read(open) {
                Some(settlement) => Stage::Settled(message, settlement),
                None => again(message),
            },
            Some(Known::New) | None => again(message),
        };
    }

    /// What must be kept as rejects, by the numbers of their messages.
    #[must_use]
    pub fn rejects(&self) -> Vec<(usize, Reject)> {
        let mut rejects = Vec::new();
        for (number, work) in self.works.iter().enumerate() {
            match &work.stage {
                Stage::Poison => {
                    let (code, sentence) = if work.handed.is_dead {
                        (
                            DEAD_LETTER,
                            "nobody could take the message to its end, nor read it",
                        )
                    } else {
                        (
                            MESSAGE_UNREADABLE,
                            "the message is none that this release can read",
                        )
                    };
                    rejects.push((
                        number,
                        Reject::message(work.handed.text, code, sentence, self.now, self.settings),
                    ));
                }
                Stage::Settled(message, settlement) => {
                    let kept = settlement.rejects.iter().filter_map(|rejected| {
                        Some((message.entries.get(rejected.index)?, rejected))
                    });
                    rejects.extend(
                        kept.map(|(entry, rejected)| (number, self.reject_of(entry, rejected))),
                    );
                }
                Stage::Read(_) | Stage::Completed | Stage::PutOff(..) => {}
            }
        }
        rejects
    }

    /// What must go into the queue for the messages: their rests, and copies of those that waited
    /// too long as they are. One that does not get through is told by [`Round::failed`].
    #[must_use]
    pub fn resends(&mut self) -> Vec<Resend> {
        let mut resends = Vec::new();
        for from in 0..self.works.len() {
            let work = &self.works[from];
            match &work.stage {
                _ if work.has_failed => {
                    let wait = store_wait(work.handed.deliveries);
                    if self.must_renew(work, work.stage.message(), wait) {
                        resends.push(self.renewal(from, wait));
                        self.works[from].is_renewed = true;
                    }
                }
                Stage::Settled(message, settlement) => {
                    resends.extend(self.rests(from, message, settlement))
                }
                Stage::PutOff(message, wait) if self.must_renew(work, message.as_ref(), *wait) => {
                    resends.push(self.renewal(from, *wait))
                }
                Stage::Poison | Stage::Read(_) | Stage::Completed | Stage::PutOff(..) => {}
            }
        }
        resends
    }

    /// A copy of a message, as far as it can be read with what is to be noted in it.
    fn renewal(&self, from: usize, wait: Duration) -> Resend {
        let work = &self.works[from];
        let text = work.stage.message().map_or_else(
            || work.handed.text.to_string(),
            |message| self.copy(work, message),
        );
        Resend {
            from,
            text,
            delay_s: seconds(wait),
        }
    }

    /// What the memory must be told: every device and every link of this round, those that it told
    /// included.
    #[must_use]
    pub fn remembers(&self) -> &Remembered {
        &self.remembered
    }

    /// A message for which something could not be done: it comes again, and then that is completed.
    pub fn failed(&mut self, number: usize) {
        (self.works[number].has_failed, self.works[number].is_renewed) = (true, false);
    }

    /// The messages of which the ledger must note that they are completed, by their numbers and
    /// names.
    #[must_use]
    pub fn to_complete(&self) -> Vec<(usize, Key)> {
        let settled = |(at, work): (usize, &Work<'_>)| {
            if let Stage::Settled(message, _) = &work.stage {
                Some((at, message.id))
            } else {
                None
            }
        };
        self.works
            .iter()
            .enumerate()
            .filter(|(_, work)| !work.has_failed)
            .filter_map(settled)
            .collect()
    }

    /// What was counted in this round, as far as nobody counted it before.
    #[must_use]
    pub fn counts(&self) -> &Counts {
        &self.counts
    }

    /// Calls that may still be made.
    #[must_use]
    pub fn calls_left(&self) -> usize {
        self.calls_left
    }

    /// What the shell does with a message in the end; what the queue is asked for with
    /// [`Verdict::Renew`] is among the [`Round::resends`].
    #[must_use]
    pub fn verdict(&self, number: usize) -> Verdict {
        let work = &self.works[number];
        match &work.stage {
            _ if work.is_renewed => Verdict::Renew(store_wait(work.handed.deliveries)),
            _ if work.has_failed => Verdict::Retry(store_wait(work.handed.deliveries)),
            Stage::Poison | Stage::Settled(..) | Stage::Completed => Verdict::Ack,
            Stage::PutOff(message, wait) if self.must_renew(work, message.as_ref(), *wait) => {
                Verdict::Renew(*wait)
            }
            Stage::PutOff(_, wait) => Verdict::Retry(*wait),
            Stage::Read(_) => Verdict::Retry(store_wait(work.handed.deliveries)),
        }
    }

    /// Whether the platform would soon take the message for dead, or delete it.
    fn must_renew(&self, work: &Work<'_>, message: Option<&Message<'_>>, wait: Duration) -> bool {
        // one that cannot be read does not say when it was sent, but it waited as long each time
        let age = message.map_or(wait.saturating_mul(work.handed.deliveries), |message| {
            Duration::from_millis(
                u64::try_from(self.now.millis.saturating_sub(message.sent.millis)).unwrap_or(0),
            )
        });
        work.handed.deliveries >= QUEUE_DELIVERIES_MAX || age + wait > QUEUE_AGE_MAX
    }

    /// A message anew, with the deferrals of this copy noted, which are counted when it is settled.
    fn copy(&self, work: &Work<'_>, message: &Message<'_>) -> String {
        let mut copy = Message {
            sent: self.now,
            ..message.clone()
        };
        let deferrals = u64::from(work.handed.deliveries).saturating_mul(copy.entries.len() as u64);
        match copy.tally.iter_mut().find(|(name, _)| name == "deferrals") {
            Some((_, times)) => *times = times.saturating_add(deferrals),
            None => copy.tally.push(("deferrals".to_string(), deferrals)),
        }
        for entry in &mut copy.entries {
            entry.progress.deferrals = entry
                .progress
                .deferrals
                .saturating_add(work.handed.deliveries);
        }
        copy.text()
    }

    /// Takes rejections back that say nothing about their events.
    fn withhold(&mut self, number: usize) {
        for index in 0..self.works[number].jobs.len() {
            let name = self.route_of(number, index);
            let Some(route) = self.routes.get(&name).filter(|route| route.withholds) else {
                continue;
            };
            let job = &mut self.works[number].jobs[index];
            if let Some(Ending::Rejected {
                status: Some(_), ..
            }) = job.ending
                && job.progress.withheld < WITHHELD_MAX
            {
                job.progress.withheld += u32::from(!route.report.is_probe);
                job.has_changed = true;
                job.ending = Some(Ending::PutOff(Wait::Gate(name)));
            }
        }
    }

    /// How long an event waits, if it does.
    fn wait_of(&self, number: usize, index: usize, jitter: f64) -> Option<Duration> {
        let work = &self.works[number];
        let wait = match work.jobs[index].ending.as_ref() {
            Some(Ending::Done | Ending::Rejected { .. }) => return None,
            Some(Ending::Later(wait)) => *wait,
            Some(Ending::PutOff(Wait::Behind(ahead))) => {
                return self.wait_of(number, *ahead, jitter);
            }
            // those that waited before a gate do not all come at once when it opens
            Some(Ending::PutOff(Wait::Gate(name))) => {
                let wait = self
                    .routes
                    .get(name)
                    .and_then(|route| route.wait)
                    .unwrap_or(STORE_WAIT);
                wait + wait.mul_f64(if (0.0..=1.0).contains(&jitter) {
                    jitter
                } else {
                    1.0
                })
            }
            Some(Ending::PutOff(Wait::Held)) => {
                let times = work.jobs[index]
                    .progress
                    .deferrals
                    .saturating_add(work.handed.deliveries);
                Schedule::closed(&self.planner.settings().schedule.steps, times, jitter)
                    .min(HOLD_STEP_MAX)
            }
            Some(Ending::PutOff(Wait::Calls)) | None => Duration::from_secs(1),
        };
        Some(Duration::from_secs(u64::from(seconds(wait))))
    }

    /// The messages in which the rest of a settled one goes on, one for each wait.
    fn rests(&self, from: usize, message: &Message<'_>, settlement: &Settlement) -> Vec<Resend> {
        let mut by_delay: BTreeMap<u32, Vec<Entry<'_>>> = BTreeMap::default();
        for rest in &settlement.rest {
            let Some(entry) = message.entries.get(rest.index) else {
                continue;
            };
            let entry = Entry {
                progress: rest.progress,
                settings: self.settings,
                ..entry.clone()
            };
            by_delay.entry(rest.delay_s).or_default().push(entry);
        }
        let messages = by_delay.into_iter().map(|(delay_s, entries)| {
            // the same name whoever makes it, so that of two copies one counts
            let id = Key::of(&["rest of", &message.id.to_hex(), &delay_s.to_string()]);
            let rest = Message {
                id,
                sent: self.now,
                tally: Vec::new(),
                entries,
            };
            Resend {
                from,
                text: rest.text(),
                delay_s,
            }
        });
        messages.collect()
    }

    fn reject_of(&self, entry: &Entry<'_>, rejected: &Rejected) -> Reject {
        let Rejected {
            code,
            status,
            answer,
            progress,
            ..
        } = rejected;
        let context = Context {
            source: entry.source,
            received_at: Some(entry.received),
            room: None,
        };
        let taken = self
            .planner
            .take_again(entry.event, entry.of_users, &context)
            .ok();
        if let Some(taken) = &taken
            && let Fate::Refused(violations) = &taken.fate
            && status.is_none()
            && violations
                .first()
                .is_some_and(|violation| violation.rule.code() == code)
        {
            let refused = Reject::refused(
                &taken.tag,
                violations,
                entry.event,
                entry.source,
                entry.received,
                self.settings,
            );
            return Reject {
                id: entry.id,
                progress: *progress,
                ..refused
            };
        }
        let (fate, name) = taken.map_or((None, None), |taken| (Some(taken.fate), taken.tag.name));
        let calls = if let Some(Fate::Ready(parcel)) = &fate {
            parcel.requests.as_slice()
        } else {
            &[]
        };
        let done = usize::try_from(progress.done)
            .unwrap_or(usize::MAX)
            .min(calls.len());
        let bodies = calls[done..].iter().map(|request| request.body.as_str());
        Reject::undelivered(
            entry,
            name,
            code,
            &sentence(code, *status),
            *progress,
            self.settings,
        )
        .answered(bodies, *status, answer)
    }
}

impl<'a> Stage<'a> {
    /// The message, where one could be read and is still of interest.
    fn message(&self) -> Option<&Message<'a>> {
        match self {
            Stage::Read(message) | Stage::Settled(message, _) => Some(message),
            Stage::PutOff(message, _) => message.as_ref(),
            Stage::Poison | Stage::Completed => None,
        }
    }
}

impl Job {
    fn is_put_off(&self) -> bool {
        matches!(self.ending, Some(Ending::PutOff(_)) | None)
    }
}

/// What is left to do for a message, given how long each of its events waits.
fn settle(work: &Work<'_>, waits: &[Option<Duration>]) -> Settlement {
    let mut settlement = Settlement::default();
    // the deliveries of this copy that came to nothing were deferrals
    let before = work.handed.deliveries.saturating_sub(1);
    for (index, (job, wait)) in work.jobs.iter().zip(waits).enumerate() {
        let mut progress = job.progress;
        progress.deferrals = progress
            .deferrals
            .saturating_add(before)
            .saturating_add(u32::from(job.is_put_off()));
        if let Some(wait) = wait {
            settlement.rest.push(Rest {
                index,
                delay_s: seconds(*wait),
                progress,
            });
        } else if let Some(Ending::Rejected {
            code,
            status,
            answer,
        }) = &job.ending
        {
            settlement.rejects.push(Rejected {
                index,
                code: (*code).to_string(),
                status: *status,
                answer: answer.clone(),
                progress,
            });
        }
    }
    settlement
}

/// What is counted for a message.
fn counts(message: &Message<'_>, work: &Work<'_>) -> Counts {
    let mut counts = Counts::default();
    message
        .tally
        .iter()
        .for_each(|(name, times)| counts.count(name, *times));
    for job in &work.jobs {
        counts.add(&job.counts);
        counts.count(
            "deferrals",
            u64::from(work.handed.deliveries.saturating_sub(1)) + u64::from(job.is_put_off()),
        );
        match &job.ending {
            Some(Ending::Rejected { code, .. }) => {
                counts.count(&["code:", code].concat(), 1);
                let is_identity = job.is_delivered;
                let name = if *code == EXPIRED {
                    "expired"
                } else {
                    "discarded"
                };
                counts.count(
                    if is_identity {
                        "identities-undelivered"
                    } else {
                        name
                    },
                    1,
                );
            }
            Some(Ending::Done | Ending::Later(_) | Ending::PutOff(_)) | None => {}
        }
    }
    counts
}

/// Why an event was not delivered, for people.
fn sentence(code: &str, status: Option<u16>) -> String {
    match (code, status) {
        (EXPIRED, _) => "Kochava did not take it within the schedule".to_string(),
        (DEVICE_UNKNOWN, _) => "no event of its device was taken, and Kochava drops the identity of a device that it does not know".to_string(),
        (DEAD_LETTER, _) => "nobody could take the message to its end".to_string(),
        (_, Some(status)) => format!("Kochava rejected it with HTTP {status}"),
        (_, None) => "it cannot be sent as it is".to_string(),
    }
}

/// Whole seconds, as far as the queue can count.
fn seconds(wait: Duration) -> u32 {
    u32::try_from(wait.as_secs())
        .unwrap_or(u32::MAX)
        .clamp(1, QUEUE_DELAY_SECONDS_MAX)
}
