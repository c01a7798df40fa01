//! `users`: which identities are sent, and which parts of them.

use super::Selection;
use super::events::read_selection;
use super::faults::Faults;
use super::setting::Setting;
use crate::json::Value;
use alloc::string::String;

/// The key of the user id if the settings do not say another one.
const USER_ID_KEY_DEFAULT: &str = "app_userid";

/// Which identities are sent, and which parts of them.
#[derive(Clone, Debug)]
pub struct Users {
    /// Whether any identity is sent: Amplitude's switch "Send Users".
    pub send: bool,
    /// The source of identities.
    pub from: UsersFrom,
    /// The name under which the user id is sent; `None`: it is not sent.
    pub user_id_as: Option<String>,
    /// The user properties that are sent.
    pub properties: Selection,
    /// Whether an identity waits until Kochava has accepted an event of its device, since Kochava
    /// drops identities of devices that it does not know.
    pub hold_until_event: bool,
}

/// The source of identities.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UsersFrom {
    /// The users that the sender sends.
    UserPayloads,
    /// Events; an identity follows its event.
    Events,
    /// Both.
    Both,
}

pub(super) fn read(faults: &mut Faults, setting: &Setting<'_, '_>) -> Users {
    const FROM: [(&str, UsersFrom); 3] = [
        ("user_payloads", UsersFrom::UserPayloads),
        ("events", UsersFrom::Events),
        ("both", UsersFrom::Both),
    ];
    let keys = [
        "send",
        "from",
        "user_id_as",
        "properties",
        "hold_until_event",
    ];
    faults.object(setting, &keys);
    let user_id_as = setting.member("user_id_as");
    Users {
        send: faults.flag(&setting.member("send"), false),
        from: faults.choice(&setting.member("from"), &FROM, UsersFrom::UserPayloads),
        user_id_as: match user_id_as.value {
            None => Some(String::from(USER_ID_KEY_DEFAULT)),
            Some(Value::Null) => None,
            Some(_) => faults.name(&user_id_as),
        },
        properties: read_selection(faults, &setting.member("properties")),
        hold_until_event: faults.flag(&setting.member("hold_until_event"), false),
    }
}
