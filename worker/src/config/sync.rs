//! One sync: settings of its own for events to Kochava, beside those of others in one deployment.

use super::document::{Document, in_sync};
use super::variables::Variables;
use kochava_edge::{
    Digest, Endpoint, Planner, Rejects, Settings, SettingsFault, ShapeCache, Source,
};
use std::cell::RefCell;

/// One sync, with its faults where it has some.
pub(crate) struct Sync {
    /// In lower case; empty for the one without a name.
    pub(crate) name: String,
    /// What is kept of rejects, and for how long.
    pub(crate) rejects: Rejects,
    /// The settings without secrets, as JSON.
    pub(crate) document: String,
    pub(crate) ready: Result<ReadySync, FaultySync>,
}

/// A sync without faults.
pub(crate) struct ReadySync {
    /// As in [`Sync`].
    pub(crate) name: String,
    pub(crate) planner: Planner,
    /// The key order of the events planned last.
    pub(crate) shapes: RefCell<ShapeCache>,
    /// The version of the settings.
    pub(crate) settings: Digest,
}

/// A sync with faults.
pub(crate) struct FaultySync {
    pub(crate) faults: Vec<SettingsFault>,
    /// Whether it is switched off, so that nothing waits for it.
    pub(crate) is_disabled: bool,
    /// The senders that it takes events of; `None` where it may take all.
    pub(crate) sources: Option<Vec<Source>>,
}

impl Sync {
    /// Reads a sync; `others` are the faults of variables that may have been meant for it.
    pub(super) fn read(
        variables: &Variables,
        name: String,
        endpoint: &Endpoint,
        others: &[SettingsFault],
    ) -> Self {
        let mut faults = Vec::new();
        let document = Document::read(variables, &name, &mut faults);
        let rejects = document.rejects(&[&faults, others].concat());
        let ready = match Settings::read(&document.text(variables)) {
            Ok(settings) if faults.is_empty() => Ok(ReadySync {
                name: name.clone(),
                planner: Planner::with_endpoint(endpoint.clone(), settings),
                shapes: RefCell::default(),
                settings: document.version(variables.text("KOCHAVA_URL").unwrap_or_default()),
            }),
            read => {
                let more = read.err().unwrap_or_default();
                faults.extend(more.into_iter().map(|fault| SettingsFault {
                    path: in_sync(&name, &fault.path),
                    ..fault
                }));
                Err(FaultySync {
                    faults,
                    is_disabled: document.is_disabled(),
                    sources: document.sources(),
                })
            }
        };
        Sync {
            name,
            rejects,
            document: document.shown(),
            ready,
        }
    }

    /// Returns the sync of a variable that names none: what it is to take is unknown.
    pub(super) fn unreadable(fault: &SettingsFault) -> Self {
        Sync {
            name: fault.path.to_ascii_lowercase(),
            rejects: Rejects::LONGEST,
            document: "null".to_owned(),
            ready: Err(FaultySync {
                faults: vec![fault.clone()],
                is_disabled: false,
                sources: None,
            }),
        }
    }

    /// Returns the name in replies and log lines.
    pub(crate) fn shown(&self) -> &str {
        shown(&self.name)
    }
}

/// Returns a sync's name in replies where there are several: `default` for the one without.
pub(crate) fn shown(name: &str) -> &str {
    match name {
        "" => DEFAULT,
        _ => name,
    }
}

/// Returns a sync's name in lists, where the one without has `null`.
pub(crate) fn listed(name: &str) -> Option<&str> {
    Some(name).filter(|name| !name.is_empty())
}

/// Returns the faults of all syncs, but of those that are switched off while others are not.
pub(super) fn faults(syncs: &[Sync]) -> Vec<SettingsFault> {
    let is_ready = syncs.iter().any(|sync| sync.ready.is_ok());
    let faulty = syncs.iter().filter_map(|sync| sync.ready.as_ref().err());
    let counted = faulty.filter(|faulty| !(is_ready && faulty.is_disabled));
    counted.flat_map(|faulty| faulty.faults.clone()).collect()
}

/// The name of the sync of `SETTINGS`, where the others have names.
pub(crate) const DEFAULT: &str = "default";

#[cfg(test)]
mod tests {
    use super::super::{Setup, Variable, Variables};
    use super::FaultySync;
    use kochava_edge::{Platform, Rejects};

    const WHOLE: &str = r#"{"app_guid":"koeurope","mapping":{"kochava_device_id":"user_properties.kd","origination_ip":"ip_address","idfv":"idfv"}}"#;

    fn setup(entries: &[(&str, &str)]) -> Setup {
        let mut variables = Variables::from([(
            "INGEST_TOKEN",
            Variable::Text("the-ingest-token".to_owned()),
        )]);
        for (name, value) in entries {
            variables.extend([(*name, Variable::Text((*value).to_owned()))]);
        }
        Setup::read(&variables)
    }

    fn names(setup: &Setup) -> Vec<&str> {
        setup.syncs.iter().map(|sync| sync.name.as_str()).collect()
    }

    fn faulty<'s>(setup: &'s Setup, name: &str) -> &'s FaultySync {
        let sync = setup.sync(name).expect("there is such a sync");
        sync.ready.as_ref().err().expect("it has faults")
    }

    fn paths(setup: &Setup) -> Vec<(String, &'static str)> {
        let faults = setup.faults().into_iter();
        faults.map(|fault| (fault.path, fault.code)).collect()
    }

    #[test]
    fn each_sync_has_settings_of_its_own_whole_or_in_parts() {
        let parts = setup(&[
            ("SETTINGS", WHOLE),
            ("SYNC_US", r#"{"app_guid":"kowrong","enabled":false}"#),
            ("SYNC_US_APP_GUID", "koamerica"),
            ("SYNC_US_TEST_APP_GUID", "kotest"),
            (
                "SYNC_US_MAPPING",
                r#"{"kochava_device_id":"a","origination_ip":"b","idfv":"c"}"#,
            ),
        ]);
        assert_eq!(paths(&parts), []);
        assert_eq!(names(&parts), ["", "us"]);
        let guid = |name: &str| {
            let sync = parts.sync(name).and_then(|sync| sync.ready.as_ref().ok());
            let settings = sync.expect("no fault").planner.settings();
            let guid = settings.app_guid.of(Platform::Ios).expect("it is set");
            (guid.as_str().to_owned(), settings.enabled)
        };
        assert_eq!(guid(""), ("koeurope".to_owned(), true));
        assert_eq!(guid("us"), ("koamerica".to_owned(), false));
    }

    #[test]
    fn there_is_no_sync_without_a_name_where_only_others_have_settings() {
        assert_eq!(names(&setup(&[("SYNC_US_2", WHOLE)])), ["us_2"]);
        assert_eq!(
            names(&setup(&[("SETTINGS_MAPPING", "{}"), ("SYNC_US", WHOLE)])),
            ["", "us"]
        );
        // a misspelt name may have meant it
        assert_eq!(
            names(&setup(&[("settings", WHOLE), ("SYNC_US", WHOLE)])),
            ["", "us"]
        );
        let none = setup(&[]);
        assert_eq!(names(&none), [""]);
        assert!(paths(&none).contains(&("app_guid".to_owned(), "missing")));
    }

    #[test]
    fn a_secret_of_a_sync_comes_before_the_one_of_all() {
        let secrets = setup(&[
            ("SETTINGS", WHOLE),
            ("SYNC_US", WHOLE),
            ("SYNC_EU", WHOLE),
            ("KOCHAVA_API_KEY", "key-of-all"),
            ("KOCHAVA_SECRET", "secret-of-all"),
            ("KOCHAVA_API_KEY_US", "key-of-us"),
            ("KOCHAVA_SECRET_US", "secret-of-us"),
        ]);
        let key = |name: &str| {
            let sync = secrets.sync(name).and_then(|sync| sync.ready.as_ref().ok());
            let settings = sync.expect("no fault").planner.settings();
            settings
                .authentication
                .as_ref()
                .map(|pair| pair.api_key.clone())
        };
        assert_eq!(key("").as_deref(), Some("key-of-all"));
        assert_eq!(key("eu").as_deref(), Some("key-of-all"));
        assert_eq!(key("us").as_deref(), Some("key-of-us"));
        // one without a secret of its own is no pair of its own
        let half = setup(&[("SYNC_US", WHOLE), ("KOCHAVA_API_KEY_US", "key-of-us")]);
        assert!(!paths(&half).is_empty());
    }

    #[test]
    fn a_fault_names_the_sync_and_stops_it_alone() {
        let one = setup(&[
            ("SETTINGS", WHOLE),
            (
                "SYNC_US",
                r#"{"app_guid":17,"sources":["segment"],"rejects":{"retention_days":7}}"#,
            ),
        ]);
        let found = paths(&one);
        assert!(
            found.contains(&("SYNC_US.app_guid".to_owned(), "wrong-type")),
            "{found:?}"
        );
        assert!(
            found.contains(&("SYNC_US.mapping".to_owned(), "missing")),
            "{found:?}"
        );
        assert!(
            found.iter().all(|(path, _)| path.starts_with("SYNC_US")),
            "{found:?}"
        );
        assert!(one.config.is_ok() && one.ready().count() == 1);
        let us = faulty(&one, "us");
        assert!(!us.is_disabled);
        assert_eq!(us.sources.as_deref().map(<[_]>::len), Some(1));
        assert_eq!(one.syncs[1].rejects.retention_days, 7);
        // switched off, nothing waits for it
        let off = setup(&[("SETTINGS", WHOLE), ("SYNC_US", r#"{"enabled":false}"#)]);
        assert_eq!(paths(&off), []);
        assert!(faulty(&off, "us").is_disabled);
        // but alone it says what is wrong
        let alone = setup(&[("SYNC_US", r#"{"enabled":false}"#)]);
        assert!(alone.config.is_err() && !paths(&alone).is_empty());
        // what cannot be read may want everything
        let unread = setup(&[("SETTINGS", WHOLE), ("SYNC_US", "{")]);
        assert_eq!(paths(&unread)[0], ("SYNC_US".to_owned(), "wrong-type"));
        assert_eq!(faulty(&unread, "us").sources, None);
        assert_eq!(unread.syncs[1].rejects, Rejects::LONGEST);
    }

    #[test]
    fn a_variable_that_begins_as_one_of_a_sync_and_is_none_is_a_fault() {
        for (name, message) in [
            (
                "SYNC_us",
                "is not a variable of a sync; did you mean `SYNC_US`?",
            ),
            (
                "sync_us",
                "is not a variable of a sync; did you mean `SYNC_US`?",
            ),
            (
                "SYNC_",
                "the name of a sync is missing: SYNC_US is that of `us`",
            ),
            ("SYNC_MAPPING", "a sync cannot be called like a setting"),
            (
                "SYNC_DEFAULT",
                "no sync can be called `default`, as the one of SETTINGS is",
            ),
            (
                "SYNC_DEFAULT_MAPPING",
                "no sync can be called `default`, as the one of SETTINGS is",
            ),
            (
                "SYNC_U-S",
                "the name of a sync has letters, digits and `_` only",
            ),
        ] {
            let setup = setup(&[("SETTINGS", WHOLE), (name, WHOLE)]);
            let [fault] = setup.faults().try_into().expect("one fault");
            let found = (fault.path.as_str(), fault.code, &*fault.message);
            assert_eq!(found, (name, "unknown-key", message));
            // the others go on, and what it may want waits
            assert!(setup.config.is_ok() && setup.syncs.len() == 2, "{name}");
            assert_eq!(setup.syncs[0].rejects, Rejects::LONGEST, "{name}");
        }
    }
}
