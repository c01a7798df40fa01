//! Reads the device of an event.
//!
//! In: an event's attributes. Out: the platform, the app on it, its ids in the order in which they
//! are sent, and the consents that decide which of them may be. A device without ids is no error
//! here.

use super::read::LimitWord;
use super::{DATA, DEVICE_IDS, FieldReader, ROOT, Scratch, read};
use crate::json::Value;
use crate::kochava::{
    AppGuid, Device, IdKey, Identifier, Platform, Resolved, WithheldKinds, is_fire_adid,
};
use crate::mapping::{FieldPath, LookupResult};
use crate::source::{Attribute, Path};
use alloc::vec::Vec;

/// Reads the device of an event, and which app it is to Kochava.
pub(super) fn read<'a>(
    reader: &mut FieldReader<'_, 'a, '_>,
    is_test: bool,
    scratch: &mut Scratch<'a>,
) -> Device<'a> {
    let platform = platform(reader);
    let os_version = reader.text(DATA.of("device_ver"), Attribute::OsVersion, read::label);
    let att = reader.attribute(
        DATA.of("app_tracking_transparency"),
        Attribute::Att,
        read::att,
    );
    let limit_ad_tracking = limit_ad_tracking(reader);
    Device {
        app_guid: app_guid(reader, platform, is_test),
        platform,
        model: reader.text(DATA.of("device_ver"), Attribute::DeviceModel, read::label),
        kochava_device_id: reader.text(
            ROOT.of("kochava_device_id"),
            Attribute::KochavaDeviceId,
            read::kochava_device_id,
        ),
        identifiers: identifiers(reader, platform, scratch),
        withheld_kinds: WithheldKinds::of(platform, &os_version, &att, &limit_ad_tracking),
        os_version,
        att,
        limit_ad_tracking,
    }
}

/// Whether the user limits ad tracking: a flag that says so, one that says the opposite, or an
/// advertising id of zeros where the sender's documentation reads it that way.
fn limit_ad_tracking<'a>(reader: &mut FieldReader<'_, 'a, '_>) -> Resolved<'a, bool> {
    let paths = reader.paths;
    let of_attribute = &paths.attributes[Attribute::LimitAdTracking as usize];
    let all = [
        (of_attribute, LimitWord::Limited),
        (&paths.ad_tracking, LimitWord::Allowed),
        (&paths.limiting_zeros, LimitWord::Zeros),
    ];
    let mut limit = Resolved::Missing(of_attribute.first().map(Path::as_str));
    for (paths, word) in all {
        if !matches!(limit, Resolved::Missing(_)) {
            break;
        }
        if !paths.is_empty() {
            let field = DATA.of("device_limit_tracking");
            limit = reader.first_usable(field, paths, |value| read::limit_ad_tracking(value, word));
        }
    }
    limit
}

fn app_guid<'a>(
    reader: &mut FieldReader<'_, 'a, '_>,
    platform: Platform,
    is_test: bool,
) -> Option<&'a AppGuid> {
    let settings = reader.settings;
    let (setting, guids) = if is_test {
        ("test_app_guid", settings.test_app_guid.as_ref())
    } else {
        ("app_guid", Some(&settings.app_guid))
    };
    let app_guid = guids.and_then(|guids| guids.of(platform));
    reader.record(
        ROOT.of("kochava_app_id").name(),
        FieldPath::undivided(setting),
        if app_guid.is_some() {
            LookupResult::Used
        } else {
            LookupResult::Missing
        },
        None,
    );
    app_guid
}

/// The platform. Android by Amazon is Fire, which has Amazon's advertising id instead of Google's.
fn platform(reader: &mut FieldReader<'_, '_, '_>) -> Platform {
    let schema = reader.event.schema;
    let named = reader
        .attribute(ROOT.of("platform"), Attribute::Platform, |value| {
            read::platform(value, schema.platforms)
        })
        .value()
        .copied();
    let event = reader.event;
    let is_amazon = |path: &Path| matches!(event.at(path), Some(Value::String(maker)) if maker.decode().trim().eq_ignore_ascii_case("amazon"));
    match named {
        Some(Platform::Android) if reader.paths.manufacturers.iter().any(is_amazon) => {
            Platform::Fire
        }
        Some(platform) => platform,
        None => Platform::Unknown,
    }
}

/// The ids in the order in which they are sent. A configured custom id replaces the attribute of the
/// same key.
fn identifiers<'a>(
    reader: &mut FieldReader<'_, 'a, '_>,
    platform: Platform,
    scratch: &mut Scratch<'a>,
) -> Vec<Identifier<'a>> {
    let is_unknown = platform == Platform::Unknown;
    let is_android = matches!(platform, Platform::Android | Platform::Fire);
    let advertising = if platform == Platform::Fire {
        IdKey::FireAdid
    } else {
        IdKey::Adid
    };
    let own = [
        (IdKey::Idfa, Attribute::Idfa, platform.is_apple()),
        (IdKey::Idfv, Attribute::Idfv, platform.is_apple()),
        (advertising, Attribute::Adid, is_android),
        (IdKey::AndroidId, Attribute::AndroidId, is_android),
    ];
    let ids_by_system = reader.event.schema.ids_by_system;
    let mapping = &reader.settings.mapping;
    let custom = &mapping.custom_ids;
    let mut ids = core::mem::take(&mut scratch.lists.identifiers);
    for (key, attribute, of_platform) in own {
        if custom.iter().all(|(name, _)| name != key.as_str()) {
            let is_mapped = mapping.paths(attribute).is_some();
            let paths = match key {
                IdKey::FireAdid => &reader.paths.fire_adid,
                _ => &reader.paths.attributes[attribute as usize],
            };
            let id = if is_mapped || of_platform || !ids_by_system {
                reader.first_usable(DEVICE_IDS.of(key.as_str()), paths, |value| {
                    read::device_id(key, value)
                })
            } else {
                Resolved::Missing(paths.first().map(Path::as_str))
            };
            let is_amazons_id =
                key == IdKey::Adid && !is_mapped && id.path().is_some_and(is_fire_adid);
            ids.push(Identifier {
                key,
                id,
                of_platform: (of_platform || is_unknown) && !is_amazons_id,
                is_mapped,
            });
        }
    }
    for (name, paths) in custom {
        let key = if name == IdKey::FireAdid.as_str() {
            IdKey::FireAdid
        } else {
            IdKey::Custom(name)
        };
        let id: Resolved<'a, _> = reader.first_usable(DEVICE_IDS.of(name), paths, |value| {
            read::device_id(key, value)
        });
        ids.push(Identifier {
            key,
            id,
            of_platform: true,
            is_mapped: true,
        });
    }
    ids
}
