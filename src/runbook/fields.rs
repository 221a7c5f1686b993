//! FIELDS: what every step of a runbook can say, whatever its kind.

/// The fields that all kinds of step have, with what each means.
pub const FIELDS: &[(&str, &str)] = &[
    ("id", "its name, unique in the file; facts and templates use it"),
    ("kind", "what it does, one of the kinds below"),
    ("title", "a line of at most 60 columns; may have templates"),
    ("why", "why it is there"),
    ("phase", "the heading it stands under"),
    ("needs", "steps above that must be over; by default the one before"),
    ("expect", "how long it takes, as measured in a drill"),
    ("timeout", "after which time a person is asked; nothing acts by it"),
    ("fresh", "how old a check may be when a final step rests on it"),
    ("confirm", "raises the level of a change: mild, moderate, severe"),
    (
        "readback",
        "what is typed to confirm: { ask = \"..\", value = \"{..}\" }",
    ),
    ("skip", "{ allowed = true }: whether it may be skipped, with a reason"),
    ("undo", "what can be done about it afterwards, in words"),
    (
        "undoes",
        "the step it is the way back of; it waits until a person calls for it",
    ),
    ("only", "graceful or ungraceful: the only manner it is needed in"),
    ("drill", "run, simulate, skip, or { substitute = { field = \"..\" } }"),
    (
        "milestone",
        "what is reached: data-recovered, traffic-shifted, service-healthy",
    ),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_page_on_runbooks_tells_every_field() {
        let page = include_str!("../../docs/runbooks.md");
        for (name, _) in FIELDS {
            assert!(page.contains(&format!("| `{name}` |")), "{name}");
        }
    }
}
