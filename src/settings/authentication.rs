//! `authentication`: the credentials for strict authentication.

use super::faults::Faults;
use super::setting::Setting;
use crate::kochava::{Credentials, Secret};
use alloc::borrow::Cow;

pub(super) fn read(faults: &mut Faults, setting: &Setting<'_, '_>) -> Option<Credentials> {
    faults.object(setting, &["api_key", "secret"])?;
    let (api_key, secret) = (
        credential(faults, &setting.member("api_key")),
        credential(faults, &setting.member("secret")),
    );
    Some(Credentials {
        api_key: api_key?,
        secret: secret?,
    })
}

fn credential(faults: &mut Faults, setting: &Setting<'_, '_>) -> Option<Secret> {
    if setting.is_absent() {
        let message = "is required if the other credential is set";
        faults.add(setting, "missing", message);
    }
    faults
        .visible_ascii(setting)
        .map(Cow::into_owned)
        .map(Secret)
}
