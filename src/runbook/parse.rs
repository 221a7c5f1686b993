//! From the text of a file to a runbook, or to all that is wrong with it.

mod accept;
mod conduct;

use std::collections::HashMap;
use std::ops::Range;
use std::sync::Arc;

use regex_lite::Regex;
use toml::Spanned;
use toml::de::DeTable;

use super::input::{Input, InputType};
use super::plan::{Level, Second};
use super::reader::{Fields, Found, Problems, suggestion};
use super::steps::{Leads, STEP_TYPES, StepType, Wants, step_type};
use super::text::{Text, is_id};
use super::{
    FILE_MAX, Manner, Milestone, Practised, Problem, Runbook, STEPS_MAX,
    StepSpec, Stop,
};
use accept::read_accepts;
use conduct::{read_drill, read_every, read_readback, read_stop, sha256_of};

const SCHEMA: i64 = 1;

/// The rule that a step is of a kind there is.
const KIND: &str = "unknown-kind";

/// Reads a runbook, or tells all that is wrong with it.
pub(super) fn parse(text: &str, file: &str) -> Result<Runbook, Vec<Problem>> {
    let mut problems = Problems::new(file, text);
    if text.len() > FILE_MAX {
        let told = format!("{} bytes are more than 1 MiB", text.len());
        problems.error(&(0..0), "too-big", told, "split the runbook");
        return Err(problems.list);
    }
    let root = match DeTable::parse(text) {
        Ok(root) => root,
        Err(e) => {
            let at = e.span().unwrap_or(0..0);
            problems.error(&at, "not-toml", e.message(), "");
            return Err(problems.list);
        }
    };
    let runbook = read_root(root.get_ref(), &mut problems);
    // A kind that is not known is the cause of much else: it goes first.
    problems.list.sort_by_key(|p| (p.code != KIND, p.line, p.column));
    match runbook {
        Some(mut runbook) if problems.list.is_empty() => {
            let lines: Vec<&str> = text.lines().collect();
            for spec in &mut runbook.steps {
                let own = lines.get(spec.line.saturating_sub(1)..);
                spec.sha256 = sha256_of(own.unwrap_or_default());
            }
            Ok(runbook)
        }
        _ => Err(problems.list),
    }
}

fn read_root(
    root: &DeTable<'_>,
    problems: &mut Problems<'_>,
) -> Option<Runbook> {
    let mut fields = Fields::new("the file", 0..0, root);
    fields.needed("schema");
    if let Some(schema) = fields.integer("schema", 0..=i64::MAX)
        && schema != SCHEMA
    {
        let at = fields.value("schema").map_or(0..0, Spanned::span);
        let told = format!("schema {schema} is not known");
        fields.wrong(at, "schema", told, "this program reads schema 1");
    }
    fields.needed("runbook");
    let head = fields.table("runbook");
    let inputs = fields.tables("input");
    let steps = fields.tables("step");
    let stops = fields.tables("stops_when");
    if steps.is_empty() && root.get("step").is_none() {
        fields.wrong(0..0, "no-steps", "the runbook has no [[step]]", "");
    }
    if let Some((_, at)) = steps.get(STEPS_MAX) {
        fields.wrong(at.clone(), "too-many-steps", "more than 1000 steps", "");
    }
    take(problems, fields.finish());
    let mut runbook = head.map(|(t, at)| read_head(t, at, problems))?;
    for (table, at) in inputs {
        runbook.inputs.extend(read_input(table, at, problems));
    }
    check_inputs(&runbook.inputs, problems);
    let mut drafts = Vec::new();
    for (table, at) in steps.into_iter().take(STEPS_MAX) {
        drafts.extend(read_step(table, at, problems));
    }
    runbook.steps = link(drafts, problems);
    let places = runbook.steps.iter().enumerate();
    runbook.places =
        places.map(|(at, step)| (step.id.clone(), at)).rev().collect();
    let told = runbook.steps.iter().enumerate();
    runbook.milestones =
        told.filter_map(|(at, step)| Some((step.milestone?, at))).collect();
    check_templates(&runbook, problems);
    for (table, at) in stops {
        let stop = link_stop(table, at, &runbook, problems);
        runbook.stops.extend(stop);
    }
    Some(runbook)
}

fn link_stop(
    table: &DeTable<'_>,
    at: Range<usize>,
    runbook: &Runbook,
    problems: &mut Problems<'_>,
) -> Option<Stop> {
    let (stop, found) = read_stop(table, at);
    take(problems, found);
    let (stop, at) = stop?;
    if runbook.place(&stop.step).is_none() {
        let names: Vec<&str> =
            runbook.steps.iter().map(|spec| spec.id.as_str()).collect();
        let told = format!("there is no step `{}`", stop.step);
        let help = suggestion(&stop.step, &names);
        problems.error(&at, "unknown-step", told, help);
    }
    Some(stop)
}

fn take(problems: &mut Problems<'_>, found: Vec<Found>) {
    for Found { at, code, message, help } in found {
        problems.error(&at, code, message, help);
    }
}

fn read_head(
    table: &DeTable<'_>,
    at: Range<usize>,
    problems: &mut Problems<'_>,
) -> Runbook {
    let mut fields = Fields::new("[runbook]", at, table);
    let id = read_id(&mut fields);
    let title = fields.needed_word("title");
    let own = |word: Option<&str>| word.map(str::to_owned);
    let runbook = Runbook {
        id: id.map_or_else(String::new, |(id, _)| id.to_owned()),
        title: own(title).unwrap_or_default(),
        tier: own(fields.word("tier")),
        rto: fields.duration("rto"),
        rpo: fields.duration("rpo"),
        use_when: own(fields.word("use_when")),
        not_when: own(fields.word("not_when")),
        owner: own(fields.word("owner")),
        second: fields.choice("second_person", &Second::ALL),
        manner: fields.choice("manner", &Manner::ALL).unwrap_or_default(),
        drill_every: read_every(&mut fields),
        accepts: read_accepts(&mut fields, problems),
        stops: Vec::new(),
        inputs: Vec::new(),
        steps: Vec::new(),
        places: HashMap::new(),
        milestones: Vec::new(),
    };
    take(problems, fields.finish());
    runbook
}

fn read_input(
    table: &DeTable<'_>,
    at: Range<usize>,
    problems: &mut Problems<'_>,
) -> Option<Input> {
    let line = problems.place(at.start).0;
    let mut fields = Fields::new("[[input]]", at, table);
    fields.needed("name");
    let name = fields.placed("name");
    if let Some((name, at)) = &name
        && !is_id(name)
    {
        fields.wrong(at.clone(), "bad-id", format!("{name:?} is no name"), ID);
    }
    fields.needed("type");
    let kind = fields.choice("type", &InputType::ALL);
    let pattern = fields.placed("pattern");
    if let Some((pattern, at)) = &pattern
        && let Err(e) = Regex::new(pattern)
    {
        fields.wrong(at.clone(), "bad-pattern", e.to_string(), "");
    }
    let title = fields.word("title").map(str::to_owned);
    let default = fields.text("default");
    let region = fields.text("region");
    take(problems, fields.finish());
    let name = name?.0.to_owned();
    Some(Input {
        title: title.unwrap_or_else(|| name.clone()),
        name,
        kind: kind?,
        default,
        pattern: pattern.map(|(pattern, _)| pattern.to_owned()),
        region,
        line,
    })
}

fn check_inputs(inputs: &[Input], problems: &mut Problems<'_>) {
    for (place, input) in inputs.iter().enumerate() {
        let earlier = &inputs[..place];
        let names: Vec<&str> =
            earlier.iter().map(|input| input.name.as_str()).collect();
        if names.contains(&input.name.as_str()) {
            let told = format!("input `{}` is there twice", input.name);
            let at = problems.start_of(input.line);
            problems.error(&at, "twice", told, "");
        }
        for text in input.default.iter().chain(&input.region) {
            for name in text.names().filter(|name| !names.contains(name)) {
                let told = format!("no input `{name}` stands before");
                let help = suggestion(name, &names);
                problems.error(&text.span, "unknown-name", told, help);
            }
        }
    }
}

/// A step before its needs are linked.
struct Draft {
    spec: StepSpec,
    needs: Option<Vec<(String, Range<usize>)>>,
    undoes: Option<(String, Range<usize>)>,
    id_at: Range<usize>,
}

const LEVELS: [(&str, Level); 4] = [
    ("read", Level::Read),
    ("mild", Level::Mild),
    ("moderate", Level::Moderate),
    ("severe", Level::Severe),
];

fn read_step(
    table: &DeTable<'_>,
    at: Range<usize>,
    problems: &mut Problems<'_>,
) -> Option<Draft> {
    let line = problems.place(at.start).0;
    let name = table
        .get("id")
        .and_then(|id| id.get_ref().as_str())
        .map_or_else(|| "[[step]]".to_owned(), |id| format!("step {id}"));
    let mut fields = Fields::new(name, at, table);
    let draft = read_fields(&mut fields, table, line);
    take(problems, fields.finish());
    draft
}

fn read_fields<'f>(
    fields: &mut Fields<'f>,
    table: &DeTable<'f>,
    line: usize,
) -> Option<Draft> {
    let id = read_id(fields);
    let title = fields.needed_text("title");
    let why = fields.text("why");
    let needs = fields.words("needs").map(|needs| {
        needs.into_iter().map(|(id, at)| (id.to_owned(), at)).collect()
    });
    let expect = fields.duration("expect");
    let timeout = fields.duration("timeout");
    let undo = fields.text("undo");
    let phase = fields.word("phase").map(str::to_owned);
    let words = Milestone::ALL.map(|milestone| (milestone.word(), milestone));
    let milestone = fields.choice("milestone", &words);
    let fresh = fields.duration("fresh");
    let only = fields.choice("only", &Manner::ALL);
    let undoes = fields.placed("undoes");
    let undoes = undoes.map(|(id, at)| (id.to_owned(), at));
    let readback = read_readback(fields);
    let skip = read_skip(fields);
    let raised = fields.placed("confirm").map(|(_, at)| at);
    let confirm = fields.choice("confirm", &LEVELS);
    let kind = read_kind(fields)?;
    let does = (kind.parse)(fields);
    let drill = read_drill(fields, table, kind);
    let (id, id_at) = id?;
    let does = does?;
    let level = does.level();
    check_confirm(fields, kind, level, confirm.zip(raised));
    let skippable =
        skip.unwrap_or(level <= Level::Read && !does.is_irreversible());
    let spec = StepSpec {
        id: id.to_owned(),
        title: title?,
        why,
        kind,
        needs: Vec::new(),
        expect,
        timeout,
        skippable,
        undo,
        level: confirm.map_or(level, |confirm| confirm.max(level)),
        phase,
        milestone,
        fresh,
        line,
        undoes: None,
        only,
        readback,
        drill,
        sha256: String::new(),
        does: Arc::from(does),
    };
    Some(Draft { spec, needs, undoes, id_at })
}

fn read_id<'f>(fields: &mut Fields<'f>) -> Option<(&'f str, Range<usize>)> {
    fields.needed("id");
    let id = fields.placed("id");
    if let Some((id, at)) = &id
        && !is_id(id)
    {
        fields.wrong(at.clone(), "bad-id", format!("{id:?} is no id"), ID);
    }
    id
}

/// A step may ask for more than its kind does, never for less.
fn check_confirm(
    fields: &mut Fields<'_>,
    kind: &StepType,
    level: Level,
    confirm: Option<(Level, Range<usize>)>,
) {
    if let Some((confirm, at)) = confirm
        && (confirm < level || level == Level::Read && confirm > level)
    {
        let told = "`confirm` may raise the level of a change, never lower it";
        let help = format!("{} has {}", kind.name, level.word());
        fields.wrong(at, "confirm-lowered", told, help);
    }
}

fn read_kind(fields: &mut Fields<'_>) -> Option<&'static StepType> {
    fields.needed("kind");
    let (name, at) = fields.placed("kind")?;
    let kind = step_type(name);
    if kind.is_none() {
        let names: Vec<&str> =
            STEP_TYPES.iter().map(|kind| kind.name).collect();
        let told = format!("there is no kind of step `{name}`");
        fields.wrong(at, KIND, told, suggestion(name, &names));
        fields.ask_nothing_more();
    }
    kind
}

/// Whether a step may be skipped, where the file says so.
fn read_skip(fields: &mut Fields<'_>) -> Option<bool> {
    let (table, at) = fields.table("skip")?;
    let mut skip = Fields::new("skip", at, table);
    skip.needed("allowed");
    let allowed = skip.flag("allowed");
    skip.choice("reason", &[("required", ())]);
    fields.found.extend(skip.finish());
    allowed
}

/// Links the needs of all steps: by default the step before.
fn link(drafts: Vec<Draft>, problems: &mut Problems<'_>) -> Vec<StepSpec> {
    let mut steps: Vec<StepSpec> = Vec::new();
    let all: Vec<String> = drafts.iter().map(|d| d.spec.id.clone()).collect();
    for (place, draft) in drafts.into_iter().enumerate() {
        let mut spec = draft.spec;
        if all[..place].contains(&spec.id) {
            let told = format!("step `{}` is there twice", spec.id);
            problems.error(&draft.id_at, "twice", told, "");
        }
        spec.undoes = draft
            .undoes
            .and_then(|undone| linked(&[undone], &all, place, problems).pop());
        spec.needs = match draft.needs {
            // A way back waits for a person alone, and nothing for it.
            None if spec.undoes.is_some() => Vec::new(),
            None => {
                let before = steps.iter().rposition(|s| s.undoes.is_none());
                before.into_iter().collect()
            }
            Some(needs) => linked(&needs, &all, place, problems),
        };
        for need in &spec.needs {
            if steps[*need].undoes.is_some() {
                let told = "a way back is needed by nothing";
                problems.error(&draft.id_at, "needs-undo", told, "");
            }
        }
        check_leads(&spec, &all, problems, &draft.id_at);
        steps.push(spec);
    }
    steps
}

fn linked(
    needs: &[(String, Range<usize>)],
    all: &[String],
    place: usize,
    problems: &mut Problems<'_>,
) -> Vec<usize> {
    let mut places = Vec::new();
    for (id, at) in needs {
        match all.iter().position(|known| known == id) {
            Some(found) if found < place => places.push(found),
            Some(_) => problems.error(
                at,
                "later-step",
                format!("step `{id}` does not stand before this one"),
                "a step can only need steps above it, so there is no circle",
            ),
            None => {
                let names: Vec<&str> =
                    all[..place].iter().map(String::as_str).collect();
                problems.error(
                    at,
                    "unknown-step",
                    format!("there is no step `{id}`"),
                    suggestion(id, &names),
                );
            }
        }
    }
    places
}

fn check_leads(
    spec: &StepSpec,
    all: &[String],
    problems: &mut Problems<'_>,
    at: &Range<usize>,
) {
    let Wants::Choice { choices, .. } = spec.does.wants() else { return };
    for choice in choices {
        if let Leads::To(id) = &choice.leads
            && !all.contains(id)
        {
            let names: Vec<&str> = all.iter().map(String::as_str).collect();
            problems.error(
                at,
                "unknown-step",
                format!("choice `{}` leads to no step `{id}`", choice.key),
                suggestion(id, &names),
            );
        }
    }
}

/// Every name in a template must be an input, or an output of a step above.
fn check_templates(runbook: &Runbook, problems: &mut Problems<'_>) {
    let mut names: Vec<String> =
        runbook.inputs.iter().map(|input| input.name.clone()).collect();
    for spec in &runbook.steps {
        let own = spec.does.texts();
        let mut texts: Vec<&Text> = own;
        texts.push(&spec.title);
        texts.extend(&spec.why);
        texts.extend(&spec.undo);
        let readback = spec.readback.iter();
        texts.extend(readback.flat_map(|(ask, value)| [ask, value]));
        if let Practised::Substitute(step) = &spec.drill {
            texts.extend(step.texts());
        }
        for text in texts {
            for name in text.names() {
                if !names.iter().any(|known| known == name) {
                    let known: Vec<&str> =
                        names.iter().map(String::as_str).collect();
                    problems.error(
                        &text.span,
                        "unknown-name",
                        format!("nothing before tells `{{{name}}}`"),
                        suggestion(name, &known),
                    );
                }
            }
        }
        let own = spec.does.tells();
        let told = spec.kind.outputs.iter().copied().chain(own);
        names.extend(told.map(|output| format!("{}.{output}", spec.id)));
    }
}

const ID: &str =
    "a lower-case letter, then letters, digits, `-` or `_`; at most 40";

#[cfg(test)]
mod tests;
