//! `manual`: a person does something and says what they saw.

use regex_lite::Regex;

use super::{Answers, Fields, Scene, Settled, Step, StepType, Text, Wants};
use crate::estate::Source;

pub(super) const TYPE: StepType = StepType {
    name: "manual",
    doc: "A person does what no call can do, and completes the step with a \
          value that only someone who looked can give: never with `ok`. \
          `pattern` is a regular expression for the whole value.",
    example: r#"
[[step]]
id = "order"
kind = "manual"
title = "One real write works"
ask = "Place the synthetic order. Which number does the order page show?"
pattern = "SYN-[0-9]{6}"
"#,
    outputs: &["value"],
    parse,
};

#[derive(Debug)]
struct Manual {
    ask: Text,
    pattern: Option<String>,
}

fn parse(fields: &mut Fields<'_>) -> Option<Box<dyn Step>> {
    let ask = fields.needed_text("ask");
    let pattern = fields.placed("pattern");
    if let Some((pattern, at)) = &pattern
        && let Err(e) = Regex::new(pattern)
    {
        fields.wrong(at.clone(), "bad-pattern", e.to_string(), "");
    }
    let pattern = pattern.map(|(pattern, _)| pattern.to_owned());
    Some(Box::new(Manual { ask: ask?, pattern }))
}

impl Step for Manual {
    fn texts(&self) -> Vec<&Text> {
        vec![&self.ask]
    }

    fn wants(&self) -> Wants<'_> {
        Wants::Value { ask: &self.ask, pattern: self.pattern.as_deref() }
    }

    fn looks(&self, _: &Scene<'_>) -> Vec<Source> {
        Vec::new()
    }

    fn settled(&self, _: &Scene<'_>, _: &Answers) -> Settled {
        Settled::Running { why: "a person says what they saw".into() }
    }
}
