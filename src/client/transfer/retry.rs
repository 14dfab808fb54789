//! Whether an error is worth another attempt, and when. The first one is kept: the others are often its echo.

use std::time::Duration;

use tokio::time::sleep;

use super::{Event, Job, Patience, TransferError};
use crate::client::error::ClientError;

/// More than this nobody waits, whatever the registry wishes.
const LONGEST: Duration = Duration::from_secs(60);

/// The attempts at one step.
#[derive(Debug)]
pub(super) struct Attempts<'a> {
    job: &'a Job,
    made: u32,
    /// Since something was gained.
    barren: u32,
    first: Option<Box<ClientError>>,
}

impl<'a> Attempts<'a> {
    pub(super) fn of(job: &'a Job) -> Self {
        Self { job, made: 0, barren: 0, first: None }
    }

    /// Something was gained: the next failure is the first one again, as far as patience goes.
    pub(super) fn gained(&mut self) {
        self.barren = 0;
    }

    /// Waits for the next attempt, or gives up.
    pub(super) async fn after(&mut self, error: ClientError) -> Result<(), TransferError> {
        self.made += 1;
        self.barren += 1;
        let wait = wait(&error, self.barren, &self.job.order.patience);
        let Some(pause) = wait else { return Err(self.end(error)) };
        if let Some(doing) = error.doing() {
            self.job.tell(Event::Again { doing, why: &error, pause });
        }
        self.first.get_or_insert_with(|| Box::new(error));
        sleep(pause).await;
        Ok(())
    }

    fn end(&mut self, error: ClientError) -> TransferError {
        match self.first.take() {
            Some(first) => TransferError::Failed { first, attempts: self.made, last: Some(Box::new(error)) },
            None => TransferError::Failed { first: Box::new(error), attempts: self.made, last: None },
        }
    }
}

/// How long to wait before the next attempt; `None` where there should be none.
fn wait(error: &ClientError, failed: u32, patience: &Patience) -> Option<Duration> {
    if failed >= patience.attempts || !is_passing(error) {
        return None;
    }
    let own = patience.pause.saturating_mul(1 << (failed - 1).min(10));
    Some(asked_for(error).unwrap_or(own).min(LONGEST))
}

/// What may be gone the next time: a cut line, a busy or restarting server, an upload that it forgot.
fn is_passing(error: &ClientError) -> bool {
    match error {
        ClientError::Unreachable { .. }
        | ClientError::TimedOut { .. }
        | ClientError::Refused { status: 408 | 416 | 425 | 429 | 500 | 502..=504, .. } => true,
        ClientError::Refused { status: 404, code, .. } => code.as_deref() == Some("BLOB_UPLOAD_UNKNOWN"),
        _ => false,
    }
}

/// `Retry-After` in seconds. As a date, nobody sends it with these.
fn asked_for(error: &ClientError) -> Option<Duration> {
    let ClientError::Refused { status: 429 | 503, answer, .. } = error else { return None };
    answer.header("retry-after")?.trim().parse().ok().map(Duration::from_secs)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::client::error::Doing;
    use crate::client::error::Verb;
    use crate::model::ask::HttpAnswer;

    fn refused(status: u16, code: Option<&str>, headers: &[(&str, &str)]) -> ClientError {
        let headers = headers.iter().map(|(name, value)| ((*name).into(), (*value).into())).collect();
        ClientError::Refused {
            doing: Doing { verb: Verb::PushLayer, place: "x".into() },
            status,
            code: code.map(str::to_string),
            message: None,
            answer: Box::new(HttpAnswer { status, headers, body: String::new() }),
        }
    }

    #[test]
    fn what_may_pass_is_waited_for_and_nothing_else() {
        let patience = Patience { attempts: 4, pause: Duration::from_secs(1), stall: Duration::from_secs(60) };
        let timed_out = || ClientError::TimedOut { doing: Doing { verb: Verb::PushLayer, place: "x".into() } };
        let rows = [
            (timed_out(), 1, Some(1)),
            (timed_out(), 2, Some(2)),
            (timed_out(), 3, Some(4)),
            (timed_out(), 4, None),
            (refused(503, None, &[]), 1, Some(1)),
            (refused(503, None, &[("retry-after", "7")]), 3, Some(7)),
            (refused(429, None, &[("retry-after", "86400")]), 1, Some(60)),
            (refused(429, None, &[("retry-after", "Thu, 26 Nov 2026 12:00:00 GMT")]), 2, Some(2)),
            (refused(404, Some("BLOB_UPLOAD_UNKNOWN"), &[]), 1, Some(1)),
            (refused(404, Some("NAME_UNKNOWN"), &[]), 1, None),
            (refused(401, None, &[]), 1, None),
            (refused(403, None, &[]), 1, None),
            (refused(405, None, &[]), 1, None),
            (refused(413, None, &[]), 1, None),
            (refused(507, None, &[]), 1, None),
        ];
        for (error, failed, want) in rows {
            assert_eq!(wait(&error, failed, &patience), want.map(Duration::from_secs), "{error} {failed}");
        }
    }
}
