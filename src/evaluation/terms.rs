//! The time and the zone that formulas are applied with.

use chrono::SubsecRound as _;
use plinth_events::{
    Refusal, RefusalCode,
    names::TimeZoneName,
    query::{KnownAt, evaluate::Applied, metric::MetricRow},
    time::Moment,
};
use plinth_formula::{Evaluator, Formula, Instant, NotEvaluable, NotExpressible, Zone, json_logic};

/// A time, from which ages count, and the zone that days, months and dates are of.
#[derive(Debug, Clone)]
pub struct Terms {
    as_of: Moment,
    zone: Zone,
    zone_name: TimeZoneName,
}

impl Terms {
    /// At a time, of which digits finer than a microsecond are cut off, in a zone: UTC if none is named.
    ///
    /// # Errors
    /// When there is no such zone.
    pub fn new(as_of: Moment, zone: Option<TimeZoneName>) -> Result<Self, Refusal> {
        let as_of = as_of.utc().trunc_subsecs(6).into();
        let zone_name = zone.unwrap_or_else(TimeZoneName::utc);
        match Zone::named(zone_name.as_str()) {
            Ok(zone) => Ok(Self { as_of, zone, zone_name }),
            Err(error) => Err(Refusal::new(RefusalCode::InvalidValue, error.to_string()).at("/zone")),
        }
    }

    /// The formula, ready to be applied.
    ///
    /// # Errors
    /// When it is in another language, or the time is out of range.
    pub fn evaluator(&self, formula: &Formula) -> Result<Evaluator, Refusal> {
        Evaluator::new(formula, self.instant(), &self.zone).map_err(|error| match error {
            NotEvaluable::Opaque => Refusal::new(RefusalCode::NotComputable, error.to_string()).at("/formula"),
            NotEvaluable::AsOfOutOfRange(_) => Refusal::new(RefusalCode::InvalidValue, error.to_string()).at("/asOf"),
        })
    }

    /// The formula as a rule of JsonLogic.
    ///
    /// # Errors
    /// When JsonLogic cannot say it.
    pub fn json_logic(&self, formula: &Formula) -> Result<String, NotExpressible> {
        json_logic(formula, self.instant(), &self.zone).map(|rule| rule.to_string())
    }

    /// The time.
    pub fn as_of(&self) -> Moment {
        self.as_of
    }

    /// The name of the zone.
    pub fn zone(&self) -> &TimeZoneName {
        &self.zone_name
    }

    /// What an answer says of how a version was applied.
    pub fn applied(&self, version: &MetricRow, known_at: Option<KnownAt>) -> Applied {
        let (code, version) = (version.code.clone(), version.version);
        Applied { code, version, as_of: self.as_of, known_at, zone: self.zone_name.clone() }
    }

    fn instant(&self) -> Instant {
        Instant::from_micros(self.as_of.utc().timestamp_micros())
    }
}
