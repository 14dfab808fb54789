//! One right to one thing, as token endpoints write it: `repository:team/app:pull,push`. Pure.

/// A right that is needed, or given.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Scope {
    pub kind: String,
    pub name: String,
    pub action: Action,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Action {
    Pull,
    Push,
    Delete,
    /// Everything.
    All,
}

impl Action {
    pub fn parse(text: &str) -> Option<Self> {
        match text {
            "pull" => Some(Self::Pull),
            "push" => Some(Self::Push),
            "delete" => Some(Self::Delete),
            "*" => Some(Self::All),
            _ => None,
        }
    }

    pub fn name(self) -> &'static str {
        match self {
            Self::Pull => "pull",
            Self::Push => "push",
            Self::Delete => "delete",
            Self::All => "*",
        }
    }

    pub fn covers(self, other: Self) -> bool {
        self == Self::All || self == other
    }
}

impl Scope {
    pub fn repository(name: &str, action: Action) -> Self {
        Self { kind: "repository".into(), name: name.into(), action }
    }

    /// To list all repositories.
    pub fn catalog() -> Self {
        Self { kind: "registry".into(), name: "catalog".into(), action: Action::All }
    }

    /// Reads the scopes of a request for a token: several parts, several actions. What is unknown is left out.
    pub fn parse_all(text: &str) -> Vec<Self> {
        let one = |part: &str| {
            let (kind, rest) = part.split_once(':')?;
            // A name may have a port in it.
            let (name, actions) = rest.rsplit_once(':')?;
            let scope = |action| Self { kind: kind.into(), name: name.into(), action };
            Some(actions.split(',').filter_map(Action::parse).map(scope).collect::<Vec<_>>())
        };
        text.split_whitespace().filter_map(one).flatten().collect()
    }

    pub fn is_in(&self, given: &[Self]) -> bool {
        let same = |one: &&Self| one.kind == self.kind && one.name == self.name;
        given.iter().filter(same).any(|one| one.action.covers(self.action))
    }
}

/// The scopes with the actions on one thing together. To push means to pull as well: clients look before they send.
pub fn joined(scopes: &[Scope]) -> Vec<String> {
    let text = |scope: &Scope| match scope.action {
        Action::Push => format!("{}:{}:pull,push", scope.kind, scope.name),
        other => format!("{}:{}:{}", scope.kind, scope.name, other.name()),
    };
    scopes.iter().map(text).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scopes_are_read() {
        let scope = |name: &str, action| Scope::repository(name, action);
        let rows = [
            ("repository:a/b:pull", vec![scope("a/b", Action::Pull)]),
            ("repository:a:pull,push", vec![scope("a", Action::Pull), scope("a", Action::Push)]),
            ("repository:r.lan:5000/a:delete", vec![scope("r.lan:5000/a", Action::Delete)]),
            ("repository:a:*  registry:catalog:*", vec![scope("a", Action::All), Scope::catalog()]),
            ("repository:a:fly nonsense repository:a", vec![]),
        ];
        for (text, want) in rows {
            assert_eq!(Scope::parse_all(text), want, "{text}");
        }
        assert!(scope("a", Action::Delete).is_in(&[scope("a", Action::All)]));
        assert!(!scope("a", Action::Push).is_in(&[scope("a", Action::Pull), scope("b", Action::Push)]));
        assert_eq!(joined(&[scope("a", Action::Push)]), ["repository:a:pull,push"]);
    }
}
