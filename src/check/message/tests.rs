//! Rules are well formed, and what they make of texts that people wrote.

use super::*;

#[test]
fn every_rule_is_one() {
    assert_eq!(rules::Rules::mistakes(), Vec::<String>::new());
}

#[test]
fn what_is_not_known_is_not_guessed() {
    for text in ["", "hello", "the cat sat on the mat", "warning: unused variable `x`"] {
        assert_eq!(read(text).suspects, [], "{text}");
    }
}
