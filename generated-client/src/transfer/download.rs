//! Downloads: a signed URL, then the bytes from the store, in as many pieces as it takes.

use std::fmt;
use std::io;
use std::path::Path;
use std::time::Duration;

use bytes::Bytes;
use http::header::{self, HeaderMap, HeaderValue};
use http::{Method, StatusCode};
use reqwest::Response;
use tokio::io::AsyncWrite;
use tracing::Span;

use super::part::{Note, Object};
use super::progress::{Progress, Watcher};
use super::session::{self, Begun, Session, Settings, setters};
use super::store::{self, Store};
use super::target::{Begins, Memory, Target};
use crate::client::Client;
use crate::error::{Details, Error, ErrorKind};
use crate::internal::Operation;
use crate::types::PresignMethod;

const OPERATION: Operation<'static> = session::operation("storage.object.download", "GET");

/// A download, made by [`download`](crate::api::StorageObjectApi::download).
///
/// Nothing is sent before one of [`to_file`](Download::to_file), [`to_bytes`](Download::to_bytes) and
/// [`to_writer`](Download::to_writer).
#[derive(Clone)]
#[must_use = "a download does nothing until it is told where to"]
pub struct Download<'a, C = Client> {
    pub(super) client: &'a C,
    pub(super) settings: Settings,
}

/// A download that succeeded.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Downloaded {
    /// How many bytes the object has.
    pub bytes: u64,
    /// The object's ETag, as the store sent it, quotes included; none if it sent none.
    pub etag: Option<String>,
    /// How many of the bytes were there already, from a process that was killed while it downloaded the same object.
    pub resumed: u64,
    /// How often the store was asked.
    pub attempts: u32,
}

impl<C> Download<'_, C> {
    setters!();
}

impl Download<'_> {
    /// Downloads into a file, which is made or replaced when the object is whole and its bytes are on the disk. Until then, and if
    /// this fails, the path has what it had.
    ///
    /// The bytes are collected in `.{name}.part` in the same folder. A failure removes that file. A process that is killed, or a
    /// future that is dropped, leaves it if the object has a strong ETag: the next download of the same object to the same path then
    /// goes on where it ends, if the object is the same by its ETag, and either the store tells its checksum or the machine (a Linux)
    /// has not been started anew. If that one fails before the store has answered, it leaves the file as well. Where another
    /// download writes that file, or it is none of ours, this one has a file of its own.
    ///
    /// A link is followed, and the mode of a file that is replaced is kept.
    ///
    /// # Errors
    /// Those of the presigning, by the name `storage.object.presign`; and by the name `storage.object.download`:
    /// [`InvalidRequest`](ErrorKind::InvalidRequest) if the file can't be written, or the path is that of something else,
    /// [`Status`](ErrorKind::Status) with the store's own code, [`Connection`](ErrorKind::Connection),
    /// [`Timeout`](ErrorKind::Timeout), and [`Decode`](ErrorKind::Decode) if the store tells another checksum than that of what
    /// came, or the object changed more than once meanwhile.
    pub async fn to_file(self, path: impl AsRef<Path> + Send) -> Result<Downloaded, Error> {
        let Self { client, settings } = self;
        let path = path.as_ref();
        Box::pin(run(client, &settings, Place::File(path))).await.map(|(downloaded, _)| downloaded)
    }

    /// Downloads into memory, all of it.
    ///
    /// # Errors
    /// As [`to_file`](Download::to_file).
    pub async fn to_bytes(self) -> Result<Bytes, Error> {
        let Self { client, settings } = self;
        Box::pin(run(client, &settings, Place::Memory)).await.map(|(_, bytes)| bytes)
    }

    /// Downloads into a writer, which is flushed at the end and not closed.
    ///
    /// What was written can't be taken back: where the download would begin again (the object changed, or has no strong ETag) it
    /// fails instead, and so it may after some bytes were written. The stall limit does not count the time that the writer takes.
    ///
    /// # Errors
    /// As [`to_file`](Download::to_file).
    pub async fn to_writer(self, writer: impl AsyncWrite + Send + Unpin) -> Result<Downloaded, Error> {
        let Self { client, settings } = self;
        Box::pin(run(client, &settings, Place::Target(Target::writer(writer)))).await.map(|(downloaded, _)| downloaded)
    }
}

#[cfg(feature = "blocking")]
impl Download<'_, crate::blocking::Client> {
    /// Downloads into a file, and waits until that is done; see [`Download::to_file`].
    pub fn to_file(self, path: impl AsRef<Path> + Send) -> Result<Downloaded, Error> {
        let Self { client, settings } = self;
        client.block_on(OPERATION.id, Download { client: client.inner(), settings }.to_file(path))?
    }

    /// Downloads into memory, and waits until that is done; see [`Download::to_bytes`].
    pub fn to_bytes(self) -> Result<Bytes, Error> {
        let Self { client, settings } = self;
        client.block_on(OPERATION.id, Download { client: client.inner(), settings }.to_bytes())?
    }

    /// Downloads into a blocking writer, and waits until that is done; see [`Download::to_writer`].
    pub fn to_writer(self, writer: impl io::Write + Send + Unpin) -> Result<Downloaded, Error> {
        let Self { client, settings } = self;
        let writer = super::target::Blocking(writer);
        client.block_on(OPERATION.id, Download { client: client.inner(), settings }.to_writer(writer))?
    }
}

/// Where it is to go.
enum Place<'p> {
    Memory,
    File(&'p Path),
    Target(Target<'p>),
}

/// It is large: callers box it, as theirs move it about.
async fn run(client: &Client, settings: &Settings, place: Place<'_>) -> Result<(Downloaded, Bytes), Error> {
    let done = session::run(client, OPERATION, async |span| {
        let mut session = Session::new(client, settings, OPERATION, PresignMethod::Get)?;
        let service = client.shared.connection().map(|connection| connection.base_url.clone()).unwrap_or_default();
        let object = Object { service, bucket: settings.bucket.clone(), key: settings.key.clone() };
        let (target, there) = match place {
            Place::Memory => (Target::Memory(Memory::default()), None),
            Place::Target(target) => (target, None),
            Place::File(path) => Target::file(path, object.clone()).await.map_err(|fault| {
                let message = format!("{} can't be written: {fault}", path.display());
                unwritten(&session, message, fault)
            })?,
        };
        let mut inbox = Inbox::new(object, settings, target, there);
        let result = download(&mut session, &mut inbox, &span).await;
        match &result {
            Ok(_) => {}
            // What another process left is worth more than a failure that is none of the object's.
            Err(error) if inbox.is_as_found() && !session.is_answer(error) => inbox.target.leave().await,
            Err(_) => inbox.target.discard().await,
        }
        result
    });
    done.await.map(|(_, done)| done)
}

async fn download(
    session: &mut Session<'_>,
    inbox: &mut Inbox<'_>,
    span: &Span,
) -> Result<(u32, (Downloaded, Bytes)), Error> {
    let mut changes = 0;
    loop {
        session.sign(span).await?;
        let begun = session.begin();
        let before = inbox.have;
        match attempt(session, inbox, &begun).await {
            Ok(status) => {
                let bytes = inbox.target.commit().await.map_err(|fault| unwritable(session, fault))?;
                let attempts = session.succeeded(span, status);
                let Inbox { have, etag, resumed, .. } = inbox;
                let downloaded = Downloaded { bytes: *have, etag: etag.take(), resumed: *resumed, attempts };
                return Ok((attempts, (downloaded, bytes)));
            }
            Err(Ended::Changed) if changes == 0 && inbox.can_begin_again() => {
                // What another process left was not downloaded by this call.
                changes += u32::from(!inbox.is_as_found());
                inbox.forget();
            }
            Err(Ended::Changed) => {
                let message = "the object changed while it was downloaded";
                return Err(session.error(Details::new(ErrorKind::Decode, message)));
            }
            Err(Ended::Failed(error)) => {
                if !inbox.can_go_on() {
                    inbox.forget();
                }
                session.again(error, inbox.have.saturating_sub(before)).await?;
            }
            Err(Ended::ForGood(error)) => return Err(error),
        }
    }
}

/// How an attempt ended that was no success.
enum Ended {
    /// The object is not the one that it was.
    Changed,
    Failed(Error),
    ForGood(Error),
}

/// Makes one attempt, from where the last one ended. Returns the answer's status.
async fn attempt(session: &Session<'_>, inbox: &mut Inbox<'_>, begun: &Begun) -> Result<StatusCode, Ended> {
    let (signed, store) = session.store().map_err(Ended::ForGood)?;
    let asked = (inbox.have > 0).then_some(inbox.have);
    let mut headers = session.headers();
    if let (Some(from), Some(etag)) = (asked, inbox.etag.as_deref().and_then(|etag| HeaderValue::from_str(etag).ok())) {
        headers.insert(header::RANGE, range(from));
        headers.insert(header::IF_MATCH, etag);
    }
    let request = store::request(Method::GET, signed, headers);
    session.sends(begun, &request);
    let sent = store.send(request, tokio::time::sleep(session.stall())).await;
    let mut answer = sent.map_err(|details| {
        let error = session.error(details);
        session.came(begun, None, Some(&error));
        Ended::Failed(error)
    })?;
    let (status, headers) = (answer.status(), answer.headers().clone());
    let ended = read(session, inbox, &store, &mut answer, asked).await;
    let ended = match ended {
        Err(Read::Refused) => Err(Ended::Failed(session.error(store.refused(answer, session.wall_clock()).await))),
        Err(Read::Changed) => Err(Ended::Changed),
        Err(Read::NoObject(message)) => {
            Err(Ended::ForGood(session.error(store::other_bytes(status, headers.clone(), message))))
        }
        Err(Read::Broken(error)) => {
            Err(if inbox.can_go_on() || inbox.can_begin_again() { Ended::Failed(error) } else { Ended::ForGood(error) })
        }
        Err(Read::Unwritable(fault)) => Err(Ended::ForGood(unwritable(session, fault))),
        Ok(()) => whole(session, inbox, status, &headers).await.map_err(Ended::ForGood),
    };
    let error = match &ended {
        Err(Ended::Failed(error) | Ended::ForGood(error)) => Some(error),
        _ => None,
    };
    session.came(begun, Some((status.as_u16(), &headers)), error);
    ended.map(|()| status)
}

/// Why not the whole rest of an object came.
enum Read {
    Refused,
    Changed,
    /// It is no object, or not to be told from a piece of one.
    NoObject(String),
    Broken(Error),
    Unwritable(io::Error),
}

/// Reads an answer, from its head to its last byte.
async fn read(
    session: &Session<'_>,
    inbox: &mut Inbox<'_>,
    store: &Store<'_>,
    answer: &mut Response,
    asked: Option<u64>,
) -> Result<(), Read> {
    let status = answer.status();
    match (status, asked) {
        (StatusCode::PARTIAL_CONTENT, Some(from)) => {
            if !inbox.goes_on(from, answer.headers()) {
                return Err(Read::Changed);
            }
        }
        (StatusCode::PRECONDITION_FAILED | StatusCode::RANGE_NOT_SATISFIABLE, Some(_)) => return Err(Read::Changed),
        _ if !status.is_success() => return Err(Read::Refused),
        _ if status != StatusCode::OK => {
            return Err(Read::NoObject("the answer is not the object".to_owned()));
        }
        _ if !store::shows_its_end(answer) => {
            return Err(Read::NoObject("the answer has no length, so its end may be a break".to_owned()));
        }
        // The store passes over the range, and sends the whole.
        (_, Some(_)) if !inbox.can_begin_again() => return Err(Read::Changed),
        _ => inbox.begin(answer.headers()).await.map_err(Read::Unwritable)?,
    }
    let broken = |details| Read::Broken(session.error(details));
    inbox.tell();
    while let Some(bytes) = store.next(answer).await.map_err(broken)? {
        let length = bytes.len() as u64;
        if inbox.total.is_some_and(|total| inbox.have + length > total) {
            return Err(Read::Changed);
        }
        inbox.target.write(bytes).await.map_err(Read::Unwritable)?;
        inbox.have += length;
        inbox.is_new = true;
        inbox.tell();
    }
    if inbox.total.is_some_and(|total| inbox.have < total) {
        return Err(broken(store::broke_off()));
    }
    Ok(())
}

/// Makes sure that what came is what the store has.
async fn whole(
    session: &Session<'_>,
    inbox: &mut Inbox<'_>,
    status: StatusCode,
    headers: &HeaderMap,
) -> Result<(), Error> {
    let ours = inbox.target.sum().await.map_err(|fault| unwritable(session, fault))?;
    match (&inbox.checksum, ours) {
        (Some(theirs), Some(ours)) if *theirs != ours => {
            let message = format!("the object's checksum is {theirs}, of what came {ours}");
            Err(session.error(store::other_bytes(status, headers.clone(), message)))
        }
        _ => Ok(()),
    }
}

fn range(from: u64) -> HeaderValue {
    // Digits are always a header's value.
    HeaderValue::try_from(format!("bytes={from}-")).unwrap_or(HeaderValue::from_static("bytes=0-"))
}

fn unwritable(session: &Session<'_>, fault: io::Error) -> Error {
    unwritten(session, format!("what came can't be written: {fault}"), fault)
}

fn unwritten(session: &Session<'_>, message: String, fault: io::Error) -> Error {
    let details = Details::new(ErrorKind::InvalidRequest, message);
    session.invalid(Details { source: Some(Box::new(fault)), ..details })
}

/// What has come of an object.
struct Inbox<'w> {
    object: Object,
    watcher: Watcher,
    target: Target<'w>,
    /// The bytes so far.
    have: u64,
    /// How many of them were there before.
    resumed: u64,
    /// Whether any of them came in this call.
    is_new: bool,
    etag: Option<String>,
    total: Option<u64>,
    checksum: Option<String>,
}

impl<'w> Inbox<'w> {
    fn new(object: Object, settings: &Settings, target: Target<'w>, there: Option<(u64, Note)>) -> Self {
        let watcher = settings.watcher.clone();
        let (have, etag, total, checksum) = match there {
            Some((have, note)) => (have, Some(note.etag), Some(note.total), note.checksum),
            None => (0, None, None, None),
        };
        Self { object, watcher, target, have, resumed: have, is_new: false, etag, total, checksum }
    }

    fn tell(&self) {
        self.watcher.tell(self.have, self.total);
    }

    /// Whether the target has what another process left, and nothing else.
    fn is_as_found(&self) -> bool {
        self.resumed > 0 && !self.is_new
    }

    /// Whether the rest can be asked for.
    fn can_go_on(&self) -> bool {
        self.etag.as_deref().is_some_and(is_strong)
    }

    /// Whether the whole can be asked for.
    fn can_begin_again(&self) -> bool {
        self.have == 0 || self.target.can_begin_again()
    }

    /// The next attempt begins at the first byte.
    fn forget(&mut self) {
        (self.have, self.resumed, self.is_new) = (0, 0, false);
        (self.etag, self.total, self.checksum) = (None, None, None);
    }

    /// Takes note of the head of a whole object.
    async fn begin(&mut self, headers: &HeaderMap) -> io::Result<()> {
        self.forget();
        self.etag = store::text(headers, header::ETAG).map(str::to_owned);
        self.total = store::text(headers, header::CONTENT_LENGTH).and_then(|length| length.parse().ok());
        self.checksum = store::checksum(headers);
        let note = match (&self.etag, self.total) {
            (Some(etag), Some(total)) if is_strong(etag) => {
                Some(Note::new(&self.object, etag.clone(), total, self.checksum.clone()))
            }
            _ => None,
        };
        self.target.begin(Begins { length: self.total, sums: self.checksum.is_some(), note }).await
    }

    /// Whether the head of a part is that of the rest of this object.
    fn goes_on(&mut self, from: u64, headers: &HeaderMap) -> bool {
        let Some((first, last, total)) = store::text(headers, header::CONTENT_RANGE).and_then(content_range) else {
            return false;
        };
        // It was asked for this one only, but something on the way may know ranges and no conditions.
        let same = self.etag.is_some() && store::text(headers, header::ETAG) == self.etag.as_deref();
        let fits = self.total.is_none_or(|known| known == total) && first == from && last.checked_add(1) == Some(total);
        self.total = self.total.or(Some(total));
        same && fits
    }
}

/// Whether an ETag is that of these very bytes (RFC 9110 §8.8.3).
fn is_strong(etag: &str) -> bool {
    etag.len() > 2 && etag.starts_with('"') && etag.ends_with('"')
}

/// Reads `bytes 0-9/10` (RFC 9110 §14.4).
fn content_range(text: &str) -> Option<(u64, u64, u64)> {
    let (range, total) = text.strip_prefix("bytes ")?.split_once('/')?;
    let (first, last) = range.split_once('-')?;
    Some((first.parse().ok()?, last.parse().ok()?, total.parse().ok()?))
}

impl<C> fmt::Debug for Download<'_, C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Download").field("settings", &self.settings).finish_non_exhaustive()
    }
}
