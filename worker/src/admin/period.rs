//! The periods of `/stats`: those of Amplitude (Event Streaming Metrics Summary API).

/// A period that ends now.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Period {
    TenMinutes,
    OneHour,
    FourHours,
    #[default]
    OneDay,
    OneWeek,
    TwoWeeks,
}

impl Period {
    pub(super) const ALL: [Self; 6] = [
        Period::TenMinutes,
        Period::OneHour,
        Period::FourHours,
        Period::OneDay,
        Period::OneWeek,
        Period::TwoWeeks,
    ];

    pub(super) fn read(name: &str) -> Option<Self> {
        Period::ALL.into_iter().find(|period| period.name() == name)
    }

    /// Returns the period as Amplitude spells it.
    pub(super) fn name(self) -> &'static str {
        match self {
            Period::TenMinutes => "TEN_MINUTES",
            Period::OneHour => "ONE_HOUR",
            Period::FourHours => "FOUR_HOURS",
            Period::OneDay => "ONE_DAY",
            Period::OneWeek => "ONE_WEEK",
            Period::TwoWeeks => "TWO_WEEKS",
        }
    }

    pub(super) fn minutes(self) -> i64 {
        match self {
            Period::TenMinutes => 10,
            Period::OneHour => 60,
            Period::FourHours => 4 * 60,
            Period::OneDay => 24 * 60,
            Period::OneWeek => 7 * 24 * 60,
            Period::TwoWeeks => 14 * 24 * 60,
        }
    }
}
