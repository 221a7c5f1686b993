//! Forms by shape, both ways: `A.member.1.B=x`, as awsQuery and ec2Query
//! send them.

use std::borrow::Cow;
use std::collections::BTreeMap;

use super::model::{Kind, Member, Service, TimestampFormat};
use super::scalar::{from_text, to_text};
use super::{Misfit, Object, Unknown, Value, percent};

/// Writes a form.
pub(super) struct Form<'s> {
    pub(super) service: &'s Service,
    pub(super) ec2: bool,
    pub(super) out: String,
}

impl Form<'_> {
    /// Appends a value below a prefix.
    pub(super) fn push(
        &mut self,
        member: &Member,
        prefix: &mut String,
        value: &Value,
    ) -> Result<(), Misfit> {
        let service = self.service;
        match (&service.shape(member).kind, value) {
            (Kind::Structure(structure), Value::Object(object)) => {
                let present = object.iter().filter(|(_, v)| !v.is_null());
                for (key, value) in present {
                    let member = structure
                        .member(key)
                        .ok_or_else(|| Misfit::unknown(key))?;
                    let name = form_name(member, self.ec2);
                    self.below(prefix, &name, |form, prefix| {
                        form.push(member, prefix, value)
                    })
                    .map_err(|m| m.within(key))?;
                }
                Ok(())
            }
            (Kind::List(element), Value::Array(values)) => {
                self.push_list(member, element, prefix, values)
            }
            (Kind::Map(key, element), Value::Object(object)) => {
                self.push_map(member, (key, element), prefix, object)
            }
            (kind, value) => {
                let format = TimestampFormat::Iso8601;
                let format = member.timestamp_format.unwrap_or(format);
                let text = to_text(kind, format, value)?;
                percent::push_pair(&mut self.out, prefix, &text);
                Ok(())
            }
        }
    }

    fn below(
        &mut self,
        prefix: &mut String,
        name: &str,
        push: impl FnOnce(&mut Self, &mut String) -> Result<(), Misfit>,
    ) -> Result<(), Misfit> {
        let length = prefix.len();
        if length > 0 {
            prefix.push('.');
        }
        prefix.push_str(name);
        let result = push(self, prefix);
        prefix.truncate(length);
        result
    }

    /// awsQuery says `Name=` for an empty list; ec2Query cannot say it.
    fn push_list(
        &mut self,
        member: &Member,
        element: &Member,
        prefix: &str,
        values: &[Value],
    ) -> Result<(), Misfit> {
        if values.is_empty() && !self.ec2 {
            percent::push_pair(&mut self.out, prefix, "");
        }
        let mut path = prefix.to_owned();
        let named = element.location_name.as_deref();
        match named {
            _ if self.ec2 => {}
            Some(name) if member.flattened => {
                let parent = path.rfind('.').map_or(0, |dot| dot + 1);
                path.truncate(parent);
                path.push_str(name);
            }
            None if member.flattened => {}
            named => {
                path.push('.');
                path.push_str(named.unwrap_or("member"));
            }
        }
        for (at, value) in values.iter().enumerate() {
            let number = (at + 1).to_string();
            self.below(&mut path, &number, |form, prefix| {
                form.push(element, prefix, value)
            })
            .map_err(|m| m.at(at))?;
        }
        Ok(())
    }

    fn push_map(
        &mut self,
        member: &Member,
        (key_shape, element): (&Member, &Member),
        prefix: &str,
        object: &Object,
    ) -> Result<(), Misfit> {
        let entry = if member.flattened { "" } else { ".entry" };
        let key_name = key_shape.location_name.as_deref().unwrap_or("key");
        let name = element.location_name.as_deref().unwrap_or("value");
        for (at, (key, value)) in object.iter().enumerate() {
            let mut path = format!("{prefix}{entry}.{}", at + 1);
            let key_path = format!("{path}.{key_name}");
            percent::push_pair(&mut self.out, &key_path, key);
            self.below(&mut path, name, |form, prefix| {
                form.push(element, prefix, value)
            })
            .map_err(|m| m.within(key))?;
        }
        Ok(())
    }
}

/// ec2Query capitalises what it has no query name for.
fn form_name(member: &Member, ec2: bool) -> Cow<'_, str> {
    match (&member.query_name, &member.location_name) {
        (Some(name), _) if ec2 => Cow::Borrowed(name),
        (None, Some(name)) if ec2 => {
            let mut name = name.clone();
            if let Some(first) = name.get_mut(..1) {
                first.make_ascii_uppercase();
            }
            Cow::Owned(name)
        }
        _ => Cow::Borrowed(member.wire_name()),
    }
}

/// Levels of a form's tree; official inputs have fewer than 20.
const DEEPEST: usize = 64;

/// A form as a tree: `A.member.1.B=x` is a value four branches deep.
#[derive(Debug, Default)]
struct Tree {
    value: Option<String>,
    children: BTreeMap<String, Tree>,
}

impl Tree {
    fn of(pairs: Vec<(String, String)>) -> Self {
        let mut root = Self::default();
        for (key, value) in pairs {
            let mut node = &mut root;
            for part in key.splitn(DEEPEST, '.') {
                node = node.children.entry(part.to_owned()).or_default();
            }
            node.value = Some(value);
        }
        root
    }

    /// The numbered children of a list, whatever its elements are called.
    fn elements(&self, names: [&str; 2]) -> Vec<&Tree> {
        let below = names.iter().find_map(|name| self.children.get(*name));
        let numbered = below.unwrap_or(self);
        let mut found: Vec<(u64, &Tree)> = numbered
            .children
            .iter()
            .filter_map(|(name, tree)| Some((name.parse().ok()?, tree)))
            .collect();
        found.sort_by_key(|(number, _)| *number);
        found.into_iter().map(|(_, tree)| tree).collect()
    }
}

/// Reads an input from the pairs of a form, `Action` and `Version` aside.
pub(super) fn read(
    service: &Service,
    member: &Member,
    pairs: Vec<(String, String)>,
    ec2: bool,
    unknown: &mut Unknown,
) -> Result<Value, Misfit> {
    let mut tree = Tree::of(pairs);
    tree.children.remove("Action");
    tree.children.remove("Version");
    read_tree(service, member, &tree, ec2, unknown)
}

fn read_tree(
    service: &Service,
    member: &Member,
    tree: &Tree,
    ec2: bool,
    unknown: &mut Unknown,
) -> Result<Value, Misfit> {
    match &service.shape(member).kind {
        Kind::Structure(structure) => {
            let mut out = Object::new();
            let mut known = 0;
            for member in &structure.members {
                let name = list_name(service, member, ec2);
                let name = name.unwrap_or_else(|| form_name(member, ec2));
                let Some(child) = tree.children.get(&*name) else { continue };
                known += 1;
                let value = unknown.below(&member.name, |unknown| {
                    read_tree(service, member, child, ec2, unknown)
                })?;
                out.insert(member.name.clone(), value);
            }
            if known < tree.children.len() {
                let find = |name: &String| {
                    structure.members.iter().any(|member| {
                        let named = list_name(service, member, ec2);
                        named.unwrap_or_else(|| form_name(member, ec2))
                            == *name
                    })
                };
                let strange = tree.children.keys().filter(|name| !find(name));
                strange.for_each(|name| unknown.note(name));
            }
            Ok(Value::Object(out))
        }
        Kind::List(element) => {
            let name = element.location_name.as_deref().unwrap_or("member");
            let elements = tree.elements([name, "member"]);
            let read = |(at, tree)| {
                unknown.below(&format!("[{at}]"), |unknown| {
                    read_tree(service, element, tree, ec2, unknown)
                })
            };
            let values = elements.into_iter().enumerate().map(read);
            Ok(Value::Array(values.collect::<Result<_, _>>()?))
        }
        Kind::Map(key, element) => {
            read_map(service, (key, element), tree, ec2, unknown)
        }
        kind => from_text(kind, tree.value.as_deref().unwrap_or("")),
    }
}

/// A flattened list of awsQuery goes by the name of its elements.
fn list_name<'m>(
    service: &'m Service,
    member: &Member,
    ec2: bool,
) -> Option<Cow<'m, str>> {
    match &service.shape(member).kind {
        Kind::List(element) if member.flattened && !ec2 => {
            element.location_name.as_deref().map(Cow::Borrowed)
        }
        _ => None,
    }
}

fn read_map(
    service: &Service,
    (key_shape, element): (&Member, &Member),
    tree: &Tree,
    ec2: bool,
    unknown: &mut Unknown,
) -> Result<Value, Misfit> {
    let key_name = key_shape.location_name.as_deref().unwrap_or("key");
    let name = element.location_name.as_deref().unwrap_or("value");
    let mut out = Object::new();
    for entry in tree.elements(["entry", "entry"]) {
        let key = entry.children.get(key_name);
        let key = key.and_then(|key| key.value.as_deref());
        let key = key.ok_or_else(|| Misfit::new("an entry has no key"))?;
        let Some(child) = entry.children.get(name) else { continue };
        let value = unknown.below(key, |unknown| {
            read_tree(service, element, child, ec2, unknown)
        })?;
        out.insert(key.to_owned(), value);
    }
    Ok(Value::Object(out))
}
