//! What a step asks for by name, by the table of things.

use serde_json::{Value, from_str};

use super::{Look, Reader, Seen};
use crate::estate::Found;
use crate::estate::thing::Thing;
use crate::failure::{Failure, FailureKind};

/// Asks for a thing. What its service says there is none of, is an empty
/// list: that, too, is told.
pub(super) async fn look(reader: &Reader, of: Thing, request: &str) -> Look {
    let question = of.question();
    let doing = format!("look at {}", question.name);
    let lacking = |why: &str| {
        Failure::new(&doing, FailureKind::Other).because(why.to_owned())
    };
    let named = question.operation.split_once(':');
    let (service, operation) = named.ok_or_else(|| lacking("no service"))?;
    let input: Value =
        from_str(request).map_err(|error| lacking(&error.to_string()))?;
    let client = reader.modeled(service)?;
    let asked = client
        .list(&doing, operation, input, |page| Ok(question.kept(page)))
        .await;
    let seen = |items: Vec<Value>, partial| Seen {
        found: Found::Things(items.into()),
        partial,
    };
    match asked {
        Ok(pages) => Ok(seen(pages.items, pages.partial)),
        Err(failure)
            if failure
                .code
                .as_deref()
                .is_some_and(|code| question.absent.contains(&code)) =>
        {
            Ok(seen(Vec::new(), None))
        }
        Err(failure) => Err(failure),
    }
}
