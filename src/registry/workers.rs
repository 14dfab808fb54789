//! The threads that connections are spread over.
//!
//! Each has a runtime of its own, and a connection stays on its thread. One runtime for all threads wakes another of them
//! at every arrival, to see whether there is work to take over: three times the context switches, and a tenth more CPU for
//! every byte that is pushed.

use std::io;
use std::thread;

use tokio::runtime::{Builder, Handle};
use tokio::sync::oneshot;

/// Dropping them ends what runs on them, and waits for that.
#[derive(Debug)]
pub struct Workers(Vec<Worker>);

/// Where connections can be put.
#[derive(Debug, Clone)]
pub struct Runtimes(Vec<Handle>);

#[derive(Debug)]
struct Worker {
    runtime: Handle,
    /// Dropped, it ends the thread.
    stop: oneshot::Sender<()>,
    thread: thread::JoinHandle<()>,
}

impl Workers {
    pub fn start(count: usize) -> io::Result<Self> {
        (0..count).map(|_| Worker::start()).collect::<io::Result<_>>().map(Self)
    }

    pub fn runtimes(&self) -> Runtimes {
        Runtimes(self.0.iter().map(|worker| worker.runtime.clone()).collect())
    }
}

impl Runtimes {
    /// The one with the fewest connections; the one that this is called on where there are no threads.
    pub fn least_busy(&self) -> Handle {
        self.0.iter().min_by_key(|one| one.metrics().num_alive_tasks()).cloned().unwrap_or_else(Handle::current)
    }
}

impl Worker {
    fn start() -> io::Result<Self> {
        let runtime = Builder::new_current_thread().enable_all().build()?;
        let handle = runtime.handle().clone();
        let (stop, stopped) = oneshot::channel();
        let work = move || {
            // An error is the end of the sender, as it should be.
            let _: Result<(), _> = runtime.block_on(stopped);
        };
        let thread = thread::Builder::new().name("connections".into()).spawn(work)?;
        Ok(Self { runtime: handle, stop, thread })
    }
}

impl Drop for Workers {
    fn drop(&mut self) {
        let (stops, threads): (Vec<_>, Vec<_>) = self.0.drain(..).map(|worker| (worker.stop, worker.thread)).unzip();
        drop(stops);
        for thread in threads {
            // A panic of a worker has been told already.
            let _ = thread.join();
        }
    }
}

#[cfg(test)]
mod tests {
    use std::future::pending;

    use super::*;

    #[tokio::test]
    async fn connections_are_spread_and_end_with_the_threads() {
        let workers = Workers::start(2).unwrap();
        let runtimes = workers.runtimes();
        let tasks: Vec<_> = (0..4).map(|_| runtimes.least_busy().spawn(pending::<()>())).collect();
        assert!(runtimes.0.iter().all(|one| one.metrics().num_alive_tasks() == 2));
        drop(workers);
        assert!(tasks.iter().all(tokio::task::JoinHandle::is_finished));
    }

    #[tokio::test]
    async fn without_threads_the_caller_serves() {
        let here = Workers::start(0).unwrap().runtimes().least_busy();
        assert_eq!(here.id(), Handle::current().id());
    }
}
