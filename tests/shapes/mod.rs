//! Values made from shapes: any that fit, the same ones for the same seed.

use lifeboat::wire::{
    Kind, Location, Member, Service, Shape, Structure, Value,
};
use serde_json::{Map, json};

/// Texts with signs that some protocol must escape.
const TEXTS: [&str; 12] = [
    "plain",
    "arn:aws:backup:eu-west-1:111122223333:recovery-point:1e/5",
    "a b+c",
    "100%",
    "x/y/z",
    "<tag attr='1'>&amp;</tag>",
    "\"quoted\", and comma",
    "Zürich 東京 🚣",
    "line\nbreak\tand tab",
    "~-._*",
    "k=v&k2=v2?#",
    " edges ",
];

/// Makes values of one service's shapes.
pub(crate) struct Shapes<'s> {
    service: &'s Service,
    state: u64,
    /// Forms cannot say "an empty map" or "a structure without members".
    pub(crate) speaks_forms: bool,
    /// Whether members may travel in headers.
    pub(crate) has_headers: bool,
}

impl<'s> Shapes<'s> {
    pub(crate) fn new(service: &'s Service, seed: &str) -> Self {
        let mix = |hash: u64, byte: u8| {
            (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
        };
        let state = seed.bytes().fold(0xcbf2_9ce4_8422_2325, mix);
        Self { service, state, speaks_forms: false, has_headers: true }
    }

    /// splitmix64: small, seeded and the same everywhere.
    fn next(&mut self) -> u64 {
        self.state = self.state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.state;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    fn below(&mut self, end: u64) -> u64 {
        self.next() % end
    }

    /// A value for an input or an output.
    pub(crate) fn value(&mut self, member: &Member) -> Value {
        self.deep(member, 0)
    }

    /// The further members of an error.
    pub(crate) fn fields(&mut self, shape: &Shape) -> Value {
        let mut out = Map::new();
        let members = shape.structure().map_or(&[][..], |s| &s.members);
        for member in members {
            if !member.name.eq_ignore_ascii_case("message") {
                out.insert(member.name.clone(), self.deep(member, 3));
            }
        }
        Value::Object(out)
    }

    fn deep(&mut self, member: &Member, depth: u64) -> Value {
        match &self.service.shape(member).kind {
            Kind::Structure(structure) => self.structure(structure, depth),
            Kind::List(element) => {
                // Without elements there is nothing to say it with.
                let mute = self.speaks_forms
                    || member.flattened
                    || member.location == Some(Location::Header);
                let least = u64::from(mute);
                let count = least + self.below(if depth > 5 { 1 } else { 3 });
                let element = |_| self.deep(element, depth + 1);
                Value::Array((0..count).map(element).collect())
            }
            Kind::Map(key, element) => {
                let least = u64::from(self.speaks_forms);
                let mut out = Map::new();
                for at in 0..least + self.below(3) {
                    let name = self.text(key);
                    let name = if self.enumerated(key) {
                        name
                    } else {
                        format!("{name}{at}")
                    };
                    out.insert(name, self.deep(element, depth + 1));
                }
                Value::Object(out)
            }
            // botocore takes Route 53's page size for text, the SDK does not
            Kind::String(_) if member.name == "MaxItems" => json!("100"),
            Kind::String(_) => Value::from(self.text(member)),
            // HTTP dates have no fractions of a second
            Kind::Timestamp if member.name.ends_with("Date") => {
                let mut text = self.timestamp();
                text.truncate("1971-01-01T00:00:00".len());
                json!(text + "Z")
            }
            kind => self.scalar(kind),
        }
    }

    fn enumerated(&self, member: &Member) -> bool {
        matches!(&self.service.shape(member).kind, Kind::String(v) if !v.is_empty())
    }

    fn structure(&mut self, structure: &Structure, depth: u64) -> Value {
        if structure.union {
            return self.union(structure, depth);
        }
        let mut out = Map::new();
        let odds = [2, 2, 2, 3, 4, 6].get(usize::try_from(depth).unwrap_or(9));
        let one = self.below(structure.members.len().max(1) as u64);
        for (at, member) in structure.members.iter().enumerate() {
            let header = matches!(
                member.location,
                Some(Location::Header | Location::Headers)
            );
            if header && !self.has_headers {
                continue;
            }
            // A body without a root element is one with an empty root.
            let must = structure.required.contains(&member.name)
                || structure.payload.as_ref() == Some(&member.name)
                || member.location == Some(Location::Uri)
                || (self.speaks_forms && at as u64 == one);
            if must || odds.is_some_and(|odds| self.below(*odds) == 0) {
                out.insert(member.name.clone(), self.deep(member, depth + 1));
            }
        }
        Value::Object(out)
    }

    /// Exactly one member, and in forms one that can be said.
    fn union(&mut self, structure: &Structure, depth: u64) -> Value {
        let members = structure.members.iter();
        let sayable = |member: &&Member| {
            let shape = self.service.shape(member).structure();
            shape.is_none_or(|inner| !inner.members.is_empty())
        };
        let members: Vec<_> = if self.speaks_forms {
            members.filter(sayable).collect()
        } else {
            members.collect()
        };
        let member = members[self.index(members.len() as u64)];
        json!({ member.name.as_str(): self.deep(member, depth + 1) })
    }

    fn text(&mut self, member: &Member) -> String {
        if let Kind::String(values) = &self.service.shape(member).kind
            && !values.is_empty()
        {
            let count = values.len() as u64;
            let at = usize::try_from(self.below(count)).unwrap_or(0);
            return values[at].clone();
        }
        if member.location == Some(Location::Header) {
            return format!("https://aws.example/{}", self.below(100));
        }
        let count = TEXTS.len() as u64 + 1;
        let at = usize::try_from(self.below(count)).unwrap_or(0);
        let inside = member.location.is_some();
        match TEXTS.get(at) {
            Some(text) => (*text).to_owned(),
            None if inside => "label".to_owned(),
            None => String::new(),
        }
    }

    fn scalar(&mut self, kind: &Kind) -> Value {
        match kind {
            Kind::Integer => {
                let edges = [0, -1, 1, i32::MAX, i32::MIN, 24, 256, 65_536];
                let at = usize::try_from(self.below(8)).unwrap_or(0);
                json!(edges[at])
            }
            Kind::Long => {
                let edges = [0, -1, 1 << 33, i64::MAX, i64::MIN, 1 << 53];
                let at = usize::try_from(self.below(6)).unwrap_or(0);
                json!(edges[at])
            }
            // exact in single precision, so that both sides may compare
            Kind::Float => json!(f64::from(self.short()) / 8.0),
            Kind::Double => match self.below(8) {
                0 => json!("NaN"),
                1 => json!("Infinity"),
                2 => json!("-Infinity"),
                3 => json!(0.1),
                4 => json!(1e-9),
                5 => json!(1e21),
                _ => json!(f64::from(self.short()) / 1024.0),
            },
            Kind::Boolean => json!(self.below(2) == 0),
            Kind::Blob => {
                json!(["", "AA==", "/+8=", "aGVsbG8="][self.index(4)])
            }
            Kind::Timestamp => json!(self.timestamp()),
            _ => json!({}),
        }
    }

    fn index(&mut self, end: u64) -> usize {
        usize::try_from(self.below(end)).unwrap_or(0)
    }

    fn short(&mut self) -> i16 {
        let bits = u16::try_from(self.below(1 << 16)).unwrap_or(0);
        i16::from_ne_bytes(bits.to_ne_bytes())
    }

    /// Whole seconds, or six digits that do not end in a zero: botocore
    /// always writes six or none.
    fn timestamp(&mut self) -> String {
        let (month, day) = (1 + self.below(12), 1 + self.below(28));
        let (hour, minute) = (self.below(24), self.below(60));
        let (year, second) = (1971 + self.below(60), self.below(60));
        let clock = format!(
            "{year}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}"
        );
        match self.below(2) {
            0 => format!("{clock}Z"),
            _ => format!("{clock}.{:06}Z", self.below(99_999) * 10 + 7),
        }
    }
}
