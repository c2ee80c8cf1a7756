//! Sealing with AES-GCM: what leaves the program and comes back unread and unchanged.

use super::state::random;
use aes_gcm::{
    Aes256Gcm,
    aead::{Aead as _, Key, KeyInit as _, Nonce, Payload},
};

/// Bytes of the nonce, as AES-GCM has them.
const NONCE: usize = 12;

/// Seals bytes under a nonce of their own, which stands before them. `bound` does not travel: only whoever says the same can
/// open the seal.
pub fn seal(key: &[u8; 32], bound: &[u8], plain: &[u8]) -> Option<Vec<u8>> {
    let nonce = random::<NONCE>();
    let secret = cipher(key).encrypt(&Nonce::<Aes256Gcm>::from(nonce), Payload { msg: plain, aad: bound }).ok()?;
    Some([&nonce[..], &secret].concat())
}

/// Opens what [`seal`] gave; `None` where it is not that, or not with this key and bound to this.
pub fn open(key: &[u8; 32], bound: &[u8], sealed: &[u8]) -> Option<Vec<u8>> {
    let (nonce, secret) = sealed.split_first_chunk::<NONCE>()?;
    cipher(key).decrypt(&Nonce::<Aes256Gcm>::from(*nonce), Payload { msg: secret, aad: bound }).ok()
}

fn cipher(key: &[u8; 32]) -> Aes256Gcm {
    Aes256Gcm::new(&Key::<Aes256Gcm>::from(*key))
}
