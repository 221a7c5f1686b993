//! What a step says of its conduct beside its kind: drills, read-backs, the
//! stops that a runbook makes on purpose.

use std::ops::Range;
use std::sync::Arc;

use jiff::SignedDuration;
use sha2::{Digest, Sha256};
use toml::de::DeTable;

use super::super::plan::hex;
use super::super::reader::Fields;
use super::super::steps::StepType;
use super::super::text::Text;
use super::super::{Fault, Practised, Stop};

/// What a drill makes of a step: a word, or a table with the fields that a
/// drill has otherwise.
pub(super) fn read_drill<'f>(
    fields: &mut Fields<'f>,
    table: &DeTable<'f>,
    kind: &StepType,
) -> Practised {
    const WORDS: [(&str, Word); 3] = [
        ("run", Word::Run),
        ("simulate", Word::Simulate),
        ("skip", Word::Skip),
    ];
    let Some(value) = table.get("drill") else { return Practised::Run };
    if value.get_ref().as_table().is_none() {
        return match fields.choice("drill", &WORDS) {
            None | Some(Word::Run) => Practised::Run,
            Some(Word::Simulate) => Practised::Simulate,
            Some(Word::Skip) => Practised::Skip,
        };
    }
    let Some((own, at)) = fields.table("drill") else {
        return Practised::Run;
    };
    let mut drill = Fields::new("drill", at.clone(), own);
    drill.needed("substitute");
    let with = drill.table("substitute");
    let mut found = drill.finish();
    let Some((with, _)) = with.filter(|_| found.is_empty()) else {
        fields.found.append(&mut found);
        return Practised::Run;
    };
    let mut merged = table.clone();
    for (key, value) in with {
        if table.get(key.get_ref().as_ref()).is_none() {
            let told = format!("the step has no `{}`", key.get_ref());
            fields.wrong(key.span(), "unknown-key", told, "");
        }
        merged.insert(key.clone(), value.clone());
    }
    substitute(fields, &merged, at, kind)
}

/// How often the runbook is to be drilled, in whole days such as `90d`.
pub(super) fn read_every(fields: &mut Fields<'_>) -> Option<SignedDuration> {
    let (word, at) = fields.placed("drill_every")?;
    let days = word.strip_suffix('d').and_then(|d| d.trim().parse().ok());
    if let Some(days @ 1..=1000) = days {
        return Some(SignedDuration::from_hours(24 * days));
    }
    let told = format!("`drill_every`: {word:?} is not so many days");
    let help = "such as 90d; from 1d to 1000d";
    fields.wrong(at, "bad-duration", told, help);
    None
}

#[derive(Clone, Copy)]
enum Word {
    Run,
    Simulate,
    Skip,
}

fn substitute(
    fields: &mut Fields<'_>,
    merged: &DeTable<'_>,
    at: Range<usize>,
    kind: &StepType,
) -> Practised {
    let mut other = Fields::new("drill", at, merged);
    let step = (kind.parse)(&mut other);
    fields.found.append(&mut other.found);
    step.map_or(Practised::Run, |step| Practised::Substitute(Arc::from(step)))
}

/// What is read back to confirm a step.
pub(super) fn read_readback(fields: &mut Fields<'_>) -> Option<(Text, Text)> {
    let (table, at) = fields.table("readback")?;
    let mut own = Fields::new("readback", at, table);
    let ask = own.needed_text("ask");
    let value = own.needed_text("value");
    fields.found.extend(own.finish());
    Some((ask?, value?))
}

/// A fault at which the runbook stops on purpose, with the place of the id
/// of its step.
pub(super) fn read_stop(
    table: &DeTable<'_>,
    at: Range<usize>,
) -> (Option<(Stop, Range<usize>)>, Vec<super::Found>) {
    let mut fields = Fields::new("[[stops_when]]", at, table);
    fields.needed("fault");
    let fault = fields.choice("fault", &Fault::ALL);
    fields.needed("step");
    let step = fields.placed("step");
    let left = fields.needed_word("left").map(str::to_owned);
    let stop = fault.zip(step).zip(left).map(|((fault, (step, at)), left)| {
        (Stop { fault, step: step.to_owned(), left }, at)
    });
    (stop, fields.finish())
}

/// The SHA-256 of the lines of a step, without comments and blank lines:
/// from the line of its table, the first of these, to the next table of the
/// same depth.
pub(super) fn sha256_of(lines: &[&str]) -> String {
    let mut hasher = Sha256::new();
    let mut lines = lines.iter();
    hasher.update(lines.next().copied().unwrap_or_default());
    for line in lines.map(|line| line.trim_end()) {
        if line.starts_with("[[") {
            break;
        }
        if !line.is_empty() && !line.starts_with('#') {
            hasher.update(b"\n");
            hasher.update(line);
        }
    }
    hex(&hasher.finalize())
}
