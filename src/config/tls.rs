//! `tls` of an `[[operator.bind]]`: whose certificates we believe, and which is ours.
//!
//! An operator signs its SMSC's certificate itself as a rule, so there is no list of public
//! authorities in here: `ca` names the ones that are believed. The files are read when the
//! configuration is, and what is wrong with them is a fault with its place.

use std::fmt;
use std::path::Path;
use std::sync::Arc;

use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use tokio_rustls::rustls::{ClientConfig, RootCertStore};
use toml::Spanned;

use super::error::Findings;
use super::raw;

const CERTIFICATES: &str = "name a PEM file: -----BEGIN CERTIFICATE-----";

/// How a bind is made over TLS.
#[derive(Clone)]
pub struct Tls {
    /// Versions, certificates that are believed, and ours.
    pub client: Arc<ClientConfig>,
    /// The name that the SMSC's certificate must be for; `None`: the host that is connected to.
    pub name: Option<ServerName<'static>>,
}

impl Tls {
    /// The name that the certificate of `remote` (`host:port`) must be for; `None` where its host
    /// is none.
    pub fn name_of(&self, remote: &str) -> Option<ServerName<'static>> {
        self.name.clone().or_else(|| host_name(remote.rsplit_once(':')?.0))
    }
}

impl fmt::Debug for Tls {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Tls {{ name: {:?} }}", self.name)
    }
}

fn host_name(host: &str) -> Option<ServerName<'static>> {
    let bare = host.strip_prefix('[').and_then(|host| host.strip_suffix(']')).unwrap_or(host);
    ServerName::try_from(bare.to_owned()).ok()
}

/// What `table` says. `None` where there are faults.
pub(super) fn check(
    table: &Spanned<raw::Tls>,
    folder: &Path,
    findings: &mut Findings,
) -> Option<Tls> {
    let tls = table.get_ref();
    let Some(ca) = &tls.ca else {
        findings.add(
            table.span(),
            "`ca` is missing here",
            "add ca = \"PATH\": the certificates (PEM) of who signed the SMSC's; of a public one \
             they are in /etc/ssl/certs/ca-certificates.crt",
        );
        return None;
    };
    let roots = authorities(ca, folder, findings);
    let name = tls.name.as_ref().map(|written| {
        let name = host_name(written.get_ref());
        if name.is_none() {
            let what = format!("`{}` is no name of a host", written.get_ref());
            findings.add(written.span(), what, "write the name that the SMSC's certificate is for");
        }
        name
    });
    let ours = identity(table, folder, findings);
    let builder = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .ok()?
        .with_root_certificates(roots?);
    let client = match ours? {
        None => builder.with_no_client_auth(),
        Some((chain, key)) => match builder.with_client_auth_cert(chain, key) {
            Ok(client) => client,
            Err(error) => {
                let what = format!("`certificate` and `key` can't be used: {error}");
                findings.add(table.span(), what, "the key must be the one of the certificate");
                return None;
            }
        },
    };
    Some(Tls { client: Arc::new(client), name: name.unwrap_or_default() })
}

fn authorities(
    written: &Spanned<String>,
    folder: &Path,
    findings: &mut Findings,
) -> Option<RootCertStore> {
    let mut roots = RootCertStore::empty();
    for certificate in certificates(written, folder, findings)? {
        if let Err(error) = roots.add(certificate) {
            let what = format!("`{}` holds a certificate of no authority", written.get_ref());
            findings.add(written.span(), format!("{what}: {error}"), CERTIFICATES);
            return None;
        }
    }
    Some(roots)
}

type Identity = (Vec<CertificateDer<'static>>, PrivateKeyDer<'static>);

/// Ours, if there is one: both of its files, or neither.
fn identity(
    table: &Spanned<raw::Tls>,
    folder: &Path,
    findings: &mut Findings,
) -> Option<Option<Identity>> {
    let tls = table.get_ref();
    let (certificate, key) = match (&tls.certificate, &tls.key) {
        (None, None) => return Some(None),
        (Some(certificate), Some(key)) => (certificate, key),
        (Some(one), None) | (None, Some(one)) => {
            let what = "`certificate` and `key` need each other";
            findings.add(one.span(), what, "name the files (PEM) of both, or leave both out");
            return None;
        }
    };
    let chain = certificates(certificate, folder, findings);
    let text = read(key, folder, findings)?;
    let key = PrivateKeyDer::from_pem_slice(text.as_bytes()).map_err(|_| {
        let what = format!("`{}` holds no private key", key.get_ref());
        findings.add(key.span(), what, "name a PEM file: -----BEGIN PRIVATE KEY-----");
    });
    Some(Some((chain?, key.ok()?)))
}

fn certificates(
    written: &Spanned<String>,
    folder: &Path,
    findings: &mut Findings,
) -> Option<Vec<CertificateDer<'static>>> {
    let text = read(written, folder, findings)?;
    let found = CertificateDer::pem_slice_iter(text.as_bytes()).collect::<Result<Vec<_>, _>>();
    match found {
        Ok(found) if !found.is_empty() => Some(found),
        _ => {
            let what = format!("`{}` holds no certificate", written.get_ref());
            findings.add(written.span(), what, CERTIFICATES);
            None
        }
    }
}

fn read(written: &Spanned<String>, folder: &Path, findings: &mut Findings) -> Option<String> {
    super::read(&folder.join(written.get_ref()))
        .map_err(|why| {
            let what = format!("`{}`: {why}", written.get_ref());
            findings.add(written.span(), what, "the path begins at the folder of this file");
        })
        .ok()
}
