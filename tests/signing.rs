//! Tokens are those that Kochava computes.
//!
//! Kochava, Install Authentication Integration: HMAC-SHA-256, keyed with the API key, of the secret
//! followed by the SHA-1 of the body. The vectors were computed by Python and by Node; `php`
//! recomputes the tokens of planned requests.

mod support;

use kochava_edge::{API_KEY_HEADER, Context, Planner, Request, ShapeCache, Signer};
use std::process::Command;
use support::generate::{body, settings_pool, some};
use support::{case_event, case_folders, case_settings, expected_requests, planner, requests};

const VIEW: &str = r#"{"event_type":"View","ip_address":"203.0.113.7","user_properties":{"kochava_device_id":"KI-1"}}"#;

/// Bodies and their tokens.
const VECTORS: [(&str, &str); 3] = [
    (
        r#"{"action":"event","kochava_app_id":"koexample-ios-abc123","kochava_device_id":"","data":{"event_name":"Purchase","usertime":1700000000}}"#,
        "65a06fccbe80745a61b2414cfd55cbacc5c90f8b05d22cc210cf3ef6bfdd2f8b",
    ),
    (
        r#"{"action":"event","kochava_app_id":"koexample-ios-abc123","kochava_device_id":"kd-1","data":{"device_ua":"Mozilla\/5.0 (iPhone)","event_name":"Purchase"}}"#,
        "55ba222ef33134f16b3b8b4cdae4068243ec89f8925add1510d27cccb9121ced",
    ),
    (
        r#"{"action":"event","kochava_app_id":"koexample-ios-abc123","kochava_device_id":"kd-1","data":{"event_name":"Caf\u00e9 \ud83d\ude00","event_data":{"sum":19.9}}}"#,
        "e05b720f8f2c627fc8a317c5ee2786593a596bb33a24745fd7e03a6ac3a698da",
    ),
];

#[test]
fn known_bodies_get_known_tokens() {
    let planner = with_credentials("test-api-key", "test-secret");
    let signer = Signer::new(
        planner
            .settings()
            .authentication
            .as_ref()
            .expect("credentials were set"),
    );
    assert_eq!(
        VECTORS.map(|(body, _)| body.len()),
        [136, 154, 158],
        "the bodies are copied whole"
    );
    for (body, token) in VECTORS {
        assert_eq!(signer.token(body.as_bytes()).as_str(), token, "{body}");
    }
    assert_eq!(signer.api_key(), "test-api-key");
}

#[test]
fn php_computes_the_token_of_every_signed_request() {
    let mut signed = Vec::new();
    for folder in case_folders() {
        let planner = planner(&case_settings(&folder));
        if planner.settings().authentication.is_some() {
            let of_case = signed_requests(&planner, &case_event(&folder));
            assert_eq!(of_case.len(), expected_requests(&folder));
            signed.extend(of_case);
        }
    }
    let of_cases = signed.len();
    assert!(
        of_cases >= 6,
        "only {of_cases} requests of cases are signed"
    );
    for (inbound, settings) in some(40, &body()).iter().zip(settings_pool().iter().cycle()) {
        signed.extend(signed_requests(&planner(settings), inbound.as_bytes()));
    }
    assert!(signed.len() > of_cases, "no generated body is signed");
    assert_php_agrees(&signed);
}

#[test]
fn keys_and_secrets_of_any_length_sign() {
    // a key longer than SHA-256's block of 64 bytes is hashed first
    for length in [1, 63, 64, 65, 512] {
        let planner = with_credentials(&"k".repeat(length), &"s".repeat(length));
        let signed = signed_requests(&planner, VIEW.as_bytes());
        assert_eq!(signed.len(), 1);
        assert_php_agrees(&signed);
    }
}

#[test]
fn every_line_of_a_batch_is_signed() {
    // lengths of names such that the bodies end at every byte of SHA-1's blocks of 64
    let event = |length: usize| {
        let name = "n".repeat(length % 150 + length % 7 * 40 + 1);
        format!(
            r#"{{"event_type":"{name}","ip_address":"203.0.113.7","user_properties":{{"kochava_device_id":"KI-1","ua":"x"}}}}"#
        )
    };
    let lines: String = (0..150).map(|length| event(length) + "\n").collect();
    for (key, secret) in [
        (1, 1),
        (20, 22),
        (63, 24),
        (64, 63),
        (65, 64),
        (200, 65),
        (20, 128),
        (20, 151),
    ] {
        let (key, secret) = ("k".repeat(key), "s".repeat(secret));
        let planner = with_credentials(&key, &secret);
        let mut fates = String::new();
        planner.plan_ndjson(
            lines.as_bytes(),
            &Context::default(),
            &mut ShapeCache::default(),
            &mut fates,
        );
        let mut signed = Vec::new();
        for line in fates.lines() {
            let fate: serde_json::Value = serde_json::from_str(line).expect("a fate is JSON");
            for request in fate["requests"].as_array().expect("every event is ready") {
                let text = |value: &serde_json::Value| {
                    value
                        .as_str()
                        .expect("a header and a body are strings")
                        .to_owned()
                };
                let token = text(&request["headers"]["Kochava-Auth-Token"]);
                signed.push(Signed {
                    body: text(&request["body"]),
                    key: key.clone(),
                    secret: secret.clone(),
                    token,
                });
            }
        }
        assert_eq!(signed.len(), 150);
        assert_php_agrees(&signed);
    }
}

#[test]
fn without_credentials_nothing_is_signed() {
    let parcel = support::ready(support::SETTINGS, VIEW);
    assert_eq!(header(&parcel.requests[0], API_KEY_HEADER), None);
    assert_eq!(header(&parcel.requests[0], "Kochava-Auth-Token"), None);
}

/// A signed body, and what it is signed with.
#[derive(Debug)]
struct Signed {
    body: String,
    key: String,
    secret: String,
    token: String,
}

fn signed_requests(planner: &Planner, inbound: &[u8]) -> Vec<Signed> {
    let Some(credentials) = &planner.settings().authentication else {
        return Vec::new();
    };
    let fates = planner
        .plan(inbound, &Context::default())
        .map_or_else(|_| Vec::new(), |plan| plan.fates);
    let signed = requests(&fates).map(|request| Signed {
        body: request.body.clone(),
        key: header(request, API_KEY_HEADER)
            .expect("a signed request has a key")
            .to_owned(),
        secret: credentials.secret.expose().to_owned(),
        token: header(request, "Kochava-Auth-Token")
            .expect("a signed request has a token")
            .to_owned(),
    });
    signed.collect()
}

fn header<'r>(request: &'r Request, name: &str) -> Option<&'r str> {
    request
        .headers
        .iter()
        .find(|(other, _)| *other == name)
        .map(|(_, value)| value.as_str())
}

#[track_caller]
fn assert_php_agrees(signed: &[Signed]) {
    const SCRIPT: &str = "for ($i = 1; $i < $argc; $i += 3) echo hash_hmac('sha256', $argv[$i + 1] . sha1($argv[$i + 2]), $argv[$i]), \"\\n\";";
    for some in signed.chunks(32) {
        let arguments = some
            .iter()
            .flat_map(|signed| [&signed.key, &signed.secret, &signed.body]);
        let output = Command::new("php")
            .args(["-n", "-r", SCRIPT, "--"])
            .args(arguments)
            .output();
        let output = output.expect("php is needed as an oracle: apt-get install php-cli");
        let tokens = String::from_utf8(output.stdout).expect("php writes ASCII");
        assert_eq!(
            tokens.lines().count(),
            some.len(),
            "php writes a line for each request"
        );
        for (signed, token) in some.iter().zip(tokens.lines()) {
            assert_eq!(signed.token, token, "{signed:?}");
        }
    }
}

fn with_credentials(api_key: &str, secret: &str) -> Planner {
    let authentication =
        format!(r#"{{"authentication":{{"api_key":"{api_key}","secret":"{secret}"}},"#);
    planner(&support::SETTINGS.replacen('{', &authentication, 1))
}
