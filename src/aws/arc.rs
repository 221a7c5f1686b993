//! What we ask of ARC routing controls, and what its answers mean.
//!
//! The configuration lives in `us-west-2`; how the switches stand is told by
//! five endpoints in five Regions, which are asked in turn.

use std::mem;

use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use super::modeled::{Client, into};
use super::pages::{Pages, joined};
use super::{Look, Reader, Seen};
use crate::estate::ids::Region;
use crate::estate::part::arc::{
    ArcCluster, Endpoint, Panel, RuleKind, SafetyRule, Switch, Switches,
};
use crate::failure::{Failure, FailureKind, cleaned};

const CONFIG: &str = "route53-recovery-control-config";
const DATA: &str = "route53-recovery-cluster";

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct Clusters {
    clusters: Vec<Cluster>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct Cluster {
    cluster_arn: String,
    name: String,
    status: String,
    cluster_endpoints: Vec<At>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct At {
    endpoint: String,
    region: String,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct Panels {
    control_panels: Vec<PanelSaid>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct PanelSaid {
    control_panel_arn: String,
    name: String,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct Controls {
    routing_controls: Vec<Control>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct Control {
    routing_control_arn: String,
    name: String,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct Rules {
    safety_rules: Vec<Rule>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "UPPERCASE", default)]
struct Rule {
    assertion: Option<RuleSaid>,
    gating: Option<RuleSaid>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct RuleSaid {
    safety_rule_arn: String,
    name: String,
    asserted_controls: Vec<String>,
    target_controls: Vec<String>,
    gating_controls: Vec<String>,
    rule_config: RuleConfig,
    wait_period_ms: i64,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct RuleConfig {
    inverted: bool,
    threshold: i64,
    #[serde(rename = "Type")]
    operator: String,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct States {
    routing_controls: Vec<State>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct State {
    control_panel_name: String,
    routing_control_arn: String,
    routing_control_name: String,
    routing_control_state: String,
}

/// The clusters of an account with their panels, controls and rules.
pub(super) async fn clusters(reader: &Reader) -> Look {
    let config = reader.modeled(CONFIG)?;
    let Pages { items, partial } = listed(&config).await?;
    let mut clusters = Vec::new();
    for mut cluster in items {
        let mut asking = Asking { config: &config, unknown: Vec::new() };
        cluster.panels = asking.panels(&cluster.arn).await;
        cluster.unknown = asking.unknown;
        clusters.push(cluster);
    }
    reader.session().switchboards().keep(reader.source(), &clusters);
    Ok(Seen::parts(clusters, partial))
}

async fn listed(config: &Client) -> Result<Pages<ArcCluster>, Failure> {
    let doing = "list the routing control clusters";
    config
        .list(doing, "ListClusters", json!({}), |page| {
            let said: Clusters = into(doing, page)?;
            Ok(said.clusters.into_iter().map(cluster).collect())
        })
        .await
}

/// A cluster without what has to be asked of its own.
fn cluster(said: Cluster) -> ArcCluster {
    let endpoints = said.cluster_endpoints.into_iter().map(|at| Endpoint {
        region: Region::new(cleaned(&at.region)),
        url: cleaned(&at.endpoint),
    });
    ArcCluster {
        arn: cleaned(&said.cluster_arn),
        name: cleaned(&said.name),
        status: cleaned(&said.status),
        endpoints: endpoints.collect(),
        panels: None,
        unknown: Vec::new(),
    }
}

/// Asks of one cluster what its list does not tell, and keeps what it is
/// not told.
struct Asking<'a> {
    config: &'a Client,
    unknown: Vec<String>,
}

impl Asking<'_> {
    async fn panels(&mut self, cluster: &str) -> Option<Vec<Panel>> {
        let doing = "list the control panels";
        let input = json!({ "ClusterArn": cluster });
        let said: Vec<Panels> =
            self.all(doing, "ListControlPanels", input).await?;
        let mut panels = Vec::new();
        for said in said.into_iter().flat_map(|page| page.control_panels) {
            let arn = cleaned(&said.control_panel_arn);
            let name = cleaned(&said.name);
            let controls = self.controls(&arn, &name).await;
            let rules = self.rules(&arn, &name).await;
            panels.push(Panel { arn, name, controls, rules });
        }
        Some(panels)
    }

    async fn controls(
        &mut self,
        panel: &str,
        name: &str,
    ) -> Option<Vec<(String, String)>> {
        let doing = format!("list the routing controls of {name}");
        let input = json!({ "ControlPanelArn": panel });
        let said: Vec<Controls> =
            self.all(&doing, "ListRoutingControls", input).await?;
        let controls = said.into_iter().flat_map(|p| p.routing_controls);
        let told = controls
            .map(|c| (cleaned(&c.routing_control_arn), cleaned(&c.name)));
        Some(told.collect())
    }

    async fn rules(
        &mut self,
        panel: &str,
        name: &str,
    ) -> Option<Vec<SafetyRule>> {
        let doing = format!("list the safety rules of {name}");
        let input = json!({ "ControlPanelArn": panel });
        let said: Vec<Rules> =
            self.all(&doing, "ListSafetyRules", input).await?;
        let rules = said.into_iter().flat_map(|page| page.safety_rules);
        Some(rules.filter_map(rule).collect())
    }

    /// Every page of a list; what is cut short or refused becomes unknown.
    async fn all<T: DeserializeOwned>(
        &mut self,
        doing: &str,
        operation: &str,
        input: Value,
    ) -> Option<Vec<T>> {
        let pages = self.config.list(doing, operation, input, |page| {
            Ok(vec![into(doing, page)?])
        });
        match pages.await {
            Ok(Pages { items, partial }) => {
                self.unknown.extend(partial);
                Some(items)
            }
            Err(failure) => {
                self.unknown.push(failure.to_string());
                None
            }
        }
    }
}

fn rule(said: Rule) -> Option<SafetyRule> {
    let (kind, mut said) = match (said.assertion, said.gating) {
        (Some(said), _) => (RuleKind::Assertion, said),
        (None, Some(said)) => (RuleKind::Gating, said),
        (None, None) => return None,
    };
    let guards = match kind {
        RuleKind::Assertion => mem::take(&mut said.asserted_controls),
        RuleKind::Gating => mem::take(&mut said.target_controls),
    };
    let clean = |arns: Vec<String>| -> Vec<String> {
        arns.iter().map(|arn| cleaned(arn)).collect()
    };
    Some(SafetyRule {
        arn: cleaned(&said.safety_rule_arn),
        name: cleaned(&said.name),
        kind,
        guards: clean(guards),
        gates: clean(said.gating_controls),
        operator: cleaned(&said.rule_config.operator),
        threshold: said.rule_config.threshold,
        inverted: said.rule_config.inverted,
        wait_ms: said.wait_period_ms,
    })
}

/// How the switches of every cluster stand. The clusters are those that the
/// configuration told last, in this process or a former one; it is asked
/// itself only where none is known.
pub(super) async fn switches(reader: &Reader) -> Look {
    let boards = reader.session().switchboards();
    let clusters = if let Some(clusters) = boards.known(reader.source()) {
        clusters
    } else {
        let config = reader.modeled(CONFIG)?;
        listed(&config).await?.items
    };
    let data = reader.modeled(DATA)?;
    let mut told = Vec::new();
    let mut failed = None;
    let mut reasons = Vec::new();
    for cluster in clusters {
        match of_cluster(reader, &data, &cluster).await {
            Ok((switches, partial)) => {
                told.push(switches);
                reasons.extend(partial);
            }
            Err(failure) => {
                reasons.push(format!("{}: {failure}", cluster.name));
                failed = Some(failure);
            }
        }
    }
    match failed {
        Some(failure) if told.is_empty() => Err(failure),
        _ => Ok(Seen::parts(told, joined(&reasons))),
    }
}

/// Asks one endpoint after the other until one answers; each look begins
/// with another, so that each is tried within five looks.
// https://docs.aws.amazon.com/r53recovery/latest/dg/route53-arc-best-practices.regional.html
async fn of_cluster(
    reader: &Reader,
    data: &Client,
    cluster: &ArcCluster,
) -> Result<(Switches, Option<String>), Failure> {
    let boards = reader.session().switchboards();
    let count = cluster.endpoints.len();
    let first = boards.turn(&cluster.arn, count);
    let mut last = None;
    for at in (0..count).map(|step| (first + step) % count) {
        let endpoint = &cluster.endpoints[at];
        let answer = ask(data, endpoint).await;
        let failure = answer.as_ref().err();
        // Who may not look here may not look elsewhere either, and the
        // endpoint did answer.
        if let Some(failure) = failure.filter(|f| is_refusal(f)) {
            return Err(failure.clone());
        }
        boards.tried(endpoint, failure.map(Failure::to_string), reader.now());
        match answer {
            Ok(Pages { items, partial }) => {
                let switches = Switches {
                    cluster: cluster.arn.clone(),
                    name: cluster.name.clone(),
                    by: endpoint.region.clone(),
                    controls: items,
                    endpoints: boards.endpoints(cluster),
                };
                return Ok((switches, partial));
            }
            Err(failure) => last = Some(failure),
        }
    }
    Err(last.unwrap_or_else(|| {
        let doing = format!("ask the switches of {}", cluster.name);
        Failure::new(doing, FailureKind::NotFound)
            .because("no endpoint of the cluster is known")
    }))
}

fn is_refusal(failure: &Failure) -> bool {
    matches!(failure.kind, FailureKind::Denied { .. } | FailureKind::Expired)
}

async fn ask(
    data: &Client,
    endpoint: &Endpoint,
) -> Result<Pages<Switch>, Failure> {
    let doing = format!("ask the switches in {}", endpoint.region);
    let at = (endpoint.url.as_str(), endpoint.region.as_str());
    let operation = "ListRoutingControls";
    data.list_elsewhere(at, &doing, operation, json!({}), |page| {
        let said: States = into(&doing, page)?;
        Ok(said.routing_controls.into_iter().map(switch).collect())
    })
    .await
}

fn switch(said: State) -> Switch {
    Switch {
        arn: cleaned(&said.routing_control_arn),
        name: cleaned(&said.routing_control_name),
        panel: cleaned(&said.control_panel_name),
        on: match said.routing_control_state.as_str() {
            "On" => Some(true),
            "Off" => Some(false),
            _ => None,
        },
    }
}
