//! What distributions of one family have in common: one constant table each, in `distro/`.

use super::facts::Packaging;

/// One family's table. Everything a family changes about regdoctor's work is a field here; there is no logic.
#[derive(Debug, PartialEq, Eq)]
pub struct Family {
    /// "debian", "rhel", "suse", …
    pub name: &'static str,
    /// Values of `ID` or `ID_LIKE`, in lower case, that lead here.
    pub ids: &'static [&'static str],
    /// Paths that tell the family when no id is known: any of them is enough.
    pub markers: &'static [&'static str],
    pub database: PackageDatabase,
    /// Packages that bring a Docker daemon, with what they are.
    pub packages: &'static [(&'static str, Packaging)],
    /// Files of variables that may configure Docker here, read or not.
    pub env_files: &'static [&'static str],
    pub store: Option<StoreTable>,
    /// Why editing files under /etc is of no use here, when it is not.
    pub unmanageable: Option<&'static str>,
    /// Why an edit works and is gone after the next start of the machine, when it is.
    pub volatile: Option<&'static str>,
}

/// How installed packages are looked up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PackageDatabase {
    /// `/var/lib/dpkg/info/NAME.list`
    Dpkg,
    /// `rpm -q NAME…`
    Rpm,
    /// `/lib/apk/db/installed`
    Apk,
    /// folders of `/var/lib/pacman/local`
    Pacman,
    /// folders of `/var/db/pkg/app-containers`
    Portage,
    /// `/var/db/xbps`
    Xbps,
    /// `/var/lib/pkgtools/packages` or `/var/log/packages`
    Slackware,
    /// `/usr/lib/opkg/info/NAME.list`
    Opkg,
    None,
}

/// The system's certificate store: where a CA is dropped, and what makes it count.
#[derive(Debug, PartialEq, Eq)]
pub struct StoreTable {
    pub folder: &'static str,
    /// With the dot.
    pub extension: &'static str,
    pub refresh: &'static [&'static str],
    /// After a removal, where that needs other words.
    pub refresh_after_removal: &'static [&'static str],
    /// The bundle that the refresh writes.
    pub bundle: &'static str,
}
