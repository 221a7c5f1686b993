//! `decide`: a person chooses a way, and says why.

use std::ops::Range;

use jiff::SignedDuration;
use toml::de::DeTable;

use super::{
    Answers, Choice, Fields, Leads, Scene, Settled, Step, StepType, Text,
    Wants,
};
use crate::estate::Source;

pub(super) const TYPE: StepType = StepType {
    name: "decide",
    doc: "Puts a question to a person. Each choice leads on, to another \
          step (`goto`), or to the end (`end = true`). A rationale is \
          always asked and kept. Time never chooses: with `window` what was \
          done is on trial for that long, then a person is asked once \
          more. A choice that leads to a way back calls for it.",
    example: r#"
[[step]]
id = "go"
kind = "decide"
title = "Fail over now?"
ask = "Data time {lag.data_time}. After the promotion there is no way back."
choices = [
  { key = "failover", label = "Fail over now" },
  { key = "wait", label = "Look at the lag again", goto = "lag" },
  { key = "stop", label = "Do not fail over", end = true },
]
"#,
    outputs: &[],
    parse,
};

#[derive(Debug)]
struct Decide {
    ask: Text,
    choices: Vec<Choice>,
    window: Option<SignedDuration>,
}

fn parse(fields: &mut Fields<'_>) -> Option<Box<dyn Step>> {
    let ask = fields.needed_text("ask");
    let window = fields.duration("window");
    fields.needed("choices");
    let mut choices = Vec::new();
    for (table, at) in fields.tables("choices") {
        choices.extend(read_choice(fields, table, at));
    }
    if choices.len() == 1 {
        let told = "a decision has at least two choices";
        fields.wrong(fields.span(), "no-choice", told, "");
    }
    Some(Box::new(Decide { ask: ask?, choices, window }))
}

fn read_choice(
    fields: &mut Fields<'_>,
    table: &DeTable<'_>,
    at: Range<usize>,
) -> Option<Choice> {
    let mut choice = Fields::new("the choice", at.clone(), table);
    let key = choice.needed_word("key").map(str::to_owned);
    let label = choice.word("label").map(str::to_owned);
    let goto = choice.word("goto").map(str::to_owned);
    let end = choice.flag("end").unwrap_or(false);
    fields.found.extend(choice.finish());
    if end && goto.is_some() {
        let told = "a choice has `goto` or `end`, not both";
        fields.wrong(at, "two-ways", told, "");
    }
    let key = key?;
    let leads = match (goto, end) {
        (Some(step), _) => Leads::To(step),
        (None, true) => Leads::End,
        (None, false) => Leads::On,
    };
    Some(Choice { label: label.unwrap_or_else(|| key.clone()), key, leads })
}

impl Step for Decide {
    fn texts(&self) -> Vec<&Text> {
        vec![&self.ask]
    }

    fn wants(&self) -> Wants<'_> {
        Wants::Choice { ask: &self.ask, choices: &self.choices }
    }

    fn window(&self) -> Option<SignedDuration> {
        self.window
    }

    fn looks(&self, _: &Scene<'_>) -> Vec<Source> {
        Vec::new()
    }

    fn settled(&self, _: &Scene<'_>, _: &Answers) -> Settled {
        Settled::Running { why: "a person decides".into() }
    }
}
