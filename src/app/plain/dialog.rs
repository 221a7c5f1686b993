//! The prompts of what stands in front: a list, a form, a plan, a text.

use jiff::Timestamp;

use super::{Prompt, Waits, line, side_by_side};
use crate::keymap::Context;
use crate::screens::form::Ask;
use crate::screens::{confirm, form, menu, reading};
use crate::ui::Row;

/// The most offers of a field that are told.
const OFFERED: usize = 12;

fn text(rows: &[Row]) -> impl Iterator<Item = String> {
    rows.iter().map(line)
}

/// A list to pick from.
pub(super) fn menu(menu: &menu::State) -> Prompt {
    let mut head = vec![menu.title.clone()];
    head.extend(text(&menu.lines));
    let mut names = String::new();
    for (place, entry) in menu.entries.iter().enumerate() {
        names.push('|');
        names.push_str(&entry.name);
        let number = match entry.ask {
            Some(_) => format!("{:>2}", place + 1),
            None => " -".to_owned(),
        };
        let line = format!("{number} {}  {}", entry.name, entry.note);
        head.push(line.trim_end().to_owned());
    }
    if menu.entries.is_empty() {
        head.push("There is nothing to pick.".to_owned());
    }
    let key = format!("menu|{}{names}", menu.title);
    Prompt {
        about: key.clone(),
        key,
        head,
        lines: Vec::new(),
        ask: "Choose (0 goes back): ".to_owned(),
        waits: Waits::Person,
    }
}

/// The field of a form that is to be filled next.
pub(super) fn form(form: &form::State) -> Prompt {
    let about = format!("form|{:?}|{}", form.purpose, form.opened);
    let mut head = vec![form.title.clone()];
    head.extend(text(&form.lines));
    let many = form.fields.len();
    head.push(match many {
        0 | 1 => "An empty line keeps what stands in brackets; 0 drops it."
            .to_owned(),
        many => format!(
            "{many} questions. An empty line keeps what stands in brackets, \
             - empties it, . keeps this and all that follow, 0 drops them."
        ),
    });
    let mut lines: Vec<String> =
        form.error.iter().map(|why| format!("! {why}")).collect();
    let field = form.fields.get(form.focus);
    lines.extend(field.into_iter().flat_map(known));
    let values: Vec<&str> =
        form.fields.iter().map(|field| field.edit.value()).collect();
    let key = format!(
        "{about}|{}|{}|{}",
        form.focus,
        form.error.as_deref().unwrap_or_default(),
        values.join("|")
    );
    let ask = field.map_or_else(String::new, |field| {
        let now = match field.edit.value() {
            "" if field.optional => " [empty]".to_owned(),
            "" => String::new(),
            value => format!(" [{value}]"),
        };
        let of = match many {
            0 | 1 => String::new(),
            many => format!("{}/{many} ", form.focus + 1),
        };
        format!("{of}{}{now}: ", field.label)
    });
    Prompt { about, key, head, lines, ask, waits: Waits::Person }
}

/// What is known of what stands in a field, and of what else may.
fn known(field: &Ask) -> Vec<String> {
    let mut lines = Vec::new();
    if let Some((note, _)) = &field.note {
        lines.push(format!("{}: {note}", field.label));
    }
    if !field.offers.is_empty() {
        let all = field.offers.len();
        let shown = field.offers.iter().take(OFFERED).cloned();
        lines.push(format!("{all} known:"));
        lines.extend(side_by_side(shown));
    }
    lines
}

/// A row with a word before it, without the blanks that keep a column.
fn headed(row: &Row) -> String {
    let [head, rest @ ..] = row.as_slice() else { return String::new() };
    let rest = line(&rest.to_vec());
    match head.text.trim() {
        "" => format!("  {rest}"),
        head if rest.is_empty() => head.to_owned(),
        head => format!("{head}: {rest}"),
    }
}

/// A plan, and the field of its confirm that is to be filled next.
pub(super) fn confirm(state: &confirm::State, now: Timestamp) -> Prompt {
    let view = state.view(now);
    let about = format!(
        "confirm|{}|{}|{}",
        state.step,
        state.hash.hex(),
        state.opened
    );
    let mut head =
        vec![format!("{}  ({})", &*view.title.text, &*view.note.text)];
    head.extend(view.body.iter().map(headed));
    let typed = state.context() == Context::Typed;
    let fields = view.fields.iter().filter(|_| typed);
    let focused = fields.clone().find(|field| field.focused);
    let all: Vec<&str> = fields.map(|field| &*field.label).collect();
    let mut lines = Vec::new();
    if all.len() > 1 {
        lines.push(format!("Asked for: {}", all.join("; ")));
    }
    let ask = if let Some(field) = focused {
        let note = &*field.note.text;
        lines.extend((!note.is_empty()).then(|| note.to_owned()));
        format!("{} (0 rejects): ", &*field.label)
    } else if state.seat == confirm::Seat::Approver {
        "Type yes to approve, anything else leaves it: ".to_owned()
    } else {
        "Type yes to send, anything else rejects it: ".to_owned()
    };
    Prompt {
        key: format!("{about}|{ask}|{}", all.join("|")),
        about,
        head,
        lines,
        ask,
        waits: if state.preview { Waits::Nothing } else { Waits::Person },
    }
}

/// A text, which closes once it was shown.
pub(super) fn reading(state: &reading::State) -> Prompt {
    let mut head = vec![format!("-- {} --", state.title)];
    head.extend(text(&state.lines));
    if state.lines.is_empty() {
        head.push("nothing yet".to_owned());
    }
    let key = format!("text|{}", state.title);
    Prompt {
        about: key.clone(),
        key,
        head,
        lines: Vec::new(),
        ask: String::new(),
        waits: Waits::Nothing,
    }
}

/// What is for keys alone is never opened here; it closes at once.
pub(super) fn keys_only() -> Prompt {
    Prompt {
        about: "keys".to_owned(),
        key: "keys".to_owned(),
        head: Vec::new(),
        lines: Vec::new(),
        ask: String::new(),
        waits: Waits::Nothing,
    }
}
