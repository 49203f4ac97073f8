//! Plinth from the outside: every promise of the README against a real Postgres and a real nats-server, only through
//! NATS, HTTP, the SDK, the program and SQL on the read tables.
//!
//! `./dev test` says where the servers are (`PLINTH_TEST_DATABASE_URL`, `PLINTH_TEST_NATS_URL`). Every test has a
//! database and a subject prefix of its own. Without servers a test prints that it was skipped.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test that cannot go on fails")]

mod support;

mod access;
mod api_keys;
mod audit;
mod bad_bodies;
mod bad_input;
mod borders;
mod bulk_actions;
mod closed_books;
mod conformance;
mod dashboards;
mod discovery;
mod evaluate;
mod faults;
mod first_steps;
mod flow;
mod formulas;
mod http_access;
mod http_dashboard;
mod http_edge;
mod http_events;
mod http_jobs;
mod http_metrics;
mod http_workers;
mod idempotency;
mod intake;
mod job_history;
mod job_leases;
mod job_list;
mod job_statistics;
mod jobs;
mod known_at;
mod layout_changes;
mod log;
mod maintenance;
mod metric_history;
mod metric_list;
mod metrics;
mod mirror;
mod observation;
mod pages;
mod pages_dashboard;
mod pages_jobs;
mod pages_metrics;
mod parked;
mod program;
mod python_worker;
mod queues;
mod read_tables;
mod redrive;
mod replicas;
mod retention;
mod running_jobs;
mod schedules;
mod seed;
mod tenants;
mod tokens;
mod traces;
mod typescript_client;
mod unique_jobs;
mod webhooks;
mod workers;
