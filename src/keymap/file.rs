//! Draft: one keymap file as written, each line with its place.

use std::borrow::Cow;
use std::str::FromStr;
use std::sync::Arc;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::chord::NAMED;
use super::problem::{Place, Problem, Severity};
use super::{
    ACTIONS, Action, Binding, CONTEXTS, Chord, Context, LONGEST, Line, Meaning,
};

/// The newest schema of keymap files that we know.
pub(super) const SCHEMA: i64 = 1;

/// Actions named by a family and one argument: `run = "list.sort"` with
/// `args = { by = "age" }` is `list.sort.age`.
const FAMILIES: &[(&str, &str)] = &[("list.sort", "by")];

const HEADER: [&str; 4] = ["schema", "name", "desc", "inherits"];
const FIELDS: [&str; 4] = ["run", "args", "desc", "label"];

type Key<'a> = Spanned<Cow<'a, str>>;
type Value<'a> = Spanned<DeValue<'a>>;

/// One file as written.
pub(super) struct Draft {
    pub(super) name: String,
    pub(super) desc: String,
    pub(super) inherits: Option<(String, Place)>,
    pub(super) lines: Vec<Line>,
    pub(super) problems: Vec<Problem>,
}

/// Reads one file; what cannot be understood becomes a problem, and the
/// rest is read all the same.
pub(super) fn read(text: &str, file: &str) -> Draft {
    let file = Arc::<str>::from(file);
    let (document, errors) = DeTable::parse_recoverable(text);
    let mut reader = Reader {
        text,
        file: Arc::clone(&file),
        draft: Draft {
            name: file.to_string(),
            desc: String::new(),
            inherits: None,
            lines: Vec::new(),
            problems: Vec::new(),
        },
    };
    for error in errors {
        let span = error.span().unwrap_or(0..0);
        let place = Place::of(&file, text, span.clone());
        let mut message = error.message().replace('\n', ", ");
        if let ("duplicate key", Some(key)) = (&*message, text.get(span)) {
            message = format!("duplicate key {key}");
        }
        reader.draft.problems.push(Problem::error(&place, message));
    }
    if reader.draft.problems.is_empty() {
        reader.document(document.get_ref());
    }
    reader.draft
}

struct Reader<'a> {
    text: &'a str,
    file: Arc<str>,
    draft: Draft,
}

impl Reader<'_> {
    fn document(&mut self, document: &DeTable<'_>) {
        let newer = self.schema(document);
        for (key, value) in in_order(document) {
            match value.get_ref() {
                DeValue::Table(table)
                    if !HEADER.contains(&&**key.get_ref()) =>
                {
                    self.context(key, table);
                }
                _ => self.header(key, value),
            }
        }
        if newer {
            for problem in &mut self.draft.problems {
                problem.severity = Severity::Warning;
            }
        }
    }

    /// Says whether the file is of a newer schema than ours.
    fn schema(&mut self, document: &DeTable<'_>) -> bool {
        let Some((key, value)) =
            document.iter().find(|(k, _)| &**k.get_ref() == "schema")
        else {
            let place = Place::top(&self.file);
            self.error(&place, format!("schema is missing, write {SCHEMA}"));
            return false;
        };
        let place = self.place(key);
        let number = value.get_ref().as_integer();
        let number = number
            .and_then(|n| i64::from_str_radix(n.as_str(), n.radix()).ok());
        match number {
            Some(n) if n > SCHEMA => {
                self.draft.problems.push(Problem::warning(
                    &place,
                    format!(
                        "schema {n} is newer than {SCHEMA}; lines not \
                         understood are left out"
                    ),
                ));
                true
            }
            Some(n) if n == SCHEMA => false,
            _ => {
                self.error(&place, format!("schema must be {SCHEMA}"));
                false
            }
        }
    }

    fn header(&mut self, key: &Key<'_>, value: &Value<'_>) {
        let place = self.place(key);
        let name = &**key.get_ref();
        if !HEADER.contains(&name) {
            let known =
                HEADER.into_iter().chain(CONTEXTS.iter().map(|c| c.name()));
            let message = format!("unknown key {name:?}");
            let problem = Problem::error(&place, message).near(name, known);
            self.draft.problems.push(problem);
            return;
        }
        if name == "schema" {
            return;
        }
        let Some(text) = value.get_ref().as_str() else {
            self.error(&place, format!("{name} must be a text"));
            return;
        };
        match name {
            "name" => text.clone_into(&mut self.draft.name),
            "desc" => text.clone_into(&mut self.draft.desc),
            _ => self.draft.inherits = Some((text.to_owned(), place)),
        }
    }

    fn context(&mut self, key: &Key<'_>, table: &DeTable<'_>) {
        let place = self.place(key);
        let name = &**key.get_ref();
        match Context::from_str(name) {
            Ok(Context::Typed) => {
                let message = "the keys of [typed] are fixed: where a name \
                               must be typed, nothing else may accept";
                self.error(&place, message.to_owned());
            }
            Ok(context) => {
                for (keys, meaning) in in_order(table) {
                    self.line(context, keys, meaning);
                }
            }
            Err(unknown) => {
                let problem = Problem::error(&place, unknown.to_string())
                    .near(name, CONTEXTS.iter().map(|c| c.name()));
                self.draft.problems.push(problem);
            }
        }
    }

    fn line(&mut self, context: Context, key: &Key<'_>, value: &Value<'_>) {
        let place = self.place(key);
        let keys = self.sequence(context, key.get_ref(), &place);
        let meaning = self.meaning(value);
        if let (Some(keys), Some(meaning)) = (keys, meaning) {
            self.draft.lines.push(Line { context, keys, meaning, place });
        }
    }

    fn sequence(
        &mut self,
        context: Context,
        text: &str,
        place: &Place,
    ) -> Option<Vec<Chord>> {
        let mut keys = Vec::new();
        for part in text.split(' ') {
            match part.parse::<Chord>() {
                Ok(chord) => keys.push(chord),
                Err(bad) => {
                    let last = part.rsplit_once('-').map_or(part, |p| p.1);
                    let known = NAMED.iter().map(|(name, _)| *name);
                    let problem = Problem::error(place, bad.to_string())
                        .near(last, known);
                    self.draft.problems.push(problem);
                    return None;
                }
            }
        }
        if keys.len() > LONGEST {
            let message = format!(
                "{text:?} has {} keys; at most {LONGEST} are allowed",
                keys.len()
            );
            self.error(place, message);
            return None;
        }
        if context.types_text() && keys[0].text().is_some() {
            let message =
                format!("{text:?} types text in [{context}], it cannot act");
            self.error(place, message);
            return None;
        }
        Some(keys)
    }

    fn meaning(&mut self, value: &Value<'_>) -> Option<Meaning> {
        let place = Place::of(&self.file, self.text, value.span());
        match value.get_ref() {
            DeValue::String(name) if name == "noop" => Some(Meaning::Nothing),
            DeValue::String(name) => {
                let action = self.action(name, &place)?;
                Some(Meaning::Run(Binding { action, desc: None }))
            }
            DeValue::Table(table) => self.inline(table, &place),
            other => {
                let kind = other.type_str();
                let message = format!("expected an action, found {kind}");
                self.error(&place, message);
                None
            }
        }
    }

    fn inline(
        &mut self,
        table: &DeTable<'_>,
        place: &Place,
    ) -> Option<Meaning> {
        for (key, _) in in_order(table) {
            let name = &**key.get_ref();
            if !FIELDS.contains(&name) {
                let place = self.place(key);
                let message = format!("unknown field {name:?}");
                let problem =
                    Problem::error(&place, message).near(name, FIELDS);
                self.draft.problems.push(problem);
            }
        }
        let text = |name| {
            table
                .get(name)
                .and_then(|v| v.get_ref().as_str())
                .map(str::to_owned)
        };
        match (text("run"), text("label")) {
            (Some(run), None) => {
                let name = self.with_args(run, table, place)?;
                let action = self.action(&name, place)?;
                let desc = text("desc");
                Some(Meaning::Run(Binding { action, desc }))
            }
            (None, Some(label)) => Some(Meaning::Prefix(label)),
            _ => {
                let message = "write either run = \"action\" or label = \
                               \"name of the prefix\"";
                self.error(place, message.to_owned());
                None
            }
        }
    }

    fn with_args(
        &mut self,
        run: String,
        table: &DeTable<'_>,
        place: &Place,
    ) -> Option<String> {
        let Some(args) = table.get("args") else { return Some(run) };
        let family = FAMILIES.iter().find(|(name, _)| *name == run);
        let args = args.get_ref().as_table();
        let (Some((_, arg)), Some(args)) = (family, args) else {
            self.error(place, format!("{run:?} takes no args"));
            return None;
        };
        for (key, value) in in_order(args) {
            let name = &**key.get_ref();
            let at = self.place(key);
            if name != *arg {
                let message = format!("{run:?} has no argument {name:?}");
                let problem = Problem::error(&at, message).near(name, [*arg]);
                self.draft.problems.push(problem);
                return None;
            }
            if let Some(choice) = value.get_ref().as_str() {
                return Some(format!("{run}.{choice}"));
            }
        }
        self.error(place, format!("{run:?} needs args = {{ {arg} = … }}"));
        None
    }

    fn action(&mut self, name: &str, place: &Place) -> Option<Action> {
        match name.parse() {
            Ok(action) => Some(action),
            Err(unknown) => {
                let known = ACTIONS.iter().map(|info| info.name);
                let problem = Problem::error(place, format!("{unknown}"))
                    .near(name, known);
                self.draft.problems.push(problem);
                None
            }
        }
    }

    fn place(&self, key: &Key<'_>) -> Place {
        Place::of(&self.file, self.text, key.span())
    }

    fn error(&mut self, place: &Place, message: String) {
        self.draft.problems.push(Problem::error(place, message));
    }
}

/// The entries of a table in the order of the file.
fn in_order<'t, 'i>(
    table: &'t DeTable<'i>,
) -> Vec<(&'t Key<'i>, &'t Value<'i>)> {
    let mut entries: Vec<_> = table.iter().collect();
    entries.sort_by_key(|(key, _)| key.span().start);
    entries
}
