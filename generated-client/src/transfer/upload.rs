//! Uploads: a signed URL, then the bytes to the store.

use std::fmt;
use std::future::IntoFuture;
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use http::header::{self, HeaderMap, HeaderValue};
use http::{Method, StatusCode};
use tracing::Span;

use super::feed::Fault;
use super::outbox::Outbox;
use super::progress::{Progress, Watcher};
use super::session::{self, Begun, Session, Settings, setters};
use super::source::{Opened, Source};
use super::store;
use crate::client::Client;
use crate::error::{Details, Error, ErrorKind};
use crate::internal::Operation;
use crate::types::PresignMethod;

const OPERATION: Operation<'static> = session::operation("storage.object.upload", "PUT");

/// An upload, made by [`upload`](crate::api::StorageObjectApi::upload).
///
/// Nothing is sent before [`send`](Upload::send) or `.await`.
#[must_use = "an upload does nothing until it is sent or awaited"]
pub struct Upload<'a, C = Client> {
    pub(super) client: &'a C,
    pub(super) settings: Settings,
    pub(super) source: Source,
}

/// An upload that succeeded.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Uploaded {
    /// How many bytes the object has.
    pub bytes: u64,
    /// The object's ETag, as the store sent it, quotes included; none if it sent none.
    pub etag: Option<String>,
    /// How often it was tried.
    pub attempts: u32,
}

impl<C> Upload<'_, C> {
    setters!();
}

impl Upload<'_> {
    /// Uploads. The store has the whole object when this returns it, and what it had before when this is an error; but where a
    /// connection breaks after the last byte, it may have the new one all the same.
    ///
    /// Dropping the future ends the upload, and makes no object, unless all its bytes were on their way.
    ///
    /// # Errors
    /// Those of the presigning, by the name `storage.object.presign`; and by the name `storage.object.upload`:
    /// [`InvalidRequest`](ErrorKind::InvalidRequest) if the source can't be read, or has another length than it was said to have,
    /// [`Status`](ErrorKind::Status) with the store's own code, [`Connection`](ErrorKind::Connection),
    /// [`Timeout`](ErrorKind::Timeout), and [`Decode`](ErrorKind::Decode) if the store tells another checksum than that of what
    /// was sent.
    pub async fn send(self) -> Result<Uploaded, Error> {
        let Self { client, settings, source } = self;
        // Boxed, since it is large and callers move it about.
        let sent = session::run(client, OPERATION, async |span| send(client, &settings, source, &span).await);
        Box::pin(sent).await.map(|(_, uploaded)| uploaded)
    }
}

async fn send(client: &Client, settings: &Settings, source: Source, span: &Span) -> Result<(u32, Uploaded), Error> {
    let mut session = Session::new(client, settings, OPERATION, PresignMethod::Put)?;
    let mut source = source.open().await.map_err(|(why, fault)| invalid(&session, why.to_string(), fault))?;
    loop {
        session.sign(span).await?;
        let begun = session.begin();
        match attempt(&session, &begun, &mut source, settings).await {
            Ok((status, etag, bytes)) => {
                let attempts = session.succeeded(span, status);
                return Ok((attempts, Uploaded { bytes, etag, attempts }));
            }
            Err(error) if source.is_left() => session.again(error, 0).await?,
            Err(error) => return Err(error),
        }
    }
}

/// Makes one attempt. Returns the answer's status, the object's ETag and length.
async fn attempt(
    session: &Session<'_>,
    begun: &Begun,
    source: &mut Opened,
    settings: &Settings,
) -> Result<(StatusCode, Option<String>, u64), Error> {
    let length = source.length;
    let unreadable = |fault: Fault| {
        let message = fault.message(length);
        let fault = if let Fault::Unreadable(fault) = fault { Some(fault) } else { None };
        invalid(session, message, fault)
    };
    let feed = source.feed().map_err(Fault::Unreadable).map_err(unreadable)?;
    let feed = feed.ok_or_else(|| invalid(session, "the source can't be read again".to_owned(), None))?;
    let outbox = Outbox::new(feed, length, settings.watcher.clone());
    // Also where the future is dropped: whoever still sends has nothing more to send.
    let _closed = Closed(&outbox);
    let (signed, store) = session.store()?;
    if length == 0 {
        let Ok(checked) = tokio::time::timeout(settings.stall, outbox.check_empty()).await else {
            let error = session.error(store.stalled());
            session.came(begun, None, Some(&error));
            return Err(error);
        };
        checked.map_err(unreadable)?;
        source.found_empty();
    }

    let mut headers = session.headers();
    // Also for an empty body, for which the HTTP client would send none.
    headers.insert(header::CONTENT_LENGTH, HeaderValue::from(length));
    let request = store::request(Method::PUT, signed, headers);
    session.sends(begun, &request);
    let request = if length == 0 { request } else { store::with_body(request, outbox.body()) };
    let sent = store.send(request, outbox.stalled(settings.stall)).await;
    let (unread, fault) = if sent.is_err() { outbox.close() } else { (None, None) };
    if unread.is_some() {
        source.put_back(unread);
    }
    if let Some(fault) = fault {
        session.came(begun, None, None);
        return Err(unreadable(fault));
    }
    let answer = match sent {
        Ok(answer) => answer,
        Err(details) => {
            let error = session.error(details);
            session.came(begun, None, Some(&error));
            return Err(error);
        }
    };
    let (status, headers) = (answer.status(), answer.headers().clone());
    let result = if status.is_success() {
        // The connection is free for others once all was read.
        store.rest(answer).await;
        check(session, &outbox, status, &headers)
    } else {
        Err(session.error(store.refused(answer, session.wall_clock()).await))
    };
    session.came(begun, Some((status.as_u16(), &headers)), result.as_ref().err());
    result?;
    if length == 0 {
        settings.watcher.tell(0, Some(0));
    }
    Ok((status, store::text(&headers, header::ETAG).map(str::to_owned), length))
}

/// Makes sure that what the store has is what was sent, and that this was all.
fn check(session: &Session<'_>, outbox: &Outbox, status: StatusCode, headers: &HeaderMap) -> Result<(), Error> {
    let Some(ours) = outbox.sum() else {
        return Err(session.error(store::broke_off()));
    };
    match store::checksum(headers) {
        Some(theirs) if theirs != ours => {
            let message = format!("the object's checksum is {theirs}, of what was sent {ours}");
            Err(session.error(store::other_bytes(status, headers.clone(), message)))
        }
        _ => Ok(()),
    }
}

fn invalid(session: &Session<'_>, message: String, fault: Option<io::Error>) -> Error {
    let source = fault.map(|fault| Box::new(fault) as _);
    session.invalid(Details { source, ..Details::new(ErrorKind::InvalidRequest, message) })
}

/// Closes an outbox at the end.
struct Closed<'o>(&'o Arc<Outbox>);

impl Drop for Closed<'_> {
    fn drop(&mut self) {
        self.0.close();
    }
}

impl<'a> IntoFuture for Upload<'a> {
    type Output = Result<Uploaded, Error>;
    type IntoFuture = Pin<Box<dyn Future<Output = Self::Output> + Send + 'a>>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(self.send())
    }
}

#[cfg(feature = "blocking")]
impl Upload<'_, crate::blocking::Client> {
    /// Uploads, and waits until that is done; see [`Upload::send`].
    pub fn send(self) -> Result<Uploaded, Error> {
        let Self { client, settings, source } = self;
        client.block_on(OPERATION.id, Upload { client: client.inner(), settings, source }.send())?
    }
}

impl<C> fmt::Debug for Upload<'_, C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Upload").field("settings", &self.settings).field("source", &self.source).finish_non_exhaustive()
    }
}
