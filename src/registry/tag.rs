//! Lists: the tags of a repository, and the repositories.

use hyper::StatusCode;
use hyper::header::LINK;
use serde_json::{Value, json};

use super::answer::{self, Answer};
use super::call::Call;
use super::names::Repository;
use super::page::{Page, Wanted};
use super::refusal::Refusal;
use super::state::State;

pub fn list(state: &State, repository: &Repository, call: &Call) -> Result<Answer, Refusal> {
    let wanted = Wanted::read(&call.query)?;
    let page = state.look(|store| store.tags(repository, &wanted))?;
    let Some(page) = page else { return Err(Refusal::UnknownName { repository: repository.clone() }) };
    Ok(paged(&page, call, &json!({ "name": repository.as_str(), "tags": page.entries })))
}

pub async fn catalog(state: &State, call: &Call) -> Result<Answer, Refusal> {
    let wanted = Wanted::read(&call.query)?;
    let page = wanted.sort_and_cut(&state.ask(|store| store.repositories()).await?);
    Ok(paged(&page, call, &json!({ "repositories": page.entries })))
}

fn paged(page: &Page, call: &Call, view: &Value) -> Answer {
    let mut answer = answer::json(StatusCode::OK, view.to_string());
    if let Some(link) = page.link(&call.path) {
        answer::set(&mut answer, LINK, &link);
    }
    answer
}
