//! `installs`: which events are sent as installs.

use super::blocks::{self, Block};
use super::faults::Faults;
use super::setting::Setting;
use alloc::vec::Vec;

/// Which events are sent as installs.
#[derive(Clone, Debug)]
pub struct Installs {
    /// Whether any install is sent; otherwise such an event is one like any other.
    pub send: bool,
    /// Blocks that select installs; `None`: what the sender documents as one.
    pub select: Option<Vec<Block>>,
    /// Whether a further install of a device is sent as well.
    pub reinstalls: bool,
}

pub(super) fn read(faults: &mut Faults, setting: &Setting<'_, '_>) -> Installs {
    faults.object(setting, &["send", "select", "reinstalls"]);
    Installs {
        send: faults.flag(&setting.member("send"), false),
        select: blocks::read(faults, &setting.member("select"), false),
        reinstalls: faults.flag(&setting.member("reinstalls"), false),
    }
}
