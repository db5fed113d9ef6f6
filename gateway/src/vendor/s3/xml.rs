//! The few XML documents of S3 that the gateway reads and writes.

use quick_xml::Reader;
use quick_xml::escape::escape;
use quick_xml::events::Event;
use serde::Deserialize;
use serde::de::DeserializeOwned;

/// What S3 says when it says no.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(super) struct Error {
    pub(super) code: String,
    pub(super) message: String,
    /// The region that the bucket is in, where that was the mistake.
    pub(super) region: String,
}

/// A page of a bucket's objects.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Page {
    #[serde(default)]
    pub(super) contents: Vec<Object>,
}

/// An object in a page.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Object {
    pub(super) key: String,
}

/// A page of uploads in parts that nobody has ended.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Uploads {
    #[serde(default)]
    pub(super) upload: Vec<Upload>,
}

/// An upload in parts.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Upload {
    pub(super) key: String,
    pub(super) upload_id: String,
}

/// What came of deleting many objects; those that went well aren't named.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Deleted {
    #[serde(default)]
    pub(super) error: Vec<Error>,
}

/// Reads an error; `None` if it is none of S3's.
pub(super) fn error(body: &[u8]) -> Option<Error> {
    read::<Error>(body, "Error").ok().filter(|error| !error.code.is_empty())
}

pub(super) fn page(body: &[u8]) -> Result<Page, String> {
    read(body, "ListBucketResult")
}

pub(super) fn uploads(body: &[u8]) -> Result<Uploads, String> {
    read(body, "ListMultipartUploadsResult")
}

pub(super) fn deleted(body: &[u8]) -> Result<Deleted, String> {
    read(body, "DeleteResult")
}

/// Where a bucket shall be.
pub(super) fn location(region: &str) -> String {
    let region = escape(region);
    format!(
        "<CreateBucketConfiguration xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\">\
        <LocationConstraint>{region}</LocationConstraint></CreateBucketConfiguration>"
    )
}

/// Which objects shall go.
pub(super) fn delete<'a>(keys: impl IntoIterator<Item = &'a str>) -> String {
    let mut text = String::from("<Delete xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"><Quiet>true</Quiet>");
    for key in keys {
        // A parser would make a line feed of a bare carriage return.
        let key = escape(key).replace('\r', "&#13;").replace('\n', "&#10;").replace('\t', "&#9;");
        text.push_str(&format!("<Object><Key>{key}</Key></Object>"));
    }
    text.push_str("</Delete>");
    text
}

/// The names are checked: what is read off a document of another kind would be empty, not wrong.
fn read<T: DeserializeOwned>(body: &[u8], root: &str) -> Result<T, String> {
    let text = std::str::from_utf8(body).map_err(|_| format!("it answered with something that isn't `{root}`"))?;
    match first(text) {
        Some(name) if name == root => {
            quick_xml::de::from_str(text).map_err(|error| format!("its `{root}` can't be read: {error}"))
        }
        _ => Err(format!("it answered with something that isn't `{root}`")),
    }
}

/// The name of the outermost element.
fn first(text: &str) -> Option<String> {
    let mut reader = Reader::from_str(text);
    loop {
        match reader.read_event().ok()? {
            Event::Start(element) | Event::Empty(element) => {
                return Some(String::from_utf8_lossy(element.local_name().as_ref()).into_owned());
            }
            Event::Eof => return None,
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_is_read() {
        let text = "<?xml version=\"1.0\"?>\n<Error><Code>A</Code><Message>b &amp; c</Message><Extra>1</Extra></Error>";
        let read = error(text.as_bytes()).expect("an error");
        assert_eq!((read.code.as_str(), read.message.as_str(), read.region.as_str()), ("A", "b & c", ""));
        for other in ["", "nothing", "<html><Code>A</Code></html>", "<Error></Error>", "<Error><Code>A", "{}"] {
            assert!(error(other.as_bytes()).is_none(), "{other}");
        }
        assert!(error(&[0xff, 0xfe]).is_none());
    }

    #[test]
    fn keys_are_read_as_they_are() {
        let text = "<ListBucketResult xmlns=\"x\"><Name>b</Name><IsTruncated>false</IsTruncated>\
            <Contents><Key> a b </Key><Size>1</Size></Contents><CommonPrefixes/>\
            <Contents><Size>1</Size><Key>&lt;&amp;&gt;&quot;&apos;&#228;&#x20;%+ü</Key></Contents></ListBucketResult>";
        let keys: Vec<String> = page(text.as_bytes()).unwrap().contents.into_iter().map(|object| object.key).collect();
        assert_eq!(keys, [" a b ", "<&>\"'ä %+ü"]);
        assert!(page(b"<ListBucketResult/>").unwrap().contents.is_empty());
        page(b"<html></html>").unwrap_err();
        page(b"<ListBucketResult><Contents></Contents></ListBucketResult>").unwrap_err();
    }

    #[test]
    fn what_is_written_can_be_read_again() {
        let keys = ["a", " <b>&\"'", "c\r\n\t", "d]]>ü"];
        let text = delete(keys);
        let text = text.replace("<Object>", "<Contents>").replace("</Object>", "</Contents>");
        let text = text.replace("<Delete ", "<ListBucketResult ").replace("</Delete>", "</ListBucketResult>");
        let read: Vec<String> = page(text.as_bytes()).unwrap().contents.into_iter().map(|object| object.key).collect();
        assert_eq!(read, keys);
        assert!(location("eu-1").contains("<LocationConstraint>eu-1</LocationConstraint>"));
    }

    #[test]
    fn the_rest_is_read() {
        let text =
            "<DeleteResult><Error><Key>k</Key><Code>AccessDenied</Code><Message>no</Message></Error></DeleteResult>";
        assert_eq!(deleted(text.as_bytes()).unwrap().error.len(), 1);
        let text = "<ListMultipartUploadsResult><Bucket>b</Bucket><Upload><Key>k</Key><UploadId>u</UploadId></Upload>\
            </ListMultipartUploadsResult>";
        let upload = Upload { key: "k".to_owned(), upload_id: "u".to_owned() };
        assert_eq!(uploads(text.as_bytes()).unwrap().upload, [upload]);
    }
}
