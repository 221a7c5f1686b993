//! Lists cut into small pages at will, and tokens that lead nowhere.
//!
//! The services page by themselves as AWS does; a fault takes their pages
//! together and cuts them anew, by what the official models say of a list.

use serde_json::{Map, Value};

use crate::wire::{Fault, Operation, Paginator};

/// What a token begins with that tells of a page cut here.
const MARK: &str = "page-";
/// The most pages of a service that are taken together.
const MOST: usize = 10_000;

/// How lists are paged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Paging {
    /// Things on a page.
    pub size: usize,
    /// Whether the tokens lead on.
    pub tokens: Tokens,
}

/// Whether the tokens of a list lead on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tokens {
    /// To the end, where there is none.
    Honest,
    /// Each to the second page.
    Same,
    /// For ever.
    Endless,
}

/// Which page of a list cut here an input asks for, from 1.
pub(super) fn number(operation: &Operation<'_>, input: &Value) -> u64 {
    operation.paginator().and_then(|how| asked(how, input)).unwrap_or(1)
}

fn asked(how: &Paginator, input: &Value) -> Option<u64> {
    let token = input.get(how.input_token.first()?)?.as_str()?;
    token.strip_prefix(MARK)?.parse().ok()
}

/// Answers by `ask`, a list in pages of the wanted size.
pub(super) fn cut(
    operation: &Operation<'_>,
    paging: Option<Paging>,
    input: &Value,
    mut ask: impl FnMut(&Value) -> Result<Value, Fault>,
) -> Result<Value, Fault> {
    let (Some(paging), Some(how)) = (paging, operation.paginator()) else {
        return ask(input);
    };
    let page = asked(how, input).unwrap_or(1);
    let mut whole = gathered(how, bare(how, input), ask)?;
    let at = usize::try_from(page).unwrap_or(usize::MAX);
    let more = shorten(how, &mut whole, at, paging.size.max(1));
    let next = match paging.tokens {
        Tokens::Honest => more.then_some(page + 1),
        Tokens::Same => Some(2),
        Tokens::Endless => Some(page + 1),
    };
    point(how, &mut whole, next);
    Ok(whole)
}

/// The input without the wanted size and without a token of ours.
fn bare(how: &Paginator, input: &Value) -> Value {
    let mut input = input.clone();
    let ours = asked(how, &input).is_some();
    if let Value::Object(members) = &mut input {
        let size = how.limit_key.iter();
        for name in size.chain(how.input_token.iter().filter(|_| ours)) {
            members.remove(name);
        }
    }
    input
}

/// All pages of the service's own in one.
fn gathered(
    how: &Paginator,
    mut input: Value,
    mut ask: impl FnMut(&Value) -> Result<Value, Fault>,
) -> Result<Value, Fault> {
    let mut whole = ask(&input)?;
    let mut last = whole.clone();
    for _ in 0..MOST {
        if !goes_on(how, &last) {
            break;
        }
        for (from, to) in how.output_token.iter().zip(&how.input_token) {
            input[to.as_str()] = at(&last, from).cloned().unwrap_or_default();
        }
        last = ask(&input)?;
        for key in &how.result_key {
            let more = at(&last, key).and_then(Value::as_array).cloned();
            if let Some(list) = list_mut(&mut whole, key) {
                list.extend(more.unwrap_or_default());
            }
        }
    }
    Ok(whole)
}

fn goes_on(how: &Paginator, answer: &Value) -> bool {
    if let Some(more) = &how.more_results {
        return at(answer, more).and_then(Value::as_bool) == Some(true);
    }
    let token = how.output_token.first().and_then(|name| at(answer, name));
    token.and_then(Value::as_str).is_some_and(|token| !token.is_empty())
}

/// Leaves one page of every list, and says whether there are more.
fn shorten(
    how: &Paginator,
    whole: &mut Value,
    at: usize,
    size: usize,
) -> bool {
    let end = at.saturating_mul(size);
    let mut more = false;
    for key in &how.result_key {
        let Some(list) = list_mut(whole, key) else { continue };
        more |= list.len() > end;
        list.truncate(end);
        list.drain(..list.len().min(end - size));
    }
    more
}

/// Lets the answer point at a page, or at none.
fn point(how: &Paginator, answer: &mut Value, page: Option<u64>) {
    for (place, name) in how.output_token.iter().enumerate() {
        let token = match (page, place) {
            (Some(page), 0) => Value::from(format!("{MARK}{page}")),
            // Records of Route 53 go on at a name and a type.
            (Some(_), 1) => Value::from("A"),
            _ => Value::Null,
        };
        put(answer, name, token);
    }
    if let Some(more) = &how.more_results {
        put(answer, more, Value::from(page.is_some()));
    }
}

/// The value at a path of member names with dots between them.
fn at<'v>(answer: &'v Value, path: &str) -> Option<&'v Value> {
    path.split('.').try_fold(answer, |value, name| value.get(name))
}

fn list_mut<'v>(
    answer: &'v mut Value,
    path: &str,
) -> Option<&'v mut Vec<Value>> {
    let mut names = path.split('.');
    names.try_fold(answer, |value, name| value.get_mut(name))?.as_array_mut()
}

/// Sets a member; null takes it away.
fn put(answer: &mut Value, path: &str, value: Value) {
    let (over, name) = path.rsplit_once('.').unwrap_or(("", path));
    let mut names = over.split('.').filter(|name| !name.is_empty());
    let under = names.try_fold(answer, |value, name| value.get_mut(name));
    let Some(Value::Object(members)) = under else { return };
    set(members, name, value);
}

fn set(members: &mut Map<String, Value>, name: &str, value: Value) {
    if value.is_null() {
        members.remove(name);
    } else {
        members.insert(name.to_owned(), value);
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::wire::Model;

    fn pages(paging: Paging, most: usize) -> Vec<Value> {
        let list = Model::official().operation("backup", "ListBackupVaults");
        let list = list.expect("it is modeled");
        let vault = |name: &str| json!({ "BackupVaultName": name });
        let mut input = json!({ "MaxResults": 1000 });
        let mut pages = Vec::new();
        while pages.len() < most {
            // The service itself puts two on a page.
            let page = cut(&list, Some(paging), &input, |input| {
                assert_eq!(input.get("MaxResults"), None);
                Ok(match input.get("NextToken").and_then(Value::as_str) {
                    None => json!({
                        "BackupVaultList": [vault("a"), vault("b")],
                        "NextToken": "own",
                    }),
                    _ => json!({ "BackupVaultList": [vault("c")] }),
                })
            })
            .expect("it answers");
            let next = page.get("NextToken").cloned();
            pages.push(page);
            let Some(next) = next else { break };
            input["NextToken"] = next;
        }
        pages
    }

    fn counts(pages: &[Value]) -> Vec<usize> {
        let lists = pages.iter().map(|page| &page["BackupVaultList"]);
        lists.map(|list| list.as_array().expect("a list").len()).collect()
    }

    #[test]
    fn a_list_is_cut_anew_and_no_thing_is_lost() {
        let honest = Paging { size: 1, tokens: Tokens::Honest };
        let pages = pages(honest, 10);
        assert_eq!(counts(&pages), [1, 1, 1]);
        assert_eq!(pages[2]["BackupVaultList"][0]["BackupVaultName"], "c");
    }

    #[test]
    fn tokens_lie_as_they_are_told_to() {
        let same = pages(Paging { size: 2, tokens: Tokens::Same }, 3);
        assert_eq!(counts(&same), [2, 1, 1]);
        let tokens: Vec<_> = same.iter().map(|p| &p["NextToken"]).collect();
        assert_eq!(tokens, ["page-2"; 3]);
        let endless = pages(Paging { size: 2, tokens: Tokens::Endless }, 4);
        assert_eq!(counts(&endless), [2, 1, 0, 0]);
        assert_eq!(endless[3]["NextToken"], "page-5");
    }
}
