//! Binds over TLS: the SMSC's certificate is checked, ours is shown, and a bind that can't be made
//! says why and what to do.

use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, DnType, IsCa, KeyPair};
use smpp_sim::Profile;
use tokio::io::copy_bidirectional;
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::PrivatePkcs8KeyDer;
use tokio_rustls::rustls::server::WebPkiClientVerifier;
use tokio_rustls::rustls::{RootCertStore, ServerConfig};

use crate::binary::Folder;
use crate::rig::{P, ask, bound, folder, sim, vip_binds};

type Issuer = CertifiedIssuer<'static, KeyPair>;

/// An authority that signs certificates.
fn authority(name: &str) -> Issuer {
    let mut params = CertificateParams::new(vec![name.to_owned()]).unwrap();
    params.distinguished_name.push(DnType::CommonName, name);
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap()
}

/// A certificate for `name` and its key.
fn signed(by: &Issuer, name: &str) -> (rcgen::Certificate, KeyPair) {
    let key = KeyPair::generate().unwrap();
    let params = CertificateParams::new(vec![name.to_owned()]).unwrap();
    (params.signed_by(&key, by).unwrap(), key)
}

/// TLS in front of an SMSC: what an operator's gateway does. `wants`: who must have signed ours.
async fn gateway(
    smsc: SocketAddr,
    (certificate, key): (rcgen::Certificate, KeyPair),
    wants: Option<&Issuer>,
) -> SocketAddr {
    let provider = Arc::new(ring::default_provider());
    let builder = ServerConfig::builder_with_provider(Arc::clone(&provider))
        .with_safe_default_protocol_versions()
        .unwrap();
    let builder = match wants {
        None => builder.with_no_client_auth(),
        Some(issuer) => {
            let mut roots = RootCertStore::empty();
            roots.add(issuer.der().clone()).unwrap();
            let verifier = WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider);
            builder.with_client_cert_verifier(verifier.build().unwrap())
        }
    };
    let key = PrivatePkcs8KeyDer::from(key.serialize_der()).into();
    let server = builder.with_single_cert(vec![certificate.der().clone()], key).unwrap();
    let acceptor = TlsAcceptor::from(Arc::new(server));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let acceptor = acceptor.clone();
            tokio::spawn(async move {
                if let Ok(mut stream) = acceptor.accept(stream).await {
                    let mut inner = TcpStream::connect(smsc).await.unwrap();
                    let _ = copy_bidirectional(&mut stream, &mut inner).await;
                }
            });
        }
    });
    address
}

fn write(folder: &Folder, name: &str, pem: &str) {
    std::fs::write(folder.path().join(Path::new(name)), pem).unwrap();
}

#[tokio::test]
async fn an_operators_own_authority_and_our_certificate() {
    let sim = sim(Profile::default()).await;
    let (theirs, ours) = (authority("operator"), authority("bank"));
    let gateway = gateway(sim.addr(), signed(&theirs, "smsc.vip"), Some(&ours)).await;
    let folder = folder(&[("vip", sim.addr())]);
    let tls = "tls = { ca = \"vip-ca.pem\", certificate = \"ours.pem\", key = \"ours.key\", \
               name = \"smsc.vip\" }";
    vip_binds(&folder, &[(gateway, tls)]);
    let (certificate, key) = signed(&ours, "tellerd");
    write(&folder, "vip-ca.pem", &theirs.pem());
    write(&folder, "ours.pem", &certificate.pem());
    write(&folder, "ours.key", &key.serialize_pem());
    let mut daemon = folder.start();
    bound(&sim, 1).await;
    for _ in 0..3 {
        assert!(ask(&sim, P, "5622", "TR 2").await.text.contains("1.234.567,89"));
    }
    daemon.says(&["TLSv1_3 with 127.0.0.1"], 1).await;
    daemon.stop().await;
    assert!(sim.wait_bound(0, crate::binary::PATIENCE).await, "it unbound");
}

#[tokio::test]
async fn whom_we_cant_believe_we_dont_bind_to_and_the_log_says_what_to_do() {
    let sim = sim(Profile::default()).await;
    let (theirs, others) = (authority("operator"), authority("somebody"));
    let for_another = gateway(sim.addr(), signed(&theirs, "smsc.other"), None).await;
    let asks_for_ours = gateway(sim.addr(), signed(&theirs, "127.0.0.1"), Some(&theirs)).await;
    let cases = [
        (for_another, "ca.pem", "`name` in the bind's `tls` says which name it is for"),
        (for_another, "others.pem", "none of the bind's `ca` has signed it"),
        (sim.addr(), "ca.pem", "TLS: received corrupt message"),
        (asks_for_ours, "ca.pem", "does it ask for a `certificate` of ours?"),
    ];
    for (address, ca, says) in cases {
        let folder = folder(&[("vip", address)]);
        vip_binds(&folder, &[(address, &format!("tls = {{ ca = \"{ca}\" }}"))]);
        write(&folder, "ca.pem", &theirs.pem());
        write(&folder, "others.pem", &others.pem());
        let mut daemon = folder.start();
        daemon.says(&["operator=vip", says], 1).await;
        assert_eq!(sim.bound(), 0, "{says}");
        daemon.stop().await;
    }
}
