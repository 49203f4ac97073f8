//! Connections: how many, how long a request's head may take to come and how large it may be, and how they end.

use std::{io, sync::Arc, time::Duration};

use axum::Router;
use hyper::server::conn::http1;
use hyper_util::{
    rt::{TokioIo, TokioTimer},
    server::graceful::{GracefulShutdown, Watcher},
    service::TowerToHyperService,
};
use tokio::{
    net::{TcpListener, TcpStream},
    sync::{OwnedSemaphorePermit, Semaphore},
};
use tokio_util::sync::CancellationToken;

use crate::duty::wait;

/// Most connections; those who come later wait until one ends.
const CONNECTIONS: usize = 16_384;
/// How long to wait for the whole head of a request, also on a connection that had requests before. Then it is closed.
const HEAD_LIMIT: Duration = Duration::from_secs(30);
/// Largest head of a request; a larger one is answered with 431.
const HEAD_BYTES: usize = 64 * 1024;
/// How long what was asked may take when the service stops.
const GRACE: Duration = Duration::from_secs(25);
/// How long to wait when no connection can be taken, as when there are too many open files.
const PAUSE: Duration = Duration::from_millis(500);

/// Answers requests until told to stop, and then those that came before.
pub async fn serve(listener: TcpListener, routes: Router, shutdown: &CancellationToken) {
    let room = Arc::new(Semaphore::new(CONNECTIONS));
    let connections = GracefulShutdown::new();
    let given_up = CancellationToken::new();
    let _at_the_end = given_up.clone().drop_guard();
    while let Some((stream, permit)) = next(&listener, &room, shutdown).await {
        let answering = answer(stream, routes.clone(), connections.watcher());
        let given_up = given_up.clone();
        tokio::spawn(async move {
            given_up.run_until_cancelled(answering).await;
            drop(permit);
        });
    }
    drop(listener);
    if tokio::time::timeout(GRACE, connections.shutdown()).await.is_err() {
        tracing::warn!("requests over HTTP were not answered within {} s and are given up", GRACE.as_secs());
    }
}

/// The next connection and its place; none when it is time to stop.
async fn next(
    listener: &TcpListener,
    room: &Arc<Semaphore>,
    shutdown: &CancellationToken,
) -> Option<(TcpStream, OwnedSemaphorePermit)> {
    let permit = shutdown.run_until_cancelled(room.clone().acquire_owned()).await?.ok()?;
    loop {
        match shutdown.run_until_cancelled(listener.accept()).await? {
            Ok((stream, _)) => return Some((stream, permit)),
            Err(error) if is_of_one(&error) => {}
            Err(error) => {
                tracing::warn!(error = %error, "no connection can be taken just now");
                wait(PAUSE, shutdown).await;
            }
        }
    }
}

async fn answer(stream: TcpStream, routes: Router, watcher: Watcher) {
    // answers are written at once, so waiting for more to send brings nothing
    stream.set_nodelay(true).ok();
    let mut builder = http1::Builder::new();
    builder.timer(TokioTimer::new()).header_read_timeout(HEAD_LIMIT).max_header_size(HEAD_BYTES);
    let connection = builder.serve_connection(TokioIo::new(stream), TowerToHyperService::new(routes));
    // whoever was on it knows how it ended
    watcher.watch(connection).await.ok();
}

/// Whether a connection went away before it was taken.
fn is_of_one(error: &io::Error) -> bool {
    use io::ErrorKind::{ConnectionAborted, ConnectionRefused, ConnectionReset};
    matches!(error.kind(), ConnectionAborted | ConnectionRefused | ConnectionReset)
}
