//! Percent-encoding as AWS signs it: all but unreserved characters.

use std::borrow::Cow;

use percent_encoding::{
    AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode,
};

const STRICT: &AsciiSet =
    &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b'~');

const GREEDY: &AsciiSet = &STRICT.remove(b'/');

/// Encodes a label, a key or a value.
pub(super) fn encode(text: &str) -> Cow<'_, str> {
    utf8_percent_encode(text, STRICT).into()
}

/// Encodes a greedy label, which may span segments.
pub(super) fn encode_greedy(text: &str) -> Cow<'_, str> {
    utf8_percent_encode(text, GREEDY).into()
}

/// Decodes one segment of a path; bytes that are no UTF-8 are replaced.
pub(super) fn decode(text: &str) -> Cow<'_, str> {
    percent_decode_str(text).decode_utf8_lossy()
}

/// Appends a pair to a form or a query string.
pub(super) fn push_pair(out: &mut String, key: &str, value: &str) {
    if !out.is_empty() {
        out.push('&');
    }
    out.extend(utf8_percent_encode(key, STRICT));
    out.push('=');
    out.extend(utf8_percent_encode(value, STRICT));
}

/// Splits a form or a query string into decoded pairs.
pub(super) fn pairs(text: &str) -> Vec<(String, String)> {
    let plain = |text: &str| {
        if text.contains('+') {
            decode(&text.replace('+', " ")).into_owned()
        } else {
            decode(text).into_owned()
        }
    };
    let pairs = text.split('&').filter(|pair| !pair.is_empty());
    pairs
        .map(|pair| {
            let (key, value) = pair.split_once('=').unwrap_or((pair, ""));
            (plain(key), plain(value))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::{decode, encode, pairs, push_pair};

    #[test]
    fn an_arn_is_encoded_whole_and_comes_back() {
        let arn = "arn:aws:backup:eu-west-1:1:recovery-point/é~";
        let encoded = encode(arn);
        assert_eq!(
            encoded,
            "arn%3Aaws%3Abackup%3Aeu-west-1%3A1%3Arecovery-point%2F%C3%A9~"
        );
        assert_eq!(decode(&encoded), arn);
    }

    #[test]
    fn pairs_survive_signs_of_their_own_syntax() {
        let mut form = String::new();
        push_pair(&mut form, "a", "b=c&d e+f");
        push_pair(&mut form, "empty", "");
        let back = [("a", "b=c&d e+f"), ("empty", "")]
            .map(|(k, v)| (k.to_owned(), v.to_owned()));
        assert_eq!(pairs(&form), back);
        assert_eq!(pairs("a=b+c"), [("a".to_owned(), "b c".to_owned())]);
    }
}
