//! An install goes first, and once for each device and app.

use crate::consumer::shell::are_acknowledged;
use crate::{Queued, Shell};
use kochava_edge::limits::{CLAIM_LEASE, COPY_WAIT};
use kochava_edge::{BeginMessage, BeginRequest, Disposition, KnownRows, Message};

const SETTINGS: &str = r#"{
    "app_guid": {"ios": "koios", "android": "koandroid"}, "installs": {"send": true},
    "users": {"send": true, "hold_until_event": true},
    "mapping": {"kochava_device_id": "user_properties.kid", "origination_ip": "ip_address", "idfv": "user_properties.idfv"}
}"#;

const INSTALL: &str = "[Amplitude] Application Installed";

/// An event whose device the sender and Kochava know by the same number.
fn event(number: u32, name: &str) -> String {
    from(&format!("d{number}"), number, name)
}

fn from(device: &str, number: u32, name: &str) -> String {
    format!(
        r#"{{"event_type":"{name}","device_id":"{device}","platform":"iOS","user_id":"u-{number}","ip_address":"203.0.113.9","user_properties":{{"kid":"KI-{number}","idfv":"11111111-2222-4333-8444-{number:012}"}}}}"#
    )
}

fn install(number: u32) -> String {
    event(number, INSTALL)
}

fn counts<const N: usize>(shell: &Shell, names: [&str; N]) -> [u64; N] {
    names.map(|name| shell.count(name))
}

#[test]
fn an_install_is_sent_once_for_each_device() {
    let mut shell = Shell::with(SETTINGS);
    for number in [1, 1, 2] {
        assert!(are_acknowledged(&shell.deliver(&[&install(number)])));
    }
    assert_eq!(shell.posted, ["install"; 2]);
    let names = [
        "installs",
        "delivered",
        "skipped",
        "code:install-known",
        "duplicates",
    ];
    assert_eq!(counts(&shell, names), [2, 2, 1, 1, 0]);
}

#[test]
fn one_id_of_a_device_is_enough_to_know_its_install() {
    let mut shell = Shell::with(SETTINGS);
    let reinstalled = install(1).replace("KI-1", "KI-7");
    let restored = install(1).replace("11111111", "77777777");
    shell.deliver(&[&install(1)]);
    shell.deliver(&[&reinstalled]);
    shell.deliver(&[&restored]);
    assert_eq!(shell.posted, ["install"]);
    assert_eq!(counts(&shell, ["installs", "code:install-known"]), [1, 2]);
}

#[test]
fn another_app_of_the_device_has_its_own_install() {
    let mut shell = Shell::with(SETTINGS);
    let other_app = install(1).replace(r#""iOS""#, r#""Android""#);
    shell.deliver(&[&install(1), &other_app]);
    assert_eq!(shell.posted, ["install"; 2]);
    assert_eq!(counts(&shell, ["installs", "skipped"]), [2, 0]);
}

#[test]
fn reinstalls_are_sent_where_the_settings_want_them() {
    let mut shell = Shell::with(&SETTINGS.replace(
        r#""installs": {"send": true}"#,
        r#""installs": {"send": true, "reinstalls": true}"#,
    ));
    shell.deliver(&[&install(1), &install(1)]);
    shell.deliver(&[&install(1)]);
    assert_eq!(shell.posted, ["install"; 3]);
    // what was sent meanwhile is known when they are no longer wanted
    shell.configure(SETTINGS);
    shell.deliver(&[&install(1)]);
    assert_eq!(counts(&shell, ["installs", "code:install-known"]), [3, 1]);
}

#[test]
fn an_event_of_the_same_name_is_sent_as_often_as_it_happens_where_installs_are_not_sent() {
    let mut shell = Shell::with(&SETTINGS.replace(r#""installs": {"send": true},"#, ""));
    shell.deliver(&[&install(1)]);
    shell.deliver(&[&install(1)]);
    assert_eq!(shell.posted, [INSTALL; 2]);
}

#[test]
fn two_installs_of_one_message_are_one() {
    // the second has another device id of the sender's, so that both could go side by side
    let mut shell = Shell::with(SETTINGS);
    let second = from("d2", 1, INSTALL);
    let messages = shell.arrive(&[&install(1), &second]);
    let result = shell.consume(&messages);
    assert_eq!(shell.posted, ["install"]);
    shell.drain(&messages, &result);
    assert_eq!(shell.posted, ["install"]);
    let names = ["installs", "delivered", "skipped", "code:install-known"];
    assert_eq!(counts(&shell, names), [1, 1, 1, 1]);
}

#[test]
fn two_installs_of_one_wave_are_one() {
    let mut shell = Shell::with(SETTINGS);
    let messages: Vec<Queued> = [install(1), from("d2", 1, INSTALL)]
        .iter()
        .flat_map(|event| shell.arrive(&[event]))
        .collect();
    let result = shell.consume(&messages);
    assert_eq!(
        result.dispositions,
        [Disposition::Ack, Disposition::Retry(COPY_WAIT)]
    );
    shell.drain(&messages, &result);
    assert_eq!(shell.posted, ["install"]);
    assert_eq!(counts(&shell, ["installs", "code:install-known"]), [1, 1]);
}

#[test]
fn an_install_waits_while_another_consumer_sends_one_of_its_device() {
    let mut shell = Shell::with(SETTINGS);
    let messages = shell.arrive(&[&install(1)]);
    let [queued] = messages.as_slice() else {
        panic!("{messages:?}")
    };
    let message = Message::read(&queued.text).expect("it is a message");
    // what this consumer will ask for, asked by another one for a message of its own
    let marks = marks_asked_by(&mut shell, queued);
    let request = BeginRequest {
        messages: vec![BeginMessage {
            id: kochava_edge::Digest::of(&["another message"]),
            events: vec![message.events[0].id.fingerprint() + 1],
            installs: vec![(0, vec![marks[0]])],
        }],
        ..BeginRequest::default()
    };
    let now = shell.moment();
    shell.journal.begin(&request, KnownRows::default(), now);
    let result = shell.consume(&messages);
    assert_eq!(result.dispositions, [Disposition::Retry(COPY_WAIT)]);
    assert_eq!(shell.posted, [""; 0]);
    shell.now += i64::try_from(CLAIM_LEASE.as_millis()).expect("it is minutes");
    assert!(are_acknowledged(&shell.consume(&messages)));
    assert_eq!(shell.posted, ["install"], "the other consumer has died");
}

/// The marks of the install in a message, of which a consumer that answers to nobody is asked.
fn marks_asked_by(shell: &mut Shell, queued: &Queued) -> Vec<u64> {
    let planner = shell.planner.as_ref().expect("the settings are well");
    let context = kochava_edge::ConsumerContext {
        sync: "",
        planner: Some(planner),
        settings: shell.settings,
        now: shell.moment(),
        deadline: shell.moment(),
        calls_max: 1,
    };
    match kochava_edge::consume(&[queued.message()], context) {
        kochava_edge::ConsumerStep::Begin(requests, _) => {
            let installs = &requests[0].1.messages[0].installs;
            assert_eq!(installs[0].0, 0);
            assert_eq!(installs[0].1.len(), 2, "one mark for each id");
            installs[0].1.clone()
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn of_a_device_an_install_goes_first_and_an_identity_last() {
    let mut shell = Shell::with(SETTINGS);
    let user = event(1, "$identify");
    shell.deliver(&[&user, &event(1, "View"), &install(1), &event(1, "Buy")]);
    assert_eq!(shell.posted, ["install", "View", "Buy", "identity"]);
    assert_eq!(counts(&shell, ["delivered", "identities"]), [4, 1]);
}

#[test]
fn an_event_waits_until_the_install_of_its_device_is_accepted() {
    let mut shell = Shell::with(SETTINGS);
    shell.reply(r#""action":"install""#, 1, 503, "");
    shell.deliver(&[&event(1, "View"), &install(1), &event(2, "View")]);
    assert_eq!(shell.posted, ["install", "View"]);
    shell.deliver_sent();
    assert_eq!(shell.posted, ["install", "View", "install", "View"]);
    assert_eq!(shell.count("delivered"), 3);
}

#[test]
fn an_accepted_install_releases_the_identities_of_its_device() {
    let mut shell = Shell::with(SETTINGS);
    let users = shell.arrive(&[&event(1, "$identify"), &event(2, "$identify")]);
    let result = shell.consume(&users);
    assert_eq!(shell.posted, [""; 0], "both are held");
    shell.deliver(&[&install(1)]);
    let held: Vec<Queued> = users
        .iter()
        .zip(&result.dispositions)
        .filter(|(_, disposition)| matches!(disposition, Disposition::Retry(_)))
        .map(|(queued, _)| Queued {
            attempts: 2,
            ..queued.clone()
        })
        .collect();
    shell.consume(&held);
    assert_eq!(shell.posted, ["install", "identity"]);
}

#[test]
fn behind_a_known_install_the_identity_still_goes_out() {
    let mut shell = Shell::with(&SETTINGS.replace(
        r#""users": {"send": true, "hold_until_event": true}"#,
        r#""users": {"send": true, "from": "events"}"#,
    ));
    shell.deliver(&[&install(1)]);
    shell.deliver(&[&install(1).replace("u-1", "u-9")]);
    shell.deliver(&[&install(1).replace("u-1", "u-9")]);
    assert_eq!(shell.posted, ["install", "identity", "identity"]);
    let names = [
        "delivered",
        "skipped",
        "installs",
        "code:install-known",
        "code:identity-unchanged",
    ];
    assert_eq!(counts(&shell, names), [2, 1, 1, 2, 1]);
}

#[test]
fn a_rejected_install_is_kept_and_the_next_one_of_its_device_is_sent() {
    let mut shell = Shell::with(SETTINGS);
    shell.reply(r#""action":"install""#, 1, 400, r#"{"success":"0"}"#);
    shell.deliver(&[&install(1)]);
    assert_eq!(shell.reject().code, "kochava-rejected");
    let names = ["installs", "installs-undelivered", "discarded", "delivered"];
    assert_eq!(counts(&shell, names), [0, 1, 1, 0]);
    shell.deliver(&[&install(1)]);
    assert_eq!(shell.posted, ["install"; 2]);
    assert_eq!(counts(&shell, names), [1, 1, 1, 1]);
}

#[test]
fn installs_have_a_breaker_of_their_own() {
    let mut shell = Shell::with(SETTINGS);
    shell.reply(r#""action":"install""#, 5, 401, "");
    for number in 1..=5 {
        shell.deliver(&[&install(number)]);
    }
    let posted = shell.posted.len();
    let result = shell.deliver(&[&install(6)]);
    assert!(matches!(result.dispositions[..], [Disposition::Retry(_)]));
    assert_eq!(shell.posted.len(), posted);
    assert!(are_acknowledged(&shell.deliver(&[&event(7, "View")])));
}
