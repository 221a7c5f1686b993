//! The simulated service `organizations`: its accounts.

use jiff::Timestamp;
use serde_json::{Value, json};

use super::world::shelf::Paging;
use super::world::{Caller, Fault, Service, World, refuse};

/// Its operations. An item of `organizations:member` is an `Account`; with
/// none, the account that asks belongs to no organisation.
pub const SERVICE: Service = Service {
    signing_name: "organizations",
    handlers: &[("ListAccounts", accounts)],
    shelves: &["organizations:member"],
};

const PAGING: Paging = Paging {
    token: "NextToken",
    size: "MaxResults",
    most: 20,
    refusal: "InvalidInputException",
};

// https://docs.aws.amazon.com/organizations/latest/APIReference/API_ListAccounts.html
fn accounts(
    world: &mut World,
    caller: &Caller,
    input: &Value,
    _: Timestamp,
) -> Result<Value, Fault> {
    let place = world.place_mut(&caller.account, "us-east-1");
    let all: Vec<Value> = place
        .shelves
        .all("organizations:member")
        .map(|(id, item)| {
            let mut member = item.clone();
            member["Id"] = json!(id);
            member
        })
        .collect();
    if all.is_empty() {
        let why = "Your account is not a member of an organization.";
        return Err(refuse(400, "AWSOrganizationsNotInUseException", why));
    }
    let page = PAGING.cut(all, input)?;
    Ok(json!({ "Accounts": page.items, "NextToken": page.next }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sim::world::fixture::{ACCOUNT, Lab};

    #[test]
    fn accounts_are_listed_where_there_is_an_organisation() {
        let mut lab = Lab::new();
        let home = "us-east-1";
        let operation = "organizations:ListAccounts";
        let code = lab.refusal(home, operation, &json!({}));
        assert_eq!(code, "AWSOrganizationsNotInUseException");
        let shelves = &mut lab.world.place_mut(ACCOUNT, home).shelves;
        let item = json!({ "Name": "prod", "Status": "ACTIVE" });
        shelves.put("organizations:member", ACCOUNT, item);
        let all = lab.get(home, operation, &json!({}));
        assert_eq!(all["Accounts"][0]["Id"], ACCOUNT);
    }
}
