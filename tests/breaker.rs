//! A breaker opens when it must, for as long as it must, and closes by itself; it judges the route
//! and never one event.

mod breaker {
    mod properties;
    mod rejections;
    mod suspicion;
    mod trips;
    mod unreadable;
}
mod support;

use kochava_edge::{
    Breaker, BreakerReport, BreakerResponse, Breakers, Confirmation, FailureReason, Moment,
    OpenState, Permit, RetrySchedule,
};
use std::time::Duration;

const ROUTE: &str = "event koexample";
const REFUSED: FailureReason = FailureReason::Refused { status: 401 };
const DOWN: FailureReason = FailureReason::Unavailable;
const LIMITED: FailureReason = FailureReason::Limited {
    status: 429,
    hint: None,
};

fn limited(hint: Duration) -> FailureReason {
    FailureReason::Limited {
        status: 429,
        hint: Some(hint),
    }
}

/// What a run sees, in order.
#[derive(Clone, Copy, Debug)]
enum Seen {
    Confirmed,
    Unconfirmed,
    /// An event that was never refused before fails.
    Fails(u64, FailureReason),
    /// An event fails of which an earlier failure was blamed on the route.
    FailsAgain(u64, FailureReason),
    /// An event is rejected with 400 and the answer of this hash.
    Rejected(u64, u64),
    /// An event is answered 200 with a false `success`.
    ReadablyRejected(u64),
}

use Seen::{Confirmed, Fails, FailsAgain, ReadablyRejected, Rejected, Unconfirmed};

fn report_of(is_probe: bool, seen: &[Seen]) -> BreakerReport {
    let mut report = BreakerReport::default();
    report.is_probe = is_probe;
    for seen in seen {
        match *seen {
            Confirmed => report.accept(Confirmation::Confirmed),
            Unconfirmed => report.accept(Confirmation::Unconfirmed),
            Fails(event, reason) => report.fail(event, false, reason, 0),
            FailsAgain(event, reason) => report.fail(event, true, reason, 0),
            Rejected(event, answer) => {
                report.fail(
                    event,
                    false,
                    FailureReason::Rejected { status: 400 },
                    answer,
                );
            }
            ReadablyRejected(event) => {
                report.fail(event, false, FailureReason::Rejected { status: 200 }, event);
            }
        }
    }
    report
}

/// Breakers under the default schedule, with a clock of their own.
struct Clocked {
    breakers: Breakers<String>,
    now: i64,
}

impl Clocked {
    fn new() -> Self {
        Clocked {
            breakers: Breakers::default(),
            now: 1_767_225_600_000,
        }
    }

    fn moment(&self) -> Moment {
        Moment::from_millis(self.now)
    }

    fn permit(&mut self) -> Permit {
        self.breakers.permit(&ROUTE.to_owned(), self.moment())
    }

    /// Reports what a run saw.
    fn run(&mut self, seen: &[Seen]) -> BreakerResponse {
        self.report(&report_of(false, seen))
    }

    /// Takes the permit for a probe, and reports what the probe saw.
    #[track_caller]
    fn probe(&mut self, seen: &[Seen]) -> BreakerResponse {
        assert_eq!(self.permit(), Permit::Probe);
        self.report(&report_of(true, seen))
    }

    /// With the largest jitter, so that the steps are exact, and restored from the stored state.
    fn report(&mut self, report: &BreakerReport) -> BreakerResponse {
        self.breakers = read(&json(&self.breakers));
        let (now, schedule) = (self.moment(), RetrySchedule::default());
        self.breakers
            .report(&ROUTE.to_owned(), report, &schedule, now, 1.0)
    }

    fn open(&self) -> Option<OpenState> {
        self.breakers.open().next().map(|(_, open)| *open)
    }

    /// Why it is tripped; `None` where it is closed or open on suspicion.
    fn tripped(&self) -> Option<kochava_edge::TripReason> {
        let open = self.open().filter(|open| !open.is_suspicion);
        open.map(|open| open.reason)
    }

    fn breaker(&self) -> Breaker {
        self.breakers.of_route(&ROUTE.to_owned())
    }

    fn advance(&mut self, seconds: u64) {
        self.now += i64::try_from(seconds).expect("it is short") * 1_000;
    }
}

/// Five events fail for the same reason.
fn five(reason: FailureReason) -> [Seen; 5] {
    [1, 2, 3, 4, 5].map(|event| Fails(event, reason))
}

fn seconds(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

fn json(value: &impl serde::Serialize) -> String {
    serde_json::to_string(value).expect("it is written")
}

fn read<T: serde::de::DeserializeOwned>(json: &str) -> T {
    serde_json::from_str(json).expect("it was written")
}
