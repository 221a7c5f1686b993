//! `http.probe`: a URL answers as it should, for some time.

use jiff::SignedDuration;

use super::seen::{moment, seen, span};
use super::{
    Answers, Fields, Missing, Scene, Settled, Step, StepType, Text, Values,
};
use crate::estate::resource::HttpAnswer;
use crate::estate::{Found, Source};

pub(super) const TYPE: StepType = StepType {
    name: "http.probe",
    doc: "Holds until a URL has given the wanted status, 200 unless said \
          otherwise, and the wanted text without a break for the time \
          `for`. Looks before the step's turn do not count.",
    example: r#"
[[step]]
id = "healthy"
kind = "http.probe"
title = "{url} answers for a minute"
url = "{url}"
status = 200
contains = "ok"
for = "1m"
timeout = "20m"
milestone = "service-healthy"
"#,
    outputs: &[],
    parse,
};

#[derive(Debug)]
struct HttpProbe {
    url: Text,
    status: i64,
    contains: Option<Text>,
    hold: SignedDuration,
}

fn parse(fields: &mut Fields<'_>) -> Option<Box<dyn Step>> {
    let url = fields.needed_text("url");
    let status = fields.integer("status", 100..=599);
    let contains = fields.text("contains");
    let hold = fields.duration("for");
    Some(Box::new(HttpProbe {
        url: url?,
        status: status.unwrap_or(200),
        contains,
        hold: hold.unwrap_or_default(),
    }))
}

impl HttpProbe {
    fn source(&self, scene: &Scene<'_>) -> Result<Source, Missing> {
        Ok(Source::Http { url: scene.fill(&self.url)? })
    }
}

impl Step for HttpProbe {
    fn texts(&self) -> Vec<&Text> {
        let mut texts = vec![&self.url];
        texts.extend(&self.contains);
        texts
    }

    fn looks(&self, scene: &Scene<'_>) -> Vec<Source> {
        self.source(scene).into_iter().collect()
    }

    fn settled(&self, scene: &Scene<'_>, _: &Answers) -> Settled {
        let (source, wanted) = match self.source(scene).and_then(|source| {
            let wanted = self.contains.as_ref();
            Ok((source, wanted.map(|text| scene.fill(text)).transpose()?))
        }) {
            Ok(told) => told,
            Err(missing) => return Settled::from(missing),
        };
        let told = match seen(scene, &source, scene.since) {
            Ok(told) => told,
            Err(why) => return Settled::CannotTell { why },
        };
        let Found::Http(answer) = told.found else {
            let why = format!("{source} answered with something else");
            return Settled::CannotTell { why };
        };
        let who = who(&source, answer);
        if i64::from(answer.status) != self.status {
            let why = format!("{who} answers {}", answer.status);
            return Settled::NotDone { why };
        }
        if let Some(wanted) = wanted
            && !answer.start.contains(&wanted)
        {
            let why = format!("{who} answers without {wanted:?}");
            return Settled::NotDone { why };
        }
        // Whatever broke it: another status resets `steady`, a body without
        // the wanted text resets `holds_since`, and a restart resets both.
        let held = scene.holds_since.map_or(SignedDuration::ZERO, |holds| {
            told.at.duration_since(told.steady.max(scene.since).max(holds))
        });
        if held < self.hold {
            let why = format!(
                "{who} answers {}; it must for {}",
                answer.status,
                span(self.hold)
            );
            return Settled::Running { why };
        }
        let evidence = vec![format!(
            "{who} answered {} for {}, last at {}",
            answer.status,
            span(held),
            moment(told.at)
        )];
        Settled::Done { outputs: Values::new(), evidence }
    }
}

/// Who answered: an answer from another address than the name's says so, or
/// it would prove what it does not.
fn who(source: &Source, answer: &HttpAnswer) -> String {
    match &answer.via {
        Some(via) => format!("{source} via {via}"),
        None => source.to_string(),
    }
}
