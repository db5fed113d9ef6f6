//! What parts, completions and copies say of checksums and ranges.

mod s3_support;

use s3_support::{Answer, Ask, Server};

const TEXT: &[u8] = b"Hello world";
const TEXT_CRC32: &str = "i9aeUg==";

async fn begin(server: &Server, pairs: &[(&str, &str)]) -> String {
    let ask = Ask::new("POST", "/private/key?uploads");
    let ask = pairs.iter().fold(ask, |ask, (name, value)| ask.header(name, value));
    let answer = ask.sign(server).send(server).await;
    answer.element("UploadId").unwrap_or_else(|| panic!("{}", answer.text()))
}

async fn part(server: &Server, upload: &str, pairs: &[(&str, &str)]) -> Answer {
    let ask = Ask::new("PUT", &format!("/private/key?partNumber=1&uploadId={upload}")).body(TEXT);
    pairs.iter().fold(ask, |ask, (name, value)| ask.header(name, value)).sign(server).send(server).await
}

#[tokio::test]
async fn a_part_has_the_checksum_that_its_upload_was_begun_with() {
    let server = Server::start().await;
    let upload = begin(&server, &[("x-amz-checksum-algorithm", "CRC32"), ("x-amz-checksum-type", "FULL_OBJECT")]).await;
    let other = part(&server, &upload, &[("x-amz-checksum-sha1", "e1AsOh9IyGCa4hLN+2Od7jlnP14=")]).await;
    other.refused(400, "InvalidRequest");
    assert!(other.text().contains("CRC32"), "{}", other.text());
    let unknown = part(&server, &upload, &[("x-amz-checksum-sha512", "AAAA")]).await;
    unknown.refused(400, "InvalidRequest");
    for pairs in [&[][..], &[("x-amz-checksum-crc32", TEXT_CRC32)]] {
        let answer = part(&server, &upload, pairs).await;
        assert_eq!((answer.status, answer.header("x-amz-checksum-crc32")), (200, Some(TEXT_CRC32)), "{answer:?}");
    }
    let none = Ask::new("GET", &format!("/private/key?uploadId={upload}&max-parts=0")).sign(&server);
    let none = none.send(&server).await;
    let told = ["MaxParts", "IsTruncated", "PartNumber"].map(|name| none.element(name));
    assert_eq!(told, [Some("0".to_owned()), Some("false".to_owned()), None], "{}", none.text());
    let etag = part(&server, &upload, &[]).await.header("etag").unwrap().to_owned();
    let complete = async |kind: &str| {
        let xml = format!(
            "<CompleteMultipartUpload><Part><PartNumber>1</PartNumber><ETag>{etag}</ETag></Part></CompleteMultipartUpload>"
        );
        let ask = Ask::new("POST", &format!("/private/key?uploadId={upload}")).header("x-amz-checksum-type", kind);
        ask.body(xml.as_bytes()).sign(&server).send(&server).await
    };
    complete("COMPOSITE").await.refused(400, "InvalidRequest");
    assert_eq!(complete("FULL_OBJECT").await.status, 200);
    // Without one to begin with, any is fine.
    let upload = begin(&server, &[]).await;
    assert_eq!(part(&server, &upload, &[("x-amz-checksum-crc32", TEXT_CRC32)]).await.status, 200);
}

#[tokio::test]
async fn the_range_of_a_copied_part_lies_within_its_source() {
    let server = Server::start().await;
    server.put("/private/source", b"0123456789").await;
    let upload = begin(&server, &[]).await;
    for (range, status, code) in [
        ("bytes=2-", 400, "InvalidArgument"),
        ("bytes=-2", 400, "InvalidArgument"),
        ("bytes=4-2", 400, "InvalidArgument"),
        ("bytes=0-1,3-4", 400, "InvalidArgument"),
        ("0-1", 400, "InvalidArgument"),
        ("bytes=8-10", 416, "InvalidRange"),
        ("bytes=10-11", 416, "InvalidRange"),
        ("bytes=0-99999999999999999999", 416, "InvalidRange"),
    ] {
        let ask = Ask::new("PUT", &format!("/private/key?partNumber=1&uploadId={upload}"));
        let ask = ask.header("x-amz-copy-source", "private/source").header("x-amz-copy-source-range", range);
        let answer = ask.sign(&server).send(&server).await;
        assert_eq!((answer.status, answer.element("Code").as_deref()), (status, Some(code)), "{range}");
    }
}

#[tokio::test]
async fn a_copy_gets_the_checksum_that_it_is_to_have() {
    let server = Server::start().await;
    server.put("/private/source", TEXT).await;
    let copy = async |algorithm: &str| {
        let ask = Ask::new("PUT", "/private/copy").header("x-amz-copy-source", "/private/source");
        ask.header("x-amz-checksum-algorithm", algorithm).sign(&server).send(&server).await
    };
    copy("SHA512").await.refused(400, "InvalidRequest");
    let answer = copy("CRC32").await;
    assert_eq!(answer.element("ChecksumCRC32").as_deref(), Some(TEXT_CRC32), "{}", answer.text());
    let got = Ask::new("GET", "/private/copy").header("x-amz-checksum-mode", "ENABLED").sign(&server);
    let got = got.send(&server).await;
    assert_eq!((got.header("x-amz-checksum-crc32"), got.body.as_slice()), (Some(TEXT_CRC32), TEXT));
    let kept = copy("CRC64NVME").await;
    assert!(kept.element("ChecksumCRC64NVME").is_some(), "{}", kept.text());
}

#[tokio::test]
async fn a_part_that_comes_again_needs_its_room_once() {
    // For the source and one part.
    let limit = 2 * (TEXT.len() as u64 + 4096);
    let server = Server::start_with(infrai_store::s3::Options::default(), Some(limit)).await;
    server.put("/private/source", TEXT).await;
    let upload = begin(&server, &[]).await;
    let put = async |number: u32, body: &[u8]| {
        let target = format!("/private/key?partNumber={number}&uploadId={upload}");
        Ask::new("PUT", &target).body(body).sign(&server).send(&server).await
    };
    let copy = async |number: u32| {
        let ask = Ask::new("PUT", &format!("/private/key?partNumber={number}&uploadId={upload}"));
        ask.header("x-amz-copy-source", "private/source").sign(&server).send(&server).await
    };
    for _ in 0..2 {
        let (put, copied) = (put(1, TEXT).await, copy(1).await);
        assert_eq!((put.status, copied.status), (200, 200), "{}{}", put.text(), copied.text());
    }
    put(1, b"Hello world!").await.refused(403, "QuotaExceeded");
    put(2, b"").await.refused(403, "QuotaExceeded");
    copy(2).await.refused(403, "QuotaExceeded");
}

#[tokio::test]
async fn an_object_has_the_size_that_its_completion_says() {
    let server = Server::start().await;
    let upload = begin(&server, &[]).await;
    let etag = part(&server, &upload, &[]).await.header("etag").unwrap().to_owned();
    let complete = async |size: &str| {
        let xml = format!(
            "<CompleteMultipartUpload><Part><PartNumber>1</PartNumber><ETag>{etag}</ETag></Part></CompleteMultipartUpload>"
        );
        let ask = Ask::new("POST", &format!("/private/key?uploadId={upload}")).header("x-amz-mp-object-size", size);
        ask.body(xml.as_bytes()).sign(&server).send(&server).await
    };
    let other = complete("12").await;
    other.refused(400, "InvalidRequest");
    let message = "the parts have 11 bytes together, and `x-amz-mp-object-size` says 12";
    assert!(other.text().contains(message), "{}", other.text());
    complete("-1").await.refused(400, "InvalidArgument");
    assert_eq!(complete("11").await.status, 200);
}
