//! The sweep: hand-written scripts of what the stores answer.

use kochava_edge::limits::{LARGE_EVENT_DAYS, SWEEP_ROUNDS_MAX};
use kochava_edge::{
    JournalSweep, Moment, RejectSweep, Rejects, RetentionResult, RetentionStep, StoreSweep,
    StoresSwept, SweepAnswer, retention,
};

const DAY: i64 = 86_400_000;
const NOW: Moment = Moment::from_millis(1_767_225_600_000);
const KEEP: Rejects = Rejects {
    retention_days: 7,
    keep_events: true,
};

/// Answers each round of the stores with the next pair, and the journal with `is_journal_swept`.
fn run(
    keep: Rejects,
    rounds: &[(Option<SweepAnswer>, Option<SweepAnswer>)],
    is_journal_swept: bool,
) -> (Vec<StoreSweep>, JournalSweep, RetentionResult) {
    let (mut sweeps, mut journal) = (Vec::new(), None);
    let mut rounds = rounds.iter();
    let mut step = retention(keep, NOW);
    loop {
        step = match step {
            RetentionStep::Stores(sweep, sweeping) => {
                assert_eq!(journal, None, "the journal comes last");
                sweeps.push(sweep);
                let &(rejects, large_events) = rounds.next().expect("there is an answer");
                sweeping.swept(StoresSwept {
                    rejects,
                    large_events,
                })
            }
            RetentionStep::Journal(sweep, sweeping) => {
                journal = Some(sweep);
                sweeping.swept(is_journal_swept)
            }
            RetentionStep::Done(result) => {
                assert_eq!(rounds.next(), None, "every answer was asked for");
                return (sweeps, journal.expect("the journal is swept"), result);
            }
        };
    }
}

const DONE: Option<SweepAnswer> = Some(SweepAnswer::Done);
const MORE: Option<SweepAnswer> = Some(SweepAnswer::More);
const FAILED: Option<SweepAnswer> = Some(SweepAnswer::Failed);

#[test]
fn every_store_is_swept_by_what_it_keeps() {
    let (sweeps, journal, result) = run(KEEP, &[(DONE, DONE)], true);
    let [sweep] = sweeps.try_into().expect("one round");
    let before = Moment::from_millis(NOW.millis - 7 * DAY);
    let rejects = RejectSweep {
        before,
        strips_events: false,
    };
    assert_eq!(sweep.rejects, Some(rejects));
    let unused = Moment::from_millis(NOW.millis - i64::from(LARGE_EVENT_DAYS) * DAY);
    assert_eq!(sweep.large_events, Some(unused));
    assert_eq!(journal, JournalSweep { rejects_days: 7 });
    let expected = RetentionResult {
        rejects: SweepAnswer::Done,
        large_events: SweepAnswer::Done,
        is_journal_swept: true,
    };
    assert_eq!(result, expected);
}

#[test]
fn where_only_reasons_are_kept_the_events_from_before_are_stripped() {
    let keep = Rejects {
        keep_events: false,
        ..KEEP
    };
    let (sweeps, _, _) = run(keep, &[(DONE, DONE)], true);
    assert!(sweeps[0].rejects.expect("rejects are swept").strips_events);
}

#[test]
fn a_store_with_more_rows_is_asked_again_and_the_other_is_not() {
    let (sweeps, journal, result) = run(KEEP, &[(MORE, DONE), (MORE, None), (DONE, None)], true);
    let asked: Vec<_> = sweeps
        .iter()
        .map(|sweep| (sweep.rejects.is_some(), sweep.large_events.is_some()))
        .collect();
    assert_eq!(asked, [(true, true), (true, false), (true, false)]);
    assert_eq!(journal.rejects_days, 7);
    assert_eq!(result.rejects, SweepAnswer::Done);
}

#[test]
fn a_run_has_an_end_and_the_names_of_rejects_that_are_left_stay() {
    let mut rounds = vec![(MORE, None); SWEEP_ROUNDS_MAX];
    rounds[0] = (MORE, DONE);
    let (sweeps, journal, result) = run(KEEP, &rounds, true);
    assert_eq!(sweeps.len(), SWEEP_ROUNDS_MAX);
    assert_eq!(result.rejects, SweepAnswer::More);
    assert_eq!(journal.rejects_days, 365);
}

#[test]
fn a_store_that_fails_stops_no_other_and_keeps_the_names_of_its_rejects() {
    for answer in [FAILED, None] {
        let (_, journal, result) = run(KEEP, &[(answer, MORE), (None, DONE)], true);
        assert_eq!(result.rejects, SweepAnswer::Failed);
        assert_eq!(result.large_events, SweepAnswer::Done);
        assert_eq!(journal.rejects_days, 365, "a replay needs the names");
    }
    let (_, journal, result) = run(KEEP, &[(DONE, FAILED)], false);
    assert_eq!(journal.rejects_days, 7);
    assert_eq!(result.large_events, SweepAnswer::Failed);
    assert!(!result.is_journal_swept);
}
