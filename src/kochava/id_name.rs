//! Names of identifiers, as senders write them.
//!
//! The name of a property or of a custom id goes in; what it identifies comes out, so that an
//! identifier is recognised outside `device_ids`, too. The names are those of Kochava, Amplitude,
//! Segment, `RudderStack`, mParticle, `RevenueCat` and Snowplow, compared without regard to case and
//! separators: `advertisingId`, `advertising_id` and `Advertising ID` are one.

use crate::json::find_letter;

/// What an id identifies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum IdKind {
    /// Apple's advertising id.
    Idfa,
    /// Apple's vendor id.
    Idfv,
    /// Google's advertising id.
    Adid,
    /// Amazon's advertising id.
    FireAdid,
    /// Android's device id.
    AndroidId,
    /// Roku's advertising id.
    Rida,
    /// The advertising id of Huawei and others.
    Oaid,
    /// The advertising id of whatever system the device has.
    Advertising,
    /// Any other identifier of a device or of an installation.
    Other,
}

impl IdKind {
    /// Reports whether the id exists for advertising, so that it needs the user's consent.
    #[must_use]
    pub fn is_for_advertising(self) -> bool {
        matches!(
            self,
            IdKind::Idfa
                | IdKind::Adid
                | IdKind::FireAdid
                | IdKind::Rida
                | IdKind::Oaid
                | IdKind::Advertising
        )
    }
}

/// Letters of the longest name, `googleadvertisingidentifier`.
const NAME_LETTERS_MAX: usize = 28;

/// Returns what a property or a custom id of this name identifies; `None` for a name that is no
/// identifier's. A dotted name is one if any of its parts is, the last one first: what lies below an
/// identifier, as in `idfa.value` and `device.idfa.0`, is that identifier.
#[must_use]
pub fn kind_of_name(name: &str) -> Option<IdKind> {
    if !may_be_id(name) {
        return None;
    }
    let mut rest = name;
    loop {
        // faster than `rsplit`, which prepares a search of longer texts
        let dot = rest.bytes().rposition(|byte| byte == b'.');
        let kind = kind_of_part(dot.map_or(rest, |dot| &rest[dot + 1..]));
        if kind.is_some() {
            return kind;
        }
        rest = &rest[..dot?];
    }
}

/// Reports whether a name is that of Amazon's advertising id.
#[must_use]
pub fn is_fire_adid(name: &str) -> bool {
    kind_of_name(name) == Some(IdKind::FireAdid)
}

fn kind_of_part(name: &str) -> Option<IdKind> {
    let mut letters = [0; NAME_LETTERS_MAX];
    let mut length = 0;
    for byte in name.bytes() {
        if byte.is_ascii_alphanumeric() {
            *letters.get_mut(length)? = byte.to_ascii_lowercase();
            length += 1;
        } else if !byte.is_ascii() {
            return None;
        }
    }
    Some(match &letters[..length] {
        // `ad_id` is the id of an advertisement
        b"adid" if name.len() > length => return None,
        b"idfa"
        | b"iosidfa"
        | b"appleidfa"
        | b"appleadvertisingid"
        | b"iosadvertisingid"
        | b"iosadid"
        | b"identifierforadvertising"
        | b"identifierforadvertisers" => IdKind::Idfa,
        b"idfv"
        | b"iosidfv"
        | b"appleidfv"
        | b"idvf"
        | b"ifv"
        | b"vendorid"
        | b"iosvendorid"
        | b"identifierforvendor" => IdKind::Idfv,
        b"adid"
        | b"gaid"
        | b"aaid"
        | b"gpsadid"
        | b"googleadid"
        | b"googleadvertisingid"
        | b"androidadid"
        | b"androidadvertisingid"
        | b"androididfa"
        | b"googleadvertisingidentifier" => IdKind::Adid,
        b"fireadid" | b"faid" | b"amazonadid" | b"amazonadvertisingid" | b"fireadvertisingid" => {
            IdKind::FireAdid
        }
        b"androidid" => IdKind::AndroidId,
        b"rida" | b"rokuadvertisingid" => IdKind::Rida,
        b"oaid" => IdKind::Oaid,
        b"advertisingid" | b"advertiserid" | b"advertisingidentifier" | b"ifa" => {
            IdKind::Advertising
        }
        b"kochavadeviceid" | b"kvadeviceid" | b"kochavaid" | b"deviceid" | b"udid"
        | b"openudid" | b"imei" | b"asid" | b"appsetid" | b"cgid" | b"idfvsha1" => IdKind::Other,
        _ => return None,
    })
}

/// Reports whether a name has one of the pairs of letters without which no identifier is spelled:
/// `id`, `if` and `ei`. Most names have none.
fn may_be_id(name: &str) -> bool {
    let letter = |at: usize| name.as_bytes().get(at).map(u8::to_ascii_lowercase);
    let mut from = 0;
    while let Some(at) = find_letter(name, from, b'i') {
        from = at + 1;
        if matches!(letter(from), Some(b'd' | b'f'))
            || at.checked_sub(1).and_then(letter) == Some(b'e')
        {
            return true;
        }
    }
    false
}
