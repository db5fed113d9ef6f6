//! Signatures (`SigV4`) of requests as they came, computed anew from the bytes of head and body: by none of the code under test.

use std::fmt::Write as _;

use sha2::{Digest as _, Sha256};

use crate::http::Recorded;

/// Whether the signature, be it in a header or in the query, is the one that this secret key makes. Looks at no clock.
///
/// # Errors
/// What is missing, or both signatures.
pub fn check(request: &Recorded, secret: &str) -> Result<(), String> {
    let mut words = request.line.split(' ');
    let (method, target) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    let header = |name: &str| request.header(name).map(str::to_owned).ok_or_else(|| format!("`{name}` is missing"));
    let mut query: Vec<&str> = query.split('&').filter(|part| !part.is_empty()).collect();
    query.sort_unstable();
    let in_query = |name: &str| {
        let value = query.iter().find_map(|part| part.strip_prefix(name)?.strip_prefix('='));
        value.map(|value| value.replace("%2F", "/").replace("%3B", ";")).ok_or_else(|| format!("no {name}"))
    };
    let (credential, signed, signature, date, hash);
    if let Some(authorization) = request.header("authorization") {
        let part = |name: &str| {
            let (_, rest) = authorization.split_once(&format!("{name}=")).ok_or_else(|| format!("no {name}"))?;
            Ok::<_, String>(rest.split(',').next().unwrap_or_default().to_owned())
        };
        (credential, signed, signature) = (part("Credential")?, part("SignedHeaders")?, part("Signature")?);
        (date, hash) = (header("x-amz-date")?, header("x-amz-content-sha256")?);
        if hash != hex(&Sha256::digest(&request.body)) {
            return Err("the body has another hash".to_owned());
        }
    } else {
        credential = in_query("X-Amz-Credential")?;
        (signed, signature) = (in_query("X-Amz-SignedHeaders")?, in_query("X-Amz-Signature")?);
        (date, hash) = (in_query("X-Amz-Date")?, "UNSIGNED-PAYLOAD".to_owned());
    }
    query.retain(|part| !part.starts_with("X-Amz-Signature="));
    let mut headers = String::new();
    for name in signed.split(';') {
        let _ = writeln!(headers, "{name}:{}", header(name)?.trim());
    }
    let canonical = format!("{method}\n{path}\n{}\n{headers}\n{signed}\n{hash}", query.join("&"));
    let (_, scope) = credential.split_once('/').ok_or("no scope")?;
    let text = format!("AWS4-HMAC-SHA256\n{date}\n{scope}\n{}", hex(&Sha256::digest(canonical.as_bytes())));
    let first = format!("AWS4{secret}").into_bytes();
    let key = scope.split('/').fold(first, |key, part| hmac(&key, part.as_bytes()).to_vec());
    let expected = hex(&hmac(&key, text.as_bytes()));
    if signature == expected { Ok(()) } else { Err(format!("it is signed {signature}, not {expected}")) }
}

fn hmac(key: &[u8], text: &[u8]) -> [u8; 32] {
    let mut block = [0; 64];
    let hashed = Sha256::digest(key);
    let key = if key.len() > block.len() { &hashed[..] } else { key };
    block[..key.len()].copy_from_slice(key);
    let inner = Sha256::new().chain_update(block.map(|byte| byte ^ 0x36)).chain_update(text).finalize();
    Sha256::new().chain_update(block.map(|byte| byte ^ 0x5c)).chain_update(inner).finalize().into()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}
