//! Takes what looks like a secret out of words that are kept.

use std::sync::OnceLock;

use regex_lite::Regex;

/// What stands in a secret's place.
const BLANK: &str = "[redacted]";

/// The same words without what looks like a secret: AWS access keys and
/// session tokens, bearer and basic credentials, private keys, and values
/// named as password, secret or token. It errs towards taking out too much.
pub fn redact(text: &str) -> String {
    static RULES: OnceLock<Vec<(Regex, &'static str)>> = OnceLock::new();
    let rules = RULES.get_or_init(|| {
        let rule = |pattern: &str, with: &'static str| {
            let regex = Regex::new(pattern);
            (regex.expect("the rules are tested"), with)
        };
        vec![
            rule(
                "(?s)-----BEGIN [A-Z ]*PRIVATE KEY-----.*?(-----END [A-Z ]*PRIVATE KEY-----|$)",
                BLANK,
            ),
            rule(r"\b(AKIA|ASIA|AROA|AIDA)[A-Z0-9]{12,}\b", BLANK),
            rule(
                r#"(?i)\b([a-z0-9_-]*(?:password|passwd|pwd|secret|token|api[_-]?key|access[_-]?key)[a-z0-9_-]*["']?\s*[:=]\s*)("[^"]*"|'[^']*'|\S+)"#,
                "${1}[redacted]",
            ),
            rule(
                r"(?i)\b(bearer|basic)\s+[a-z0-9._~+/=-]{8,}",
                "${1} [redacted]",
            ),
            rule(r"(://[^/\s:@]+:)[^/\s@]+@", "${1}[redacted]@"),
            rule(r"\b(IQoJ|FwoG|FQoG)[A-Za-z0-9+/=]{40,}", BLANK),
            rule(r"\beyJ[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]*", BLANK),
        ]
    });
    let mut clean = text.to_owned();
    for (regex, with) in rules {
        clean = regex.replace_all(&clean, *with).into_owned();
    }
    clean
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_looks_like_a_secret_is_taken_out() {
        for (words, clean) in [
            ("key AKIAIOSFODNN7EXAMPLE used", "key [redacted] used"),
            ("password = hunter2, then", "password = [redacted] then"),
            ("DB_PASSWORD='a b'", "DB_PASSWORD=[redacted]"),
            (r#""token": "abc""#, r#""token": [redacted]"#),
            (
                "Authorization: Bearer abcdefghijkl",
                "Authorization: Bearer [redacted]",
            ),
            ("postgres://u:p4ss@db/x", "postgres://u:[redacted]@db/x"),
        ] {
            assert_eq!(redact(words), clean);
        }
    }

    #[test]
    fn ordinary_words_stay() {
        for words in [
            "checkout 5xx at 38 %, DB timeouts",
            "arn:aws:rds:eu-west-1:111122223333:db:learn-db",
            "the token bucket is empty",
        ] {
            assert_eq!(redact(words), words);
        }
    }
}
