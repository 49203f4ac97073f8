//! What must be true of any formula, of another language too: no key twice, no NUL, not too deep.

use std::collections::HashSet;

use super::{Parser, json::Json, json::Node};
use crate::{error::ErrorCode, limits};

impl Parser<'_> {
    pub(super) fn check_document(&mut self, node: &Node) {
        match &node.json {
            Json::TooDeep => {
                let message = format!("nested deeper than {} levels", limits::JSON_DEPTH);
                self.report(node, ErrorCode::TooDeep, message);
            }
            Json::Text(text) if text.contains('\0') => {
                self.report(node, ErrorCode::NulCharacter, "text must not contain NUL characters");
            }
            Json::List(items) => items.iter().for_each(|item| self.check_document(item)),
            Json::Object(entries) => self.check_entries(entries),
            _ => {}
        }
    }

    fn check_entries(&mut self, entries: &[(String, Node)]) {
        let mut seen = HashSet::new();
        for (key, value) in entries {
            if !seen.insert(key) {
                self.report(value, ErrorCode::DuplicateKey, format!("the key {key} occurs more than once"));
            }
            if key.contains('\0') {
                self.report(value, ErrorCode::NulCharacter, "keys must not contain NUL characters");
            }
            self.check_document(value);
        }
    }
}
