//! Shelves: what simulated services hold that has no life of its own.
//!
//! An item is kept in the official member names of the service that shows
//! it. A handler picks, filters and pages; scenarios fill the shelves and
//! change what lies on them.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::value::{Page, number, page, text};
use super::{Fault, Place, refuse};

/// The items of each kind, such as `s3:bucket`, by id.
#[derive(Clone, Debug, Default)]
pub struct Shelves(BTreeMap<String, BTreeMap<String, Value>>);

impl Shelves {
    /// Puts an item there, in place of one with the same id.
    pub fn put(&mut self, kind: &str, id: &str, item: Value) {
        let shelf = self.0.entry(kind.to_owned()).or_default();
        shelf.insert(id.to_owned(), item);
    }

    /// Lays members over an item's own; one that is not there is made.
    pub fn lay_over(&mut self, kind: &str, id: &str, members: &Value) {
        let shelf = self.0.entry(kind.to_owned()).or_default();
        lay(shelf.entry(id.to_owned()).or_default(), members);
    }

    /// Takes an item away. Says whether it was there.
    pub fn take(&mut self, kind: &str, id: &str) -> bool {
        let shelf = self.0.get_mut(kind);
        shelf.is_some_and(|shelf| shelf.remove(id).is_some())
    }

    /// An item by its id.
    pub fn one(&self, kind: &str, id: &str) -> Option<&Value> {
        self.0.get(kind)?.get(id)
    }

    /// An item by its id, to be changed.
    pub fn one_mut(&mut self, kind: &str, id: &str) -> Option<&mut Value> {
        self.0.get_mut(kind)?.get_mut(id)
    }

    /// All items of a kind, by id.
    pub fn all(&self, kind: &str) -> impl Iterator<Item = (&str, &Value)> {
        let shelf = self.0.get(kind).into_iter().flatten();
        shelf.map(|(id, item)| (id.as_str(), item))
    }

    /// Lays the items of a kind over what is there already, by id: members
    /// of the same name are replaced.
    pub fn lay_on(&self, kind: &str, there: &mut BTreeMap<String, Value>) {
        for (id, item) in self.all(kind) {
            let under =
                there.entry(id.to_owned()).or_insert_with(|| json!({}));
            for (name, value) in item.as_object().into_iter().flatten() {
                under[name.as_str()] = value.clone();
            }
        }
    }
}

/// Objects are joined member by member; anything else is replaced, and null
/// takes a member away.
pub(crate) fn lay(under: &mut Value, over: &Value) {
    let Value::Object(over) = over else {
        *under = over.clone();
        return;
    };
    if !under.is_object() {
        *under = Value::Object(serde_json::Map::new());
    }
    let Value::Object(under) = under else { return };
    for (name, value) in over {
        if value.is_null() {
            under.remove(name);
        } else {
            lay(under.entry(name.as_str()).or_insert(Value::Null), value);
        }
    }
}

/// Gives an item the members that it has not.
pub fn fill<'m>(
    item: &mut Value,
    usual: impl IntoIterator<Item = (&'m str, Value)>,
) {
    for (member, value) in usual {
        if item.get(member).is_none() {
            item[member] = value;
        }
    }
}

/// Those of an item's members that an answer shows.
pub fn pick(item: &Value, members: &[&str]) -> Value {
    members
        .iter()
        .filter_map(|name| {
            Some(((*name).to_owned(), item.get(*name)?.clone()))
        })
        .collect()
}

/// How a listing is paged: the members of its input, and the most and the
/// usual number of items on a page.
#[derive(Clone, Copy, Debug)]
pub struct Paging {
    /// The input member with the token.
    pub token: &'static str,
    /// The input member with the size of a page.
    pub size: &'static str,
    /// The most items that may be asked for.
    pub most: usize,
    /// The code of the refusal of a token that is none.
    pub refusal: &'static str,
}

impl Paging {
    /// One page of a listing.
    pub fn cut<T>(
        &self,
        items: impl IntoIterator<Item = T>,
        input: &Value,
    ) -> Result<Page<T>, Fault> {
        let size = number(input, self.size);
        let size = size.and_then(|size| usize::try_from(size).ok());
        let size = size.unwrap_or(self.most).clamp(1, self.most);
        let items = items.into_iter().enumerate();
        page(items, text(input, self.token), size).ok_or_else(|| {
            refuse(400, self.refusal, "The token is not valid.")
        })
    }
}

impl Place {
    /// The items of a kind, copied for an answer.
    pub fn shelved(&self, kind: &str) -> Vec<Value> {
        self.shelves.all(kind).map(|(_, item)| item.clone()).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn members_laid_over_an_item_leave_the_others() {
        let mut shelves = Shelves::default();
        shelves.put("s3:bucket", "a", json!({ "x": { "y": 1, "z": 2 } }));
        let over = json!({ "x": { "y": 3, "z": null }, "w": [1] });
        shelves.lay_over("s3:bucket", "a", &over);
        let item = shelves.one("s3:bucket", "a").unwrap();
        assert_eq!(*item, json!({ "x": { "y": 3 }, "w": [1] }));
        assert!(shelves.take("s3:bucket", "a"));
        assert_eq!(shelves.all("s3:bucket").count(), 0);
    }

    #[test]
    fn items_laid_on_what_is_there_keep_its_other_members() {
        let mut shelves = Shelves::default();
        shelves.put("s3:bucket", "a", json!({ "x": 1 }));
        shelves.put("s3:bucket", "b", json!({}));
        let under = json!({ "x": 2, "y": 3 });
        let mut there = BTreeMap::from([("a".to_owned(), under)]);
        shelves.lay_on("s3:bucket", &mut there);
        assert_eq!(there["a"], json!({ "x": 1, "y": 3 }));
        assert_eq!(there["b"], json!({}));
    }

    #[test]
    fn only_what_an_item_lacks_is_filled_in() {
        let mut item = json!({ "x": 1, "y": null });
        let usual = ["x", "y", "z"].map(|member| (member, json!(2)));
        fill(&mut item, usual);
        assert_eq!(item, json!({ "x": 1, "y": null, "z": 2 }));
    }

    #[test]
    fn a_page_ends_with_the_token_of_the_next_one() {
        let paging = Paging {
            token: "NextToken",
            size: "MaxResults",
            most: 2,
            refusal: "InvalidNextToken",
        };
        let first = paging.cut([1, 2, 3], &json!({})).unwrap();
        assert_eq!(first.items, [1, 2]);
        let rest = json!({ "NextToken": first.next.unwrap() });
        assert_eq!(paging.cut([1, 2, 3], &rest).unwrap().items, [3]);
        let none = json!({ "NextToken": "none of ours" });
        let refusal = paging.cut([1, 2, 3], &none).unwrap_err();
        assert_eq!(refusal.code, "InvalidNextToken");
    }
}
