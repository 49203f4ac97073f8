//! What the claims of a token say: of which tenant its holder is, as whom, and what it may do.

use plinth_events::{Scope, TenantId, UserId};
use serde_json::{Map, Value};
use uuid::Uuid;

use crate::http::access::Principal;

/// Most scopes that are looked at, known ones or not.
const SCOPES: usize = 256;

/// The claims of a token.
pub type Claims = Map<String, Value>;

/// A claim that does not say what it is there for. Names no value: what stands in a token is nobody else's business.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("its claim {0} must be a UUID")]
pub struct BadClaim(String);

/// Which claims say what.
#[derive(Debug, Clone)]
pub struct ClaimNames {
    /// The tenant.
    pub tenant: String,
    /// The user.
    pub user: String,
    /// The scopes.
    pub scope: String,
}

impl ClaimNames {
    /// Whoever holds a token with these claims. A token always names a user: one without would be that of a program, which
    /// acts as whomever it says.
    pub fn principal(&self, claims: &Claims) -> Result<Principal, BadClaim> {
        Ok(Principal {
            tenant: TenantId(uuid(claims, &self.tenant)?),
            user: Some(UserId(uuid(claims, &self.user)?)),
            scopes: claims.get(&self.scope).map(scopes).unwrap_or_default(),
        })
    }
}

fn uuid(claims: &Claims, name: &str) -> Result<Uuid, BadClaim> {
    let text = claims.get(name).and_then(Value::as_str);
    text.and_then(|text| text.parse().ok()).ok_or_else(|| BadClaim(name.to_owned()))
}

/// Separated by spaces, as RFC 8693 has it, or a list, as some issuers do.
fn scopes(claim: &Value) -> Vec<Scope> {
    let known = |text: &str| text.parse().ok();
    match claim {
        Value::String(text) => text.split(' ').take(SCOPES).filter_map(known).collect(),
        Value::Array(list) => list.iter().take(SCOPES).filter_map(Value::as_str).filter_map(known).collect(),
        _ => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use serde_json::json;

    use super::*;

    const ID: &str = "00000000-0000-4000-8000-000000000001";

    fn principal(claims: Value) -> Result<Principal, BadClaim> {
        let names = ClaimNames { tenant: "tenant".to_owned(), user: "sub".to_owned(), scope: "scope".to_owned() };
        names.principal(claims.as_object().unwrap())
    }

    #[test]
    fn scopes_are_a_text_or_a_list_and_unknown_ones_are_passed_over() {
        let both = [Scope::MetricsRead, Scope::JobsWrite];
        for scope in [json!("openid metrics:read jobs:write"), json!(["metrics:read", 7, "jobs:write", "jobs:*"])] {
            assert_eq!(principal(json!({ "tenant": ID, "sub": ID, "scope": scope })).unwrap().scopes, both);
        }
        for scope in [json!(null), json!(""), json!({ "metrics:read": true })] {
            assert_eq!(principal(json!({ "tenant": ID, "sub": ID, "scope": scope })).unwrap().scopes, []);
        }
    }

    #[test]
    fn a_token_names_its_tenant_and_its_user() {
        let bad = |name: &str| BadClaim(name.to_owned());
        assert_eq!(principal(json!({ "sub": ID })).unwrap_err(), bad("tenant"));
        assert_eq!(principal(json!({ "tenant": ID })).unwrap_err(), bad("sub"));
        assert_eq!(principal(json!({ "tenant": ID, "sub": "ada" })).unwrap_err(), bad("sub"));
        let user = principal(json!({ "tenant": ID, "sub": ID })).unwrap().user;
        assert_eq!(user, Some(UserId(ID.parse().unwrap())));
    }
}
