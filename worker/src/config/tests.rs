//! The configuration, read from plain variables.

use super::document::Document;
use super::{Bindings, Config, Setup, Variable, Variables};
use kochava_edge::{AppGuid, Platform, Settings, SettingsFault};

const TOKEN: &str = "the-ingest-token";
const SETTINGS: &str = r#"{"app_guid":"koexample","mapping":{"kochava_device_id":"user_properties.kd","origination_ip":"ip_address","idfv":"idfv"}}"#;

fn text(text: &str) -> Variable {
    Variable::Text(text.to_owned())
}

/// Returns complete settings, overridden by these entries.
fn variables<const N: usize>(entries: [(&str, Variable); N]) -> Variables {
    let mut variables = Variables::from([
        ("INGEST_TOKEN", text(TOKEN)),
        ("SETTINGS", Variable::Json(SETTINGS.to_owned())),
    ]);
    variables.extend(entries);
    variables
}

fn faults<const N: usize>(entries: [(&str, Variable); N]) -> Vec<(String, &'static str)> {
    let faults = read_faults(entries);
    let parts = |fault: &SettingsFault| (fault.path.clone(), fault.code);
    faults.iter().map(parts).collect()
}

fn read_faults<const N: usize>(entries: [(&str, Variable); N]) -> Vec<SettingsFault> {
    read(&variables(entries)).err().unwrap_or_default()
}

fn read(variables: &Variables) -> Result<Config, Vec<SettingsFault>> {
    Setup::read(variables).config
}

fn settings(variables: &Variables) -> Settings {
    let setup = Setup::read(variables);
    let ready = setup.ready().next().expect("no fault");
    ready.planner.settings().clone()
}

fn fault(path: &str, code: &'static str) -> (String, &'static str) {
    (path.to_owned(), code)
}

#[test]
fn whole_settings_have_no_fault() {
    assert_eq!(faults([]), []);
    let config = read(&variables([("SUBREQUESTS_MAX", text("50"))])).ok();
    assert_eq!(config.map(|config| config.subrequests_max), Some(50));
}

#[test]
fn every_part_of_the_settings_may_be_a_variable_of_its_own() {
    for key in Settings::KEYS {
        let name = format!("SETTINGS_{}", key.to_ascii_uppercase());
        let found = faults([(&name, Variable::Json("[17]".to_owned()))]);
        // for a key that is read the core reports the wrong type
        let is_unread = matches!(key, "$schema" | "authentication");
        let is_unknown = found.contains(&(name.clone(), "unknown-key"));
        assert_eq!(is_unknown, is_unread, "{name}: {found:?}");
        assert!(!found.is_empty(), "{name}");
    }
    let parts = [
        ("SETTINGS", text(r#"{"app_guid":"kowrong","enabled":true}"#)),
        ("SETTINGS_APP_GUID", text("koexample")),
        ("SETTINGS_ENABLED", text("false")),
        (
            "SETTINGS_MAPPING",
            Variable::Json(
                r#"{"kochava_device_id":"a","origination_ip":"b","idfv":"c"}"#.to_owned(),
            ),
        ),
    ];
    let settings = settings(&variables(parts));
    assert!(!settings.enabled);
    let guid = settings.app_guid.of(Platform::Ios);
    assert_eq!(guid.map(AppGuid::as_str), Some("koexample"));
}

#[test]
fn an_unknown_variable_is_a_fault_with_the_right_spelling() {
    let cases = [
        (
            "SETTINGS_rejects",
            "is not a variable of the settings; did you mean `SETTINGS_REJECTS`?",
        ),
        (
            "Settings_Mapping",
            "is not a variable of the settings; did you mean `SETTINGS_MAPPING`?",
        ),
        (
            "settings",
            "is not a variable of the settings; did you mean `SETTINGS`?",
        ),
        ("SETTINGS_MAPING", "is not a variable of the settings"),
        (
            "SETTINGS_AUTHENTICATION",
            "is not a variable of the settings",
        ),
    ];
    for (name, message) in cases {
        let [fault] = read_faults([(name, text("{}"))])
            .try_into()
            .expect("one fault");
        assert_eq!(
            (fault.path.as_str(), fault.code, &*fault.message),
            (name, "unknown-key", message)
        );
    }
    assert_eq!(faults([("settings_of_another_tool", text("{}"))]), []);
}

#[test]
fn a_key_of_an_sdk_is_text_and_no_token() {
    assert_eq!(faults([("SDK_KEYS", text("key-1, key-2"))]), []);
    for keys in [TOKEN, "key-1,the-ingest-token", "key-1\nthe-admin-token-1"] {
        let entries = [
            ("SDK_KEYS", text(keys)),
            ("ADMIN_TOKEN", text("the-admin-token-1")),
        ];
        assert_eq!(faults(entries), [fault("SDK_KEYS", "invalid")], "{keys}");
    }
    let list = Variable::Json(r#"["key-1"]"#.to_owned());
    assert_eq!(
        faults([("SDK_KEYS", list)]),
        [fault("SDK_KEYS", "wrong-type")]
    );
}

#[test]
fn the_tee_goes_to_amplitude_or_to_this_machine() {
    let tee = |url: &str| {
        let config = read(&variables([("TEE_AMPLITUDE", text(url))]));
        config.map(|config| config.tee.map(|tee| tee.origin().to_owned()))
    };
    for url in [
        "https://api2.amplitude.com",
        "https://api.eu.amplitude.com",
        "http://127.0.0.1:8789",
    ] {
        assert_eq!(tee(url), Ok(Some(url.to_owned())), "{url}");
    }
    assert_eq!(
        tee("https://api2.amplitude.com/"),
        Ok(Some("https://api2.amplitude.com".to_owned()))
    );
    for url in [
        "",
        "api2.amplitude.com",
        "http://api2.amplitude.com",
        "https://api2.amplitude.com/2/httpapi",
        "https://api2.amplitude.com.example.com",
        "https://example.com",
    ] {
        let found = faults([("TEE_AMPLITUDE", text(url))]);
        assert_eq!(found, [fault("TEE_AMPLITUDE", "invalid")], "{url}");
    }
    assert!(read(&variables([])).is_ok_and(|config| config.tee.is_none()));
}

#[test]
fn a_variable_must_be_json_and_fit_into_the_platforms_5_kb() {
    let padded = format!("{{{}}}", " ".repeat(5_000));
    assert_eq!(
        faults([("SETTINGS_EVENTS", text(&padded))]),
        [fault("SETTINGS_EVENTS", "too-large")]
    );
    for json in ["{", r#"{"enabled":true,}"#] {
        let found = faults([("SETTINGS_DELIVERY", text(json))]);
        assert_eq!(found, [fault("SETTINGS_DELIVERY", "wrong-type")], "{json}");
    }
    assert!(faults([("SETTINGS", text("[]"))]).contains(&fault("SETTINGS", "wrong-type")));
}

#[test]
fn credentials_come_from_secrets_alone() {
    let secrets = [
        ("KOCHAVA_API_KEY", text("key")),
        ("KOCHAVA_SECRET", text("secret")),
    ];
    assert!(settings(&variables(secrets)).authentication.is_some());
    assert_eq!(
        faults([
            ("KOCHAVA_API_KEY", text("key")),
            ("KOCHAVA_SECRET", text(""))
        ]),
        [fault("authentication.secret", "missing")]
    );
    let whole = SETTINGS.replace(
        r#"{"app_guid""#,
        r#"{"authentication":{"api_key":"key","secret":"secret"},"app_guid""#,
    );
    assert_eq!(
        faults([("SETTINGS", text(&whole))]),
        [fault("authentication", "secret-in-settings")]
    );
}

#[test]
fn a_token_has_16_characters_except_beside_a_local_kochava() {
    for name in ["INGEST_TOKEN", "INGEST_TOKEN_NEXT", "ADMIN_TOKEN"] {
        let short = "0123456789abcde";
        let [fault] = read_faults([(name, text(short))])
            .try_into()
            .expect("one fault");
        assert_eq!((fault.path.as_str(), fault.code), (name, "too-short"));
        assert!(fault.message.contains("16") && fault.message.contains("openssl rand -hex 32"));
        // the newline of a piped secret does not count
        assert_eq!(read_faults([(name, text("0123456789abcde\n"))]).len(), 1);
        assert_eq!(read_faults([(name, text("0123456789abcdef"))]).len(), 0);
        for local in [
            "http://localhost:8788",
            "http://127.8.9.1",
            "https://[::1]:1",
        ] {
            assert_eq!(
                faults([(name, text(short)), ("KOCHAVA_URL", text(local))]),
                [],
                "{local}"
            );
        }
        for remote in [
            "https://relay.example.com",
            "https://127.0.0.1.example.com",
            "nonsense",
        ] {
            let found = faults([(name, text(short)), ("KOCHAVA_URL", text(remote))]);
            let too_short = (name.to_owned(), "too-short");
            assert!(found.contains(&too_short), "{remote}");
        }
    }
}

#[test]
fn the_operators_token_differs_from_the_ingest_tokens() {
    for name in ["INGEST_TOKEN", "INGEST_TOKEN_NEXT"] {
        let both = [
            (name, text("0123456789abcdef")),
            ("ADMIN_TOKEN", text("0123456789abcdef\n")),
        ];
        assert_eq!(faults(both), [fault("ADMIN_TOKEN", "invalid")]);
    }
}

#[test]
fn a_queue_needs_its_stores() {
    assert_eq!(
        faults([("QUEUE", Variable::Binding), ("DB", Variable::Binding)]).len(),
        super::STORES.len() - 1
    );
    let bindings = Bindings::of(&variables([("QUEUE", Variable::Binding)]));
    let json = serde_json::to_string(&bindings).unwrap();
    assert!(
        json.starts_with(r#"{"INGEST_TOKEN":true,"INGEST_TOKEN_NEXT":false,"#),
        "{json}"
    );
    assert!(json.contains(r#""QUEUE":true,"DB":false,"#), "{json}");
}

#[test]
fn numbers_and_addresses_are_checked() {
    for number in ["0", "-1", "1.5", "many", "", "true"] {
        let found = faults([("SUBREQUESTS_MAX", Variable::Json(number.to_owned()))]);
        assert_eq!(found, [fault("SUBREQUESTS_MAX", "invalid")], "{number}");
    }
    for url in ["", "http://control.kochava.com", "control.kochava.com"] {
        let found = faults([("KOCHAVA_URL", text(url))]);
        assert_eq!(found, [fault("KOCHAVA_URL", "invalid")], "{url}");
    }
}

fn version(settings: &str) -> String {
    let variables = Variables::from([("SETTINGS", text(settings))]);
    let mut faults = Vec::new();
    let document = Document::read(&variables, "", &mut faults);
    document.version("https://control.kochava.com").to_hex()
}

#[test]
fn the_version_of_the_settings_is_pinned() {
    // stored rejects and queued messages contain it, so the digest must never change
    assert_eq!(version(SETTINGS), "92def42bc9636f442c97658ef9b4b393");
}

#[test]
fn the_version_depends_on_the_settings_and_not_on_their_formatting() {
    let one =
        version(r#"{"app_guid":"k","events":{"properties":["a","b"],"rename":{"x":"1","y":"2"}}}"#);
    for same in [
        "{ \"events\" : {\n\"rename\":{\"y\":\"2\",\"x\":\"1\"},\"properties\":[\"a\", \"b\"]},\t\"app_guid\":\"k\"}",
        r#"{"app_guid":"\u006b","events":{"properties":["a","b"],"rename":{"x":"1","y":"2"}}}"#,
        r#"{"app_guid":"other","app_guid":"k","events":{"properties":["a","b"],"rename":{"x":"1","y":"2"}}}"#,
        r#"{"app_guid":"k","authentication":{"api_key":"1","secret":"2"},"events":{"properties":["a","b"],"rename":{"x":"1","y":"2"}}}"#,
    ] {
        assert_eq!(version(same), one, "{same}");
    }
    for other in [
        r#"{"app_guid":"K","events":{"properties":["a","b"],"rename":{"x":"1","y":"2"}}}"#,
        r#"{"app_guid":"k","events":{"properties":["b","a"],"rename":{"x":"1","y":"2"}}}"#,
        r#"{"app_guid":"k","events":{"properties":["a","b"],"rename":{"x":"2","y":"1"}}}"#,
        r#"{"app_guid":"k","events":{"properties":["a","b"]}}"#,
    ] {
        assert_ne!(version(other), one, "{other}");
    }
    let variables = Variables::from([("SETTINGS", text(SETTINGS))]);
    let document = Document::read(&variables, "", &mut Vec::new());
    assert_ne!(
        document.version(""),
        document.version("http://127.0.0.1:8788")
    );
    // split by variables it is the same
    let split = Variables::from([
        ("SETTINGS_APP_GUID", text("koexample")),
        (
            "SETTINGS_MAPPING",
            text(
                r#"{"idfv":"idfv","kochava_device_id":"user_properties.kd","origination_ip":"ip_address"}"#,
            ),
        ),
    ]);
    let split = Document::read(&split, "", &mut Vec::new());
    assert_eq!(split.version(""), document.version(""));
}

#[test]
fn what_is_kept_of_rejects_does_not_depend_on_faults_elsewhere() {
    let keep = |entries: [(&str, Variable); 2]| {
        let rejects = Setup::read(&variables(entries)).syncs[0].rejects;
        (rejects.retention_days, rejects.keep_events)
    };
    let none = || ("KOCHAVA_URL", text("https://control.kochava.com"));
    let faulty = || ("SETTINGS_ENABLED", text("\"yes\""));
    let week = || text(r#"{"retention_days":7,"keep":"reason"}"#);
    assert_eq!(keep([none(), none()]), (30, true));
    assert_eq!(keep([("SETTINGS_REJECTS", week()), none()]), (7, false));
    assert_eq!(keep([("SETTINGS_REJECTS", week()), faulty()]), (7, false));
    // what cannot be read may have been the longest
    for unreadable in [
        ("SETTINGS_REJECTS", text(r#"{"retention_days":"7"}"#)),
        ("SETTINGS_REJECTS", text("{")),
        ("SETTINGS_rejects", week()),
        ("SETTINGS", text("{")),
        ("SETTINGS", text(r#"{"rejets":{"retention_days":90}}"#)),
    ] {
        let name = unreadable.0;
        assert_eq!(keep([unreadable, none()]), (365, true), "{name}");
    }
}

#[test]
fn an_operator_is_let_in_while_other_settings_have_faults() {
    let admin = |token: &str| ("ADMIN_TOKEN", text(token));
    let accepts = |entries: [(&str, Variable); 2]| {
        let setup = Setup::read(&variables(entries));
        assert!(setup.config.is_err());
        setup.admin_tokens.contain("the-operator-token")
    };
    let faulty = || ("SETTINGS_ENABLED", text("\"yes\""));
    assert!(accepts([admin("the-operator-token"), faulty()]));
    // a token that has a fault itself opens nothing
    assert!(!accepts([
        admin("the-operator-token"),
        ("INGEST_TOKEN", text("the-operator-token")),
    ]));
}
