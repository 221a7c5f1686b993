//! The ledger of what an incident made, until each thing is gone.

use jiff::Timestamp;
use serde::Serialize;

use super::Incident;
use super::fact::Ledger;

/// Something that an incident made.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Made {
    /// Its ARN.
    pub arn: String,
    /// The step that made it.
    pub step: String,
    /// When it was made.
    pub at: Timestamp,
    /// What it costs an hour, in USD, where that is known.
    pub hourly_usd: Option<f64>,
    /// When it was found to be gone, and how that is known.
    pub gone: Option<(Timestamp, String)>,
}

impl Made {
    /// What it cost until it was gone, or has cost until now, in USD.
    pub fn cost(&self, now: Timestamp) -> Option<f64> {
        let until = self.gone.as_ref().map_or(now, |(at, _)| *at);
        let hours = until.duration_since(self.at).as_secs_f64() / 3600.0;
        Some(self.hourly_usd? * hours.max(0.0))
    }

    /// Its cost an hour in words.
    pub fn hourly_words(&self) -> String {
        self.hourly_usd.map_or_else(
            || "cost unknown".to_owned(),
            |usd| format!("${usd:.4} an hour"),
        )
    }
}

impl Incident {
    /// What it made and nobody has seen gone.
    pub fn left(&self) -> impl Iterator<Item = &Made> {
        self.made.iter().filter(|made| made.gone.is_none())
    }

    /// Whether it made this, and it is not gone.
    pub fn holds(&self, arn: &str) -> bool {
        self.left().any(|made| made.arn == arn)
    }

    pub(super) fn enter(&mut self, what: &Ledger, at: Timestamp) {
        match what {
            Ledger::Created { arn, step, hourly_usd } => {
                let known = self
                    .made
                    .iter_mut()
                    .find(|made| made.arn == *arn && made.gone.is_none());
                if let Some(known) = known {
                    known.hourly_usd = hourly_usd.or(known.hourly_usd);
                    return;
                }
                self.made.push(Made {
                    arn: arn.clone(),
                    step: step.clone(),
                    at,
                    hourly_usd: *hourly_usd,
                    gone: None,
                });
            }
            Ledger::Removed { arn, how } => {
                let open = self.made.iter_mut();
                for made in open.filter(|m| m.arn == *arn) {
                    made.gone.get_or_insert((at, how.clone()));
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    fn created(hourly_usd: Option<f64>) -> Ledger {
        let (arn, step) = ("arn:a".to_owned(), "clone".to_owned());
        Ledger::Created { arn, step, hourly_usd }
    }

    #[test]
    fn what_was_made_costs_until_it_is_gone() {
        let mut incident = Incident::new("INC-1");
        incident.enter(&created(None), at(0));
        assert_eq!(incident.made[0].cost(at(7200)), None, "not known");
        incident.enter(&created(Some(0.5)), at(60));
        assert_eq!(incident.made.len(), 1, "it is the same thing");
        assert_eq!(incident.made[0].cost(at(7200)), Some(1.0));
        assert!(incident.holds("arn:a"));
        let how = "a look does not list it".to_owned();
        let arn = "arn:a".to_owned();
        incident.enter(&Ledger::Removed { arn, how }, at(3600));
        assert_eq!(incident.left().count(), 0);
        assert_eq!(incident.made[0].cost(at(7200)), Some(0.5));
    }

    #[test]
    fn what_is_made_again_is_another_thing() {
        let mut incident = Incident::new("INC-1");
        incident.enter(&created(None), at(0));
        let (arn, how) = ("arn:a".to_owned(), "deleted".to_owned());
        incident.enter(&Ledger::Removed { arn, how }, at(5));
        incident.enter(&created(None), at(9));
        assert_eq!(incident.made.len(), 2);
        assert_eq!(incident.left().count(), 1);
    }
}
