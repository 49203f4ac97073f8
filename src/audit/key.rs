//! The notary's key: notes are signed with the one half, which stays secret, and checked with the other, which everybody may
//! know. Both in the text form of the C2SP, which names the log that they are for.

use std::{fmt, fs, io, io::Write as _, os::unix::fs::OpenOptionsExt, path::Path, str::FromStr};

use rand_core::OsRng;
use signed_note::{Note, Signer as _, StandardSigner, StandardVerifier, Verifier as _, VerifierList, generate_key};

/// A key that cannot be used. Never says what it is.
#[derive(Debug, thiserror::Error)]
pub enum KeyError {
    /// Not a key that signs.
    #[error("not a key of a notary, which begins with PRIVATE+KEY+")]
    Private,
    /// Not a key that checks.
    #[error("not a public key of a notary, which is <origin>+<hash>+<Base64>")]
    Public,
    /// Not a name for a log.
    #[error("{0:?} cannot be the origin of a log: it is 1 to 200 visible characters without + and spaces")]
    Origin(String),
    /// The file.
    #[error(transparent)]
    File(#[from] io::Error),
}

/// A note that is not as it was signed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NoteError {
    /// No note.
    #[error("it is not a signed note")]
    Malformed,
    /// Nobody that is trusted signed it.
    #[error("it is not signed by the key")]
    NotSigned,
}

/// Signs.
#[derive(Clone)]
pub struct NotaryKey {
    signer: StandardSigner,
}

impl fmt::Debug for NotaryKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "NotaryKey of {}", self.origin())
    }
}

impl NotaryKey {
    /// From the file that holds it.
    pub fn read(path: &Path) -> Result<Self, KeyError> {
        fs::read_to_string(path)?.trim().parse()
    }

    /// The log that it signs for.
    pub fn origin(&self) -> &str {
        self.signer.name()
    }

    /// The text with the signature behind it.
    pub fn sign(&self, text: &str) -> Result<String, NoteError> {
        let mut note = Note::new(text.as_bytes(), &[]).map_err(|_| NoteError::Malformed)?;
        note.add_sigs(&[&self.signer]).map_err(|_| NoteError::Malformed)?;
        String::from_utf8(note.to_bytes()).map_err(|_| NoteError::Malformed)
    }
}

impl FromStr for NotaryKey {
    type Err = KeyError;

    fn from_str(text: &str) -> Result<Self, KeyError> {
        Ok(Self { signer: StandardSigner::new(text).map_err(|_| KeyError::Private)? })
    }
}

/// Checks.
#[derive(Clone)]
pub struct PublicKey {
    verifier: StandardVerifier,
}

impl PublicKey {
    /// The log whose notes it checks.
    pub fn origin(&self) -> &str {
        self.verifier.name()
    }

    /// The text that was signed.
    pub fn open(&self, note: &str) -> Result<String, NoteError> {
        let note = Note::from_bytes(note.as_bytes()).map_err(|_| NoteError::Malformed)?;
        let known = VerifierList::new(vec![Box::new(self.verifier.clone())]);
        note.verify(&known).map_err(|_| NoteError::NotSigned)?;
        String::from_utf8(note.text().to_vec()).map_err(|_| NoteError::Malformed)
    }
}

impl FromStr for PublicKey {
    type Err = KeyError;

    fn from_str(text: &str) -> Result<Self, KeyError> {
        Ok(Self { verifier: StandardVerifier::new(text).map_err(|_| KeyError::Public)? })
    }
}

/// Makes a key for a log and keeps it in a file that only its owner can read, and the half for others in a file beside it,
/// with `.pub` at the end of its name. Overwrites nothing. Gives back the public half.
pub fn generate(origin: &str, path: &Path) -> Result<String, KeyError> {
    let is_name =
        (1..=200).contains(&origin.len()) && origin.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'+');
    if !is_name {
        return Err(KeyError::Origin(origin.to_owned()));
    }
    let (private, public) = generate_key(&mut OsRng, origin);
    write_new(path, &private, 0o600)?;
    let mut beside = path.as_os_str().to_owned();
    beside.push(".pub");
    write_new(Path::new(&beside), &public, 0o644)?;
    Ok(public)
}

fn write_new(path: &Path, text: &str, mode: u32) -> io::Result<()> {
    let mut file = fs::OpenOptions::new().write(true).create_new(true).mode(mode).open(path)?;
    writeln!(file, "{text}")?;
    file.sync_all()
}

#[cfg(test)]
pub(super) mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    /// A key of a log of the tests, with its public half.
    pub fn key(origin: &str) -> (NotaryKey, PublicKey) {
        let (private, public) = generate_key(&mut OsRng, origin);
        (private.parse().unwrap(), public.parse().unwrap())
    }

    #[test]
    fn what_a_key_signed_its_public_half_opens_and_no_other() {
        let ((notary, public), (_, other)) = (key("example.com/log"), key("example.com/log"));
        let note = notary.sign("a\nb\n").unwrap();
        assert_eq!(public.open(&note).unwrap(), "a\nb\n");
        assert_eq!(other.open(&note), Err(NoteError::NotSigned));
        assert_eq!(public.open(&note.replace("b\n", "c\n")), Err(NoteError::NotSigned));
        assert_eq!(public.open("a\nb\n"), Err(NoteError::Malformed));
    }

    #[test]
    fn a_key_is_kept_in_a_file_of_its_owner_and_never_written_over() {
        use std::os::unix::fs::PermissionsExt as _;
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("notary");
        let public = generate("example.com/log", &path).unwrap();
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        assert_eq!(fs::read_to_string(folder.path().join("notary.pub")).unwrap().trim(), public);
        assert!(matches!(generate("example.com/log", &path), Err(KeyError::File(_))));
        let notary = NotaryKey::read(&path).unwrap();
        let note = notary.sign("a\n").unwrap();
        assert_eq!(public.parse::<PublicKey>().unwrap().open(&note).unwrap(), "a\n");
    }

    #[test]
    fn an_error_says_nothing_of_the_key() {
        let error = "PRIVATE+KEY+example.com/log+0badc0de+AQsecret".parse::<NotaryKey>().unwrap_err();
        assert!(!error.to_string().contains("secret"), "{error}");
        assert!(matches!(generate("a b", Path::new("x")), Err(KeyError::Origin(_))));
    }
}
