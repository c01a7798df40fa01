//! The table of what each field looks like in the events of any sender.
//!
//! A row has the setting that maps the field, and the names under which senders put it. Names are
//! words with `_` between them, separated by blanks, the likeliest first; a path has a name if its
//! last words are those of the name, however they are written: `client_ip`, `clientIP` and
//! `client.ip` all have the name `ip`. What a value must be, the mapping decides.

use crate::kochava::IdKind;
use crate::mapping::MappedField;
use crate::source::Attribute;

/// What a field looks like.
#[derive(Debug)]
pub struct Look {
    /// The field.
    pub(in crate::plan) field: MappedField,
    /// The path of the setting that maps it.
    pub(in crate::plan) setting: &'static str,
    /// What an identifier of the field identifies: names of identifiers are those that
    /// `kochava` knows.
    pub(super) ids: &'static [IdKind],
    /// The names that suffice.
    pub(super) names: &'static str,
    /// The names that suffice only as the whole path, apart from objects such as `data` around it.
    pub(super) whole: &'static str,
    /// The names that are shown as candidates and never proposed.
    pub(super) weak: &'static str,
    /// Words that tell that a path is another's: of an address, that of a server.
    pub(super) avoid: &'static str,
    /// The kind of its values, for programs.
    pub(super) kind: &'static str,
    /// What a value that looks right is, for people.
    pub(super) why: &'static str,
    /// What one under a weak name is.
    pub(super) weak_why: &'static str,
}

const PLAIN: Look = Look {
    field: MappedField::EventName,
    setting: "",
    ids: &[],
    names: "",
    whole: "",
    weak: "",
    avoid: "",
    kind: "text",
    why: "",
    weak_why: "possible, but the name leaves open what it is",
};

/// An attribute with its setting.
const fn of(attribute: Attribute, setting: &'static str) -> Look {
    Look {
        field: MappedField::Attribute(attribute),
        setting,
        ..PLAIN
    }
}

/// Every field, in the order in which it is proposed.
pub(in crate::plan) static LOOKS: &[Look] = &[
    Look {
        setting: "mapping.event_name",
        names: "event_name",
        whole: "event name event_type type action activity",
        weak: "title action_name",
        why: "a name",
        ..PLAIN
    },
    Look {
        names: "kochava_device_id kva_device_id kv_device_id kochava_id kochava_did kochava_install_id kochava",
        weak: "kid kdid kd kvid",
        why: "a Kochava device id by its name",
        weak_why: "possibly a Kochava device id, by its name",
        ..of(Attribute::KochavaDeviceId, "mapping.kochava_device_id")
    },
    Look {
        names: "origination_ip client_ip device_ip user_ip ip_address ip_addr ip client_address remote_addr remote_address x_forwarded_for forwarded_for ipv4 ipv6",
        avoid: "server proxy host dns gateway lan local private internal router edge hop balancer upstream",
        kind: "ip",
        why: "a public IP address",
        weak_why: "a public IP address whose name does not say whose",
        ..of(Attribute::OriginationIp, "mapping.origination_ip")
    },
    Look {
        ids: &[IdKind::Idfa, IdKind::Advertising],
        kind: "uuid",
        why: "Apple's advertising id",
        weak_why: "an advertising id; without a platform it is not known whose",
        ..of(Attribute::Idfa, "mapping.idfa")
    },
    Look {
        ids: &[IdKind::Idfv],
        weak: "device_id udid",
        kind: "uuid",
        why: "Apple's vendor id",
        weak_why: "an id that some SDKs take from the IDFV: check your SDK's setup; if it uses the IDFV, map it",
        ..of(Attribute::Idfv, "mapping.idfv")
    },
    Look {
        ids: &[IdKind::Adid, IdKind::FireAdid, IdKind::Advertising],
        kind: "uuid",
        why: "Android's advertising id",
        weak_why: "an advertising id; without a platform it is not known whose",
        ..of(Attribute::Adid, "mapping.adid")
    },
    Look {
        ids: &[IdKind::AndroidId],
        names: "android_uuid ssaid",
        kind: "hex",
        why: "an Android id",
        ..of(Attribute::AndroidId, "mapping.android_id")
    },
    Look {
        field: MappedField::CustomId("fire_adid"),
        setting: "mapping.custom_ids.fire_adid",
        ids: &[IdKind::FireAdid],
        kind: "uuid",
        why: "Amazon's advertising id",
        ..PLAIN
    },
    Look {
        field: MappedField::CustomId("rida"),
        setting: "mapping.custom_ids.rida",
        ids: &[IdKind::Rida],
        kind: "uuid",
        why: "Roku's advertising id",
        ..PLAIN
    },
    Look {
        names: "device_ua user_agent ua",
        avoid: "server sdk library proxy",
        kind: "user-agent",
        why: "a user agent",
        weak_why: "a user agent whose name does not say whose",
        ..of(Attribute::DeviceUa, "mapping.device_ua")
    },
    Look {
        names: "app_version application_version version_name app_ver client_version bundle_version short_version_string",
        whole: "version",
        avoid: "os sdk library api schema min latest os_version",
        kind: "version",
        why: "a version of the app",
        ..of(Attribute::AppVersion, "mapping.app_version")
    },
    Look {
        names: "att att_status att_authorization_status att_consent_status att_tracking_status tracking_authorization_status tracking_authorization tracking_status tracking_transparency tracking_transparency_status",
        weak: "att_detail tracking_permission tracking_consent",
        kind: "att",
        why: "a status of App Tracking Transparency",
        ..of(Attribute::Att, "mapping.att")
    },
    Look {
        names: "event_time event_timestamp client_event_time usertime occurred_at happened_at timestamp timestamp_ms timestamp_unixtime_ms time_ms event_date",
        whole: "time ts at date created_at original_timestamp epoch",
        weak: "sent_at server_time received_at created_at",
        avoid: "upload uploaded updated install installed first last previous expire expires expiration expiry birth birthday session trial renewal modified processed",
        kind: "time",
        why: "a time",
        weak_why: "a time, but perhaps not that of the event",
        ..of(Attribute::Usertime, "mapping.usertime")
    },
    Look {
        names: "platform device_platform os_name device_os operating_system system_name os",
        weak: "device_type device_family",
        avoid: "payment ad ads social marketing",
        kind: "platform",
        why: "the name of a platform",
        ..of(Attribute::Platform, "mapping.platform")
    },
    Look {
        names: "os_version device_os_version system_version operating_system_version platform_version ios_version android_version device_os_ver os_ver",
        kind: "version",
        why: "a version of the system",
        ..of(Attribute::OsVersion, "mapping.os_version")
    },
    Look {
        names: "device_model hardware_model phone_model device_model_name model_identifier",
        whole: "model",
        weak: "device_name",
        why: "a device's model",
        ..of(Attribute::DeviceModel, "mapping.device_model")
    },
    Look {
        names: "user_id userid customer_id app_user_id account_id external_user_id member_id player_id",
        weak: "uid distinct_id login",
        avoid: "parent friend opponent recipient sender target anonymous",
        kind: "id",
        why: "a user's id",
        ..of(Attribute::UserId, "mapping.user_id")
    },
    Look {
        names: "limit_ad_tracking limit_ad_tracking_enabled is_limit_ad_tracking_enabled limit_tracking limited_ad_tracking ad_tracking_limited lat_enabled is_lat",
        kind: "flag",
        why: "a flag that limits ad tracking",
        ..of(Attribute::LimitAdTracking, "mapping.limit_ad_tracking")
    },
    Look {
        names: "gdpr_applies gdpr subject_to_gdpr is_gdpr",
        kind: "flag",
        why: "whether the GDPR applies",
        ..of(Attribute::GdprApplies, "mapping.gdpr_applies")
    },
    Look {
        names: "tc_string tcf_string consent_string gdpr_consent",
        why: "a TC string",
        ..of(Attribute::TcString, "mapping.tc_string")
    },
    Look {
        names: "ad_user_data",
        kind: "consent",
        why: "Google's consent to user data",
        ..of(Attribute::AdUserData, "mapping.ad_user_data")
    },
    Look {
        names: "ad_personalization ad_personalisation",
        kind: "consent",
        why: "Google's consent to personalisation",
        ..of(Attribute::AdPersonalization, "mapping.ad_personalization")
    },
    Look {
        field: MappedField::Amount,
        setting: "events.revenue.from",
        names: "revenue",
        weak: "amount total_amount order_total total price value sum",
        avoid: "currency tax shipping discount lifetime average",
        kind: "number",
        why: "an amount",
        weak_why: "a number; only you know whether it is the revenue",
        ..PLAIN
    },
    Look {
        field: MappedField::Currency,
        setting: "events.revenue.currency",
        names: "currency currency_code iso_currency revenue_currency",
        kind: "currency",
        why: "a currency",
        ..PLAIN
    },
];

/// Objects whose name says nothing of what they hold.
pub(super) const NEUTRAL: &str =
    "event data payload body message properties attributes params parameters record detail";
