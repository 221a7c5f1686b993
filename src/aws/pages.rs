//! Lists that come in pages, and how they are cut short without a lie.

use std::collections::HashSet;
use std::future::Future;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::time::Duration;

use tokio::time::Instant;

use crate::estate::part::Told;
use crate::failure::{Failure, FailureKind};

/// The most pages read of one list; at 1,000 a page, half a million things.
const MOST_PAGES: usize = 500;

/// A list that takes longer is cut short: half of what a look may take.
const LONGEST: Duration = Duration::from_secs(150);

/// One page, already turned into our own data so that the SDK's much larger
/// values live no longer than a page.
#[derive(Debug)]
pub(super) struct Page<T> {
    pub(super) items: Vec<T>,
    /// Where the next page begins; none if this was the last.
    pub(super) next: Option<String>,
}

/// What was read of a list, and why it is not all of it.
#[derive(Debug, PartialEq)]
pub(super) struct Pages<T> {
    pub(super) items: Vec<T>,
    pub(super) partial: Option<String>,
}

/// Reads a list page by page. The SDK's own paginators end without an error
/// when a token comes twice, and never when tokens do not end; here both
/// leave what was read, marked as partial. An error after the first page
/// does so, too; at the first, or when nobody is signed in any more, it is
/// an error.
pub(super) async fn all<T, F>(
    mut page: impl FnMut(Option<String>) -> F,
) -> Result<Pages<T>, Failure>
where
    F: Future<Output = Result<Page<T>, Failure>>,
{
    let mut items = Vec::new();
    let mut seen = HashSet::new();
    let mut token = None;
    let begun = Instant::now();
    for read in 0..MOST_PAGES {
        if begun.elapsed() > LONGEST {
            let seconds = LONGEST.as_secs();
            let why = format!("cut after {read} pages, in {seconds} s");
            return Ok(Pages { items, partial: Some(why) });
        }
        let got = match page(token.take()).await {
            Ok(got) => got,
            // Credentials that ran out are to be had anew at once, and the
            // list is read again from its beginning.
            Err(failure)
                if read == 0 || failure.kind == FailureKind::Expired =>
            {
                return Err(failure);
            }
            Err(failure) => {
                return Ok(Pages {
                    items,
                    partial: Some(format!("after {read} pages {failure}")),
                });
            }
        };
        items.extend(got.items);
        // Some services end a list with an empty token.
        let Some(next) = got.next.filter(|next| !next.is_empty()) else {
            return Ok(Pages { items, partial: None });
        };
        if !seen.insert(digest(&next)) {
            let partial = format!(
                "AWS gave the same next page twice, after {} pages",
                read + 1
            );
            return Ok(Pages { items, partial: Some(partial) });
        }
        token = Some(next);
    }
    let partial = Some(format!("cut after {MOST_PAGES} pages"));
    Ok(Pages { items, partial })
}

/// Joins reasons why lists are not whole.
pub(super) fn joined(reasons: &[String]) -> Option<String> {
    (!reasons.is_empty()).then(|| reasons.join("; "))
}

/// A list of which a part is as good as none of it.
pub(super) fn whole<T>(
    listed: Result<Pages<T>, Failure>,
) -> Result<Vec<T>, String> {
    let listed = listed.map_err(|failure| failure.to_string())?;
    match listed.partial {
        Some(why) => Err(why),
        None => Ok(listed.items),
    }
}

/// That some of what was listed could not be asked about, with the first
/// reason. Verdicts that rest on the list must not pass over it.
pub(super) fn untold<'a>(
    parts: impl Iterator<Item = &'a dyn Told>,
) -> Option<String> {
    let mut all = 0;
    let each = parts.inspect(|_| all += 1);
    let mut whys =
        each.filter_map(|part| Some((part, part.unknown().first()?)));
    let (part, why) = whys.next()?;
    let first = format!("{}: {why}", part.name());
    let count = 1 + whys.count();
    Some(format!("{count} of {all} not told whole, the first: {first}"))
}

fn digest(token: &str) -> u64 {
    let mut hasher = DefaultHasher::new();
    token.hash(&mut hasher);
    hasher.finish()
}

#[cfg(test)]
mod tests {
    use std::future::ready;

    use tokio::time::sleep;

    use super::*;

    fn numbered(number: usize, next: Option<String>) -> Page<usize> {
        Page { items: vec![number], next }
    }

    #[tokio::test]
    async fn a_token_that_comes_twice_makes_the_list_partial() {
        let mut calls = 0;
        let pages = all(|_| {
            calls += 1;
            ready(Ok(numbered(calls, Some("same".into()))))
        })
        .await
        .unwrap();
        assert_eq!(pages.items, [1, 2]);
        assert!(pages.partial.unwrap().contains("twice"));
    }

    #[tokio::test]
    async fn tokens_without_end_are_cut() {
        let mut calls = 0;
        let pages = all(|_| {
            calls += 1;
            ready(Ok(numbered(calls, Some(calls.to_string()))))
        })
        .await
        .unwrap();
        assert_eq!(pages.items.len(), MOST_PAGES);
        assert!(pages.partial.is_some());
    }

    #[tokio::test(start_paused = true)]
    async fn a_list_that_takes_too_long_is_cut_and_keeps_what_it_has() {
        let mut calls = 0;
        let pages = all(|_| {
            calls += 1;
            let page = numbered(calls, Some(calls.to_string()));
            async move {
                sleep(Duration::from_secs(20)).await;
                Ok(page)
            }
        })
        .await
        .unwrap();
        assert_eq!(pages.items.len(), 8);
        assert!(pages.partial.unwrap().contains("in 150 s"));
    }

    #[tokio::test]
    async fn an_error_at_a_later_page_keeps_the_pages_before() {
        let throttled = || Failure::new("list jobs", FailureKind::Throttled);
        let pages = all(|token| {
            ready(match token {
                None => Ok(numbered(1, Some("more".into()))),
                Some(_) => Err(throttled()),
            })
        })
        .await
        .unwrap();
        assert_eq!(pages.items, [1]);
        assert!(pages.partial.unwrap().contains("throttled"));

        let first = all::<usize, _>(|_| ready(Err(throttled()))).await;
        assert_eq!(first, Err(throttled()));

        let expired = || Failure::new("list jobs", FailureKind::Expired);
        let later = all(|token| {
            ready(match token {
                None => Ok(numbered(1, Some("more".into()))),
                Some(_) => Err(expired()),
            })
        });
        assert_eq!(later.await, Err(expired()));
    }
}
