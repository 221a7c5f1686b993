//! How file, environment and flags become one checked value.

mod budget;
mod cost;
mod demands;
mod detect;
mod estate;
mod hosts;
mod second;

use std::ops::Range;
use std::path::{Path, PathBuf};

use jiff::SignedDuration;
use toml::Spanned;

use super::file::File;
use super::problem::did_you_mean;
use super::regions::{REGIONS, looks_like_region};
use super::{Config, Env, Flags, Origin, Paths, Problem, Setting, THEMES};
use crate::estate::ids::Region;

/// For how long ARMED lasts without a key, unless the config says otherwise.
const IDLE_MINUTES: i64 = 15;

/// The variables that are understood, and the flag that goes before each.
pub(super) const VARS: [(&str, &str); 13] = [
    ("LIFEBOAT_PROFILE", "--profile"),
    ("LIFEBOAT_REGIONS", "--region"),
    ("LIFEBOAT_SOURCE_REGION", ""),
    ("LIFEBOAT_TARGET_REGION", "--target-region"),
    ("LIFEBOAT_ENDPOINT_URL", "--endpoint-url"),
    ("LIFEBOAT_CONFIG", "--config"),
    ("LIFEBOAT_KEYMAP", "--keymap"),
    ("LIFEBOAT_THEME", "--theme"),
    ("LIFEBOAT_ASCII", "--ascii"),
    ("LIFEBOAT_NO_COLOR", "--no-color"),
    ("LIFEBOAT_READ_ONLY", "--read-only"),
    ("LIFEBOAT_PLAIN", "--plain"),
    ("LIFEBOAT_HOME", ""),
];

/// The config file, and whether somebody asked for this very one.
pub(super) fn file_path(
    env: &Env,
    flags: &Flags,
    paths: &Paths,
) -> (PathBuf, bool) {
    let said = env.var("LIFEBOAT_CONFIG").map(PathBuf::from);
    match flags.config.clone().or(said) {
        Some(path) => (path, true),
        None => (paths.config.join("config.toml"), false),
    }
}

pub(super) fn merge(
    text: &str,
    path: &Path,
    env: &Env,
    flags: &Flags,
    paths: Paths,
) -> Config {
    let (file, problems) = File::read(text, path);
    let config =
        Config { paths, file: path.to_owned(), problems, ..Config::default() };
    let mut merge = Merge { text, path, env, flags, config };
    merge.unknown_variables();
    merge.places(&file);
    merge.looks(&file);
    merge.accounts(file.accounts);
    merge.tiers(file.tiers);
    merge.second_person(file.second_person.as_ref());
    merge.second_by_tier(file.second_person_by_tier);
    for rule in file.objective {
        merge.rule(rule);
    }
    merge.paces(file.pace);
    merge.hosts(file.hosts);
    merge.cost(file.cost);
    merge.estate(file.estate.unwrap_or_default());
    merge.budget(file.budget);
    merge.config.problems.sort_by_key(|problem| problem.at);
    merge.config
}

struct Merge<'a> {
    text: &'a str,
    path: &'a Path,
    env: &'a Env,
    flags: &'a Flags,
    config: Config,
}

/// A value with what is said against it: a flag's or variable's name, or a
/// place in the file.
#[derive(Clone)]
struct Said<T> {
    value: T,
    origin: Origin,
    span: Option<Range<usize>>,
}

impl<T> Said<T> {
    fn by_flag(value: Option<T>, flag: &'static str) -> Option<Self> {
        let origin = Origin::Flag(flag);
        value.map(|value| Said { value, origin, span: None })
    }

    fn in_file(value: Option<T>) -> Option<Self> {
        let origin = Origin::File;
        value.map(|value| Said { value, origin, span: None })
    }

    fn at(value: Option<&Spanned<T>>) -> Option<Self>
    where
        T: Clone,
    {
        value.map(|spanned| Said {
            value: spanned.get_ref().clone(),
            origin: Origin::File,
            span: Some(spanned.span()),
        })
    }
}

impl Merge<'_> {
    fn var(&self, name: &'static str) -> Option<Said<String>> {
        let value = self.env.var(name)?.to_owned();
        Some(Said { value, origin: Origin::Env(name), span: None })
    }

    fn complain<T>(&mut self, about: &Said<T>, text: String) {
        let problem = self.problem(about, text);
        self.config.problems.push(problem);
    }

    fn problem<T>(&self, about: &Said<T>, text: String) -> Problem {
        match (&about.origin, &about.span) {
            (_, Some(span)) => {
                Problem::in_text(self.path, self.text, span, text)
            }
            (Origin::Flag(name) | Origin::Env(name), None) => {
                Problem::of_name(name, text)
            }
            (Origin::File | Origin::Profile | Origin::Default, None) => {
                Problem::of_file(self.path, text)
            }
        }
    }

    fn complain_at(&mut self, said: &Spanned<String>, text: String) {
        let span = said.span();
        let problem = Problem::in_text(self.path, self.text, &span, text);
        self.config.problems.push(problem);
    }

    fn note<T>(
        &mut self,
        name: &'static str,
        said: Option<&Said<T>>,
        shown: impl FnOnce(&T) -> String,
    ) {
        let (value, origin) = match said {
            Some(said) => (shown(&said.value), said.origin.clone()),
            None => (String::new(), Origin::Default),
        };
        self.config.origins.push(Setting { name, value, origin });
    }

    fn unknown_variables(&mut self) {
        let unknown: Vec<&str> = self
            .env
            .names("LIFEBOAT_")
            .filter(|name| VARS.iter().all(|(known, _)| known != name))
            .collect();
        for name in unknown {
            let hint = did_you_mean(name, VARS.map(|(known, _)| known));
            let text = format!("unknown variable{hint}");
            self.config.problems.push(Problem::of_name(name, text));
        }
    }

    fn places(&mut self, file: &File) {
        let flags = self.flags;
        let profile = Said::by_flag(flags.profile.clone(), "--profile")
            .or_else(|| self.var("LIFEBOAT_PROFILE"))
            .or_else(|| self.var("AWS_PROFILE"))
            .or_else(|| Said::in_file(file.profile.clone()));
        self.note("profile", profile.as_ref(), Clone::clone);
        self.config.profile = profile.map(|said| said.value);

        let target =
            Said::by_flag(flags.target_region.clone(), "--target-region")
                .or_else(|| self.var("LIFEBOAT_TARGET_REGION"))
                .or_else(|| Said::at(file.target_region.as_ref()));
        let target = target.filter(|said| self.is_region(said, &said.value));
        self.note("target_region", target.as_ref(), Clone::clone);
        self.config.target_region = target.map(|said| said.value.into());

        self.regions(file);

        let source = self
            .var("LIFEBOAT_SOURCE_REGION")
            .or_else(|| Said::at(file.source_region.as_ref()));
        let source = source.filter(|said| self.is_region(said, &said.value));
        self.note("source_region", source.as_ref(), Clone::clone);
        let first = self.config.regions.iter();
        let mut first =
            first.filter(|r| Some(*r) != self.config.target_region.as_ref());
        self.config.source_region = source
            .map(|said| said.value.into())
            .or_else(|| first.next().cloned());

        let url = Said::by_flag(flags.endpoint_url.clone(), "--endpoint-url")
            .or_else(|| self.var("LIFEBOAT_ENDPOINT_URL"))
            .or_else(|| self.aws_endpoint())
            .or_else(|| Said::at(file.endpoint_url.as_ref()));
        let url = url.filter(|said| self.is_url(said));
        self.note("endpoint_url", url.as_ref(), Clone::clone);
        self.config.endpoint_url = url.map(|said| said.value);
    }

    fn aws_endpoint(&self) -> Option<Said<String>> {
        let ignored = self.env.var("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS");
        let ignored = ignored.is_some_and(|v| v.eq_ignore_ascii_case("true"));
        if ignored { None } else { self.var("AWS_ENDPOINT_URL") }
    }

    /// The Regions to watch. `AWS_REGION` comes after the file here: it
    /// names the one a shell works in, not those of the estate.
    fn regions(&mut self, file: &File) {
        let flags = self.flags.regions.clone();
        let flags = (!flags.is_empty()).then_some(flags);
        let listed = |said: Said<String>| Said {
            value: said.value.split(',').map(|r| r.trim().into()).collect(),
            origin: said.origin,
            span: None,
        };
        let said = Said::by_flag(flags, "--region")
            .or_else(|| self.var("LIFEBOAT_REGIONS").map(listed))
            .or_else(|| Said::at(file.regions.as_ref()))
            .or_else(|| self.var("AWS_REGION").map(listed))
            .or_else(|| self.var("AWS_DEFAULT_REGION").map(listed));
        self.note("regions", said.as_ref(), |list: &Vec<String>| {
            list.join(",")
        });
        let mut regions: Vec<Region> = Vec::new();
        if let Some(said) = said {
            for name in &said.value {
                let region = Region::new(name);
                if self.is_region(&said, name) && !regions.contains(&region) {
                    regions.push(region);
                }
            }
        }
        if let Some(target) = self.config.target_region.clone()
            && !regions.contains(&target)
        {
            regions.push(target);
        }
        self.config.regions = regions;
    }

    fn is_region<T>(&mut self, said: &Said<T>, name: &str) -> bool {
        let fits = looks_like_region(name);
        if !fits {
            let text = format!(
                "`{name}` is no Region; one looks like `eu-central-1`"
            );
            self.complain(said, text);
        } else if !REGIONS.contains(&name) {
            let hint = did_you_mean(name, REGIONS.iter().copied());
            let text = format!("this version knows no Region `{name}`{hint}");
            let problem = self.problem(said, text).as_warning();
            self.config.problems.push(problem);
        }
        fits
    }

    fn is_url(&mut self, said: &Said<String>) -> bool {
        let url = &said.value;
        let fits = ["http://", "https://"]
            .iter()
            .any(|scheme| url.len() > scheme.len() && url.starts_with(scheme));
        if !fits {
            let text = format!("`{url}` is no http:// or https:// URL");
            self.complain(said, text);
        }
        fits
    }

    fn looks(&mut self, file: &File) {
        let flags = self.flags;
        let keymap = Said::by_flag(flags.keymap.clone(), "--keymap")
            .or_else(|| self.var("LIFEBOAT_KEYMAP"))
            .or_else(|| Said::in_file(file.keymap.clone()));
        self.note("keymap", keymap.as_ref(), Clone::clone);
        self.config.keymap = keymap.map(|said| said.value);

        self.shared(file);

        let theme = Said::by_flag(flags.theme.clone(), "--theme")
            .or_else(|| self.var("LIFEBOAT_THEME"))
            .or_else(|| Said::at(file.theme.as_ref()));
        let theme = theme.filter(|said| self.is_theme(said));
        self.note("theme", theme.as_ref(), Clone::clone);
        self.config.theme = theme.map(|said| said.value);

        self.config.ascii =
            self.switch("ascii", flags.ascii, "LIFEBOAT_ASCII", file.ascii);
        self.config.read_only = self.switch(
            "read_only",
            flags.read_only,
            "LIFEBOAT_READ_ONLY",
            file.read_only,
        );
        self.config.plain =
            self.switch("plain", flags.plain, "LIFEBOAT_PLAIN", file.plain);
        let standard = self.env.var("NO_COLOR").is_some();
        self.config.no_color = self.switch(
            "no_color",
            flags.no_color,
            "LIFEBOAT_NO_COLOR",
            file.no_color,
        ) || standard;
        self.idle(file);
        self.resolvers(file);
        self.queues(&file.detect);
    }

    fn shared(&mut self, file: &File) {
        let said = Said::at(file.shared_estate.as_ref());
        self.note("shared_estate", said.as_ref(), Clone::clone);
        let Some(said) = said else { return };
        match said.value.parse() {
            Ok(shared) => self.config.shared_estate = Some(shared),
            Err(why) => self.complain(&said, why.to_string()),
        }
    }

    fn is_theme(&mut self, said: &Said<String>) -> bool {
        let fits = THEMES.contains(&said.value.as_str());
        if !fits {
            let hint = did_you_mean(&said.value, THEMES);
            self.complain(
                said,
                format!("unknown theme `{}`{hint}", said.value),
            );
        }
        fits
    }

    fn switch(
        &mut self,
        name: &'static str,
        flag: bool,
        var: &'static str,
        file: Option<bool>,
    ) -> bool {
        let said = if flag {
            let named = VARS.iter().find(|(known, _)| *known == var);
            Some((true, Origin::Flag(named.map_or("", |(_, flag)| flag))))
        } else if let Some(said) = self.var(var) {
            let value = match said.value.to_lowercase().as_str() {
                "1" | "true" | "yes" | "on" => true,
                "0" | "false" | "no" | "off" => false,
                _ => {
                    let text = format!("`{}` is neither 1 nor 0", said.value);
                    self.complain(&said, text);
                    false
                }
            };
            Some((value, Origin::Env(var)))
        } else {
            file.map(|value| (value, Origin::File))
        };
        let (value, origin) = said.unwrap_or((false, Origin::Default));
        let shown = value.to_string();
        self.config.origins.push(Setting { name, value: shown, origin });
        value
    }

    fn idle(&mut self, file: &File) {
        let said = Said::at(file.idle_minutes.as_ref());
        let said = said.filter(|said| {
            let fits = (1..=24 * 60).contains(&said.value);
            if !fits {
                let text = "idle_minutes is from 1 to 1440".to_owned();
                self.complain(said, text);
            }
            fits
        });
        self.note("idle_minutes", said.as_ref(), ToString::to_string);
        let minutes = said.map_or(IDLE_MINUTES, |said| said.value);
        self.config.idle = SignedDuration::from_mins(minutes);
    }

    fn resolvers(&mut self, file: &File) {
        let said = Said::at(file.resolvers.as_ref());
        self.note("resolvers", said.as_ref(), |list| list.join(","));
        let Some(said) = said else { return };
        for name in &said.value {
            let whole = if name.contains(':') {
                name.parse()
            } else {
                format!("{name}:53").parse()
            };
            if let Ok(address) = whole {
                self.config.resolvers.push(address);
            } else {
                let text = format!(
                    "`{name}` is no address of a name server, such as \
                     `10.0.0.2:53`"
                );
                self.complain(&said, text);
            }
        }
    }
}
