//! Alerts: what an operator is told, once when it begins and once when it ends.
//!
//! In: the numbers of each sync, every minute. Out: messages to send, and a state that is kept between
//! the checks. A message that could not be sent is sent again with the next check. What began and ended
//! while nothing could be sent is told by one message.

mod condition;

use crate::digest::Digest;
use crate::time::Moment;
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use serde::{Deserialize, Serialize};

pub use condition::{AlertNumbers, StorageUse};

/// What an alert is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum AlertCode {
    /// Kochava refuses calls: a person has to act.
    Paused,
    /// Many events were not delivered.
    Rejects,
    /// Events wait long.
    Waiting,
    /// Fewer events than before have a field.
    Coverage,
    /// Messages came to the dead-letter queue.
    DeadLetters,
    /// A store is nearly full.
    Storage,
}

/// Something that is so now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AlertCondition {
    /// What it is about.
    pub code: AlertCode,
    /// The sync; `None` for the unnamed one and for what all have in common.
    pub sync: Option<String>,
    /// What is so, and what to do, as a sentence.
    pub text: String,
}

/// An alert that began.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Alert {
    /// What it is about.
    pub code: AlertCode,
    /// The sync; `None` for the unnamed one and for what all have in common.
    pub sync: Option<String>,
    /// What was so when it began, and what to do.
    pub text: String,
    /// When it began.
    pub since: Moment,
    /// When the message about it was sent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sent: Option<Moment>,
    /// When it ended; the message about that is not sent yet.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<Moment>,
    /// Why the last message could not be sent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
}

/// The alerts that began and whose end is not told.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Alerts {
    /// In the order in which they began.
    pub alerts: Vec<Alert>,
    /// The time of the last check.
    pub checked: Option<Moment>,
    /// The settings of each sync, and since when they are in force.
    pub settings: Vec<(Option<String>, Digest, Moment)>,
}

/// What is checked at one moment.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AlertCheck {
    /// Everything that is so.
    pub conditions: Vec<AlertCondition>,
    /// The settings of each sync.
    pub settings: Vec<(Option<String>, Digest)>,
    /// Whether there is an address to send messages to.
    pub can_send: bool,
}

/// A message to send.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AlertMessage {
    /// The alert.
    pub code: AlertCode,
    /// Its sync.
    pub sync: Option<String>,
    /// Whether it tells the end.
    pub is_end: bool,
    /// The text.
    pub text: String,
}

/// Alerts that are kept; more begin only once others have ended.
const ALERTS_MAX: usize = 100;

impl Alert {
    fn is_of(&self, code: AlertCode, sync: Option<&str>) -> bool {
        self.code == code && self.sync.as_deref() == sync
    }
}

impl Alerts {
    /// Takes what is so now; returns the messages to send.
    pub fn check(&mut self, check: AlertCheck, now: Moment) -> Vec<AlertMessage> {
        self.checked = Some(now);
        self.note_settings(check.settings, now);
        for alert in &mut self.alerts {
            let mut conditions = check.conditions.iter();
            let is_so = conditions.find(|is| alert.is_of(is.code, is.sync.as_deref()));
            alert.until = match is_so {
                // what ended and began again before its end was told has not ended
                Some(_) => None,
                None => alert.until.or(Some(now)),
            };
        }
        for condition in check.conditions {
            let code = condition.code;
            let is_it = |alert: &Alert| alert.is_of(code, condition.sync.as_deref());
            let is_known = self.alerts.iter().any(is_it);
            if !is_known && self.alerts.len() < ALERTS_MAX {
                self.alerts.push(Alert {
                    code,
                    sync: condition.sync,
                    text: condition.text,
                    since: now,
                    sent: None,
                    until: None,
                    error: None,
                });
            }
        }
        if !check.can_send {
            self.alerts.retain(|alert| alert.until.is_none());
            return Vec::new();
        }
        self.alerts.iter().filter_map(message).collect()
    }

    /// Takes whether each message was sent: `None`, or the code of its failure.
    pub fn sent(&mut self, results: Vec<(AlertMessage, Option<String>)>, now: Moment) {
        for (message, error) in results {
            let sync = message.sync.as_deref();
            let mut alerts = self.alerts.iter();
            let Some(at) = alerts.position(|alert| alert.is_of(message.code, sync)) else {
                continue;
            };
            let is_sent = error.is_none();
            self.alerts[at].error = error;
            match (is_sent, message.is_end) {
                (true, true) => drop(self.alerts.remove(at)),
                (true, false) => self.alerts[at].sent = Some(now),
                (false, _) => {}
            }
        }
    }

    fn note_settings(&mut self, settings: Vec<(Option<String>, Digest)>, now: Moment) {
        let before = core::mem::take(&mut self.settings);
        for (sync, digest) in settings {
            let mut known = before.iter();
            let known = known.find(|(name, version, _)| *name == sync && *version == digest);
            let since = known.map_or(now, |(_, _, since)| *since);
            self.settings.push((sync, digest, since));
        }
    }
}

/// Returns the message that is to be sent about an alert, if there is one.
fn message(alert: &Alert) -> Option<AlertMessage> {
    let Alert {
        code, sync, text, ..
    } = alert;
    let of = match sync {
        Some(sync) => format!("kochava-edge, sync {sync}"),
        None => "kochava-edge".to_string(),
    };
    let (text, is_end) = match (alert.until, alert.sent) {
        (Some(until), Some(_)) => {
            let minutes = (until.millis - alert.since.millis) / 60_000;
            (format!("{of}: over after {minutes} min: {text}"), true)
        }
        // its beginning was never sent
        (Some(until), None) => {
            let [began, ended] = [alert.since, until].map(Moment::to_the_minute);
            (format!("{of}: began {began}, ended {ended}: {text}"), true)
        }
        (None, None) => (format!("{of}: {text}"), false),
        (None, Some(_)) => return None,
    };
    Some(AlertMessage {
        code: *code,
        sync: sync.clone(),
        is_end,
        text,
    })
}
