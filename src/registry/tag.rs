//! Lists: the tags of a repository, and the repositories.

use hyper::StatusCode;
use hyper::header::LINK;
use serde_json::{Value, json};

use super::answer::{self, Answer};
use super::call::Call;
use super::names::Repository;
use super::page;
use super::refusal::Refusal;
use super::state::State;

pub async fn list(state: &State, repository: Repository, call: &Call) -> Result<Answer, Refusal> {
    let asked = repository.clone();
    let tags = state.ask(move |store| store.tags(&asked)).await?;
    let Some(tags) = tags else { return Err(Refusal::UnknownName { repository }) };
    paged(tags, call, |tags| json!({ "name": repository.as_str(), "tags": tags }))
}

pub async fn catalog(state: &State, call: &Call) -> Result<Answer, Refusal> {
    let repositories = state.ask(|store| store.repositories()).await?;
    paged(repositories, call, |repositories| json!({ "repositories": repositories }))
}

fn paged(mut entries: Vec<String>, call: &Call, view: impl FnOnce(Vec<String>) -> Value) -> Result<Answer, Refusal> {
    page::sort(&mut entries);
    let page = page::page(&call.path, entries, &call.query)?;
    let mut answer = answer::json(StatusCode::OK, view(page.entries).to_string());
    if let Some(link) = page.link {
        answer::set(&mut answer, LINK, &link);
    }
    Ok(answer)
}
