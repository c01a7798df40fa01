//! Settings without a fault, and settings with exactly one.

use serde_json::{Value, json};

/// The smallest settings without a fault.
pub(crate) fn least() -> Value {
    json!({ "app_guid": "koexample", "mapping": { "kochava_device_id": "kid", "origination_ip": "ip_address", "idfv": "user_properties.idfv" } })
}

/// Settings with a value for every key.
pub(crate) const FULL: &str = r#"{
    "$schema": "./settings.schema.json", "app_guid": { "ios": "koios", "default": "koother" }, "test_app_guid": "kotest", "enabled": false, "sources": ["amplitude", "generic"],
    "test": [{ "where": [{ "property": "event_properties.environment", "is": "is", "value": "sandbox" }] }],
    "authentication": { "api_key": "key-1", "secret": "secret-1" },
    "installs": { "send": true, "reinstalls": true, "select": [{ "names": ["* Installed"], "where": [{ "property": "platform", "is": "is not", "value": "Web" }] }] },
    "events": {
        "send": false, "properties": ["price", "/cart..x"], "user_properties": "*", "rename": { "Order Completed": "Purchase" },
        "screen_name": "*", "page_name": "Page: *", "preset": "standard", "rename_properties": { "product_id": "content_id" },
        "select": [{ "names": ["Purchase", "Level *"], "where": [{ "property": "event_properties.price", "is": "greater than", "value": 0 },
            { "property": "/event_properties/a~1b", "is": "not in", "value": ["x", 5, true] }, { "property": "a.b", "is": "exists" }] }],
        "revenue": { "from": ["event_properties.$revenue", "/event_properties/a~1b"] }
    },
    "users": { "send": true, "from": "both", "user_id_as": null, "hold_until_event": true, "properties": ["*"] },
    "mapping": {
        "kochava_device_id": "kid", "origination_ip": ["ip_address", "user_properties.ip"], "idfa": "idfa", "att": "user_properties.att",
        "event_name": ["event", "/a~1b/name"], "install_referrer": "event_properties.referrer", "referrer_click_time": ["event_properties.clicked_at"],
        "ad_services_token": "user_properties.token", "adservices_attribution_details": "user_properties.search_ads",
        "custom_ids": { "rida": "user_properties.rida", "custom": ["kid", "x"], "A-1.x": "b" }
    },
    "wire": { "usertime": "millis", "device_ua": "raw", "device_ver": "model", "values": "strings", "nested": "json", "identity_route": "track" },
    "delivery": {
        "attempts": 10, "budget_ms": 30000, "timeout_ms": 100, "steps_s": [7, 43200], "span_s": 97200, "pause_steps_s": [60], "slow_steps_s": [1, 2, 3]
    },
    "rejects": { "retention_days": 7, "keep": "reason" },
    "alerts": { "paused_minutes": 15, "reject_percent": null, "waiting_minutes": 10080, "coverage_drop_percent": 100 }
}"#;

/// The smallest settings with the member `key` at the pointer `at`; objects on the way are created.
pub(crate) fn with(at: &str, key: &str, value: Value) -> Value {
    let mut document = least();
    let mut parent = &mut document;
    for step in at.split('/').skip(1) {
        parent = &mut parent[step];
    }
    parent[key] = value;
    document
}

/// The smallest settings without the member `key` at the pointer `at`.
pub(crate) fn without(at: &str, key: &str) -> Value {
    let mut document = least();
    document
        .pointer_mut(at)
        .and_then(Value::as_object_mut)
        .expect("it is an object")
        .remove(key);
    document
}

/// Documents with one fault each, with the code and the sentence of that fault.
#[rustfmt::skip]
pub(crate) fn faults() -> Vec<(Value, &'static str)> {
    let row = |row: Value| json!({ "select": [{ "where": [row] }] });
    let long = "x".repeat(513);
    vec![
        (without("", "app_guid"), "missing `app_guid`: is required"),
        (with("", "app_guid", json!(5)), "wrong-type `app_guid`: must be an App GUID, or an object of them by platform"),
        (with("", "app_guid", json!("")), "empty `app_guid`: must not be empty"),
        (with("", "app_guid", json!("ko example")), "invalid `app_guid`: must be visible ASCII characters without spaces"),
        (with("", "app_guid", json!({})), "empty `app_guid`: must name at least one platform"),
        (with("", "app_guid", json!({ "iOS": "ko" })), "unknown-key `app_guid.iOS`: is not a setting; did you mean `ios`?"),
        (with("", "test_app_guid", json!(long)), "out-of-range `test_app_guid`: must have at most 512 characters"),
        (with("", "$schema", json!(5)), "wrong-type `$schema`: must be a string"),
        (with("", "enabled", json!("yes")), "wrong-type `enabled`: must be true or false"),
        (with("", "enabeld", json!(true)), "unknown-key `enabeld`: is not a setting; did you mean `enabled`?"),
        (with("", "surprise", json!(true)), "unknown-key `surprise`: is not a setting"),
        (with("", "test", json!({})), "wrong-type `test`: must be a list"),
        (with("", "test", json!([5])), "wrong-type `test[0]`: must be an object"),
        (with("", "authentication", json!({ "api_key": "k" })), "missing `authentication.secret`: is required if the other credential is set"),
        (with("", "authentication", json!({ "api_key": "k", "secret": "a\nb" })), "invalid `authentication.secret`: must be visible ASCII characters without spaces"),
        (with("", "authentication", Value::Null), "wrong-type `authentication`: must be an object"),
        (with("", "installs", json!(true)), "wrong-type `installs`: must be an object"),
        (with("", "installs", json!({ "send": "yes" })), "wrong-type `installs.send`: must be true or false"),
        (with("", "installs", json!({ "reinstall": true })), "unknown-key `installs.reinstall`: is not a setting; did you mean `reinstalls`?"),
        (with("", "installs", json!({ "reinstalls": 1 })), "wrong-type `installs.reinstalls`: must be true or false"),
        (with("", "installs", json!({ "select": [] })), "empty `installs.select`: must not be empty; leave it out instead"),
        (with("", "installs", json!({ "select": [{}] })), "empty `installs.select[0]`: needs `names` or `where`"),
        (with("", "events", json!([])), "wrong-type `events`: must be an object"),
        (with("", "events", json!({ "propertys": [] })), "unknown-key `events.propertys`: is not a setting; did you mean `properties`?"),
        (with("", "events", json!({ "properties": "price" })), "wrong-type `events.properties`: must be a list"),
        (with("", "events", json!({ "properties": ["event_properties.price"] })),
            "invalid `events.properties[0]`: must be relative to the properties: remove `event_properties.` or `user_properties.`"),
        (with("", "events", json!({ "user_properties": [""] })), "empty `events.user_properties[0]`: must not be empty"),
        (with("", "events", json!({ "rename": { "a": " " } })), "invalid `events.rename.a`: must not be blank or contain control characters"),
        (with("", "events", json!({ "revenue": {} })), "missing `events.revenue.from`: is required"),
        (with("", "events", json!({ "revenue": "price" })), "wrong-type `events.revenue`: must be an object"),
        (with("", "events", json!({ "revenue": { "from": [] } })), "empty `events.revenue.from`: must name at least one path"),
        (with("", "events", json!({ "select": [] })), "empty `events.select`: must not be empty; leave it out instead"),
        (with("", "events", json!({ "select": [{}] })), "empty `events.select[0]`: needs `names` or `where`"),
        (with("", "events", json!({ "select": [{ "names": [] }] })), "empty `events.select[0].names`: must not be empty; leave it out instead"),
        (with("", "events", json!({ "select": [{ "names": [5] }] })), "wrong-type `events.select[0].names[0]`: must be a string"),
        (with("", "events", row(json!({ "is": "exists" }))), "missing `events.select[0].where[0].property`: is required"),
        (with("", "events", row(json!({ "property": "a" }))), "missing `events.select[0].where[0].is`: is required"),
        (with("", "events", row(json!({ "property": "a", "is": "is" }))), "missing `events.select[0].where[0].value`: is required"),
        (with("", "events", row(json!({ "property": "a", "is": "exists", "value": 1 }))),
            "invalid `events.select[0].where[0].value`: is not allowed with this operator"),
        (with("", "events", row(json!({ "property": "a", "is": "is", "value": null }))),
            "wrong-type `events.select[0].where[0].value`: must be a string, a number, true or false; use `does not exist` for a missing property"),
        (with("", "events", row(json!({ "property": "a", "is": "in", "value": "x" }))), "wrong-type `events.select[0].where[0].value`: must be a list"),
        (with("", "events", row(json!({ "property": "a", "is": "in", "value": [] }))), "empty `events.select[0].where[0].value`: must have at least one value"),
        (with("", "events", row(json!({ "property": "a", "is": "less than", "value": "five" }))), "wrong-type `events.select[0].where[0].value`: must be a number"),
        (with("", "events", row(json!({ "property": "a", "is": "contains", "value": 5 }))), "wrong-type `events.select[0].where[0].value`: must be a string"),
        (with("", "events", row(json!({ "property": "a", "is": "equals", "value": 5 }))),
            "not-a-choice `events.select[0].where[0].is`: must be one of `is`, `is not`, `contains`, `does not contain`, `exists`, `does not exist`, `starts with`, \
             `ends with`, `greater than`, `greater or equal`, `less than`, `less or equal`, `in`, `not in`"),
        (with("", "users", json!({ "from": "user" })), "not-a-choice `users.from`: must be one of `user_payloads`, `events`, `both`; did you mean `user_payloads`?"),
        (with("", "users", json!({ "user_id_as": "" })), "empty `users.user_id_as`: must not be empty"),
        (without("/mapping", "kochava_device_id"), "missing `mapping.kochava_device_id`: is required"),
        (without("/mapping", "origination_ip"), "missing `mapping.origination_ip`: is required"),
        (without("/mapping", "idfv"), "missing `mapping`: needs at least one of `idfa`, `idfv`, `adid` and `android_id`"),
        (with("/mapping", "idfv", json!("a..b")), "invalid `mapping.idfv`: must be a dotted path without empty parts, or a JSON Pointer that begins with `/`"),
        (with("/mapping", "idfv", json!(["/a~2"])), "invalid `mapping.idfv[0]`: must be a dotted path without empty parts, or a JSON Pointer that begins with `/`"),
        (with("/mapping", "idfv", Value::Null), "wrong-type `mapping.idfv`: must be a path or a list of paths"),
        (with("/mapping", "install_referer", json!("a")), "unknown-key `mapping.install_referer`: is not a setting; did you mean `install_referrer`?"),
        (with("/mapping", "ad_services_token", json!([])), "empty `mapping.ad_services_token`: must name at least one path"),
        (with("/mapping", "devise_ua", json!("a")), "unknown-key `mapping.devise_ua`: is not a setting; did you mean `device_ua`?"),
        (with("/mapping", "custom_ids", json!({ "a b": "x" })), "invalid `mapping.custom_ids.a b`: must have a name of at most 64 letters, digits, `_`, `.` and `-`, beginning with a letter"),
        (with("/mapping", "custom_ids", json!({ "0": "x" })), "invalid `mapping.custom_ids.0`: must have a name of at most 64 letters, digits, `_`, `.` and `-`, beginning with a letter"),
        (with("/mapping", "custom_ids", json!({ "adid": "x" })), "invalid `mapping.custom_ids.adid`: belongs in `mapping` itself"),
        (with("", "wire", json!({ "usertime": "ms" })), "not-a-choice `wire.usertime`: must be one of `seconds`, `millis`"),
        (with("", "wire", json!({ "nested": true })), "wrong-type `wire.nested`: must be a string"),
        (with("", "delivery", json!({ "attempts": 11 })), "out-of-range `delivery.attempts`: must be a whole number from 1 to 10"),
        (with("", "delivery", json!({ "attempts": 2.5 })), "out-of-range `delivery.attempts`: must be a whole number from 1 to 10"),
        (with("", "delivery", json!({ "budget_ms": 99 })), "out-of-range `delivery.budget_ms`: must be a whole number from 100 to 30000"),
        (with("", "delivery", json!({ "timeout_ms": "2000" })), "wrong-type `delivery.timeout_ms`: must be a number"),
        (with("", "delivery", json!({ "steps_s": 7 })), "wrong-type `delivery.steps_s`: must be a list"),
        (with("", "delivery", json!({ "steps_s": [] })), "empty `delivery.steps_s`: must not be empty; leave it out instead"),
        (with("", "delivery", json!({ "steps_s": [7, 0] })), "out-of-range `delivery.steps_s[1]`: must be a whole number from 1 to 43200"),
        (with("", "delivery", json!({ "slow_steps_s": [43201] })), "out-of-range `delivery.slow_steps_s[0]`: must be a whole number from 1 to 43200"),
        (with("", "delivery", json!({ "pause_steps_s": vec![1; 33] })), "out-of-range `delivery.pause_steps_s`: must have at most 32 steps"),
        (with("", "delivery", json!({ "span_s": 1_209_601 })), "out-of-range `delivery.span_s`: must be a whole number from 1 to 1209600"),
        (with("", "delivery", json!({ "step_s": [7] })), "unknown-key `delivery.step_s`: is not a setting; did you mean `steps_s`?"),
        (with("", "users", json!({ "hold_until_event": 1 })), "wrong-type `users.hold_until_event`: must be true or false"),
        (with("", "alerts", json!({ "reject_percent": 101 })), "out-of-range `alerts.reject_percent`: must be a whole number from 1 to 100"),
        (with("", "alerts", json!({ "paused_minute": 5 })), "unknown-key `alerts.paused_minute`: is not a setting; did you mean `paused_minutes`?"),
        (with("", "rejects", json!([])), "wrong-type `rejects`: must be an object"),
        (with("", "rejects", json!({ "retention_days": 0 })), "out-of-range `rejects.retention_days`: must be a whole number from 1 to 365"),
        (with("", "rejects", json!({ "keep": "events" })), "not-a-choice `rejects.keep`: must be one of `event`, `reason`; did you mean `event`?"),
    ]
}
