//! Bodies that aren't what was said of them: nothing that was there is touched.

mod s3_support;

use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

use s3_support::{Answer, Ask, Server, Sign, hash, stamp};

const TEXT: &[u8] = b"Hello world";
const TEXT_CRC32: &str = "i9aeUg==";

async fn put(server: &Server, pairs: &[(&str, &str)]) -> Answer {
    let ask = pairs.iter().fold(Ask::new("PUT", "/private/key"), |ask, (name, value)| ask.header(name, value));
    ask.body(TEXT).sign(server).send(server).await
}

#[tokio::test]
async fn digests_are_verified_before_anything_is_replaced() {
    let server = Server::start().await;
    server.put("/private/key", b"before").await;
    for (pairs, code) in [
        (&[("content-md5", "1B2M2Y8AsgTpgAmY7PhCfg==")][..], "BadDigest"),
        (&[("content-md5", "nonsense")], "InvalidDigest"),
        (&[("x-amz-checksum-crc32", "AAAAAA==")], "BadDigest"),
        (&[("x-amz-checksum-crc32c", "AAAAAA==")], "BadDigest"),
        (&[("x-amz-checksum-crc64nvme", "AAAAAAAAAAA=")], "BadDigest"),
        (&[("x-amz-checksum-sha1", "AAAAAAAAAAAAAAAAAAAAAAAAAAA=")], "BadDigest"),
        (&[("x-amz-checksum-sha256", "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=")], "BadDigest"),
        (&[("x-amz-checksum-crc32", "nonsense")], "InvalidRequest"),
        (&[("x-amz-checksum-crc32", "é")], "InvalidArgument"),
        (&[("x-amz-checksum-sha512", "AAAA")], "InvalidRequest"),
        (&[("x-amz-checksum-md5", "1B2M2Y8AsgTpgAmY7PhCfg==")], "InvalidRequest"),
        (&[("x-amz-checksum-xxhash64", "AAAAAAAAAAA=")], "InvalidRequest"),
        (&[("X-Amz-Checksum-Of-Tomorrow", "AAAA")], "InvalidRequest"),
        (&[("x-amz-checksum-crc32", TEXT_CRC32), ("x-amz-checksum-sha512", "AAAA")], "InvalidRequest"),
        (&[("x-amz-checksum-crc32", TEXT_CRC32), ("x-amz-checksum-crc32c", "AAAAAA==")], "InvalidRequest"),
        (&[("x-amz-sdk-checksum-algorithm", "CRC32")], "InvalidRequest"),
        (&[("x-amz-sdk-checksum-algorithm", "MD4")], "InvalidRequest"),
    ] {
        put(&server, pairs).await.refused(400, code);
    }
    let other = Sign { hash: Some(hash(b"other")), ..Sign::new(&server) };
    let ask = other.apply(Ask::new("PUT", "/private/key").to(&server).body(TEXT));
    ask.send(&server).await.refused(400, "XAmzContentSHA256Mismatch");
    let unsized_body = Ask::new("PUT", "/private/key").presign(&server).header("transfer-encoding", "chunked");
    unsized_body.body(b"0\r\n\r\n").send(&server).await.refused(411, "MissingContentLength");
    assert_eq!(server.get("/private/key").await.body, b"before");
    let good = [("content-md5", "PiWWCnnbxptnTNTsZ6csYg=="), ("x-amz-checksum-crc32", TEXT_CRC32)];
    let answer = put(&server, &good).await;
    assert_eq!((answer.status, answer.header("x-amz-checksum-crc32")), (200, Some(TEXT_CRC32)), "{}", answer.text());
}

/// Sends `content` as `aws-chunked`. `frame` makes the body, given the signature of the request.
async fn chunked(
    server: &Server,
    kind: &str,
    trailer: Option<&str>,
    size: usize,
    frame: impl Fn(&Sign, &str) -> Vec<u8>,
) -> Answer {
    let sign = Sign { hash: Some(kind.to_owned()), ..Sign::new(server) };
    let mut ask = Ask::new("PUT", "/private/key").to(server).header("content-encoding", "aws-chunked");
    ask = ask.header("x-amz-decoded-content-length", &size.to_string());
    if let Some(name) = trailer {
        ask = ask.header("x-amz-trailer", name);
    }
    let (ask, signature) = sign.apply_and_tell(ask);
    ask.body(&frame(&sign, &signature)).send(server).await
}

#[tokio::test]
async fn unsigned_chunks_with_a_trailer() {
    let server = Server::start().await;
    server.put("/private/key", b"before").await;
    let send = async |trailer: Option<&str>, size: usize, body: &str| {
        chunked(&server, "STREAMING-UNSIGNED-PAYLOAD-TRAILER", trailer, size, |_, _| body.as_bytes().to_vec()).await
    };
    let crc = Some("x-amz-checksum-crc32");
    for (trailer, size, body, code) in [
        (crc, 11, "b\r\nHello world\r\n0\r\nx-amz-checksum-crc32:AAAAAA==\r\n\r\n", "BadDigest"),
        (crc, 11, "b\r\nHello world\r\n0\r\n\r\n", "MalformedTrailerError"),
        (crc, 11, "b\r\nHello world\r\n0\r\nx-amz-checksum-crc32c:AAAAAA==\r\n\r\n", "MalformedTrailerError"),
        (
            Some("x-amz-checksum-sha512"),
            11,
            "b\r\nHello world\r\n0\r\nx-amz-checksum-sha512:AA==\r\n\r\n",
            "InvalidRequest",
        ),
        (
            crc,
            11,
            "b\r\nHello world\r\n0\r\nx-amz-checksum-crc32:i9aeUg==\r\nx-amz-checksum-sha512:AA==\r\n\r\n",
            "MalformedTrailerError",
        ),
        (crc, 11, "b\r\nHello world\r\n", "IncompleteBody"),
        (crc, 12, "b\r\nHello world\r\n0\r\nx-amz-checksum-crc32:i9aeUg==\r\n\r\n", "IncompleteBody"),
        (crc, 10, "b\r\nHello world\r\n0\r\nx-amz-checksum-crc32:i9aeUg==\r\n\r\n", "IncompleteBody"),
        (crc, 11, "c\r\nHello world\r\n0\r\n\r\n", "IncompleteBody"),
        (crc, 11, "a\r\nHello world\r\n0\r\n\r\n", "InvalidRequest"),
        (crc, 11, "zz\r\nHello world\r\n0\r\n\r\n", "InvalidRequest"),
        (Some("x-amz-meta-a"), 11, "b\r\nHello world\r\n0\r\nx-amz-meta-a:1\r\n\r\n", "InvalidArgument"),
        (None, 11, "b\r\nHello world\r\n0\r\n\r\n", "InvalidRequest"),
    ] {
        let answer = send(trailer, size, body).await;
        assert_eq!(
            (answer.status, answer.element("Code").as_deref()),
            (400, Some(code)),
            "{body:?}: {}",
            answer.text()
        );
    }
    assert_eq!(server.get("/private/key").await.body, b"before");
    let good = "5\r\nHello\r\n6\r\n world\r\n0\r\nx-amz-checksum-crc32:i9aeUg==\r\n\r\n";
    let answer = send(crc, 11, good).await;
    assert_eq!((answer.status, answer.header("x-amz-checksum-crc32")), (200, Some(TEXT_CRC32)), "{}", answer.text());
    let got = server.get("/private/key").await;
    assert_eq!((got.body.as_slice(), got.header("content-encoding")), (TEXT, None));
}

/// The pieces of a body in HTTP's own chunks.
fn in_chunks(pieces: &[&str]) -> String {
    let chunks = pieces.iter().map(|piece| format!("{:x}\r\n{piece}\r\n", piece.len()));
    chunks.chain(["0\r\n\r\n".to_owned()]).collect()
}

#[tokio::test]
async fn a_framed_body_needs_no_length_around_the_frames() {
    let server = Server::start().await;
    let send = async |target: &str, size: Option<&str>, body: &str| {
        let sign = Sign { hash: Some("STREAMING-UNSIGNED-PAYLOAD-TRAILER".to_owned()), ..Sign::new(&server) };
        let mut ask = Ask::new("PUT", target).to(&server).header("content-encoding", "aws-chunked");
        ask = ask.header("x-amz-trailer", "x-amz-checksum-crc32").header("transfer-encoding", "chunked");
        if let Some(size) = size {
            ask = ask.header("x-amz-decoded-content-length", size);
        }
        sign.apply(ask).body(body.as_bytes()).send(&server).await
    };
    let body = in_chunks(&["5\r\nHel", "lo\r\n6\r\n world\r\n0\r\n", "x-amz-checksum-crc32:i9aeUg==\r\n\r\n"]);
    let answer = send("/private/key", Some("11"), &body).await;
    assert_eq!((answer.status, answer.header("x-amz-checksum-crc32")), (200, Some(TEXT_CRC32)), "{}", answer.text());
    let begun = Ask::new("POST", "/private/parts?uploads").sign(&server).send(&server).await;
    let target = format!("/private/parts?partNumber=1&uploadId={}", begun.element("UploadId").unwrap());
    assert_eq!(send(&target, Some("11"), &body).await.status, 200);
    for (size, code) in [(None, "MissingContentLength"), (Some("-1"), "InvalidRequest"), (Some("x"), "InvalidRequest")]
    {
        let answer = send("/private/key", size, &body).await;
        assert_eq!(answer.element("Code").as_deref(), Some(code), "{}", answer.text());
    }
    for size in ["10", "12"] {
        send("/private/key", Some(size), &body).await.refused(400, "IncompleteBody");
    }
    // Without frames it says nothing.
    let ask = Ask::new("PUT", "/private/key").to(&server).header("x-amz-decoded-content-length", "4");
    let sign = Sign { hash: Some("UNSIGNED-PAYLOAD".to_owned()), ..Sign::new(&server) };
    let plain = sign.apply(ask.header("transfer-encoding", "chunked")).body(in_chunks(&["text"]).as_bytes());
    plain.send(&server).await.refused(411, "MissingContentLength");
    assert_eq!(server.get("/private/key").await.body, TEXT);
}

#[tokio::test]
async fn a_body_that_stops_coming_ends() {
    let options = infrai_store::s3::Options { longest_pause: Duration::from_millis(300), ..Default::default() };
    let server = Server::start_with(options, None).await;
    server.put("/private/key", b"before").await;
    let part: Vec<u8> = vec![b'x'; 600 << 10];
    let delete = Ask::new("POST", "/private?delete").header("content-length", "700000");
    for (ask, body) in [
        (Ask::new("PUT", "/private/key").header("content-length", "700000"), &part[..]),
        (Ask::new("PUT", "/private/key").header("content-length", "700000"), b""),
        (delete, b"<Delete>"),
    ] {
        let sign = Sign { hash: Some("UNSIGNED-PAYLOAD".to_owned()), ..Sign::new(&server) };
        sign.apply(ask.to(&server)).body(body).send(&server).await.refused(400, "RequestTimeout");
    }
    assert_eq!(server.get("/private/key").await.body, b"before");
    // Slow is fine.
    let options = infrai_store::s3::Options { longest_pause: Duration::from_secs(2), ..Default::default() };
    let server = Server::start_with(options, None).await;
    let ask = Ask::new("PUT", "/private/key").header("content-length", "5").to(&server);
    let sign = Sign { hash: Some("UNSIGNED-PAYLOAD".to_owned()), ..Sign::new(&server) };
    let head = sign.apply(ask).head(&server);
    let mut stream = tokio::net::TcpStream::connect(&server.address).await.unwrap();
    for piece in [head.as_bytes(), b"a", b"f", b"t", b"e", b"r"] {
        stream.write_all(piece).await.unwrap();
        tokio::time::sleep(Duration::from_millis(500)).await;
    }
    let mut came = Vec::new();
    stream.read_to_end(&mut came).await.unwrap();
    assert_eq!(Answer::read(&came).status, 200);
    assert_eq!(server.get("/private/key").await.body, b"after");
}

/// A body in signed chunks of these pieces, the last of which is empty.
fn signed_chunks(sign: &Sign, seed: &str, pieces: &[&[u8]], trailer: Option<&str>) -> Vec<u8> {
    let day = &stamp(sign.time)[..8];
    let scope = format!("{}\n{day}/{}/s3/aws4_request", stamp(sign.time), sign.region);
    let mut last = seed.to_owned();
    let mut body = Vec::new();
    for piece in pieces {
        let text = format!("AWS4-HMAC-SHA256-PAYLOAD\n{scope}\n{last}\n{}\n{}", hash(b""), hash(piece));
        last = sign.signature(&text);
        body.extend(format!("{:x};chunk-signature={last}\r\n", piece.len()).bytes());
        body.extend_from_slice(piece);
        if !piece.is_empty() {
            body.extend_from_slice(b"\r\n");
        }
    }
    if let Some(line) = trailer {
        let text = format!("AWS4-HMAC-SHA256-TRAILER\n{scope}\n{last}\n{}", hash(format!("{line}\n").as_bytes()));
        body.extend(format!("{line}\r\nx-amz-trailer-signature:{}\r\n", sign.signature(&text)).bytes());
    }
    body.extend_from_slice(b"\r\n");
    body
}

#[tokio::test]
async fn signed_chunks_with_and_without_a_trailer() {
    let server = Server::start().await;
    server.put("/private/key", b"before").await;
    let plain = "STREAMING-AWS4-HMAC-SHA256-PAYLOAD";
    let trailing = "STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER";
    let crc = Some("x-amz-checksum-crc32");
    let pieces: [&[u8]; 3] = [b"Hello", b" world", b""];
    let swapped: [&[u8]; 3] = [b"Hello", b" World", b""];
    let forged = |sign: &Sign, seed: &str| {
        let good = signed_chunks(sign, seed, &pieces, None);
        let bad = signed_chunks(sign, seed, &swapped, None);
        // The data of one with the signatures of the other.
        bad.iter().zip(&good).map(|(bad, good)| if *bad == b'W' { *bad } else { *good }).collect()
    };
    chunked(&server, plain, None, 11, forged).await.refused(403, "SignatureDoesNotMatch");
    let cut = |sign: &Sign, seed: &str| signed_chunks(sign, seed, &pieces[..2], None);
    chunked(&server, plain, None, 11, cut).await.refused(400, "InvalidRequest");
    let other = |sign: &Sign, seed: &str| {
        let body = signed_chunks(sign, seed, &pieces, Some("x-amz-checksum-crc32:i9aeUg=="));
        String::from_utf8(body).unwrap().replace("i9aeUg==", "AAAAAA==").into_bytes()
    };
    chunked(&server, trailing, crc, 11, other).await.refused(403, "SignatureDoesNotMatch");
    let wrong = |sign: &Sign, seed: &str| signed_chunks(sign, seed, &pieces, Some("x-amz-checksum-crc32:AAAAAA=="));
    chunked(&server, trailing, crc, 11, wrong).await.refused(400, "BadDigest");
    let none = |sign: &Sign, seed: &str| signed_chunks(sign, seed, &pieces, None);
    chunked(&server, trailing, crc, 11, none).await.refused(400, "MalformedTrailerError");
    assert_eq!(server.get("/private/key").await.body, b"before");
    let answer = chunked(&server, plain, None, 11, none).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    let right = |sign: &Sign, seed: &str| signed_chunks(sign, seed, &pieces, Some("x-amz-checksum-crc32:i9aeUg=="));
    let answer = chunked(&server, trailing, crc, 11, right).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    assert_eq!(server.get("/private/key").await.body, TEXT);
}

#[tokio::test]
async fn bodies_of_xml_are_verified_too() {
    let server = Server::start().await;
    server.put("/private/key", b"text").await;
    let xml = b"<Delete><Object><Key>key</Key></Object></Delete>";
    let delete = |pairs: &[(&str, &str)]| {
        let ask = pairs.iter().fold(Ask::new("POST", "/private?delete"), |ask, (name, value)| ask.header(name, value));
        ask.to(&server).body(xml)
    };
    for (pairs, code) in [
        (("content-md5", "1B2M2Y8AsgTpgAmY7PhCfg=="), "BadDigest"),
        (("content-md5", "nonsense"), "InvalidDigest"),
        (("x-amz-checksum-crc32", "AAAAAA=="), "BadDigest"),
        (("x-amz-checksum-sha512", "AAAA"), "InvalidRequest"),
    ] {
        Sign::new(&server).apply(delete(&[pairs])).send(&server).await.refused(400, code);
    }
    let other = Sign { hash: Some(hash(b"other")), ..Sign::new(&server) };
    other.apply(delete(&[])).send(&server).await.refused(400, "XAmzContentSHA256Mismatch");
    assert_eq!(server.get("/private/key").await.status, 200);
    let large = Ask::new("POST", "/private?delete").body(&vec![b' '; 9 << 20]).sign(&server).send(&server).await;
    large.refused(400, "MaxMessageLengthExceeded");
    let answer = Sign::new(&server).apply(delete(&[])).send(&server).await;
    assert_eq!(answer.elements("Key"), ["key"], "{}", answer.text());
    server.get("/private/key").await.refused(404, "NoSuchKey");
}

#[tokio::test]
async fn a_large_object_comes_back_as_it_was() {
    let server = Server::start().await;
    let large: Vec<u8> = (0..5_000_000_u32).map(|at| (at % 251).to_le_bytes()[0]).collect();
    server.put("/private/key", &large).await;
    assert_eq!(server.get("/private/key").await.body, large);
    let range = Ask::new("GET", "/private/key").header("range", "bytes=1000000-3999999").sign(&server);
    assert_eq!(range.send(&server).await.body, &large[1_000_000..4_000_000]);
}
