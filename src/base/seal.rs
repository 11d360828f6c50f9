//! Sealing: personal values are stored encrypted under a key of their customer (design, idea 7).
//!
//! A sealed value is `key id (8) | nonce (12) | ChaCha20-Poly1305 ciphertext and tag (16)` (RFC
//! 8439). The key of the entry that holds it is authenticated with it, so that a value can't be
//! moved to another entry. Nonces are drawn at random: a key serves one customer (or one day's
//! strangers of one bank), far below the 2^32 values that 96 random bits are good for. To forget a
//! customer is to drop the key. Keys live in the key file beside the store (see
//! [`crate::store::keyfile`]) and, while the daemon runs, in the [`Keyring`].
//!
//! Keys of entries never hold a number either: they hold [`Keyring::hash`], a keyed BLAKE3.

use std::fmt;

use ring::aead::{Aad, CHACHA20_POLY1305, LessSafeKey, Nonce, UnboundKey};
use rustc_hash::FxHashMap;
use zeroize::Zeroizing;

use super::dice::Dice;

/// Which key: of a customer, or of a bank's strangers on one day.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct KeyId(u64);

impl KeyId {
    /// The key of one customer of one bank. Customer ids stay below 2^47.
    pub const fn customer(bank: u16, customer: u64) -> KeyId {
        KeyId(((bank as u64) << 47) | (customer & ((1 << 47) - 1)))
    }

    /// The key of a bank's unknown senders on one day (days since the epoch, UTC).
    pub const fn strangers(bank: u16, day: u32) -> KeyId {
        KeyId((1 << 63) | ((bank as u64) << 47) | day as u64)
    }

    /// The bank and day, if it is a key of strangers.
    pub const fn stranger_day(self) -> Option<(u16, u32)> {
        if self.0 >> 63 == 0 { None } else { Some(((self.0 >> 47) as u16, self.0 as u32)) }
    }

    /// From the number that [`KeyId::word`] gave.
    pub const fn from_word(word: u64) -> KeyId {
        KeyId(word)
    }

    /// As a number, for the key file.
    pub const fn word(self) -> u64 {
        self.0
    }
}

/// 32 octets that must not be printed.
pub type KeyBytes = Zeroizing<[u8; 32]>;

/// The key of [`Keyring::hash`], where the bank keeps it apart from the store.
#[derive(Clone, PartialEq, Eq)]
pub struct HashingKey(KeyBytes);

impl HashingKey {
    /// From 64 hexadecimal digits, as `openssl rand -hex 32` prints them. A key that says nothing
    /// (one octet again and again) is none.
    pub fn parse(text: &str) -> Option<HashingKey> {
        let digits = text.trim().as_bytes();
        if digits.len() != 64 {
            return None;
        }
        let mut key = Zeroizing::new([0; 32]);
        for (octet, pair) in key.iter_mut().zip(digits.chunks_exact(2)) {
            let digit = |at: usize| char::from(pair[at]).to_digit(16);
            *octet = u8::try_from(digit(0)? << 4 | digit(1)?).ok()?;
        }
        key.iter().any(|&octet| octet != key[0]).then_some(HashingKey(key))
    }

    /// The key itself, for a ring.
    pub fn bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl fmt::Debug for HashingKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[key]")
    }
}

/// A key that a batch uses for the first time: fsynced into the key file before the batch.
#[derive(Clone)]
pub struct NewKey {
    /// Whose.
    pub id: KeyId,
    /// The key itself.
    pub bytes: KeyBytes,
}

impl fmt::Debug for NewKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?} [key]", self.id)
    }
}

/// Why a value can't be sealed or opened.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub enum SealError {
    /// The customer was forgotten, or the key file isn't the store's.
    #[error("no key {:016x} in the key file (forgotten, or another store's key file)", .0.0)]
    NoKey(KeyId),
    /// Too short, changed, or moved from another entry.
    #[error("a sealed value is damaged or stands under another key than it was sealed for")]
    Damaged,
}

/// The keys in use: one that hashes, and one that seals for each customer and stranger-day.
#[derive(Clone)]
pub struct Keyring {
    hashing: KeyBytes,
    sealing: FxHashMap<KeyId, KeyBytes>,
}

impl fmt::Debug for Keyring {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Keyring of {} keys", self.sealing.len())
    }
}

const NONCE: usize = 12;
const HEAD: usize = SEAL_HEAD_OCTETS;
/// Octets in front of a sealed value that no other value has: its key's id and its nonce.
pub const SEAL_HEAD_OCTETS: usize = 8 + NONCE;
const TAG: usize = 16;
/// How much longer a sealed value is than what it holds.
pub const SEAL_OVERHEAD: usize = HEAD + TAG;

impl Keyring {
    /// A ring with its hashing key and no sealing key yet.
    pub fn new(hashing: [u8; 32]) -> Keyring {
        Keyring { hashing: Zeroizing::new(hashing), sealing: FxHashMap::default() }
    }

    /// The hashing key, for the key file.
    pub fn hashing_key(&self) -> &[u8; 32] {
        &self.hashing
    }

    /// Takes a key in, made now or read from the key file.
    pub fn insert(&mut self, key: &NewKey) {
        self.sealing.insert(key.id, key.bytes.clone());
    }

    /// Drops a key: what it sealed can't be opened any more.
    pub fn remove(&mut self, id: KeyId) {
        self.sealing.remove(&id);
    }

    /// The days of which a bank's strangers have keys, in no order. Looks at every key.
    pub fn stranger_days(&self) -> impl Iterator<Item = (u16, u32)> {
        self.sealing.keys().filter_map(|id| id.stranger_day())
    }

    /// Whether `id` has a key.
    pub fn contains(&self, id: KeyId) -> bool {
        self.sealing.contains_key(&id)
    }

    /// Makes a key for `id` and takes it in. The caller puts what is returned into its batch.
    pub fn create(&mut self, id: KeyId, dice: &mut Dice) -> NewKey {
        let mut bytes = Zeroizing::new([0; 32]);
        dice.fill(&mut *bytes);
        let key = NewKey { id, bytes };
        self.insert(&key);
        key
    }

    /// Seals `plain` for the entry `place` (its store key, authenticated but not stored).
    pub fn seal(
        &self,
        id: KeyId,
        place: &[u8],
        plain: &[u8],
        dice: &mut Dice,
    ) -> Result<Vec<u8>, SealError> {
        let cipher = self.cipher(id)?;
        let mut sealed = Vec::with_capacity(plain.len() + SEAL_OVERHEAD);
        sealed.extend_from_slice(&id.0.to_be_bytes());
        let mut nonce = [0; NONCE];
        dice.fill(&mut nonce);
        sealed.extend_from_slice(&nonce);
        sealed.extend_from_slice(plain);
        let nonce = Nonce::assume_unique_for_key(nonce);
        let tag = cipher
            .seal_in_place_separate_tag(nonce, Aad::from(place), &mut sealed[HEAD..])
            .map_err(|_| SealError::Damaged)?;
        sealed.extend_from_slice(tag.as_ref());
        Ok(sealed)
    }

    /// Opens what [`Keyring::seal`] made for the same `place`.
    pub fn open(&self, place: &[u8], sealed: &[u8]) -> Result<Vec<u8>, SealError> {
        let id = Self::key_of(sealed).ok_or(SealError::Damaged)?;
        let cipher = self.cipher(id)?;
        let nonce: [u8; NONCE] =
            sealed.get(8..HEAD).and_then(|n| n.try_into().ok()).ok_or(SealError::Damaged)?;
        let mut plain = sealed[HEAD..].to_vec();
        let nonce = Nonce::assume_unique_for_key(nonce);
        let length = cipher
            .open_in_place(nonce, Aad::from(place), &mut plain)
            .map_err(|_| SealError::Damaged)?
            .len();
        plain.truncate(length);
        Ok(plain)
    }

    /// Made anew for each value: that costs nothing for this cipher, and a million keys stay 32
    /// octets each.
    fn cipher(&self, id: KeyId) -> Result<LessSafeKey, SealError> {
        let bytes = self.sealing.get(&id).ok_or(SealError::NoKey(id))?;
        let key =
            UnboundKey::new(&CHACHA20_POLY1305, &**bytes).map_err(|_| SealError::NoKey(id))?;
        Ok(LessSafeKey::new(key))
    }

    /// Whose key a sealed value needs.
    pub fn key_of(sealed: &[u8]) -> Option<KeyId> {
        Some(KeyId(u64::from_be_bytes(sealed.get(..8)?.try_into().ok()?)))
    }

    /// A keyed hash of `value`, for keys of entries and for recognising repeats. `domain` keeps
    /// hashes of different things apart.
    pub fn hash(&self, domain: u8, value: &[u8]) -> u128 {
        let mut hasher = blake3::Hasher::new_keyed(&self.hashing);
        hasher.update(&[domain]);
        hasher.update(value);
        let mut half = [0; 16];
        half.copy_from_slice(&hasher.finalize().as_bytes()[..16]);
        u128::from_be_bytes(half)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ring() -> (Keyring, Dice, KeyId) {
        let (mut ring, mut dice) = (Keyring::new([1; 32]), Dice::seeded(1));
        let id = KeyId::customer(1, 7);
        ring.create(id, &mut dice);
        (ring, dice, id)
    }

    #[test]
    fn a_hashing_key_is_64_hexadecimal_digits_that_differ() {
        let digits = format!("0f{}\n", "Ab".repeat(31));
        let key = HashingKey::parse(&digits).unwrap();
        assert_eq!((key.bytes()[0], key.bytes()[31]), (0x0F, 0xAB));
        assert_eq!(format!("{key:?}"), "[key]");
        for bad in ["", "ab", &"00".repeat(32), &digits[1..], &digits.replace('b', "g")] {
            assert_eq!(HashingKey::parse(bad), None, "{bad}");
        }
    }

    #[test]
    fn what_is_sealed_opens_in_its_place_and_nowhere_else() {
        let (ring, mut dice, id) = ring();
        let sealed = ring.seal(id, b"entry 1", b"stanje 84.350,75", &mut dice).unwrap();
        assert_eq!(sealed.len(), 16 + SEAL_OVERHEAD);
        assert!(!sealed.windows(6).any(|w| w == b"stanje"));
        assert_eq!(ring.open(b"entry 1", &sealed).unwrap(), b"stanje 84.350,75");
        assert_eq!(ring.open(b"entry 2", &sealed), Err(SealError::Damaged));
        for at in 8..sealed.len() {
            let mut changed = sealed.clone();
            changed[at] ^= 1;
            assert_eq!(ring.open(b"entry 1", &changed), Err(SealError::Damaged));
        }
        assert_eq!(ring.open(b"entry 1", b"short"), Err(SealError::Damaged));
    }

    #[test]
    fn a_forgotten_key_opens_nothing() {
        let (ring, mut dice, id) = ring();
        let sealed = ring.seal(id, b"", b"x", &mut dice).unwrap();
        assert_eq!(Keyring::new([1; 32]).open(b"", &sealed), Err(SealError::NoKey(id)));
    }

    #[test]
    fn the_same_plaintext_never_seals_to_the_same() {
        let (ring, mut dice, id) = ring();
        let one = ring.seal(id, b"", b"x", &mut dice).unwrap();
        assert_ne!(one, ring.seal(id, b"", b"x", &mut dice).unwrap());
    }

    #[test]
    fn hashes_depend_on_the_key_and_the_domain() {
        let (ring, ..) = ring();
        assert_eq!(ring.hash(1, b"381631112222"), ring.hash(1, b"381631112222"));
        assert_ne!(ring.hash(1, b"381631112222"), ring.hash(2, b"381631112222"));
        assert_ne!(ring.hash(1, b"x"), Keyring::new([2; 32]).hash(1, b"x"));
    }

    #[test]
    fn key_ids_of_customers_and_strangers_never_meet() {
        assert_ne!(KeyId::customer(1, 20_000), KeyId::strangers(1, 20_000));
        assert_eq!(KeyId::customer(1, 20_000).stranger_day(), None);
        assert_eq!(KeyId::strangers(u16::MAX, 20_000).stranger_day(), Some((u16::MAX, 20_000)));
        assert_ne!(KeyId::customer(1, 5), KeyId::customer(2, 5));
        assert_eq!(KeyId::from_word(KeyId::customer(3, 9).word()), KeyId::customer(3, 9));
    }
}
