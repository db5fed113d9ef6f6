//! SigV4 by the book, with every field open to be wrong. Keys and signatures are those of the `aws-sigv4` crate.

use std::time::SystemTime;

use aws_sigv4::sign::v4::{calculate_signature, generate_signing_key};
use sha2::{Digest, Sha256};

use super::{Ask, Server, stamp};

/// How a request is signed in its header.
#[derive(Clone, Debug)]
pub struct Sign {
    pub access_key: String,
    pub secret_key: String,
    pub time: SystemTime,
    /// What stands in the scope; by default `time`'s.
    pub day: Option<String>,
    pub region: String,
    pub service: String,
    pub algorithm: String,
    /// The payload hash; by default that of the body.
    pub hash: Option<String>,
    /// Headers that are left out of the signature.
    pub leave_out: Vec<&'static str>,
}

impl Sign {
    pub fn new(server: &Server) -> Self {
        Self {
            access_key: server.credentials.access_key.clone(),
            secret_key: server.credentials.secret_key.clone(),
            time: SystemTime::now(),
            day: None,
            region: "us-east-1".to_owned(),
            service: "s3".to_owned(),
            algorithm: "AWS4-HMAC-SHA256".to_owned(),
            hash: None,
            leave_out: Vec::new(),
        }
    }

    fn scope(&self) -> String {
        let day = self.day.clone().unwrap_or_else(|| stamp(self.time)[..8].to_owned());
        format!("{day}/{}/{}/aws4_request", self.region, self.service)
    }

    /// The signature of text, and of chunks, under this scope.
    pub fn signature(&self, text: &str) -> String {
        let key = generate_signing_key(&self.secret_key, self.time, &self.region, &self.service);
        calculate_signature(key, text.as_bytes())
    }

    fn sign(&self, ask: &Ask, hash: &str) -> (String, String) {
        let mut headers: Vec<(String, String)> =
            ask.headers.iter().map(|(name, value)| (name.to_ascii_lowercase(), value.trim().to_owned())).collect();
        headers.retain(|(name, _)| !self.leave_out.contains(&name.as_str()));
        headers.sort();
        let names: Vec<&str> = headers.iter().map(|(name, _)| name.as_str()).collect();
        let signed = names.join(";");
        let mut pairs: Vec<String> = ask.query.split('&').filter(|pair| !pair.is_empty()).map(canonical_pair).collect();
        pairs.sort();
        let lines: Vec<String> = headers.iter().map(|(name, value)| format!("{name}:{value}\n")).collect();
        let lines = lines.concat();
        let path = encode(decode(&ask.path), true);
        let request = format!("{}\n{path}\n{}\n{lines}\n{signed}\n{hash}", ask.method, pairs.join("&"));
        let hashed = self::hash(request.as_bytes());
        let text = format!("AWS4-HMAC-SHA256\n{}\n{}\n{hashed}", stamp(self.time), self.scope());
        (signed, self.signature(&text))
    }

    pub fn apply(&self, ask: Ask) -> Ask {
        self.apply_and_tell(ask).0
    }

    /// Signs it and tells the signature, which that of the first chunk builds on.
    pub fn apply_and_tell(&self, mut ask: Ask) -> (Ask, String) {
        let hash = self.hash.clone().unwrap_or_else(|| hash(&ask.body));
        ask = ask.header("x-amz-date", &stamp(self.time)).header("x-amz-content-sha256", &hash);
        let host = ask.headers.iter().any(|(name, _)| name.eq_ignore_ascii_case("host"));
        assert!(host, "name the host before signing");
        let (signed, signature) = self.sign(&ask, &hash);
        let credential = format!("{}/{}", self.access_key, self.scope());
        let value =
            format!("{} Credential={credential}, SignedHeaders={signed}, Signature={signature}", self.algorithm);
        (ask.header("authorization", &value), signature)
    }
}

/// How a request is signed in its query.
#[derive(Clone, Debug)]
pub struct Presign {
    pub sign: Sign,
    pub expires: String,
    /// Parameters that are left out.
    pub leave_out: Vec<&'static str>,
    /// The names of signed headers, if other than those that are sent.
    pub signed: Option<String>,
}

impl Presign {
    pub fn new(server: &Server) -> Self {
        Self { sign: Sign::new(server), expires: "900".to_owned(), leave_out: Vec::new(), signed: None }
    }

    pub fn apply(&self, mut ask: Ask) -> Ask {
        let mut names: Vec<String> = ask.headers.iter().map(|(name, _)| name.to_ascii_lowercase()).collect();
        names.retain(|name| !self.sign.leave_out.contains(&name.as_str()));
        names.sort();
        let signed = self.signed.clone().unwrap_or_else(|| names.join(";"));
        let credential = format!("{}/{}", self.sign.access_key, self.sign.scope());
        for (name, value) in [
            ("X-Amz-Algorithm", self.sign.algorithm.as_str()),
            ("X-Amz-Credential", &credential),
            ("X-Amz-Date", &stamp(self.sign.time)),
            ("X-Amz-Expires", &self.expires),
            ("X-Amz-SignedHeaders", &signed),
        ] {
            if !self.leave_out.contains(&name) {
                ask.query = join(&ask.query, &format!("{name}={}", encode(value, false)));
            }
        }
        let (_, signature) = self.sign.sign(&ask, "UNSIGNED-PAYLOAD");
        ask.query = join(&ask.query, &format!("X-Amz-Signature={signature}"));
        ask
    }
}

/// SHA-256 in hex.
pub fn hash(bytes: &[u8]) -> String {
    let digits: Vec<String> = Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect();
    digits.concat()
}

fn join(query: &str, pair: &str) -> String {
    if query.is_empty() { pair.to_owned() } else { format!("{query}&{pair}") }
}

fn canonical_pair(pair: &str) -> String {
    let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
    format!("{}={}", encode(decode(name), false), encode(decode(value), false))
}

/// Encodes as SigV4 wants it.
pub fn encode(text: impl AsRef<[u8]>, keep_slashes: bool) -> String {
    let mut out = String::new();
    for byte in text.as_ref() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' => out.push(char::from(*byte)),
            b'/' if keep_slashes => out.push('/'),
            _ => out.push_str(&format!("%{byte:02X}")),
        }
    }
    out
}

fn decode(text: &str) -> Vec<u8> {
    let mut out = Vec::new();
    let mut rest = text.as_bytes();
    while let [first, tail @ ..] = rest {
        let digits = tail.get(..2).filter(|_| *first == b'%').and_then(|digits| str::from_utf8(digits).ok());
        if let Some(byte) = digits.and_then(|digits| u8::from_str_radix(digits, 16).ok()) {
            out.push(byte);
            rest = &tail[2..];
        } else {
            out.push(*first);
            rest = tail;
        }
    }
    out
}
