//! `plinth mirror`: the read tables in the database of an application, the same as those of the service.

mod application;
mod disturbances;
mod following;
mod refusals;
mod snapshots;
mod verifying;
