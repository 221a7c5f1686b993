//! `[budget]`: how much of AWS's rates looks may use.

use std::collections::BTreeMap;
use std::ops::Range;

use toml::Spanned;

use super::super::{Origin, Problem, Setting};
use super::Merge;
use crate::config::problem::did_you_mean;
use crate::rates::{READS, buckets, services};

impl Merge<'_> {
    pub(super) fn budget(
        &mut self,
        budget: BTreeMap<Spanned<String>, Spanned<f64>>,
    ) {
        let origin =
            if budget.is_empty() { Origin::Default } else { Origin::File };
        for (name, said) in budget {
            let rate = *said.get_ref();
            if name.get_ref() == "share" {
                self.share(rate, said.span());
            } else if !is_read(name.get_ref()) {
                let text = unknown(name.get_ref());
                self.complain_at(&name, text);
            } else if rate.is_finite() && rate > 0.0 {
                self.warn_above(name.get_ref(), rate, said.span());
                let set = &mut self.config.budgets.set;
                set.insert(name.into_inner(), rate);
            } else {
                let text = format!(
                    "`{rate}` is no number of requests a second, such as 2 \
                     or 0.5"
                );
                self.complain_in(said.span(), text);
            }
        }
        let value = self.budget_words();
        self.config.origins.push(Setting { name: "budget", value, origin });
    }

    fn share(&mut self, percent: f64, span: Range<usize>) {
        if percent > 0.0 && percent <= 100.0 {
            self.config.budgets.share = Some(percent / 100.0);
        } else {
            let text = "share is above 0 and at most 100, in percent";
            self.complain_in(span, text.to_owned());
        }
    }

    /// More than AWS takes unless it was asked for more.
    fn warn_above(&mut self, name: &str, rate: f64, span: Range<usize>) {
        let (service, operation) = name.split_once(':').unwrap_or((name, "*"));
        let most = buckets(service, operation)
            .into_iter()
            .filter(|bucket| bucket.is_published)
            .map(|bucket| bucket.per_second)
            .reduce(f64::min);
        let Some(most) = most.filter(|most| rate > *most) else { return };
        let text = format!(
            "AWS takes {most} requests of `{name}` a second unless it raised \
             that for you"
        );
        let problem = Problem::in_text(self.path, self.text, &span, text);
        self.config.problems.push(problem.as_warning());
    }

    fn complain_in(&mut self, span: Range<usize>, text: String) {
        let problem = Problem::in_text(self.path, self.text, &span, text);
        self.config.problems.push(problem);
    }

    fn budget_words(&self) -> String {
        let budgets = &self.config.budgets;
        let share =
            budgets.share.map(|share| format!("share={}", share * 100.0));
        let set = budgets.set.iter();
        let set = set.map(|(name, rate)| format!("{name}={rate}"));
        share.into_iter().chain(set).collect::<Vec<_>>().join(",")
    }
}

fn is_read(name: &str) -> bool {
    READS.contains(&name) || services().contains(&name)
}

fn unknown(name: &str) -> String {
    match name.split_once(':') {
        Some((service, _)) if services().contains(&service) => {
            let begin = format!("{service}:");
            let of = READS.iter().copied().filter(|r| r.starts_with(&begin));
            let hint = did_you_mean(name, of);
            format!("`{name}` is no operation that is read{hint}")
        }
        _ => {
            let hint = did_you_mean(name, services());
            format!("`{name}` is no service that is read{hint}")
        }
    }
}
