//! PHP decodes and encodes our bodies to the same bytes.
//!
//! Kochava's servers appear to do so before they hash a body (Kochava, Install Authentication
//! Integration). The oracle is the real `php`, which decodes to objects and to arrays.

mod support;

use kochava_edge::{Context, Planner};
use std::collections::BTreeSet;
use std::io::Write as _;
use std::process::{Command, Stdio};
use std::thread;
use support::generate::{body, number, settings_pool, some, text};
use support::{case_event, case_folders, case_settings, expected_requests, planner, requests};

#[test]
fn php_writes_every_golden_body_to_the_same_bytes() {
    let mut bodies = BTreeSet::new();
    for folder in case_folders() {
        let planner = planner(&case_settings(&folder));
        let count = collect(&mut bodies, &planner, &case_event(&folder));
        assert_eq!(count, expected_requests(&folder), "{}", folder.display());
    }
    assert_php_keeps(&bodies);
}

#[test]
fn php_writes_generated_bodies_to_the_same_bytes() {
    let planners: Vec<_> = settings_pool()
        .iter()
        .map(|settings| planner(settings))
        .collect();
    let mut bodies = BTreeSet::new();
    for generated in some(900, &body()) {
        for planner in &planners {
            collect(&mut bodies, planner, generated.as_bytes());
        }
    }
    assert!(bodies.len() >= 2_400, "only {} bodies", bodies.len());
    assert_php_keeps(&bodies);
}

#[test]
fn php_writes_every_text_and_number_to_the_same_bytes() {
    let planner = planner(&settings_pool()[4]);
    let mut bodies = BTreeSet::new();
    for (number, text) in some(4_000, &(number(), text())) {
        let event = format!(
            r#"{{"event_type":"View","platform":"Android","ip_address":"203.0.113.7","user_properties":{{"kid":"KI-1"}},"event_properties":{{"n":{number},"t":{text}}}}}"#
        );
        collect(&mut bodies, &planner, event.as_bytes());
    }
    assert!(bodies.len() >= 3_700, "only {} bodies", bodies.len());
    assert_php_keeps(&bodies);
}

#[test]
fn the_oracle_detects_what_php_writes_differently() {
    let others = [
        r#"{"a":"/"}"#,
        r#"{"a":1.0}"#,
        r#"{"a":"é"}"#,
        r#"{"a":{}}"#,
        r#"{"0":1}"#,
        r#"{"a":9223372036854775808}"#,
        r#"{"a":1,"a":2}"#,
    ];
    for other in others {
        let [as_objects, as_arrays] = encoded_again(&[other.to_owned()].into())[0].clone();
        assert!(as_objects != other || as_arrays != other, "{other}");
    }
}

/// Adds the bodies that a planner makes of an inbound body; returns their number.
fn collect(bodies: &mut BTreeSet<String>, planner: &Planner, inbound: &[u8]) -> usize {
    let fates = planner
        .plan(inbound, &Context::default())
        .map_or_else(|_| Vec::new(), |plan| plan.fates);
    bodies.extend(requests(&fates).map(|request| request.body.clone()));
    requests(&fates).count()
}

#[track_caller]
fn assert_php_keeps(bodies: &BTreeSet<String>) {
    for (body, again) in bodies.iter().zip(encoded_again(bodies)) {
        assert_eq!(
            again,
            [body.as_str(), body.as_str()],
            "as objects and as arrays"
        );
    }
}

/// Each line as `php` encodes it after decoding it to objects, and to arrays.
fn encoded_again(lines: &BTreeSet<String>) -> Vec<[String; 2]> {
    const SCRIPT: &str = "while (($line = fgets(STDIN)) !== false) { $body = rtrim($line, \"\\n\"); \
        echo json_encode(json_decode($body)), \"\\n\", json_encode(json_decode($body, true)), \"\\n\"; }";
    let mut php = Command::new("php")
        .args(["-n", "-d", "serialize_precision=-1", "-r", SCRIPT])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("php is needed as an oracle: apt-get install php-cli");
    let mut stdin = php.stdin.take().expect("stdin is piped");
    let input = lines
        .iter()
        .flat_map(|line| [line.as_str(), "\n"])
        .collect::<String>();
    let writer = thread::spawn(move || stdin.write_all(input.as_bytes()));
    let output = php.wait_with_output().expect("php ends");
    writer
        .join()
        .expect("the writer does not panic")
        .expect("php reads everything");
    assert!(output.status.success(), "php ends with {}", output.status);
    let output = String::from_utf8(output.stdout).expect("php writes ASCII");
    let answers: Vec<_> = output.lines().collect();
    assert_eq!(
        answers.len(),
        2 * lines.len(),
        "php writes two lines for each"
    );
    answers
        .chunks_exact(2)
        .map(|pair| [pair[0].to_owned(), pair[1].to_owned()])
        .collect()
}
