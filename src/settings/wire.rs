//! `wire`: the form of calls where Kochava's pages leave a choice.

use super::faults::Faults;
use super::setting::Setting;
use crate::json::Spelling;
use crate::kochava::{IdentityRoute, Nested, WireOptions};

pub(super) fn read(faults: &mut Faults, setting: &Setting<'_, '_>) -> WireOptions {
    const VALUES: [(&str, Spelling); 2] =
        [("native", Spelling::Native), ("strings", Spelling::Strings)];
    const NESTED: [(&str, Nested); 3] = [
        ("flatten", Nested::Flatten),
        ("json", Nested::Json),
        ("drop", Nested::Drop),
    ];
    const IDENTITY_ROUTE: [(&str, IdentityRoute); 2] = [
        ("identity_link", IdentityRoute::IdentityLink),
        ("track", IdentityRoute::Track),
    ];
    let keys = [
        "usertime",
        "device_ua",
        "device_ver",
        "values",
        "nested",
        "identity_route",
    ];
    faults.object(setting, &keys);
    let default = WireOptions::default();
    let mut is_second = |key, first, second| {
        faults.choice(
            &setting.member(key),
            &[(first, false), (second, true)],
            false,
        )
    };
    WireOptions {
        usertime_millis: is_second("usertime", "seconds", "millis"),
        device_ua_raw: is_second("device_ua", "encoded", "raw"),
        device_ver_model: is_second("device_ver", "empty", "model"),
        values: faults.choice(&setting.member("values"), &VALUES, default.values),
        nested: faults.choice(&setting.member("nested"), &NESTED, default.nested),
        identity_route: faults.choice(
            &setting.member("identity_route"),
            &IDENTITY_ROUTE,
            default.identity_route,
        ),
    }
}
