//! `app_guid` and `test_app_guid`: the App GUIDs by platform.

use super::faults::Faults;
use super::setting::Setting;
use crate::json::Value;
use crate::kochava::{AppGuid, Platform};
use alloc::borrow::Cow;
use alloc::vec::Vec;

/// App GUIDs by platform.
#[derive(Clone, Debug, Default)]
pub struct AppGuids {
    by_platform: Vec<(Platform, AppGuid)>,
    default: Option<AppGuid>,
}

impl AppGuids {
    /// The keys of platforms that may have an App GUID of their own.
    pub const KEYS: [(&'static str, Platform); 7] = [
        ("ios", Platform::Ios),
        ("ipados", Platform::Ipados),
        ("tvos", Platform::Tvos),
        ("android", Platform::Android),
        ("fire", Platform::Fire),
        ("roku", Platform::Roku),
        ("web", Platform::Web),
    ];

    /// Returns the App GUID of a platform: its own, else that of its family (iOS for iPadOS and
    /// tvOS, Android for Fire), else the default.
    #[must_use]
    pub fn of(&self, platform: Platform) -> Option<&AppGuid> {
        let own = |platform| {
            let mut apps = self.by_platform.iter();
            apps.find(|(of, _)| *of == platform).map(|(_, app)| app)
        };
        let family = match platform {
            Platform::Ipados | Platform::Tvos => Some(Platform::Ios),
            Platform::Fire => Some(Platform::Android),
            Platform::Ios
            | Platform::Visionos
            | Platform::Watchos
            | Platform::Macos
            | Platform::Android
            | Platform::Roku
            | Platform::Web
            | Platform::Unknown => None,
        };
        own(platform)
            .or_else(|| own(family?))
            .or(self.default.as_ref())
    }
}

/// Reads a setting that must be there.
pub(super) fn read_required(faults: &mut Faults, setting: &Setting<'_, '_>) -> AppGuids {
    if setting.is_absent() {
        faults.add_missing(setting);
    }
    read(faults, setting).unwrap_or_default()
}

/// Reads a setting that may be absent or null.
pub(super) fn read_optional(faults: &mut Faults, setting: &Setting<'_, '_>) -> Option<AppGuids> {
    if setting.is_null() {
        return None;
    }
    read(faults, setting)
}

/// Reads one App GUID for all platforms, or an object with one for each.
fn read(faults: &mut Faults, setting: &Setting<'_, '_>) -> Option<AppGuids> {
    let platforms = match setting.value? {
        Value::String(_) => {
            return Some(AppGuids {
                default: app_guid(faults, setting),
                ..AppGuids::default()
            });
        }
        object @ Value::Object(_) => object.members(),
        _ => {
            let wanted = "must be an App GUID, or an object of them by platform";
            return faults.wrong_type(setting, wanted);
        }
    };
    if platforms.count() == 0 {
        faults.add(setting, "empty", "must name at least one platform");
    }
    let keys = AppGuids::KEYS.map(|(key, _)| key);
    faults.object(setting, &[keys.as_slice(), &["default"]].concat());
    let mut apps = AppGuids::default();
    for (key, platform) in AppGuids::KEYS {
        if let Some(app) = app_guid(faults, &setting.member(key)) {
            apps.by_platform.push((platform, app));
        }
    }
    apps.default = app_guid(faults, &setting.member("default"));
    Some(apps)
}

#[inline(never)]
fn app_guid(faults: &mut Faults, setting: &Setting<'_, '_>) -> Option<AppGuid> {
    faults
        .visible_ascii(setting)
        .map(Cow::into_owned)
        .map(AppGuid)
}
