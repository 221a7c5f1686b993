//! The rules that a keymap must keep, whoever wrote it.

use std::sync::Arc;

use super::problem::{Place, Problem};
use super::{Action, CONTEXTS, Chord, Context, Keymap, Line, Meaning, spell};

/// Whether an action is due in a context.
type From = fn(Context) -> bool;

/// What must stay reachable, one of these actions, and from where.
const REACHABLE: &[(&[Action], From)] = &[
    (&[Action::Quit, Action::Interrupt], |_| true),
    (&[Action::HelpOpen], |from| {
        let opened = [Context::Palette, Context::Help, Context::Menu];
        !is_asked(from) && !opened.contains(&from)
    }),
    (&[Action::NavBack], |from| !is_asked(from)),
    (&[Action::ConfirmReject], |from| {
        [Context::Confirm, Context::Typed].contains(&from)
    }),
    (&[Action::InputCancel], |from| from == Context::Input),
    (&[Action::InputSubmit], |from| from == Context::Input),
];

/// Where keys answer: they are text, or a yes or no.
fn is_asked(context: Context) -> bool {
    [Context::Input, Context::Confirm, Context::Typed].contains(&context)
}

/// Every rule that `keymap`, read from `file`, does not keep.
pub(super) fn broken(keymap: &Keymap, file: &Arc<str>) -> Vec<Problem> {
    let mut problems = Vec::new();
    action_or_prefix(keymap, &mut problems);
    accepting(keymap, file, &mut problems);
    reachable(keymap, file, &mut problems);
    twins(keymap, file, &mut problems);
    problems.sort_by_key(|p| (p.line, p.column));
    problems
}

/// A key cannot be an action and also begin a longer sequence.
fn action_or_prefix(keymap: &Keymap, problems: &mut Vec<Problem>) {
    for short in &keymap.lines {
        let longer = keymap.lines.iter().find(|long| {
            short.context == long.context
                && short.is_bound()
                && long.is_bound()
                && long.keys.len() > short.keys.len()
                && long.keys.starts_with(&short.keys)
        });
        if let Some(long) = longer {
            let message = format!(
                "{:?} acts in [{}] and also begins {:?} at {}",
                spell(&short.keys),
                short.context,
                spell(&long.keys),
                long.place,
            );
            problems.push(Problem::error(&short.place, message));
        }
    }
}

/// Accepting a request takes keys that mean nothing anywhere else.
fn accepting(keymap: &Keymap, file: &Arc<str>, problems: &mut Vec<Problem>) {
    let accepts =
        keymap.lines.iter().filter(|l| l.runs(Action::ConfirmAccept));
    let accepts: Vec<_> = accepts.collect();
    if !accepts.iter().any(|l| l.context == Context::Confirm) {
        let message = "confirm.accept has no key in [confirm]".to_owned();
        problems.push(Problem::error(&Place::top(file), message));
    }
    for line in accepts {
        let wrong = wrong_accept(keymap, line);
        problems
            .extend(wrong.map(|message| Problem::error(&line.place, message)));
    }
}

fn wrong_accept(keymap: &Keymap, line: &Line) -> Option<String> {
    let keys = spell(&line.keys);
    if line.context != Context::Confirm {
        return Some(format!(
            "confirm.accept belongs into [confirm], not [{}]",
            line.context
        ));
    }
    if let Some(key) = line.keys.iter().find(|key| sends(**key)) {
        return Some(format!(
            "{keys:?} accepts with \"{key}\", which is hit too easily"
        ));
    }
    if line.keys.iter().all(|key| *key == line.keys[0]) {
        return Some(format!(
            "{keys:?} accepts with a single key; take two different ones"
        ));
    }
    let other = keymap.lines.iter().find(|other| {
        other.is_bound()
            && !other.runs(Action::ConfirmAccept)
            && (other.keys.starts_with(&line.keys)
                || line.keys.starts_with(&other.keys))
    })?;
    Some(format!(
        "{keys:?} accepts, and {:?} in [{}] at {} begins the same way",
        spell(&other.keys),
        other.context,
        other.place,
    ))
}

/// Whether a key is one that people press without looking: enter, space,
/// and what terminals cannot tell from them.
fn sends(key: Chord) -> bool {
    let easy = |name: &str| name == "enter" || name == "space";
    easy(&key.to_string())
        || key.twin().is_some_and(easy)
        || key == Chord::ctrl('j')
}

fn reachable(keymap: &Keymap, file: &Arc<str>, problems: &mut Vec<Problem>) {
    for (actions, is_from) in REACHABLE {
        let mut contexts = CONTEXTS.iter().filter(|one| is_from(**one));
        let lost = contexts.find(|context| {
            let stack = context.stack();
            actions.iter().all(|a| keymap.keys_for(*a, stack).is_empty())
        });
        if let (Some(context), Some(action)) = (lost, actions.first()) {
            let message = format!("no key reaches {action} in [{context}]");
            problems.push(Problem::error(&Place::top(file), message));
        }
    }
}

/// Keys that many terminals cannot tell apart are worth a warning.
fn twins(keymap: &Keymap, file: &Arc<str>, problems: &mut Vec<Problem>) {
    for line in keymap.lines.iter().filter(|l| l.place.file == *file) {
        let twin = line.keys.iter().find_map(|k| Some((k, k.twin()?)));
        let bound = matches!(line.meaning, Meaning::Run(_));
        if let (Some((key, twin)), true) = (twin, bound) {
            let message = format!(
                "many terminals cannot tell \"{key}\" from \"{twin}\""
            );
            problems.push(Problem::warning(&line.place, message));
        }
    }
}
