//! What stands in the folder already, and what is to be written there.

use crate::cli::failure::Failure;
use crate::cli::new_files;
use crate::deploy::mark::{self, Standing};
use crate::deploy::{self, File, Request};
use crate::host::Host;
use crate::model::new_file::NewFile;

/// A file of the deployment and what is to become of it.
pub struct Judged {
    pub path: &'static str,
    pub standing: Standing,
    file: NewFile,
}

impl Judged {
    /// What somebody else wrote is among it, for the writing to find it in the way.
    pub fn to_write(&self) -> Option<NewFile> {
        (self.standing != Standing::Theirs).then(|| self.file.clone())
    }
}

/// Every file, against what is on the disk.
pub fn judge(host: &dyn Host, request: &Request) -> Result<Vec<Judged>, Failure> {
    deploy::files(request).into_iter().map(|file| one(host, request, file)).collect()
}

fn one(host: &dyn Host, request: &Request, file: File) -> Result<Judged, Failure> {
    let path = request.folder.join(file.path);
    let old = new_files::read(host, &path)?;
    let standing = mark::standing(old.as_deref(), &file.text);
    let over = old.filter(|_| standing == Standing::Ours);
    let new = NewFile { mode: file.mode, ..NewFile::public(path, file.text) }.over(over);
    Ok(Judged { path: file.path, standing, file: new })
}
