//! Webhooks by https: the certificate counts, and so does the name.

use std::{net::SocketAddr, sync::Arc};

use rcgen::{CertifiedKey, generate_simple_self_signed};
use rustls::{ServerConfig, crypto::ring, pki_types::PrivateKeyDer};
use serde_json::json;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
};
use tokio_rustls::TlsAcceptor;

use super::{LOOPBACK, configure, ended, receiver::replica_with};
use crate::support::{Acting, Ground};

const ANSWER: &[u8] = b"HTTP/1.1 200 OK\r\ncontent-length: 6\r\nconnection: close\r\n\r\n\"done\"";

/// A server that answers every request; its port, and its certificate as a file has it.
async fn serve() -> (u16, String) {
    let CertifiedKey { cert, signing_key } = generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    let key = PrivateKeyDer::try_from(signing_key.serialize_der()).unwrap();
    let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![cert.der().clone()], key);
    let acceptor = TlsAcceptor::from(Arc::new(config.unwrap()));
    let listener = TcpListener::bind(SocketAddr::from(([127, 0, 0, 1], 0))).await.unwrap();
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(async move {
        while let Ok((connection, _)) = listener.accept().await {
            tokio::spawn(answer(acceptor.clone(), connection));
        }
    });
    (port, cert.pem())
}

/// One that does not trust the certificate goes away.
async fn answer(acceptor: TlsAcceptor, connection: TcpStream) {
    let Ok(mut stream) = acceptor.accept(connection).await else { return };
    let mut request = [0; 16 * 1024];
    assert!(stream.read(&mut request).await.unwrap() > 0);
    stream.write_all(ANSWER).await.unwrap();
    stream.shutdown().await.ok();
}

#[tokio::test]
async fn a_webhook_is_called_by_https_if_its_certificate_is_trusted() {
    let Some(ground) = Ground::new("webhooks by https").await else { return };
    let ((trusted, certificate), (untrusted, _)) = tokio::join!(serve(), serve());
    let roots = ground.folder.join("roots.pem");
    std::fs::write(&roots, certificate).unwrap();
    let _replica = replica_with(&ground, LOOPBACK, &[("SSL_CERT_FILE", roots.to_str().unwrap())]).await;
    let client = ground.client().await;
    let acting = Acting::new(&client).await;
    configure(&acting, "trusted", &format!("https://localhost:{trusted}/"), json!({})).await;
    configure(&acting, "untrusted", &format!("https://localhost:{untrusted}/"), json!({})).await;
    configure(&acting, "other_name", &format!("https://127.0.0.1:{trusted}/"), json!({})).await;
    let job = acting.enqueue("trusted", json!({})).await;
    assert_eq!(ended(&acting, &job).await, ("completed".to_owned(), 1, String::new()));
    for job_type in ["untrusted", "other_name"] {
        let job = acting.enqueue(job_type, json!({ "maxAttempts": 1 })).await;
        let (status, _, error) = ended(&acting, &job).await;
        assert_eq!(status, "failed");
        assert!(error.contains("invalid peer certificate"), "{error}");
    }
}
