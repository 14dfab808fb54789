//! The records sealed, opened, bent and cut; and whole handshakes.

use std::sync::Arc;

use rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};
use rustls::{
    ClientConfig, ClientConnection, ContentType, ProtocolVersion, RootCertStore, ServerConfig, ServerConnection,
};

use super::*;
use crate::cert::provider;

fn pair(of: &'static Cbc) -> (Box<dyn MessageEncrypter>, Box<dyn MessageDecrypter>) {
    let key = vec![7; of.key];
    (of.encrypter(AeadKey::from([9; 32]), &key, &[]), of.decrypter(AeadKey::from([9; 32]), &key))
}

fn sealed(encrypter: &mut dyn MessageEncrypter, plain: &[u8]) -> Vec<u8> {
    let message = OutboundPlainMessage {
        typ: ContentType::ApplicationData,
        version: ProtocolVersion::TLSv1_2,
        payload: plain.into(),
    };
    // Without the head of the record.
    encrypter.encrypt(message, 3).unwrap().encode().split_off(5)
}

fn opened(decrypter: &mut dyn MessageDecrypter, record: &mut [u8], sequence: u64) -> Option<Vec<u8>> {
    let message = InboundOpaqueMessage::new(ContentType::ApplicationData, ProtocolVersion::TLSv1_2, record);
    decrypter.decrypt(message, sequence).ok().map(|message| message.payload.to_vec())
}

#[test]
fn every_length_comes_back() {
    for cipher in [&SHORT, &LONG] {
        let (mut encrypter, mut decrypter) = pair(cipher);
        for length in (0..70).chain([LONGEST - 1, LONGEST]) {
            let plain = vec![0x5a; length];
            let mut record = sealed(encrypter.as_mut(), &plain);
            assert_eq!(record.len(), encrypter.encrypted_payload_len(length));
            assert_eq!(opened(decrypter.as_mut(), &mut record, 3).as_deref(), Some(plain.as_slice()), "{length}");
        }
    }
}

#[test]
fn nothing_altered_is_taken() {
    let (mut encrypter, mut decrypter) = pair(&SHORT);
    let record = sealed(encrypter.as_mut(), b"GET /v2/ HTTP/1.1");
    for at in 0..record.len() {
        let mut altered = record.clone();
        altered[at] ^= 1;
        assert_eq!(opened(decrypter.as_mut(), &mut altered, 3), None, "byte {at}");
    }
    assert_eq!(opened(decrypter.as_mut(), &mut record.clone(), 4), None, "another place in the stream");
    for length in 0..record.len() {
        assert_eq!(opened(decrypter.as_mut(), &mut record.clone()[..length], 3), None, "cut to {length}");
    }
}

#[test]
fn both_sides_shake_hands_with_each_of_an_ecdsa_server() {
    for suite in suites().step_by(2) {
        let mut only = rustls::crypto::CryptoProvider::clone(&provider::provider());
        only.cipher_suites = vec![suite];
        let made = rcgen::generate_simple_self_signed(vec!["localhost".to_string()]).unwrap();
        let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(made.signing_key.serialize_der()));
        let server = ServerConfig::builder_with_provider(Arc::new(only))
            .with_protocol_versions(&[&rustls::version::TLS12])
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(vec![made.cert.der().clone()], key)
            .unwrap();
        let mut roots = RootCertStore::empty();
        roots.add(made.cert.der().clone()).unwrap();
        let client = ClientConfig::builder_with_provider(provider::as_engines())
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_root_certificates(roots)
            .with_no_client_auth();
        let mut server = ServerConnection::new(Arc::new(server)).unwrap();
        let mut client = ClientConnection::new(Arc::new(client), "localhost".try_into().unwrap()).unwrap();
        while client.is_handshaking() || server.is_handshaking() {
            let mut wire = Vec::new();
            client.write_tls(&mut wire).unwrap();
            server.read_tls(&mut wire.as_slice()).unwrap();
            server.process_new_packets().unwrap();
            let mut wire = Vec::new();
            server.write_tls(&mut wire).unwrap();
            client.read_tls(&mut wire.as_slice()).unwrap();
            client.process_new_packets().unwrap();
        }
        assert_eq!(client.negotiated_cipher_suite(), Some(suite));
    }
}
