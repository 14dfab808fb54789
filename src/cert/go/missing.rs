//! Which certificate a server forgot to show, or which nobody trusts: the check decides what to call it.

use super::super::pool::Pool;
use super::super::read::Certificate;

/// An issuer that is neither served nor in a pool.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MissingIssuer {
    /// The last certificate that could be reached from the leaf.
    pub subject: String,
    /// The name that it gives as its issuer.
    pub issuer: String,
    /// The server showed nothing but its leaf.
    pub leaf_alone: bool,
}

/// Follows the issuers' names from the leaf. `None`: they end in a pool, in a self-issued certificate or in a circle.
#[must_use]
pub fn missing_intermediate(chain: &[Vec<u8>], pools: &[&Pool]) -> Option<MissingIssuer> {
    let served: Vec<Certificate> = chain.iter().filter_map(|der| Certificate::from_der(der).ok()).collect();
    let mut current = served.first()?;
    for _ in 0..=served.len() {
        let issuer = &current.issuer.raw;
        if current.self_issued() || pools.iter().any(|pool| pool.contains(current) || pool.names(issuer)) {
            return None;
        }
        match served.iter().find(|one| one.subject.raw == *issuer) {
            Some(next) => current = next,
            None => {
                return Some(MissingIssuer {
                    subject: current.subject.text.clone(),
                    issuer: current.issuer.text.clone(),
                    leaf_alone: served.len() == 1,
                });
            }
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::super::super::testing;
    use super::*;

    #[test]
    fn says_who_is_missing() {
        let root = testing::authority("lab-ca");
        let middle = testing::intermediate(&root, |_| ());
        let leaf = testing::leaf(&middle, |_| ());
        let missing = |chain: &[&Vec<u8>], anchors: &[&Vec<u8>]| {
            let chain: Vec<Vec<u8>> = chain.iter().copied().cloned().collect();
            let mut pool = Pool::new();
            for der in anchors {
                pool.add_der((*der).clone()).unwrap();
            }
            missing_intermediate(&chain, &[&pool]).map(|missing| (missing.issuer, missing.leaf_alone))
        };
        assert_eq!(missing(&[&leaf], &[&root.der]), Some(("CN=lab-intermediate".into(), true)));
        assert_eq!(missing(&[&leaf, &middle.der], &[]), Some(("CN=lab-ca".into(), false)));
        assert_eq!(missing(&[&leaf, &middle.der], &[&root.der]), None);
        assert_eq!(missing(&[&leaf], &[&middle.der]), None);
        assert_eq!(missing(&[&root.der], &[]), None);
        assert_eq!(missing(&[], &[]), None);
    }
}
