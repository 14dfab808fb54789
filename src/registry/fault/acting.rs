//! The faults that act on one request, in the order of its course.

use std::sync::Arc;

use hyper::body::Body as _;
use hyper::header::CONTENT_LENGTH;
use tokio::time::sleep;

use super::act::{Act, End, TokenFault, Transfer};
use super::active::Active;
use super::outgoing::Tamper;
use super::reply::{Here, Reply};
use super::wire::Control;
use crate::registry::answer::{self, Answer};
use crate::registry::call::Call;

/// Those whose limits fit; each is named once it has really acted.
#[derive(Debug)]
pub struct Acting<'a> {
    chosen: Vec<&'a Active>,
    acted: Vec<&'static str>,
}

impl<'a> Acting<'a> {
    pub fn new(chosen: Vec<&'a Active>) -> Self {
        Self { chosen, acted: Vec::new() }
    }

    pub fn into_names(self) -> Vec<&'static str> {
        self.acted
    }

    /// What is answered in place of what was asked for. With `after`, that is known at once only where the client says
    /// how much it will send; otherwise its body ends with a refusal, and [`Acting::reply_late`] has the answer.
    pub async fn reply(&mut self, call: &mut Call) -> Option<&'a Reply> {
        let (active, reply) = self.first_reply()?;
        match active.after().filter(|_| !reply.serves()) {
            Some(after) if call.announced_length().is_none_or(|length| length <= after) => {
                call.body.stop_after(after);
                return None;
            }
            _ => {}
        }
        sleep(reply.delay).await;
        self.note(active);
        (!reply.serves()).then_some(reply)
    }

    /// The same when so many bytes have come.
    pub async fn reply_late(&mut self) -> Option<&'a Reply> {
        let (active, reply) = self.first_reply()?;
        sleep(reply.delay).await;
        self.note(active);
        Some(reply)
    }

    /// Alters an answer that is about to be sent; what is to be done to its body.
    pub fn bend(&mut self, answer: &mut Answer, here: &Here, wire: Option<&Arc<Control>>) -> Tamper {
        let mut tamper = Tamper::None;
        for active in self.chosen.clone() {
            let done = match active.act() {
                Act::Bend { bend, .. } => bend.bend(answer, here, active.after()),
                Act::Transfer { transfer, .. } => {
                    wire.and_then(|wire| transferred(transfer, answer, active.after(), wire))
                }
                _ => None,
            };
            if let Some(done) = done {
                self.note(active);
                if !matches!(done, Tamper::None) {
                    tamper = done;
                }
            }
        }
        tamper
    }

    /// What is wrong with tokens at this request.
    pub fn tokens(&mut self) -> Option<&'a TokenFault> {
        let (active, fault) = self.chosen.iter().find_map(|active| match active.act() {
            Act::Token(TokenFault::Needed) => None,
            Act::Token(fault) => Some((*active, fault)),
            _ => None,
        })?;
        self.note(active);
        Some(fault)
    }

    fn first_reply(&self) -> Option<(&'a Active, &'a Reply)> {
        self.chosen.iter().find_map(|active| match active.act() {
            Act::Reply { reply, .. } => Some((*active, reply)),
            _ => None,
        })
    }

    pub fn note(&mut self, active: &Active) {
        if !self.acted.contains(&active.name()) {
            self.acted.push(active.name());
        }
    }
}

fn transferred(transfer: &Transfer, answer: &mut Answer, after: Option<u64>, wire: &Arc<Control>) -> Option<Tamper> {
    let length = answer.body().size_hint().exact().unwrap_or(u64::MAX);
    match transfer {
        Transfer::Break(end) => {
            let left = after.unwrap_or(length / 2);
            // An answer that ends before that is left as it is.
            (left < length).then(|| Tamper::Break { left, end: *end, wire: Arc::clone(wire) })
        }
        Transfer::Longer { more } => {
            let announced = answer::announced_length(answer)? + more;
            answer::set(answer, CONTENT_LENGTH, &announced.to_string());
            let wire = Arc::clone(wire);
            Some(if length > 0 { Tamper::Break { left: length, end: End::Close, wire } } else { Tamper::None })
        }
        Transfer::CloseBehind => Some(Tamper::CloseBehind { wire: Arc::clone(wire) }),
        other => {
            wire.begin(other);
            Some(Tamper::None)
        }
    }
}
