//! Durations learned: how long steps took in AWS, as a patch to `expect`.

use std::fmt::Write as _;

use jiff::SignedDuration;
use serde::Serialize;

use super::Runbook;
use crate::estate::metrics::{Exercise, Practice};

/// Lines of the file that a patch shows around what it changes.
const AROUND: usize = 3;

/// How long a step took in AWS.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Learned {
    /// The id of the step.
    pub step: String,
    /// What the file expects.
    pub expect: Option<SignedDuration>,
    /// In drills.
    pub drills: Option<Took>,
    /// In incidents.
    pub incidents: Option<Took>,
}

/// How long something took, over several times.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Took {
    /// In half of them at most, in seconds.
    pub p50_s: i64,
    /// In nine of ten at most, in seconds.
    pub p90_s: i64,
    /// The ids of the incidents that tell it.
    pub from: Vec<String>,
}

impl Took {
    fn of(mut seen: Vec<(i64, &str)>) -> Option<Took> {
        seen.sort_unstable();
        let last = seen.len().checked_sub(1)?;
        // The nearest rank: with few runs, the longest of them.
        let rank = |percent: usize| {
            seen[(seen.len() * percent).div_ceil(100).clamp(1, last + 1) - 1].0
        };
        let mut from: Vec<String> =
            seen.iter().map(|(_, id)| (*id).to_owned()).collect();
        from.sort_unstable();
        from.dedup();
        Some(Took { p50_s: rank(50), p90_s: rank(90), from })
    }
}

impl Learned {
    /// What `expect` should say: nine of ten incidents took no longer; where
    /// there was none, nine of ten drills.
    pub fn proposed(&self) -> Option<SignedDuration> {
        let took = self.incidents.as_ref().or(self.drills.as_ref())?;
        Some(SignedDuration::from_secs(rounded(took.p90_s)))
    }

    /// Whether the file should say something else.
    pub fn differs(&self) -> bool {
        let proposed = self.proposed();
        proposed.is_some() && proposed != self.expect
    }
}

/// Seconds as people write them: to 5 s below two minutes, to 30 s below a
/// quarter of an hour, to a minute above; upwards, and never nothing.
fn rounded(seconds: i64) -> i64 {
    let seconds = seconds.max(1);
    let unit = match seconds {
        ..120 => 5,
        120..900 => 30,
        _ => 60,
    };
    (seconds + unit - 1) / unit * unit
}

/// What was learned of the steps that were proven in AWS, and how many runs
/// in an embedded AWS, or at another endpoint, were not counted.
pub fn learned(runbook: &Runbook, past: &[Practice]) -> (Vec<Learned>, usize) {
    let ignored = past.iter().filter(|one| !one.counts());
    let ignored =
        ignored.map(|one| one.runs_of(&runbook.id).count()).sum::<usize>();
    let took = |step: &str, drill: bool| {
        let mut seen = Vec::new();
        for one in past.iter().filter(|o| o.counts() && o.drill == drill) {
            let runs = one.runs_of(&runbook.id);
            let steps = runs.flat_map(|run| &run.steps);
            let proven =
                steps.filter(|s| s.step == step && s.how == Exercise::Proven);
            let took = proven.filter_map(|s| s.took);
            seen.extend(took.map(|took| (took.as_secs(), one.id.as_str())));
        }
        Took::of(seen)
    };
    let steps = runbook.steps.iter().map(|spec| Learned {
        step: spec.id.clone(),
        expect: spec.expect,
        drills: took(&spec.id, true),
        incidents: took(&spec.id, false),
    });
    let told = |l: &Learned| l.drills.is_some() || l.incidents.is_some();
    (steps.filter(told).collect(), ignored)
}

/// A line of the file that is to be another, or that is to be put before it.
struct Edit {
    /// Its place, from 0.
    at: usize,
    /// Whether the line there goes.
    replaces: bool,
    /// The new line.
    line: String,
}

/// The file as it would be with what was learned, and the unified diff that
/// makes it so; none where nothing differs.
pub fn patch(
    runbook: &Runbook,
    text: &str,
    path: &str,
    learned: &[Learned],
) -> Option<(String, String)> {
    let lines: Vec<&str> = text.lines().collect();
    let mut edits: Vec<Edit> = learned
        .iter()
        .filter(|one| one.differs())
        .filter_map(|one| edit(runbook, &lines, one))
        .collect();
    edits.sort_by_key(|edit| edit.at);
    if edits.is_empty() {
        return None;
    }
    let mut new: Vec<&str> = Vec::with_capacity(lines.len());
    let mut rest = edits.iter().peekable();
    for (place, line) in lines.iter().enumerate() {
        match rest.next_if(|edit| edit.at == place) {
            Some(edit) if edit.replaces => new.push(&edit.line),
            Some(edit) => new.extend([edit.line.as_str(), line]),
            None => new.push(line),
        }
    }
    let mut out = new.join("\n");
    out.push('\n');
    Some((out, diff(&lines, path, &edits)))
}

fn edit(runbook: &Runbook, lines: &[&str], one: &Learned) -> Option<Edit> {
    let place = runbook.place(&one.step)?;
    let first = runbook.steps[place].line;
    let expect = format!("{:#}", one.proposed()?);
    let of_step = lines.get(first..)?;
    let own = of_step.iter().take_while(|line| !line.starts_with('['));
    let is_expect = |line: &&str| {
        line.trim_start()
            .strip_prefix("expect")
            .is_some_and(|rest| rest.trim_start().starts_with('='))
    };
    if let Some(at) = own.clone().position(is_expect) {
        let old = of_step[at];
        let comment = old.find('#').map_or("", |from| &old[from..]);
        let line = format!("expect = \"{expect}\" {comment}");
        let (at, line) = (first + at, line.trim_end().to_owned());
        return Some(Edit { at, replaces: true, line });
    }
    let id = own.clone().position(|line| line.starts_with("id"))?;
    let line = format!("expect = \"{expect}\"");
    Some(Edit { at: first + id + 1, replaces: false, line })
}

/// The edits as hunks with lines around each; hunks that touch are one.
fn diff(lines: &[&str], path: &str, edits: &[Edit]) -> String {
    let mut out = format!("--- {path}\n+++ {path}\n");
    let mut shift = 0_usize;
    let near = |a: &Edit, b: &Edit| b.at <= a.at + 2 * AROUND;
    for hunk in edits.chunk_by(near) {
        let (first, last) = (&hunk[0], &hunk[hunk.len() - 1]);
        let from = first.at.saturating_sub(AROUND);
        let end = last.at + AROUND + usize::from(last.replaces);
        let to = end.min(lines.len());
        let more = hunk.iter().filter(|edit| !edit.replaces).count();
        let _ = writeln!(
            out,
            "@@ -{},{} +{},{} @@",
            from + 1,
            to - from,
            from + 1 + shift,
            to - from + more
        );
        let mut edits = hunk.iter().peekable();
        for (place, line) in lines.iter().enumerate().take(to).skip(from) {
            let _ = match edits.next_if(|edit| edit.at == place) {
                Some(edit) if edit.replaces => {
                    write!(out, "-{line}\n+{}\n", edit.line)
                }
                Some(edit) => write!(out, "+{}\n {line}\n", edit.line),
                None => writeln!(out, " {line}"),
            };
        }
        shift += more;
    }
    out
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use super::*;
    use crate::estate::metrics::{Ending, Exercised, Rehearsal};

    const TEXT: &str =
        include_str!("../../runbooks/rds-replica-failover.toml");

    fn runbook() -> Runbook {
        Runbook::parse(TEXT, "r.toml").unwrap()
    }

    fn past(id: &str, drill: bool, took: i64) -> Practice {
        Practice {
            id: id.to_owned(),
            title: String::new(),
            at: Timestamp::UNIX_EPOCH,
            drill,
            simulated: None,
            endpoint: None,
            rto: None,
            completion: None,
            objective: None,
            regained: Vec::new(),
            runs: vec![Rehearsal {
                runbook: "rds-replica-failover".to_owned(),
                sha256: String::new(),
                at: Timestamp::UNIX_EPOCH,
                result: Ending::Finished,
                steps: vec![Exercised {
                    step: "promote".to_owned(),
                    how: Exercise::Proven,
                    took: Some(SignedDuration::from_secs(took)),
                    expect: None,
                }],
                left: Vec::new(),
            }],
        }
    }

    #[test]
    fn an_embedded_drill_teaches_no_duration() {
        let embedded = Practice {
            simulated: Some("already-dark".to_owned()),
            ..past("INC-1", true, 12)
        };
        let elsewhere = Practice {
            endpoint: Some("http://127.0.0.1:5000".to_owned()),
            ..past("INC-2", true, 12)
        };
        let (learned, ignored) = learned(&runbook(), &[embedded, elsewhere]);
        assert_eq!(learned, []);
        assert_eq!(ignored, 2);
    }

    #[test]
    fn drills_and_incidents_are_told_apart_and_incidents_go_first() {
        let all = [
            past("INC-1", true, 100),
            past("INC-2", true, 300),
            past("INC-3", false, 1000),
        ];
        let (learned, _) = learned(&runbook(), &all);
        let [one] = &learned[..] else { panic!("{learned:?}") };
        let drills = one.drills.as_ref().unwrap();
        assert_eq!((drills.p50_s, drills.p90_s), (100, 300));
        assert_eq!(drills.from, ["INC-1", "INC-2"]);
        assert_eq!(one.proposed(), Some(SignedDuration::from_secs(1020)));
    }

    #[test]
    fn what_was_learned_is_a_patch_of_one_line() {
        let (learned, _) = learned(&runbook(), &[past("INC-1", true, 421)]);
        let (new, diff) = patch(&runbook(), TEXT, "r.toml", &learned).unwrap();
        let wanted = "-expect = \"5m\"\n+expect = \"7m 30s\"\n";
        assert!(diff.contains(wanted), "{diff}");
        assert!(diff.starts_with("--- r.toml\n+++ r.toml\n@@ -"), "{diff}");
        let again = Runbook::parse(&new, "r.toml").unwrap();
        let (spec, was) = (again.place("promote").unwrap(), runbook());
        assert_eq!(
            again.steps[spec].expect,
            Some(SignedDuration::from_secs(450))
        );
        assert_eq!(again.steps[0].expect, was.steps[0].expect);
        let lines = |text: &str| text.lines().count();
        assert_eq!(lines(&new), lines(TEXT));
    }

    #[test]
    fn a_step_that_expected_nothing_gets_its_line() {
        let bare = TEXT.replacen("expect = \"5m\"\ntimeout = \"30m\"", "", 1);
        let runbook = Runbook::parse(&bare, "r.toml").unwrap();
        let (learned, _) = learned(&runbook, &[past("INC-1", true, 61)]);
        let (new, diff) = patch(&runbook, &bare, "r.toml", &learned).unwrap();
        assert!(diff.contains("\n+expect = \"1m 5s\"\n"), "{diff}");
        let again = Runbook::parse(&new, "r.toml").unwrap();
        let spec = &again.steps[again.place("promote").unwrap()];
        assert_eq!(spec.expect, Some(SignedDuration::from_secs(65)));
    }

    #[test]
    fn seconds_are_rounded_upwards_as_people_write_them() {
        let all = [(0, 5), (61, 65), (121, 150), (901, 960)];
        for (seconds, said) in all {
            assert_eq!(rounded(seconds), said);
        }
    }
}
