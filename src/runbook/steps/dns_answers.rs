//! `dns.answers`: name servers answer with the wanted value.

use super::seen::{moment, seen};
use super::{
    Answers, Fields, Missing, Scene, Settled, Step, StepType, Text, Values,
};
use crate::estate::{Found, Source};

pub(super) const TYPE: StepType = StepType {
    name: "dns.answers",
    doc: "Holds until every resolver answers for a name with the wanted \
          value. Without `resolvers` the system's own is asked. A resolver \
          may keep an old answer for as long as its time to live.",
    example: r#"
[[step]]
id = "resolve"
kind = "dns.answers"
title = "Resolvers answer {record} with the new primary"
name = "{record}"
type = "CNAME"
value = "{promote.host}"
resolvers = ["1.1.1.1:53", "8.8.8.8:53"]
timeout = "15m"
"#,
    outputs: &[],
    parse,
};

const KINDS: [(&str, &str); 3] =
    [("CNAME", "CNAME"), ("A", "A"), ("AAAA", "AAAA")];

#[derive(Debug)]
struct DnsAnswers {
    name: Text,
    kind: &'static str,
    value: Text,
    resolvers: Vec<Text>,
}

fn parse(fields: &mut Fields<'_>) -> Option<Box<dyn Step>> {
    let name = fields.needed_text("name");
    fields.needed("type");
    let kind = fields.choice("type", &KINDS);
    let value = fields.needed_text("value");
    let resolvers = fields.texts("resolvers");
    Some(Box::new(DnsAnswers {
        name: name?,
        kind: kind?,
        value: value?,
        resolvers: resolvers.unwrap_or_default(),
    }))
}

impl DnsAnswers {
    fn sources(&self, scene: &Scene<'_>) -> Result<Vec<Source>, Missing> {
        let name = plain(&scene.fill(&self.name)?);
        let source = |resolver: Option<String>| Source::Dns {
            name: name.clone(),
            kind: self.kind.to_owned(),
            resolver,
        };
        if self.resolvers.is_empty() {
            return Ok(vec![source(None)]);
        }
        let resolvers = self.resolvers.iter();
        resolvers.map(|text| Ok(source(Some(scene.fill(text)?)))).collect()
    }
}

impl Step for DnsAnswers {
    fn texts(&self) -> Vec<&Text> {
        let mut texts = vec![&self.name, &self.value];
        texts.extend(&self.resolvers);
        texts
    }

    fn looks(&self, scene: &Scene<'_>) -> Vec<Source> {
        self.sources(scene).unwrap_or_default()
    }

    fn settled(&self, scene: &Scene<'_>, _: &Answers) -> Settled {
        let told = self
            .sources(scene)
            .and_then(|sources| Ok((sources, scene.fill(&self.value)?)));
        let (sources, wanted) = match told {
            Ok((sources, wanted)) => (sources, plain(&wanted)),
            Err(missing) => return Settled::from(missing),
        };
        let mut evidence = Vec::new();
        for source in &sources {
            let told = match seen(scene, source, scene.since) {
                Ok(told) => told,
                Err(why) => return Settled::CannotTell { why },
            };
            let Found::Dns(answer) = told.found else {
                let why = format!("{source} answered with something else");
                return Settled::CannotTell { why };
            };
            if !answer.values.iter().any(|value| plain(value) == wanted) {
                let values = answer.values.join(", ");
                let why = match values.as_str() {
                    "" => format!("{source} has no answer"),
                    _ => format!("{source} still answers {values}"),
                };
                return Settled::NotDone { why };
            }
            let at = moment(told.at);
            evidence.push(format!("{source} answers {wanted} at {at}"));
        }
        Settled::Done { outputs: Values::new(), evidence }
    }
}

/// A DNS name as it is compared: lower case, without its final dot.
fn plain(name: &str) -> String {
    name.trim_end_matches('.').to_ascii_lowercase()
}
