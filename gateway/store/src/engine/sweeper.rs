//! Removes files in the background: removing a large one takes long, and nobody needs to wait for it.

use std::io;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::mpsc::{self, Sender};
use std::thread::{self, JoinHandle};

use super::fs::Disk;
use super::leftovers::Leftovers;

/// The thread that removes files. Dropped, it removes what is left to remove, and ends.
#[derive(Debug)]
pub(crate) struct Sweeper {
    queue: Option<Sender<PathBuf>>,
    thread: Option<JoinHandle<()>>,
    leftovers: Leftovers,
}

impl Sweeper {
    /// Starts it.
    pub(crate) fn start(disk: Arc<dyn Disk>, leftovers: Leftovers) -> io::Result<Self> {
        let (queue, paths) = mpsc::channel::<PathBuf>();
        let failed = leftovers.clone();
        let thread = thread::Builder::new().name("store-sweeper".to_owned()).spawn(move || {
            for path in paths {
                match disk.remove(&path) {
                    Ok(()) => {}
                    Err(error) if error.kind() == io::ErrorKind::NotFound => {}
                    // It costs room, not data: `gc` finds it again.
                    Err(error) => {
                        tracing::warn!(path = %path.display(), %error, "could not remove a file");
                        failed.note();
                    }
                }
            }
        })?;
        Ok(Self { queue: Some(queue), thread: Some(thread), leftovers })
    }

    /// Removes a file soon.
    pub(crate) fn sweep(&self, path: PathBuf) {
        if self.queue.as_ref().is_none_or(|queue| queue.send(path).is_err()) {
            // Only when the thread is gone; then `gc` finds the file.
            self.leftovers.note();
        }
    }
}

impl Drop for Sweeper {
    fn drop(&mut self) {
        self.queue = None;
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}
