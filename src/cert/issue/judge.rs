//! What clients that trust an authority will say of what it signed, before anybody gets it.

use time::OffsetDateTime;

use super::super::go::refusal::Refusal;
use super::super::go::{self, Question};
use super::super::pool::Pool;
use super::super::read::Certificate;
use super::super::{Build, GoRelease};
use super::{Authority, IssueError, Issued, Served};

/// The strictest that is known.
const CLIENT: GoRelease = GoRelease::new(1, 27, 0);

impl Authority {
    /// Whether clients that trust this authority accept the certificate for each of these names.
    pub fn vouch(&self, issued: &Issued, names: &[Served], now: OffsetDateTime) -> Result<(), IssueError> {
        let sent: Vec<Vec<u8>> =
            Certificate::all_from_pem(&issued.chain_pem).into_iter().flatten().map(|one| one.der().to_vec()).collect();
        let trusted = Pool::from_pem(&self.certificate_pem);
        for name in names {
            // Whoever asks has a name of its own where the certificate has a star.
            let asked = name.to_string().replace('*', "any");
            let question = Question { name: &asked, now: now.unix_timestamp(), go: CLIENT, build: Build::Module };
            go::verify(&sent, &[&trusted], &question).map_err(|refusal| self.refused(name, refusal))?;
        }
        Ok(())
    }

    fn refused(&self, name: &Served, refusal: Refusal) -> IssueError {
        let authority = self.name().to_string();
        match refusal {
            Refusal::NameNotPermitted { detail, .. } => IssueError::OtherNames { authority, detail },
            refusal => IssueError::Refused { authority, name: name.to_string(), refusal: Box::new(refusal) },
        }
    }
}
