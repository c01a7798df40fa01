//! Which of Kochava's fields a sent event has, as bits.
//!
//! In: a device, before its calls, and the valid payload of its event. Out: a [`Coverage`], without
//! any value of the event.

use super::{Device, IdKey, Payload, Platform, Resolved};
use serde::{Deserialize, Serialize};

/// The platform of an event's device, and which fields Kochava got, one bit each.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Coverage(u8, u16);

impl Coverage {
    /// The platforms, in the order of their numbers; the last is any other.
    pub const PLATFORMS: [&'static str; 11] = [
        "ios", "ipados", "tvos", "visionos", "watchos", "macos", "android", "fire", "roku", "web",
        "other",
    ];

    /// The fields, in the order of their bits. `att` is a known status, `consent` Google's signals,
    /// `other_id` a device id under any other key.
    pub const FIELDS: [&'static str; 14] = [
        "kochava_device_id",
        IdKey::Idfa.as_str(),
        IdKey::Idfv.as_str(),
        IdKey::Adid.as_str(),
        IdKey::FireAdid.as_str(),
        IdKey::AndroidId.as_str(),
        "rida",
        "other_id",
        "origination_ip",
        "device_ua",
        "att",
        "consent",
        "revenue",
        "revenue_with_currency",
    ];

    /// Returns what is known of a device before its event is validated: its platform, and whether
    /// the status of tracking is known.
    pub(crate) fn of_device(device: &Device<'_>) -> Self {
        let mut coverage = Coverage(number_of(device.platform), 0);
        coverage.set(CountedField::Att, matches!(device.att, Resolved::Value(..)));
        coverage
    }

    /// Returns the fields of a valid call of this device; those of an identity are none.
    pub(crate) fn with(mut self, payload: &Payload<'_, '_>) -> Self {
        let Payload::Event(event) = payload else {
            return Coverage(self.0, 0);
        };
        let envelope = &event.track.envelope;
        self.set(
            CountedField::KochavaDeviceId,
            !envelope.kochava_device_id.is_empty(),
        );
        for (key, id) in envelope.device_ids.entries() {
            self.set(CountedField::of(key), !id.is_empty());
        }
        self.set(CountedField::OriginationIp, true);
        self.set(CountedField::DeviceUa, event.track.device_ua.is_some());
        self.set(CountedField::Consent, event.track.consent.is_some());
        self.set(CountedField::Revenue, event.revenue.is_some());
        let has_currency = event.revenue.is_some() && event.currency.is_some();
        self.set(CountedField::RevenueWithCurrency, has_currency);
        self
    }

    /// Returns the number of the platform in [`Coverage::PLATFORMS`].
    #[must_use]
    pub fn platform(self) -> usize {
        usize::from(self.0).min(Self::PLATFORMS.len() - 1)
    }

    /// Returns whether Kochava got the field of this number in [`Coverage::FIELDS`].
    #[must_use]
    pub fn has(self, field: usize) -> bool {
        self.1 >> field & 1 == 1
    }

    fn set(&mut self, field: CountedField, is_there: bool) {
        self.1 |= u16::from(is_there) << field as u16;
    }
}

fn number_of(platform: Platform) -> u8 {
    match platform {
        Platform::Ios => 0,
        Platform::Ipados => 1,
        Platform::Tvos => 2,
        Platform::Visionos => 3,
        Platform::Watchos => 4,
        Platform::Macos => 5,
        Platform::Android => 6,
        Platform::Fire => 7,
        Platform::Roku => 8,
        Platform::Web => 9,
        Platform::Unknown => 10,
    }
}

/// The number of each field in [`Coverage::FIELDS`].
#[derive(Clone, Copy)]
enum CountedField {
    KochavaDeviceId,
    Idfa,
    Idfv,
    Adid,
    FireAdid,
    AndroidId,
    Rida,
    OtherId,
    OriginationIp,
    DeviceUa,
    Att,
    Consent,
    Revenue,
    RevenueWithCurrency,
}

impl CountedField {
    fn of(key: IdKey<'_>) -> Self {
        match key {
            IdKey::Idfa => CountedField::Idfa,
            IdKey::Idfv => CountedField::Idfv,
            IdKey::Adid => CountedField::Adid,
            IdKey::FireAdid => CountedField::FireAdid,
            IdKey::AndroidId => CountedField::AndroidId,
            IdKey::Custom("rida") => CountedField::Rida,
            IdKey::Custom(_) => CountedField::OtherId,
        }
    }
}
