//! A request's query.

use s3s::S3Result;

use super::target::decode;

/// A query, decoded once.
#[derive(Debug, Default)]
pub(super) struct Query(Vec<(String, String)>);

impl Query {
    pub(super) fn read(query: &str) -> S3Result<Self> {
        let pair = |pair: &str| {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            Ok((decode(&name.replace('+', " "))?, decode(&value.replace('+', " "))?))
        };
        query.split('&').filter(|part| !part.is_empty()).map(pair).collect::<S3Result<_>>().map(Self)
    }

    pub(super) fn has(&self, name: &str) -> bool {
        self.get(name).is_some()
    }

    pub(super) fn get(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    pub(super) fn pairs(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(name, value)| (name.as_str(), value.as_str()))
    }

    /// All of this name, however its letters are written.
    pub(super) fn spelt_like<'q>(&'q self, name: &str) -> impl Iterator<Item = (&'q str, &'q str)> {
        let like = move |(known, value): &'q (String, String)| {
            known.eq_ignore_ascii_case(name).then_some((known.as_str(), value.as_str()))
        };
        self.0.iter().filter_map(like)
    }
}
