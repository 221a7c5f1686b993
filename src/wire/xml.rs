//! XML by shape, as restXml, awsQuery and ec2Query share it.

use roxmltree::{Document, Node};

use super::model::{Kind, Member, Service, Structure, TimestampFormat};
use super::scalar::{from_text, noun, to_text};
use super::{Misfit, Object, Unknown, Value};

/// Appends an element with this name and everything in it.
pub(super) fn write(
    out: &mut String,
    service: &Service,
    member: &Member,
    name: &str,
    value: &Value,
) -> Result<(), Misfit> {
    match (&service.shape(member).kind, value) {
        (Kind::Structure(structure), Value::Object(object)) => {
            open(out, name);
            namespace(out, member);
            attributes(out, service, structure, object)?;
            out.push('>');
            write_members(out, service, structure, object, |_| true)?;
            close(out, name);
        }
        (Kind::List(element), Value::Array(values)) => {
            write_list(out, service, member, element, name, values)?;
        }
        (Kind::Map(key, element), Value::Object(object)) => {
            write_map(out, service, member, (key, element), name, object)?;
        }
        (kind, value) => {
            let format =
                member.timestamp_format.unwrap_or(TimestampFormat::Iso8601);
            let text = to_text(kind, format, value)?;
            open(out, name);
            namespace(out, member);
            out.push('>');
            escape(out, &text);
            close(out, name);
        }
    }
    Ok(())
}

fn write_list(
    out: &mut String,
    service: &Service,
    member: &Member,
    element: &Member,
    name: &str,
    values: &[Value],
) -> Result<(), Misfit> {
    let inner = element.location_name.as_deref();
    let inner = if member.flattened {
        inner.unwrap_or(name)
    } else {
        open(out, name);
        namespace(out, member);
        out.push('>');
        inner.unwrap_or("member")
    };
    for (at, value) in values.iter().enumerate() {
        write(out, service, element, inner, value).map_err(|m| m.at(at))?;
    }
    if !member.flattened {
        close(out, name);
    }
    Ok(())
}

fn write_map(
    out: &mut String,
    service: &Service,
    member: &Member,
    (key_shape, element): (&Member, &Member),
    name: &str,
    object: &Object,
) -> Result<(), Misfit> {
    if !member.flattened {
        open(out, name);
        namespace(out, member);
        out.push('>');
    }
    let entry = if member.flattened { name } else { "entry" };
    for (key, value) in object {
        open(out, entry);
        out.push('>');
        let tag = key_shape.location_name.as_deref().unwrap_or("key");
        leaf(out, tag, key);
        let tag = element.location_name.as_deref().unwrap_or("value");
        write(out, service, element, tag, value).map_err(|m| m.within(key))?;
        close(out, entry);
    }
    if !member.flattened {
        close(out, name);
    }
    Ok(())
}

/// Appends the members of a structure, in official order, that `wanted` lets
/// through.
pub(super) fn write_members(
    out: &mut String,
    service: &Service,
    structure: &Structure,
    object: &Object,
    wanted: impl Fn(&Member) -> bool,
) -> Result<(), Misfit> {
    if let Some(name) = object.keys().find(|k| structure.member(k).is_none())
        && !object[name].is_null()
    {
        return Err(Misfit::unknown(name));
    }
    for member in &structure.members {
        if member.xml_attribute || !wanted(member) {
            continue;
        }
        match object.get(&member.name) {
            None | Some(Value::Null) => {}
            Some(value) => {
                write(out, service, member, member.wire_name(), value)
                    .map_err(|m| m.within(&member.name))?;
            }
        }
    }
    Ok(())
}

fn attributes(
    out: &mut String,
    service: &Service,
    structure: &Structure,
    object: &Object,
) -> Result<(), Misfit> {
    for member in structure.members.iter().filter(|m| m.xml_attribute) {
        let value = object.get(&member.name).filter(|value| !value.is_null());
        let Some(value) = value else { continue };
        let kind = &service.shape(member).kind;
        let text = to_text(kind, TimestampFormat::Iso8601, value)
            .map_err(|m| m.within(&member.name))?;
        out.push(' ');
        out.push_str(member.wire_name());
        out.push_str("=\"");
        escape_attribute(out, &text);
        out.push('"');
    }
    Ok(())
}

fn namespace(out: &mut String, member: &Member) {
    let Some((prefix, uri)) = &member.xml_namespace else { return };
    out.push_str(" xmlns");
    if !prefix.is_empty() {
        out.push(':');
        out.push_str(prefix);
    }
    out.push_str("=\"");
    escape(out, uri);
    out.push('"');
}

fn open(out: &mut String, name: &str) {
    out.push('<');
    out.push_str(name);
}

/// Appends a start tag, with a default name space unless that is empty.
pub(super) fn start(out: &mut String, name: &str, namespace: &str) {
    open(out, name);
    if !namespace.is_empty() {
        out.push_str(" xmlns=\"");
        escape(out, namespace);
        out.push('"');
    }
    out.push('>');
}

/// Appends an end tag.
pub(super) fn close(out: &mut String, name: &str) {
    out.push_str("</");
    out.push_str(name);
    out.push('>');
}

/// Appends an element that holds only text.
pub(super) fn leaf(out: &mut String, name: &str, text: &str) {
    start(out, name, "");
    escape(out, text);
    close(out, name);
}

/// Appends text; signs that XML 1.0 cannot hold are replaced.
fn escape(out: &mut String, text: &str) {
    let mut rest = text;
    while let Some(at) = rest.find(|c: char| {
        matches!(c, '&' | '<' | '>' | '"' | '\u{fffe}' | '\u{ffff}')
            || c < ' ' && c != '\n' && c != '\t'
    }) {
        let (plain, special) = rest.split_at(at);
        out.push_str(plain);
        let mut signs = special.chars();
        out.push_str(match signs.next() {
            Some('&') => "&amp;",
            Some('<') => "&lt;",
            Some('>') => "&gt;",
            Some('"') => "&quot;",
            Some('\r') => "&#xD;",
            _ => "\u{fffd}",
        });
        rest = signs.as_str();
    }
    out.push_str(rest);
}

/// Appends text of an attribute, where readers turn bare line breaks and
/// tabs into spaces.
fn escape_attribute(out: &mut String, text: &str) {
    for part in text.split_inclusive(['\n', '\t']) {
        match part.as_bytes().last() {
            Some(b'\n') => {
                escape(out, &part[..part.len() - 1]);
                out.push_str("&#10;");
            }
            Some(b'\t') => {
                escape(out, &part[..part.len() - 1]);
                out.push_str("&#9;");
            }
            _ => escape(out, part),
        }
    }
}

/// Parses a body and gives its root element to `read`.
pub(super) fn with_root<T>(
    bytes: &[u8],
    read: impl FnOnce(Node<'_, '_>) -> Result<T, Misfit>,
) -> Result<T, Misfit> {
    let text = str::from_utf8(bytes)
        .map_err(|error| Misfit::new(format!("not UTF-8: {error}")))?;
    let document = Document::parse(text)
        .map_err(|error| Misfit::new(format!("not XML: {error}")))?;
    read(document.root_element())
}

/// Finds the first child element with this name.
pub(super) fn child<'a, 'i>(
    node: Node<'a, 'i>,
    name: &str,
) -> Option<Node<'a, 'i>> {
    node.children()
        .find(|child| child.is_element() && child.tag_name().name() == name)
}

/// The text of the first child element with this name.
pub(super) fn child_text<'a>(
    node: Node<'a, '_>,
    name: &str,
) -> Option<&'a str> {
    child(node, name).map(|child| child.text().unwrap_or(""))
}

/// Reads the value of an element.
pub(super) fn read(
    service: &Service,
    member: &Member,
    node: Node<'_, '_>,
    unknown: &mut Unknown,
) -> Result<Value, Misfit> {
    match &service.shape(member).kind {
        Kind::Structure(structure) => {
            let mut out = Object::new();
            read_members(service, structure, node, &mut out, unknown)?;
            Ok(Value::Object(out))
        }
        Kind::List(element) => {
            let elements = node.children().filter(Node::is_element);
            let read_one = |(at, node)| {
                unknown.below(&format!("[{at}]"), |unknown| {
                    read(service, element, node, unknown)
                })
            };
            let values = elements.enumerate().map(read_one);
            Ok(Value::Array(values.collect::<Result<_, _>>()?))
        }
        Kind::Map(key, element) => {
            let mut out = Object::new();
            for entry in node.children().filter(Node::is_element) {
                let parts = (key, element);
                read_entry(service, parts, entry, &mut out, unknown)?;
            }
            Ok(Value::Object(out))
        }
        kind => read_scalar(kind, node),
    }
}

fn read_scalar(kind: &Kind, node: Node<'_, '_>) -> Result<Value, Misfit> {
    if node.children().any(|child| child.is_element()) {
        let name = noun(kind);
        return Err(Misfit::new(format!("expected {name}, found elements")));
    }
    let mut texts = node.children().filter_map(|child| child.text());
    let first = texts.next().unwrap_or("");
    match texts.next() {
        None => from_text(kind, first),
        Some(second) => {
            let rest: String = texts.collect();
            from_text(kind, &format!("{first}{second}{rest}"))
        }
    }
}

fn read_entry(
    service: &Service,
    (key_shape, element): (&Member, &Member),
    entry: Node<'_, '_>,
    out: &mut Object,
    unknown: &mut Unknown,
) -> Result<(), Misfit> {
    let tag = key_shape.location_name.as_deref().unwrap_or("key");
    let missing = |tag| Misfit::new(format!("an entry has no {tag}"));
    let key = child_text(entry, tag).ok_or_else(|| missing(tag))?;
    let tag = element.location_name.as_deref().unwrap_or("value");
    let node = child(entry, tag).ok_or_else(|| missing(tag))?;
    let value =
        unknown.below(key, |unknown| read(service, element, node, unknown))?;
    out.insert(key.to_owned(), value);
    Ok(())
}

/// Reads the children and attributes of an element into an object.
pub(super) fn read_members(
    service: &Service,
    structure: &Structure,
    node: Node<'_, '_>,
    out: &mut Object,
    unknown: &mut Unknown,
) -> Result<(), Misfit> {
    for child in node.children().filter(Node::is_element) {
        let tag = child.tag_name().name();
        let Some(member) = structure.tagged(tag) else {
            unknown.note(tag);
            continue;
        };
        if member.flattened {
            unknown.below(&member.name, |unknown| {
                read_flattened(service, member, child, out, unknown)
            })?;
        } else {
            let value = unknown.below(&member.name, |unknown| {
                read(service, member, child, unknown)
            })?;
            out.insert(member.name.clone(), value);
        }
    }
    for member in structure.members.iter().filter(|m| m.xml_attribute) {
        let name = member.wire_name();
        let local = name.rsplit(':').next().unwrap_or(name);
        let mut found = node.attributes();
        if let Some(attribute) = found.find(|a| a.name() == local) {
            let kind = &service.shape(member).kind;
            let value = from_text(kind, attribute.value())
                .map_err(|m| m.within(&member.name))?;
            out.insert(member.name.clone(), value);
        }
    }
    Ok(())
}

fn read_flattened(
    service: &Service,
    member: &Member,
    node: Node<'_, '_>,
    out: &mut Object,
    unknown: &mut Unknown,
) -> Result<(), Misfit> {
    match &service.shape(member).kind {
        Kind::List(element) => {
            let value = read(service, element, node, unknown)?;
            let slot = out
                .entry(member.name.as_str())
                .or_insert_with(|| Value::Array(Vec::new()));
            if let Value::Array(values) = slot {
                values.push(value);
            }
        }
        Kind::Map(key, element) => {
            let slot = out
                .entry(member.name.as_str())
                .or_insert_with(|| Value::Object(Object::new()));
            if let Value::Object(object) = slot {
                let parts = (key, element);
                read_entry(service, parts, node, object, unknown)?;
            }
        }
        _ => {
            let value = read(service, member, node, unknown)?;
            out.insert(member.name.clone(), value);
        }
    }
    Ok(())
}
