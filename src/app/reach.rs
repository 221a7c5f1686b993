//! How a person reaches an action from where they are: by its keys, and
//! without a screen by its number at the prompt or by its name.
//!
//! Every text that tells a person what to do next asks here, so that it is
//! true for each keymap, and in plain mode, where no key is heard.

use super::{Model, plain};
use crate::keymap::Action;
use crate::screens::Screen;

/// What to press, to answer or to type for an action of a run or of the
/// incident.
pub(super) fn reach(model: &Model, action: Action) -> String {
    if model.plain {
        let name = action.info().name;
        let number = plain::number(model, action);
        return number.map_or_else(|| name.to_owned(), |n| n.to_string());
    }
    model.keymap.reach(action, Screen::Runbook.contexts())
}
