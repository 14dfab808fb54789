//! Ctrl-C, a request to end, or a terminal that went away: noticed, and acted on between two steps.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use tokio::signal::unix::{Signal, SignalKind, signal};

/// Whether the process was asked to stop. Once listening, a signal no longer ends it by itself.
#[derive(Debug, Clone, Default)]
pub struct Interrupts(Arc<AtomicBool>);

impl Interrupts {
    /// Nobody can interrupt: for tests and for putting things back.
    #[must_use]
    pub fn none() -> Self {
        Self::default()
    }

    /// Listens for SIGINT, SIGTERM and SIGHUP until the process ends.
    #[must_use]
    pub fn listen() -> Self {
        let seen = Self::default();
        let flag = seen.clone();
        let (ready, wait) = std::sync::mpsc::channel();
        thread::spawn(move || {
            let Ok(runtime) = tokio::runtime::Builder::new_current_thread().enable_io().build() else { return };
            runtime.block_on(async {
                let mut signals = StopSignals::listen();
                // The receiver may have gone already; then nobody waits.
                let _ = ready.send(());
                loop {
                    signals.wait().await;
                    flag.0.store(true, Ordering::SeqCst);
                }
            });
        });
        // Without the thread nothing is caught: a signal then ends the process as usual.
        let _ = wait.recv();
        seen
    }

    #[must_use]
    pub fn happened(&self) -> bool {
        self.0.load(Ordering::SeqCst)
    }
}

/// The same signals for whoever waits for them in a runtime of its own: that takes no thread.
#[derive(Debug)]
pub struct StopSignals(Vec<Signal>);

impl StopSignals {
    /// Listens from now on; inside a runtime.
    #[must_use]
    pub fn listen() -> Self {
        let kinds = [SignalKind::interrupt(), SignalKind::terminate(), SignalKind::hangup()];
        Self(kinds.into_iter().filter_map(|kind| signal(kind).ok()).collect())
    }

    /// Comes back when the process is asked to stop.
    pub async fn wait(&mut self) {
        let [one, two, three] = self.0.as_mut_slice() else {
            // Nothing is caught: a signal ends the process as usual.
            return std::future::pending().await;
        };
        tokio::select! { _ = one.recv() => (), _ = two.recv() => (), _ = three.recv() => () }
    }
}
