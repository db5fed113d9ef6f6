//! Deleting many objects at once, whose keys come in XML.

mod s3_support;

use std::time::Duration;

use s3_support::{Answer, Ask, Server, Sign};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

#[tokio::test]
async fn only_the_keys_that_are_named_are_deleted() {
    let server = Server::start().await;
    for key in ["cd", "cdata", "ata"] {
        server.put(&format!("/private/{key}"), b"text").await;
    }
    let delete = async |key: &str| {
        let xml = format!("<Delete><Object><Key>ata</Key></Object><Object><Key>{key}</Key></Object></Delete>");
        Ask::new("POST", "/private?delete").body(xml.as_bytes()).sign(&server).send(&server).await
    };
    for key in ["cd<![CDATA[ata]]>", "<![CDATA[cd]]>", "", "<!-- -->", "a&#1;"] {
        delete(key).await.refused(400, "MalformedXML");
    }
    // However it comes.
    let xml = b"<Delete><Object><Key>cd<![CDATA[ata]]></Key></Object></Delete>";
    let ask = Ask::new("POST", "/private?delete").body(xml).sign(&server);
    let mut stream = tokio::net::TcpStream::connect(&server.address).await.unwrap();
    stream.set_nodelay(true).unwrap();
    let (start, end) = xml.split_at(xml.windows(2).position(|two| two == b"![").unwrap() + 1);
    for piece in [ask.head(&server).as_bytes(), start, end] {
        stream.write_all(piece).await.unwrap();
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    let mut came = Vec::new();
    stream.read_to_end(&mut came).await.unwrap();
    Answer::read(&came).refused(400, "MalformedXML");
    let kind = "STREAMING-UNSIGNED-PAYLOAD-TRAILER";
    let framed = Sign { hash: Some(kind.to_owned()), ..Sign::new(&server) };
    let ask = Ask::new("POST", "/private?delete").header("x-amz-decoded-content-length", "70").to(&server);
    framed.apply(ask).send(&server).await.refused(501, "NotImplemented");
    for key in ["cd", "cdata", "ata"] {
        assert_eq!(server.get(&format!("/private/{key}")).await.status, 200, "{key}");
    }
    // What XML has beside the text cuts no key.
    let answer = delete("c<!-- x --><?y z?>d&amp;&#x61;").await;
    assert_eq!(answer.elements("Key"), ["ata", "cd&amp;a"], "{}", answer.text());
    assert_eq!(server.get("/private/cd").await.status, 200);
}
