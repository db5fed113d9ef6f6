//! Reading files at a place: at once where the system has it in memory, else off the async threads.

use std::fs::File;
use std::io;
use std::ops::Range;
use std::sync::Arc;

use bytes::{Bytes, BytesMut};

/// Reads exactly this range; fewer bytes are [`io::ErrorKind::UnexpectedEof`].
pub(crate) fn read(file: &File, range: Range<u64>) -> io::Result<Bytes> {
    let mut bytes = room(&range)?;
    fill(file, &mut bytes, range.start)?;
    Ok(bytes.freeze())
}

/// As [`read`], without keeping an async thread waiting for the disk.
pub(crate) async fn read_soon(file: &Arc<File>, range: Range<u64>) -> io::Result<Bytes> {
    let mut bytes = room(&range)?;
    let there = fill_from_memory(file, &mut bytes, range.start);
    if there == bytes.len() {
        return Ok(bytes.freeze());
    }
    let file = Arc::clone(file);
    let task = tokio::task::spawn_blocking(move || {
        let (_, rest) = bytes.split_at_mut(there);
        fill(&file, rest, range.start + there as u64)?;
        Ok(bytes.freeze())
    });
    task.await.unwrap_or_else(|_| Err(io::Error::other("the runtime has ended")))
}

fn room(range: &Range<u64>) -> io::Result<BytesMut> {
    let length = usize::try_from(range.end.saturating_sub(range.start));
    Ok(BytesMut::zeroed(length.map_err(|_| io::ErrorKind::OutOfMemory)?))
}

/// Copies what is in memory; returns how many bytes that were.
#[cfg(target_os = "linux")]
fn fill_from_memory(file: &File, bytes: &mut [u8], at: u64) -> usize {
    use rustix::io::{ReadWriteFlags, preadv2};

    // Anything that goes wrong is met again, and told, by the read that waits.
    preadv2(file, &mut [io::IoSliceMut::new(bytes)], at, ReadWriteFlags::NOWAIT).unwrap_or(0)
}

#[cfg(not(target_os = "linux"))]
fn fill_from_memory(_file: &File, _bytes: &mut [u8], _at: u64) -> usize {
    0
}

#[cfg(unix)]
fn fill(file: &File, bytes: &mut [u8], at: u64) -> io::Result<()> {
    std::os::unix::fs::FileExt::read_exact_at(file, bytes, at)
}

#[cfg(not(unix))]
fn fill(mut file: &File, bytes: &mut [u8], at: u64) -> io::Result<()> {
    // Readers of the same handle take turns: seeking and reading are two steps.
    static TURN: std::sync::Mutex<()> = std::sync::Mutex::new(());
    let _turn = TURN.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    io::Seek::seek(&mut file, io::SeekFrom::Start(at))?;
    io::Read::read_exact(&mut file, bytes)
}
