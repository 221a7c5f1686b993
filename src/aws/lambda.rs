//! What we ask of AWS Lambda, and what its answers mean.

use std::collections::BTreeSet;

use jiff::Timestamp;
use serde::Deserialize;
use serde_json::json;

use super::modeled::{Client, into};
use super::tagging::marked;
use super::{Look, Reader, Seen, cloudwatch, pages};
use crate::estate::part::automation::{Names, Sign};
use crate::estate::part::lambda::Function;
use crate::failure::cleaned;

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct Listed {
    functions: Vec<Told>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct Told {
    function_name: String,
    function_arn: String,
    runtime: Option<String>,
    last_modified: String,
    state: Option<String>,
    state_reason: Option<String>,
    last_update_status: String,
    last_update_status_reason: String,
}

/// The functions of a Region that belong to recovery, by name or tag.
pub(super) async fn functions(reader: &Reader) -> Look {
    let lambda = reader.modeled("lambda")?;
    let doing = "list the Lambda functions";
    // Pages hold at most 50, whatever is asked for (API reference).
    let input = json!({ "MaxItems": 50 });
    let listed = lambda.list(doing, "ListFunctions", input, |page| {
        let listed: Listed = into(doing, page)?;
        Ok(listed.functions)
    });
    let listed = listed.await?;
    let mut reasons: Vec<String> = listed.partial.into_iter().collect();
    let marked = marked(reader, "lambda:function", &mut reasons).await;
    let mut functions = Vec::new();
    for told in listed.items {
        if let Some(sign) = sign(&told, &marked, reader.names()) {
            functions.push(function(&lambda, told, sign).await);
        }
    }
    tell_runs(reader, &mut functions).await;
    Ok(Seen::parts(functions, pages::joined(&reasons)))
}

fn sign(
    told: &Told,
    marked: &BTreeSet<String>,
    names: &Names,
) -> Option<Sign> {
    if marked.contains(&told.function_arn) {
        return Some(Sign::Tag);
    }
    names.fit(&told.function_name).then_some(Sign::Name)
}

/// A function with its state, which the list does not tell.
async fn function(lambda: &Client, told: Told, sign: Sign) -> Function {
    let name = cleaned(&told.function_name);
    let doing = format!("ask for the state of {name}");
    let input = json!({ "FunctionName": told.function_name });
    let said = lambda.ask(&doing, "GetFunctionConfiguration", input).await;
    let (said, unknown) =
        match said.and_then(|said| into::<Told>(&doing, said)) {
            Ok(said) => (said, Vec::new()),
            Err(failure) => (Told::default(), vec![failure.to_string()]),
        };
    Function {
        arn: cleaned(&told.function_arn),
        sign,
        runtime: told.runtime.as_deref().map(cleaned),
        modified: changed(&told.last_modified),
        failed: failed(&said),
        state: said.state.as_deref().map(cleaned),
        ran: None,
        unknown,
        name,
    }
}

/// `2026-11-23T10:00:00.000+0000`, as Lambda writes it.
fn changed(text: &str) -> Option<Timestamp> {
    text.parse().ok()
}

fn failed(said: &Told) -> Option<String> {
    if said.last_update_status == "Failed" {
        return Some(cleaned(&said.last_update_status_reason));
    }
    let reason = said.state_reason.as_deref().map(cleaned);
    reason.filter(|_| said.state.as_deref() == Some("Failed"))
}

async fn tell_runs(reader: &Reader, functions: &mut [Function]) {
    let names: Vec<String> =
        functions.iter().map(|function| function.name.clone()).collect();
    let told = cloudwatch::last_runs(reader, &names).await;
    for function in functions {
        match &told {
            Ok((runs, cut)) => {
                function.ran = runs.get(&function.name).copied();
                let why = cut.clone().filter(|_| function.ran.is_none());
                function.unknown.extend(why);
            }
            Err(failure) => function.unknown.push(failure.to_string()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_time_of_the_last_change_is_read_as_lambda_writes_it() {
        let at = changed("2019-08-14T22:26:11.234+0000").unwrap();
        assert_eq!(at.to_string(), "2019-08-14T22:26:11.234Z");
    }

    #[test]
    fn a_failed_function_says_why() {
        let said: Told = serde_json::from_str(
            r#"{"FunctionName":"dr","State":"Failed","StateReason":
            "The role cannot be assumed by Lambda."}"#,
        )
        .unwrap();
        let why = failed(&said).unwrap();
        assert_eq!(why, "The role cannot be assumed by Lambda.");
    }
}
