//! JSON Merge Patch (RFC 7396) on objects, and how patches follow one another where one layer lies over another.
//!
//! A layer is kept as a patch over what lies below it. Its nulls are kept too: they hide what is below.

use serde_json::{Map, Value};

type Object = Map<String, Value>;

/// Applies a patch.
pub fn merge(target: &mut Object, patch: &Object) {
    for (key, value) in patch {
        match (target.get_mut(key), value) {
            (_, Value::Null) => {
                target.remove(key);
            }
            (Some(Value::Object(target)), Value::Object(patch)) => merge(target, patch),
            (_, Value::Object(patch)) => {
                target.insert(key.clone(), Value::Object(without_nulls(patch)));
            }
            (_, value) => {
                target.insert(key.clone(), value.clone());
            }
        }
    }
}

/// What a patch makes of nothing: itself without the members that are null.
pub fn without_nulls(patch: &Object) -> Object {
    let mut target = Object::new();
    merge(&mut target, patch);
    target
}

/// Makes one patch of two that follow one another. Exact but where the first puts something else in the place of an
/// object below and the second an object again: [`over`] prepares the second for that.
pub fn compose(first: &mut Object, second: &Object) {
    for (key, value) in second {
        match (first.get_mut(key), value) {
            (Some(Value::Object(first)), Value::Object(second)) => compose(first, second),
            (_, value) => {
                first.insert(key.clone(), value.clone());
            }
        }
    }
}

/// The patch to compose with a layer so that the layer, merged over what lies below, shows what `patch` makes of what
/// it shows now. It differs from `patch` by the nulls that keep hidden what the layer hid.
pub fn over(below: Option<&Object>, layer: &Object, patch: &Object) -> Object {
    let member = |(key, value): (&String, &Value)| {
        let value = match (layer.get(key), value) {
            (Some(Value::Object(layer)), Value::Object(patch)) => Value::Object(over(object(below, key), layer, patch)),
            (Some(_), Value::Object(patch)) => Value::Object(replacing(object(below, key), patch)),
            (_, value) => value.clone(),
        };
        (key.clone(), value)
    };
    patch.iter().map(member).collect()
}

/// The patch that shows what `patch` makes of nothing, whatever lies below now.
fn replacing(below: Option<&Object>, patch: &Object) -> Object {
    let hidden = below.into_iter().flat_map(Object::keys);
    let mut hiding: Object = hidden.map(|key| (key.clone(), Value::Null)).collect();
    for (key, value) in patch {
        let value = match value {
            Value::Object(patch) => Value::Object(replacing(object(below, key), patch)),
            value => value.clone(),
        };
        hiding.insert(key.clone(), value);
    }
    hiding
}

fn object<'a>(parent: Option<&'a Object>, key: &str) -> Option<&'a Object> {
    parent?.get(key)?.as_object()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    fn parsed(value: Value) -> Object {
        match value {
            Value::Object(object) => object,
            other => panic!("not an object: {other}"),
        }
    }

    fn merged(target: &Object, patch: &Object) -> Object {
        let mut target = target.clone();
        merge(&mut target, patch);
        target
    }

    #[test]
    fn the_examples_of_rfc_7396_that_patch_objects_hold() {
        let examples = [
            (json!({"a": "b"}), json!({"a": "c"}), json!({"a": "c"})),
            (json!({"a": "b"}), json!({"b": "c"}), json!({"a": "b", "b": "c"})),
            (json!({"a": "b"}), json!({"a": null}), json!({})),
            (json!({"a": "b", "b": "c"}), json!({"a": null}), json!({"b": "c"})),
            (json!({"a": ["b"]}), json!({"a": "c"}), json!({"a": "c"})),
            (json!({"a": "c"}), json!({"a": ["b"]}), json!({"a": ["b"]})),
            (json!({"a": {"b": "c"}}), json!({"a": {"b": "d", "c": null}}), json!({"a": {"b": "d"}})),
            (json!({"a": [{"b": "c"}]}), json!({"a": [1]}), json!({"a": [1]})),
            (json!({"e": null}), json!({"a": 1}), json!({"e": null, "a": 1})),
            (json!({}), json!({"a": {"bb": {"ccc": null}}}), json!({"a": {"bb": {}}})),
        ];
        for (target, patch, result) in examples {
            assert_eq!(Value::Object(merged(&parsed(target), &parsed(patch))), result);
        }
    }

    #[test]
    fn an_object_in_the_place_of_a_scalar_does_not_let_what_is_below_through() {
        let below = parsed(json!({"range": {"from": 1, "to": {"x": 2, "y": 3}}}));
        let mut layer = parsed(json!({"range": "all"}));
        let patch = over(Some(&below), &layer, &parsed(json!({"range": {"to": {"x": 9}}})));
        compose(&mut layer, &patch);
        assert_eq!(Value::Object(layer.clone()), json!({"range": {"from": null, "to": {"x": 9, "y": null}}}));
        assert_eq!(Value::Object(merged(&below, &layer)), json!({"range": {"to": {"x": 9}}}));
    }

    /// Few keys and shallow values, so that everything meets everything.
    fn an_object() -> impl Strategy<Value = Object> {
        let leaf = prop_oneof![Just(Value::Null), Just(json!(1)), Just(json!([null, {"a": null}])), Just(json!({}))];
        let value = leaf.prop_recursive(3, 12, 3, |inner| {
            prop::collection::btree_map("[abc]", inner, 0..3)
                .prop_map(|members| Value::Object(members.into_iter().collect()))
        });
        prop::collection::btree_map("[abc]", value, 0..4).prop_map(|members| members.into_iter().collect())
    }

    /// `MergePatch` word for word as the RFC's pseudocode has it.
    fn merge_as_written(target: Value, patch: &Value) -> Value {
        let Value::Object(patch) = patch else {
            return patch.clone();
        };
        let mut target = target.as_object().cloned().unwrap_or_default();
        for (name, value) in patch {
            if value.is_null() {
                target.remove(name);
            } else {
                let old = target.remove(name).unwrap_or(Value::Null);
                target.insert(name.clone(), merge_as_written(old, value));
            }
        }
        Value::Object(target)
    }

    proptest! {
        #[test]
        fn merging_is_what_the_rfc_says(target in an_object(), patch in an_object()) {
            let expected = merge_as_written(Value::Object(target.clone()), &Value::Object(patch.clone()));
            prop_assert_eq!(Value::Object(merged(&target, &patch)), expected);
        }

        #[test]
        fn a_layer_shows_after_every_patch_what_the_patch_makes_of_what_it_showed(
            below in an_object(),
            patches in prop::collection::vec(an_object(), 1..6),
        ) {
            let below = without_nulls(&below);
            let mut layer = Object::new();
            for patch in patches {
                let expected = merged(&merged(&below, &layer), &patch);
                let composed = over(Some(&below), &layer, &patch);
                compose(&mut layer, &composed);
                prop_assert_eq!(merged(&below, &layer), expected);
            }
        }

        #[test]
        fn what_is_below_may_change_under_a_layer(
            below in prop::collection::vec(an_object(), 1..6),
            patches in prop::collection::vec(an_object(), 6),
        ) {
            let mut layer = Object::new();
            for (below, patch) in below.iter().map(without_nulls).zip(patches) {
                let expected = merged(&merged(&below, &layer), &patch);
                let composed = over(Some(&below), &layer, &patch);
                compose(&mut layer, &composed);
                prop_assert_eq!(merged(&below, &layer), expected);
            }
        }
    }
}
