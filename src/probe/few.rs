//! Lists from outside, of which only the first are kept: a document of a few MiB can name a million of anything.

use std::fmt;
use std::marker::PhantomData;

use serde::de::{Deserialize, Deserializer, IgnoredAny, SeqAccess, Visitor};

const KEPT: usize = 64;

/// The first 64 of a list.
#[derive(Debug)]
pub(super) struct Few<T>(pub Vec<T>);

impl<T> Default for Few<T> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Few<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_seq(Keep(PhantomData))
    }
}

struct Keep<T>(PhantomData<T>);

impl<'de, T: Deserialize<'de>> Visitor<'de> for Keep<T> {
    type Value = Few<T>;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a list")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Few<T>, A::Error> {
        let mut kept = Vec::new();
        while kept.len() < KEPT {
            let Some(one) = list.next_element()? else { return Ok(Few(kept)) };
            kept.push(one);
        }
        while list.next_element::<IgnoredAny>()?.is_some() {}
        Ok(Few(kept))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keeps_the_first_of_a_million() {
        let text = format!("[{}1]", "7,".repeat(1_000_000));
        let few: Few<u8> = serde_json::from_str(&text).unwrap();
        assert_eq!((few.0.len(), few.0[0]), (64, 7));
        assert_eq!(serde_json::from_str::<Few<u8>>("[1,2]").unwrap().0, [1, 2]);
        assert!(serde_json::from_str::<Few<u8>>("{}").is_err());
    }
}
