//! Listing objects, by the call of today and that of before 2016.

use s3s::dto::{
    CommonPrefix, ETag, EncodingType, ListObjectsInput, ListObjectsOutput, ListObjectsV2Input, ListObjectsV2Output,
    Object, ObjectStorageClass,
};
use s3s::{S3Error, S3ErrorCode, S3Request, S3Response, S3Result};

use super::backend::{Backend, time};
use super::target::{encode, has_control};
use super::{checksums, errors};
use crate::engine::{Entry, Error, List, Listing};

/// The most that a page has, and what it has when nobody asks for less.
const PAGE: i32 = 1000;

pub(super) async fn v2(
    backend: &Backend,
    request: S3Request<ListObjectsV2Input>,
) -> S3Result<S3Response<ListObjectsV2Output>> {
    let S3Request { input, extensions, .. } = &request;
    let encoding = Encoding::read(input.encoding_type.as_ref())?;
    let max = page(input.max_keys)?;
    encoding.check([&input.prefix, &input.delimiter, &input.start_after, &input.continuation_token])?;
    let list = List {
        bucket: &input.bucket,
        prefix: input.prefix.as_deref().unwrap_or_default(),
        delimiter: input.delimiter.as_deref().unwrap_or_default(),
        after: input.start_after.as_deref().filter(|after| !after.is_empty()),
        token: input.continuation_token.as_deref(),
        max: usize::try_from(max).unwrap_or_default(),
    };
    let listing = run(backend, list, extensions).await?;
    let count = listing.objects.len() + listing.prefixes.len();
    Ok(S3Response::new(ListObjectsV2Output {
        name: Some(input.bucket.clone()),
        prefix: Some(encoding.apply(list.prefix)),
        delimiter: input.delimiter.as_deref().map(|delimiter| encoding.apply(delimiter)),
        start_after: input.start_after.as_deref().map(|after| encoding.apply(after)),
        max_keys: Some(max),
        key_count: i32::try_from(count).ok(),
        is_truncated: Some(listing.next.is_some()),
        continuation_token: input.continuation_token.clone(),
        next_continuation_token: listing.next,
        contents: Some(listing.objects.into_iter().map(|entry| object(entry, encoding)).collect()),
        common_prefixes: Some(prefixes(listing.prefixes, encoding)),
        encoding_type: encoding.told(),
        ..ListObjectsV2Output::default()
    }))
}

pub(super) async fn v1(
    backend: &Backend,
    request: S3Request<ListObjectsInput>,
) -> S3Result<S3Response<ListObjectsOutput>> {
    let S3Request { input, extensions, .. } = &request;
    let encoding = Encoding::read(input.encoding_type.as_ref())?;
    let max = page(input.max_keys)?;
    encoding.check([&input.prefix, &input.delimiter, &input.marker])?;
    let list = List {
        bucket: &input.bucket,
        prefix: input.prefix.as_deref().unwrap_or_default(),
        delimiter: input.delimiter.as_deref().unwrap_or_default(),
        after: input.marker.as_deref().filter(|marker| !marker.is_empty()),
        token: None,
        max: usize::try_from(max).unwrap_or_default(),
    };
    let listing = run(backend, list, extensions).await?;
    let last_key = listing.objects.last().map(|entry| entry.key.as_str());
    let last = last_key.max(listing.prefixes.last().map(String::as_str));
    let next_marker = last.filter(|_| listing.next.is_some()).map(|last| encoding.apply(last));
    Ok(S3Response::new(ListObjectsOutput {
        name: Some(input.bucket.clone()),
        prefix: Some(encoding.apply(list.prefix)),
        delimiter: input.delimiter.as_deref().map(|delimiter| encoding.apply(delimiter)),
        marker: Some(encoding.apply(input.marker.as_deref().unwrap_or_default())),
        max_keys: Some(max),
        is_truncated: Some(listing.next.is_some()),
        next_marker,
        contents: Some(listing.objects.into_iter().map(|entry| object(entry, encoding)).collect()),
        common_prefixes: Some(prefixes(listing.prefixes, encoding)),
        encoding_type: encoding.told(),
        ..ListObjectsOutput::default()
    }))
}

async fn run(backend: &Backend, list: List<'_>, extensions: &http::Extensions) -> S3Result<Listing> {
    let fail = |error: Error| errors::from_engine(&error, extensions);
    if list.max == 0 {
        // Nothing is a whole page then, and none follows it.
        backend.store.bucket(list.bucket).await.map_err(fail)?;
        return Ok(Listing::default());
    }
    backend.store.list(list).await.map_err(fail)
}

/// How keys are written in the answer: XML can't carry all that a key may have.
#[derive(Clone, Copy)]
pub(super) enum Encoding {
    Plain,
    Url,
}

impl Encoding {
    pub(super) fn read(asked: Option<&EncodingType>) -> S3Result<Self> {
        match asked.map(EncodingType::as_str) {
            None => Ok(Self::Plain),
            Some(EncodingType::URL) => Ok(Self::Url),
            Some(_) => Err(S3Error::with_message(S3ErrorCode::InvalidArgument, "the only encoding type is `url`")),
        }
    }

    /// Refuses what the answer would tell again and can't: XML has no control characters.
    pub(super) fn check<const N: usize>(self, asked: [&Option<String>; N]) -> S3Result<()> {
        if matches!(self, Self::Url) || !asked.into_iter().flatten().any(|text| has_control(text)) {
            return Ok(());
        }
        let message = "a parameter has a control character, which XML cannot carry: ask for `encoding-type=url`";
        Err(S3Error::with_message(S3ErrorCode::InvalidArgument, message))
    }

    pub(super) fn apply(self, text: &str) -> String {
        match self {
            Self::Plain => text.to_owned(),
            Self::Url => encode(text),
        }
    }

    pub(super) fn told(self) -> Option<EncodingType> {
        matches!(self, Self::Url).then(|| EncodingType::from_static(EncodingType::URL))
    }
}

/// How many a page may have.
pub(super) fn page(asked: Option<i32>) -> S3Result<i32> {
    match asked.unwrap_or(PAGE) {
        asked @ 0.. => Ok(asked.min(PAGE)),
        _ => Err(S3Error::with_message(S3ErrorCode::InvalidArgument, "the size of a page must not be negative")),
    }
}

fn object(entry: Entry, encoding: Encoding) -> Object {
    let algorithms = entry.checksums.values.iter().map(|(algorithm, _)| checksums::name(*algorithm)).collect();
    Object {
        key: Some(encoding.apply(&entry.key)),
        e_tag: Some(ETag::Strong(entry.etag)),
        last_modified: Some(time(entry.modified)),
        size: i64::try_from(entry.size).ok(),
        storage_class: Some(ObjectStorageClass::from_static(ObjectStorageClass::STANDARD)),
        checksum_type: (!entry.checksums.is_empty()).then(|| checksums::kind(entry.checksums.kind)),
        checksum_algorithm: Some(algorithms),
        ..Object::default()
    }
}

fn prefixes(prefixes: Vec<String>, encoding: Encoding) -> Vec<CommonPrefix> {
    prefixes.into_iter().map(|prefix| CommonPrefix { prefix: Some(encoding.apply(&prefix)) }).collect()
}
