//! Who may come in: the users that are there already, or one more with a password that is given, typed or made up.

use std::path::Path;

use aws_lc_rs::rand;

use crate::cli::arguments::DeployOptions;
use crate::cli::failure::{Failure, Kind};
use crate::cli::password::{self, Typed};
use crate::cli::screen::{Screen, standard_input};
use crate::cli::{machine, new_files};
use crate::deploy::login::{self, LoginError};
use crate::deploy::{Access, HTPASSWD};
use crate::host::Host;
use crate::model::new_file::NewFile;
use crate::model::secret::Secret;

const USER: &str = "admin";

/// What was decided.
pub struct Decided {
    pub access: Access,
    /// The file of users, when it has to be written.
    pub file: Option<NewFile>,
    /// A password that nobody knows yet.
    pub made_up: Option<Secret>,
}

/// `None` when the person broke off.
pub fn decide(
    host: &dyn Host,
    options: &DeployOptions,
    folder: &Path,
    screen: &Screen,
) -> Result<Option<Decided>, Failure> {
    if options.anonymous {
        return Ok(Some(Decided { access: Access::Everybody, file: None, made_up: None }));
    }
    let path = folder.join(HTPASSWD);
    let old = new_files::read(host, &path)?;
    let users = old.as_deref().map(String::from_utf8_lossy).unwrap_or_default().into_owned();
    let user = match (&options.user, login::first_user(&users)) {
        (Some(user), _) => login::user(user)?.to_string(),
        (None, Some(first)) => first.to_string(),
        (None, None) => USER.to_string(),
    };
    let given = options.password_file.as_deref().map(given).transpose()?;
    let access = Access::Users(user.clone());
    match login::lets_in(&users, &user, given.as_ref()) {
        Some(true) => return Ok(Some(Decided { access, file: None, made_up: None })),
        Some(false) => return Err(another(&user, &path)),
        None => {}
    }
    let (password, made_up) = match given {
        Some(password) => (password, None),
        None => match asked(screen, &user)? {
            Asked::Password(password) => (password, None),
            Asked::MadeUp(password) => (password.clone(), Some(password)),
            Asked::Interrupted => return Ok(None),
        },
    };
    let apart = if users.is_empty() || users.ends_with('\n') { "" } else { "\n" };
    let text = format!("{users}{apart}{}", login::line(&user, &password)?);
    let file = NewFile::secret(&path, text).over(old);
    Ok(Some(Decided { access, file: Some(file), made_up }))
}

fn given(path: &Path) -> Result<Secret, Failure> {
    let text = if path == Path::new("-") { standard_input() } else { machine::read_text(path)? };
    Ok(Secret::new(text.lines().next().unwrap_or_default()))
}

enum Asked {
    Password(Secret),
    MadeUp(Secret),
    Interrupted,
}

/// Twice, since nobody sees what is typed.
fn asked(screen: &Screen, user: &str) -> Result<Asked, Failure> {
    if !screen.can_ask() {
        return made_up();
    }
    let first = match password::ask(&format!("password for {user} (empty: make one up):")) {
        Typed::Line(line) if line.expose().is_empty() => return made_up(),
        Typed::Line(line) => line,
        Typed::Interrupted => return Ok(Asked::Interrupted),
    };
    match password::ask("the same again:") {
        Typed::Line(second) if second == first => Ok(Asked::Password(first)),
        Typed::Line(_) => Err(Failure::new(Kind::Usage, "the two passwords are not the same")
            .because("nothing was written")
            .hint("run this again")),
        Typed::Interrupted => Ok(Asked::Interrupted),
    }
}

fn made_up() -> Result<Asked, Failure> {
    let mut random = [0; 20];
    fill(&mut random)?;
    Ok(Asked::MadeUp(login::made_up(random)))
}

/// Bytes that nobody can guess.
pub fn fill(bytes: &mut [u8]) -> Result<(), Failure> {
    rand::fill(bytes).map_err(|_| Failure::new(Kind::Environment, "the system gives no random numbers"))
}

fn another(user: &str, path: &Path) -> Failure {
    Failure::new(Kind::Refused, format!("{user} has another password already, in {}", path.display()))
        .because("nothing was written")
        .hint(format!("to give {user} a new one, take the line of {user} out of {} first", path.display()))
}

impl From<LoginError> for Failure {
    fn from(error: LoginError) -> Self {
        Self::new(Kind::Usage, error.to_string()).because("nothing was written")
    }
}
