//! `note`: a person adds words to the record.

use super::{Answers, Fields, Scene, Settled, Step, StepType, Text, Wants};
use crate::estate::Source;

pub(super) const TYPE: StepType = StepType {
    name: "note",
    doc: "Asks a person for words that are kept, such as open risks and \
          follow-ups. Empty words are taken, too.",
    example: r#"
[[step]]
id = "open"
kind = "note"
title = "Open risks and follow-ups"
ask = "What is unprotected now, and who sees to it?"
"#,
    outputs: &["value"],
    parse,
};

#[derive(Debug)]
struct Note {
    ask: Text,
}

fn parse(fields: &mut Fields<'_>) -> Option<Box<dyn Step>> {
    let ask = fields.needed_text("ask");
    Some(Box::new(Note { ask: ask? }))
}

impl Step for Note {
    fn texts(&self) -> Vec<&Text> {
        vec![&self.ask]
    }

    fn wants(&self) -> Wants<'_> {
        Wants::Words { ask: &self.ask }
    }

    fn looks(&self, _: &Scene<'_>) -> Vec<Source> {
        Vec::new()
    }

    fn settled(&self, _: &Scene<'_>, _: &Answers) -> Settled {
        Settled::Running { why: "a person writes a note".into() }
    }
}
