//! The forty lines of tar (POSIX ustar) that an image layer needs.

const BLOCK: usize = 512;
/// The longest name, in bytes.
const NAME: usize = 100;

/// An archive of one plain file, owned by root and readable by all. The name is cut to 100 bytes.
#[must_use]
pub(super) fn archive(name: &str, content: &[u8]) -> Vec<u8> {
    let mut archive = header(name, content.len());
    archive.extend_from_slice(content);
    archive.resize(archive.len().next_multiple_of(BLOCK), 0);
    // The end is two empty blocks.
    archive.resize(archive.len() + 2 * BLOCK, 0);
    archive
}

fn header(name: &str, size: usize) -> Vec<u8> {
    let mut before = Vec::with_capacity(BLOCK);
    field(&mut before, name.as_bytes(), NAME);
    field(&mut before, b"0000644", 8);
    field(&mut before, b"0000000", 8);
    field(&mut before, b"0000000", 8);
    field(&mut before, format!("{size:011o}").as_bytes(), 12);
    // The time is 1970, so that the same content is the same layer.
    field(&mut before, b"00000000000", 12);
    let mut after = b"0".to_vec();
    field(&mut after, b"", NAME);
    field(&mut after, b"ustar", 6);
    field(&mut after, b"00", 2);
    // The checksum is the sum of all bytes, its own eight taken as blanks.
    let sum: u32 = before.iter().chain(&after).chain(b"        ").map(|byte| u32::from(*byte)).sum();
    field(&mut before, format!("{sum:06o}\0 ").as_bytes(), 8);
    before.extend(after);
    before.resize(BLOCK, 0);
    before
}

/// `bytes`, cut or filled with zeros to `length`.
fn field(header: &mut Vec<u8>, bytes: &[u8], length: usize) {
    let end = header.len() + length;
    header.extend(bytes.iter().take(length));
    header.resize(end, 0);
}

#[cfg(test)]
mod tests {
    use std::process::{Command, Stdio};

    use super::*;

    #[test]
    fn has_the_layout_of_ustar() {
        let archive = archive("note.txt", b"hello\n");
        assert_eq!(archive.len(), 4 * BLOCK);
        assert!(archive.starts_with(b"note.txt\0"));
        assert_eq!(&archive[124..136], b"00000000006\0");
        assert_eq!(&archive[148..156], b"007447\0 ");
        assert_eq!(&archive[156..157], b"0");
        assert_eq!(&archive[257..265], b"ustar\x0000");
        assert_eq!(&archive[512..519], b"hello\n\0");
        assert!(archive[1024..].iter().all(|byte| *byte == 0));
    }

    #[test]
    #[expect(clippy::disallowed_methods, reason = "tar itself is the judge")]
    fn is_read_by_tar() {
        use std::io::Write as _;
        let mut tar = Command::new("tar");
        let tar = tar.args(["-xOf", "-", "note.txt"]).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn();
        let mut tar = tar.unwrap();
        tar.stdin.take().unwrap().write_all(&archive("note.txt", b"hello\n")).unwrap();
        let output = tar.wait_with_output().unwrap();
        assert!(output.status.success() && output.stdout == b"hello\n", "{output:?}");
    }
}
