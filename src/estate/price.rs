//! Prices: what AWS asks for a gigabyte of storage a month, as a dated table.
//!
//! `assets/prices.toml` is the table that comes with the program. What has no
//! price in it is unknown, and never costs nothing.

mod hourly;

use std::collections::BTreeMap;
use std::fmt;
use std::iter::Sum;
use std::ops::{Add, AddAssign, Range};
use std::sync::{Arc, LazyLock};

use jiff::civil::Date;
use serde::{Deserialize, Serialize, Serializer};
use toml::Spanned;

use self::hourly::{Hourly, RawHourly};
use super::ids::Region;

/// An amount of US dollars, in millionths.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Usd(pub i64);

impl Usd {
    /// The amount in dollars, exact to the cent below a million millions.
    pub fn dollars(self) -> f64 {
        #[expect(
            clippy::cast_precision_loss,
            reason = "an estimate of more than 9,000 million dollars may lose \
                      millionths"
        )]
        let millionths = self.0 as f64;
        millionths / 1e6
    }
}

impl Add for Usd {
    type Output = Usd;

    fn add(self, other: Usd) -> Usd {
        Usd(self.0.saturating_add(other.0))
    }
}

impl AddAssign for Usd {
    fn add_assign(&mut self, other: Usd) {
        *self = *self + other;
    }
}

impl Sum for Usd {
    fn sum<I: Iterator<Item = Usd>>(amounts: I) -> Usd {
        amounts.fold(Usd::default(), Add::add)
    }
}

impl fmt::Display for Usd {
    /// Cents below ten dollars, whole dollars above.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let dollars = self.dollars();
        let text = match self.0 {
            0 => "$0".to_owned(),
            1..10_000 => "<$0.01".to_owned(),
            ..10_000_000 => format!("${dollars:.2}"),
            _ => format!("${}", grouped(&format!("{dollars:.0}"))),
        };
        f.pad(&text)
    }
}

impl Serialize for Usd {
    /// Dollars, rounded to the cent.
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_f64((self.dollars() * 100.0).round() / 100.0)
    }
}

/// Digits with a comma before every third from the end.
fn grouped(digits: &str) -> String {
    let mut text = String::new();
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

macro_rules! classes {
    ($($(#[$doc:meta])* $class:ident $name:literal;)*) => {
        /// What is paid for, each with a price of its own in every Region.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum Class {$(
            $(#[$doc])*
            $class,
        )*}

        impl Class {
            /// Every class.
            pub const ALL: &[Class] = &[$(Class::$class),*];

            /// Its name in the price table.
            pub fn name(self) -> &'static str {
                match self { $(Class::$class => $name,)* }
            }
        }
    };
}

classes! {
    /// A snapshot of a volume in the standard tier, in increments.
    EbsSnapshot "ebs-snapshot";
    /// A snapshot of a volume in the archive tier, whole.
    EbsArchive "ebs-archive";
    /// A volume, of type gp3.
    EbsVolume "ebs-volume";
    /// A snapshot of an RDS instance.
    RdsSnapshot "rds-snapshot";
    /// A snapshot of an Aurora cluster.
    AuroraSnapshot "aurora-snapshot";
    /// A backup of an EFS file system, warm.
    EfsWarm "efs-warm";
    /// A backup of an EFS file system, cold.
    EfsCold "efs-cold";
    /// An EFS file system, Standard class.
    EfsStorage "efs-storage";
    /// A backup of an FSx file system.
    FsxBackup "fsx-backup";
    /// A backup of a DynamoDB table on demand, warm.
    DynamoWarm "dynamodb-warm";
    /// A backup of a DynamoDB table on demand, cold.
    DynamoCold "dynamodb-cold";
    /// A DynamoDB table, Standard class.
    DynamoTable "dynamodb-table";
    /// A backup of an S3 bucket by AWS Backup.
    S3Backup "s3-backup";
    /// What leaves a Region for another one, for each gigabyte once.
    Transfer "transfer";
}

impl Class {
    /// Whether AWS bills what changed since the point before, while it tells
    /// the size of the whole.
    // https://docs.aws.amazon.com/ebs/latest/userguide/ebs-snapshots.html
    // https://docs.aws.amazon.com/aws-backup/latest/devguide/backup-feature-availability.html
    pub fn is_incremental(self) -> bool {
        matches!(
            self,
            Class::EbsSnapshot
                | Class::RdsSnapshot
                | Class::AuroraSnapshot
                | Class::FsxBackup
                | Class::S3Backup
        )
    }

    /// The class it can be moved to in order to pay less.
    // https://docs.aws.amazon.com/aws-backup/latest/devguide/backup-feature-availability.html
    pub fn colder(self) -> Option<Self> {
        match self {
            Class::EbsSnapshot => Some(Class::EbsArchive),
            Class::EfsWarm => Some(Class::EfsCold),
            Class::DynamoWarm => Some(Class::DynamoCold),
            _ => None,
        }
    }
}

impl Serialize for Class {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(self.name())
    }
}

/// The prices of one class.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// The page of AWS that they are from.
    pub page: String,
    /// When they stood there.
    pub as_of: Date,
    /// Of a gigabyte (2^30 bytes) a month, by Region.
    usd: BTreeMap<Region, Usd>,
}

/// A price table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Prices {
    entries: BTreeMap<Class, Entry>,
    instances: Hourly,
    /// The file it is from; none is the table of the program.
    pub file: Option<String>,
}

/// Something wrong with a price table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wrong {
    /// The bytes of the text that it is about; none for all of it.
    pub at: Option<Range<usize>>,
    /// What is wrong.
    pub text: String,
}

impl Prices {
    /// The table that comes with the program.
    pub fn shipped() -> &'static Arc<Self> {
        static SHIPPED: LazyLock<Arc<Prices>> = LazyLock::new(|| {
            let table = Prices::read(include_str!("../../assets/prices.toml"));
            Arc::new(table.expect("a test reads the table of the program"))
        });
        &SHIPPED
    }

    /// Reads a table; one mistake makes all of it useless, for a total
    /// without one of its prices would be too small.
    pub fn read(text: &str) -> Result<Self, Vec<Wrong>> {
        let file: File = toml::from_str(text).map_err(|error| {
            let text = error.message().replace('\n', " ");
            vec![Wrong { at: error.span(), text }]
        })?;
        let mut wrong = Vec::new();
        let mut entries = BTreeMap::new();
        for raw in file.price {
            let span = raw.class.span();
            let Some(class) = named(&raw.class, &mut wrong) else { continue };
            let entry = entry(raw, &mut wrong);
            let Some(entry) = entry else { continue };
            if entries.insert(class, entry).is_some() {
                let text = format!("`{}` has two entries", class.name());
                wrong.push(Wrong { at: Some(span), text });
            }
        }
        let instances = Hourly::read(file.instance, &mut wrong);
        if !wrong.is_empty() {
            return Err(wrong);
        }
        Ok(Prices { entries, instances, file: None })
    }

    /// The same, as read from a file of this name.
    #[must_use]
    pub fn named(self, file: String) -> Self {
        Prices { file: Some(file), ..self }
    }

    /// The price of a gigabyte a month, if the table has it.
    pub fn of(&self, class: Class, region: &Region) -> Option<Usd> {
        self.entries.get(&class)?.usd.get(region).copied()
    }

    /// What so many bytes cost a month, if the table has the price.
    pub fn cost(
        &self,
        class: Class,
        region: &Region,
        bytes: i64,
    ) -> Option<Usd> {
        let Usd(price) = self.of(class, region)?;
        let cost = (i128::from(price) * i128::from(bytes.max(0))) >> 30;
        Some(Usd(i64::try_from(cost).unwrap_or(i64::MAX)))
    }

    /// What an RDS instance of this engine and class costs an hour, its
    /// storage not counted, if the table has it; `twice` is one with a
    /// standby.
    pub fn hourly(
        &self,
        kind: (&str, &str),
        region: &Region,
        twice: bool,
    ) -> Option<f64> {
        self.instances.of(kind, region, twice)
    }

    /// The prices of every class, with their page and date.
    pub fn entries(&self) -> impl Iterator<Item = (Class, &Entry)> {
        self.entries.iter().map(|(class, entry)| (*class, entry))
    }

    /// The date of the oldest prices; none for a table without any.
    pub fn as_of(&self) -> Option<Date> {
        self.entries.values().map(|entry| entry.as_of).min()
    }

    /// The few words that stand beside every amount.
    pub fn label(&self) -> String {
        match (self.as_of(), &self.file) {
            (None, _) => "no prices".to_owned(),
            (Some(at), None) => format!("estimate, list prices of {at}"),
            (Some(at), Some(_)) => format!("estimate, own prices of {at}"),
        }
    }
}

/// The file as it is written.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(default)]
    price: Vec<Raw>,
    #[serde(default)]
    instance: Vec<RawHourly>,
}

/// `[[price]]`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Raw {
    class: Spanned<String>,
    page: Spanned<String>,
    as_of: Spanned<String>,
    usd: BTreeMap<Spanned<String>, Spanned<f64>>,
}

fn named(said: &Spanned<String>, wrong: &mut Vec<Wrong>) -> Option<Class> {
    let name = said.get_ref();
    let all = Class::ALL.iter().copied();
    let found = all.clone().find(|class| class.name() == name);
    if found.is_none() {
        let near = all
            .map(|class| (strsim::levenshtein(class.name(), name), class))
            .min_by_key(|(far, _)| *far)
            .filter(|(far, _)| *far <= 3);
        let hint = near.map_or_else(String::new, |(_, class)| {
            format!(", did you mean `{}`?", class.name())
        });
        let text = format!("there is no class `{name}`{hint}");
        wrong.push(Wrong { at: Some(said.span()), text });
    }
    found
}

fn entry(raw: Raw, wrong: &mut Vec<Wrong>) -> Option<Entry> {
    let before = wrong.len();
    let mut complain = |at: Range<usize>, text: String| {
        wrong.push(Wrong { at: Some(at), text });
    };
    let as_of: Option<Date> = raw.as_of.get_ref().parse().ok();
    if as_of.is_none() {
        let text = format!(
            "`{}` is no date; one looks like `2025-06-01`",
            raw.as_of.get_ref()
        );
        complain(raw.as_of.span(), text);
    }
    if !raw.page.get_ref().starts_with("http") {
        let text = "a price needs the page that it is from".to_owned();
        complain(raw.page.span(), text);
    }
    let mut usd = BTreeMap::new();
    for (region, price) in raw.usd {
        let name = region.get_ref();
        if name.split('-').count() < 3 {
            let text =
                format!("`{name}` is no Region; one looks like `eu-west-1`");
            complain(region.span(), text);
        }
        let dollars = *price.get_ref();
        if !(dollars > 0.0 && dollars <= 100.0) {
            let text = format!(
                "{dollars} is no price in dollars, above 0 and up to 100"
            );
            complain(price.span(), text);
            continue;
        }
        #[expect(
            clippy::cast_possible_truncation,
            reason = "at most 100 dollars in millionths"
        )]
        let millionths = (dollars * 1e6).round() as i64;
        usd.insert(Region::new(name), Usd(millionths));
    }
    let page = raw.page.into_inner();
    as_of.filter(|_| wrong.len() == before).map(|as_of| Entry {
        page,
        as_of,
        usd,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table(line: &str) -> String {
        format!(
            "[[price]]\nclass = \"efs-warm\"\npage = \"https://x\"\n\
             as_of = \"2025-06-01\"\n{line}\n"
        )
    }

    fn refused(text: &str) -> (String, String) {
        let wrong = Prices::read(text).unwrap_err();
        let [wrong] = &wrong[..] else { panic!("{wrong:?}") };
        let at = wrong.at.clone().map(|at| text[at].to_owned());
        (at.unwrap_or_default(), wrong.text.clone())
    }

    #[test]
    fn the_table_of_the_program_has_every_class_with_its_page_and_date() {
        let prices = Prices::shipped();
        for class in Class::ALL {
            let entry = prices.entries.get(class);
            let entry = entry.unwrap_or_else(|| panic!("{}", class.name()));
            assert!(entry.page.starts_with("https://aws.amazon.com/"));
            for region in
                ["us-east-1", "us-west-2", "eu-west-1", "eu-central-1"]
            {
                let price = prices.of(*class, &region.into());
                assert!(price > Some(Usd(0)), "{} {region}", class.name());
            }
        }
        assert!(prices.label().starts_with("estimate, list prices of 20"));
    }

    #[test]
    fn a_region_that_is_not_in_the_table_costs_unknown_and_not_nothing() {
        let prices = Prices::shipped();
        let cost = prices.cost(Class::EfsWarm, &"mx-central-1".into(), 1);
        assert_eq!(cost, None);
    }

    #[test]
    fn a_gigabyte_costs_its_price_and_half_of_one_the_half() {
        let prices = Prices::read(&table("usd = { eu-west-1 = 0.06 }"));
        let prices = prices.expect("a table");
        let cost = |bytes| {
            let region = "eu-west-1".into();
            prices.cost(Class::EfsWarm, &region, bytes).expect("a price")
        };
        assert_eq!(cost(1 << 30), Usd(60_000));
        assert_eq!(cost(1 << 29), Usd(30_000));
        assert_eq!(cost(i64::MAX), Usd(515_396_075_519_999));
    }

    #[test]
    fn a_mistake_in_a_table_is_told_with_its_place() {
        for (text, at, why) in [
            (table("usd = { eu-west-1 = 0 }"), "0", "is no price"),
            (table("usd = { eu-west-1 = -0.1 }"), "-0.1", "is no price"),
            (table("usd = { ireland = 0.1 }"), "ireland", "is no Region"),
            (table("usd = {}\nusb = 1"), "usb", "unknown field"),
            (
                table("usd = {}").replace("efs-warm", "efs-wram"),
                "\"efs-wram\"",
                "did you mean `efs-warm`?",
            ),
            (
                table("usd = {}").replace("2025-06-01", "June"),
                "\"June\"",
                "is no date",
            ),
            (
                format!("{0}{0}", table("usd = {}")),
                "\"efs-warm\"",
                "has two entries",
            ),
        ] {
            let (place, said) = refused(&text);
            assert_eq!(place, at, "{said}");
            assert!(said.contains(why), "{said}");
        }
    }

    #[test]
    fn amounts_read_as_people_write_them() {
        for (millionths, text) in [
            (0, "$0"),
            (900, "<$0.01"),
            (50_000, "$0.05"),
            (9_994_000, "$9.99"),
            (12_400_000, "$12"),
            (1_234_567_000_000, "$1,234,567"),
        ] {
            assert_eq!(Usd(millionths).to_string(), text);
        }
    }
}
