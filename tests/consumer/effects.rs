//! What the shell does for each effect of the consumer.

use crate::consumer::shell::{Fault, Reply, Shell};
use kochava_edge::{
    BeginAnswer, BeginRequest, CommitRequest, ConsumerStep, Digest, FinishResult, FinishWork,
    JournalState, JournalWrite, KnownRows, LoadedEvent, Outcome, Posting, RequestKind,
    RetrySchedule,
};

const ACCEPTED: Reply = Reply {
    status: 200,
    retry_after: None,
    body: r#"{"success":"1"}"#,
};

impl Shell {
    fn fails(&mut self, fault: Fault) -> bool {
        let at = self.faults.iter().position(|next| *next == fault);
        at.map(|at| self.faults.remove(at)).is_some()
    }

    pub(super) fn load(&mut self, key: Digest) -> LoadedEvent {
        self.effects.push("load");
        if self.fails(Fault::Load) {
            return LoadedEvent::Failed;
        }
        let text = self.large.get(&key).cloned();
        text.map_or(LoadedEvent::Missing, LoadedEvent::Found)
    }

    pub(crate) fn begin(&mut self, request: &BeginRequest) -> Option<BeginAnswer> {
        self.effects.push("begin");
        if self.fails(Fault::Begin) {
            return None;
        }
        let devices = request.devices.iter();
        let links = request.links.iter();
        let known = KnownRows {
            devices: devices
                .map(|device| self.devices.contains(device))
                .collect(),
            links: links
                .map(|device| self.links.get(device).copied())
                .collect(),
            rejected: self.names_of_rejects.iter().copied().collect(),
        };
        let now = self.moment();
        Some(self.journal.begin(request, known, now).0)
    }

    pub(super) fn post<'a>(&mut self, mut posting: Posting<'a>) -> ConsumerStep<'a> {
        for sequence in 0..posting.sequences() {
            while let Some(call) = posting.next_call(sequence, self.moment()) {
                let body = &call.request.body;
                self.posted.push(match call.request.kind {
                    RequestKind::Install => "install".to_owned(),
                    RequestKind::Event => name_in(body),
                    RequestKind::Identity => "identity".to_owned(),
                });
                let mut scripts = self.replies.iter_mut();
                let reply = scripts
                    .find(|(part, replies)| body.contains(part) && !replies.is_empty())
                    .and_then(|(_, replies)| replies.pop_front())
                    .unwrap_or(ACCEPTED);
                self.now += self.call_ms;
                let outcome = Outcome::Answered {
                    status: reply.status,
                    retry_after: reply.retry_after,
                    body: Some(reply.body.as_bytes()),
                    at: self.moment(),
                };
                posting.answered(call.ticket, &outcome, self.moment(), 0.5);
            }
        }
        posting.end(self.moment(), 0.5)
    }

    pub(crate) fn commit(&mut self, request: &CommitRequest) -> Option<Vec<JournalState>> {
        self.effects.push("commit");
        let json = serde_json::to_string(request).expect("it can be written");
        self.commits.push(json);
        if self.fails(Fault::Commit) {
            return None;
        }
        let now = self.moment();
        let schedule = RetrySchedule::default();
        let (states, writes) = self.journal.commit(request.clone(), &schedule, now, 0.5);
        for write in writes {
            match write {
                JournalWrite::Devices(devices, _) => self.devices.extend(devices),
                JournalWrite::Link(device, link, _) => drop(self.links.insert(device, link)),
                JournalWrite::Rejected(event, _) => drop(self.names_of_rejects.insert(event)),
                JournalWrite::DropRejected(event) => drop(self.names_of_rejects.remove(&event)),
                _ => {}
            }
        }
        (!self.fails(Fault::CommitAnswer)).then_some(states)
    }

    pub(super) fn finish(&mut self, work: FinishWork) -> FinishResult {
        self.effects.push("finish");
        let has_rejects = !work.rejects.is_empty() || !work.replaced.is_empty();
        let are_rejects_stored = !(has_rejects && self.fails(Fault::StoreRejects));
        if are_rejects_stored {
            let rejects = work.rejects.into_iter();
            self.rejects
                .extend(rejects.map(|reject| (reject.id, reject)));
            self.large.retain(|key, _| !work.replaced.contains(key));
        }
        let are_resolved_deleted = work.resolved.is_empty() || !self.fails(Fault::DeleteResolved);
        if are_resolved_deleted {
            self.rejects.retain(|id, _| !work.resolved.contains(id));
        }
        let are_ended_deleted = work.ended.is_empty() || !self.fails(Fault::DeleteEnded);
        if are_ended_deleted {
            self.large.retain(|key, _| !work.ended.contains(key));
        }
        let mut are_sent = Vec::new();
        for batch in work.batches {
            let is_sent = !self.fails(Fault::Send);
            are_sent.push(is_sent);
            if is_sent {
                let messages = batch.into_iter();
                self.sent
                    .extend(messages.map(|message| (message.text, message.delay_s)));
            }
        }
        FinishResult {
            are_rejects_stored,
            are_resolved_deleted,
            are_ended_deleted,
            are_sent,
        }
    }

    pub(super) fn complete(&mut self, ids: &[Digest]) -> bool {
        self.effects.push("complete");
        let is_recorded = !self.fails(Fault::Complete);
        if is_recorded {
            let now = self.moment();
            self.journal.complete(ids, now);
        }
        is_recorded
    }
}

fn name_in(body: &str) -> String {
    let rest = body.split(r#""event_name":""#).nth(1).unwrap_or_default();
    rest.split('"').next().unwrap_or_default().to_owned()
}
