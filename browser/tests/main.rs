//! What people do in Plinth's web pages, in a real browser.

mod dashboard;
mod every_page;
mod jobs;
mod login;
mod metrics;
mod sample;
mod screenshots;
