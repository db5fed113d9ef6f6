//! The two servers that fail a TLS handshake: one whose certificate nobody trusts, and one that hangs up in the middle.
//!
//! The certificate of `tests/conformance/tls` was made, for 100 years, by
//!
//! ```text
//! openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 36500 -keyout key.pem -out certificate.pem \
//!   -subj '/CN=conformance test, trusted by nobody' -addext 'subjectAltName=DNS:localhost,IP:127.0.0.1,IP:::1'
//! ```

use std::sync::Arc;

use rustls::ServerConfig;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;

const CERTIFICATE: &[u8] = include_bytes!("../../conformance/tls/certificate.pem");
const KEY: &[u8] = include_bytes!("../../conformance/tls/key.pem");

/// Lets everybody in who trusts the certificate, and says nothing to them.
pub(super) async fn untrusted(listener: TcpListener) {
    let acceptor = TlsAcceptor::from(Arc::new(config()));
    while let Ok((stream, _)) = listener.accept().await {
        let acceptor = acceptor.clone();
        tokio::spawn(async move {
            // A client that turns away is what this is for.
            if let Ok(mut stream) = acceptor.accept(stream).await {
                let _ = stream.read_to_end(&mut Vec::new()).await;
            }
        });
    }
}

/// Reads what a client says first, and closes the connection.
pub(super) async fn broken(listener: TcpListener) {
    while let Ok((stream, _)) = listener.accept().await {
        tokio::spawn(async move {
            let _ = hang_up(stream).await;
        });
    }
}

/// The greeting is read whole: what is closed with bytes unread is reset instead.
async fn hang_up(mut stream: TcpStream) -> std::io::Result<()> {
    let mut head = [0; 5];
    stream.read_exact(&mut head).await?;
    let mut record = vec![0; usize::from(u16::from_be_bytes([head[3], head[4]]))];
    stream.read_exact(&mut record).await?;
    stream.shutdown().await
}

fn config() -> ServerConfig {
    let certificates = CertificateDer::pem_slice_iter(CERTIFICATE).collect::<Result<_, _>>().expect("a certificate");
    let key = PrivateKeyDer::from_pem_slice(KEY).expect("a key");
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let builder = ServerConfig::builder_with_provider(provider).with_safe_default_protocol_versions();
    let builder = builder.expect("versions of TLS").with_no_client_auth();
    builder.with_single_cert(certificates, key).expect("the key is the certificate's")
}
