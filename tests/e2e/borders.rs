//! The borders of the modules that the compiler does not hold: who names what, and where SQL stands.

use std::{fs, path::Path};

/// The sources below a path of the repository, without their unit tests: path and text.
fn sources(place: &str) -> Vec<(String, String)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut found = Vec::new();
    let mut waiting = vec![root.join(place)];
    while let Some(path) = waiting.pop() {
        if path.is_dir() {
            waiting.extend(fs::read_dir(path).unwrap().map(|entry| entry.unwrap().path()));
        } else if path.extension().is_some_and(|extension| extension == "rs") && !is_test(&path) {
            let text = fs::read_to_string(&path).unwrap();
            found.push((path.strip_prefix(root).unwrap().display().to_string(), without_tests(&text)));
        }
    }
    assert!(!found.is_empty(), "{place} has no sources");
    found
}

fn is_test(path: &Path) -> bool {
    path.components().any(|part| ["tests", "tests.rs", "model.rs"].iter().any(|test| part.as_os_str() == *test))
}

/// Code without comments, up to the tests at the end of its file.
fn without_tests(text: &str) -> String {
    let code = text.split("\n#[cfg(test)]\nmod tests {").next().unwrap_or_default();
    let is_code = |line: &&str| !line.trim_start().starts_with("//");
    code.lines().filter(is_code).collect::<Vec<_>>().join("\n")
}

/// Fails for every source at a place that names something, unless it is one of the exceptions.
#[track_caller]
fn assert_never_named(place: &str, names: &[&str], exceptions: &[&str]) {
    for (path, text) in sources(place).into_iter().filter(|(path, _)| !exceptions.contains(&path.as_str())) {
        for name in names {
            assert!(!text.contains(name), "{path} names {name}");
        }
    }
}

const CLOCKS: [&str; 4] = ["Utc::now", "Local::now", "Instant::now", "SystemTime"];

#[test]
fn the_domain_does_no_io_and_looks_at_no_clock() {
    let names = ["sqlx", "async_nats", "axum", "tokio", "rand::", "crate::log", "crate::command", "plinth_projections"];
    for place in ["src/domain", "src/formulas", "src/config_schema.rs", "src/schema_errors.rs", "src/evaluation"] {
        assert_never_named(place, &names, &[]);
        assert_never_named(place, &CLOCKS, &[]);
    }
    for crate_sources in ["events/src", "formula/src", "projections/src", "web/src"] {
        assert_never_named(crate_sources, &CLOCKS, &[]);
    }
}

#[test]
fn what_checks_proofs_knows_no_database_no_broker_and_no_clock() {
    assert_never_named(
        "src/audit",
        &["sqlx", "async_nats", "tokio", "crate::log", "crate::command", "crate::domain"],
        &[],
    );
    assert_never_named("src/audit", &CLOCKS, &[]);
}

#[test]
fn the_log_knows_neither_rules_nor_the_broker() {
    assert_never_named("src/log", &["crate::domain", "async_nats", "axum", "crate::command"], &[]);
}

#[test]
fn a_decision_reads_no_read_table() {
    // what is not recorded goes to the job queue and the logs of jobs, and those are no read tables
    assert_never_named("src/command", &["plinth_projections"], &["src/command/unrecorded.rs"]);
    let unrecorded =
        fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("src/command/unrecorded.rs")).unwrap();
    let named: Vec<&str> = unrecorded.lines().filter(|line| line.contains("plinth_projections")).collect();
    assert_eq!(named, ["use plinth_projections::{job_log, job_queue::lease};"]);
}

#[test]
fn what_follows_and_answers_knows_no_rules() {
    for place in ["src/relay.rs", "src/jobs", "src/query", "src/http", "src/stray.rs", "src/webhooks", "src/mirror"] {
        assert_never_named(place, &["crate::domain", "\n    domain::"], &[]);
    }
}

#[test]
fn every_route_of_the_api_is_in_its_document() {
    // `routes!` registers a handler and what its annotation says together; what every operation of the document needs is
    // tried out in http_access.rs
    for place in ["src/http/api", "src/http/access", "src/http/edge", "src/http/feed"] {
        assert_never_named(place, &[".route(", "route_service(", "nest_service("], &[]);
    }
}

#[test]
fn sql_stands_only_where_the_tables_are_kept() {
    let names = ["sqlx::query", "sqlx::raw_sql", "query_as(", "query_scalar("];
    for (path, text) in sources("src") {
        if path.starts_with("src/log/") || path.starts_with("src/jobs/") {
            continue;
        }
        for name in names {
            assert!(!text.contains(name), "{path} has SQL: {name}");
        }
    }
    for place in ["events/src", "client/src"] {
        assert_never_named(place, &["sqlx", "cqrs_es"], &[]);
    }
}

#[test]
fn the_crates_depend_on_nothing_that_is_not_theirs() {
    for (manifest, never) in [
        ("events/Cargo.toml", &["tokio", "async-nats", "sqlx", "cqrs-es"][..]),
        ("formula/Cargo.toml", &["tokio", "async-nats", "sqlx", "cqrs-es", "plinth-events"]),
        ("client/Cargo.toml", &["sqlx", "cqrs-es", "postgres-es", "plinth-projections"]),
        ("projections/Cargo.toml", &["cqrs-es", "async-nats", "plinth-client"]),
    ] {
        let text = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(manifest)).unwrap();
        let dependencies = text.split("[dependencies]").nth(1).unwrap().split("\n[").next().unwrap().to_owned();
        for name in never {
            let is_named = dependencies.lines().any(|line| line.split(['.', ' ', '=']).next() == Some(*name));
            assert!(!is_named, "{manifest} depends on {name}");
        }
    }
}
