//! `regdoctor push`.

use std::path::PathBuf;

use clap::Args;

use super::Format;

#[derive(Debug, Args)]
pub struct PushOptions {
    /// The image: oci:DIR[:TAG], oci-archive:FILE[:TAG], docker-archive:FILE[:NAME], or one of Docker or podman, which
    /// pulls it if it is not there
    #[arg(value_name = "IMAGE")]
    pub image: String,
    /// Where it goes: HOST[:PORT]/REPOSITORY[:TAG]
    #[arg(value_name = "ENTRY_POINT/REPOSITORY[:TAG]")]
    pub target: String,
    /// Also believe servers whose certificate is signed by an authority in this PEM file
    #[arg(long, value_name = "FILE", conflicts_with = "insecure")]
    pub ca: Option<PathBuf>,
    /// Do not verify this registry at all: plain HTTP, or TLS that is not checked
    #[arg(long)]
    pub insecure: bool,
    /// First make Docker trust the registry, as `regdoctor trust` does
    #[arg(long)]
    pub trust: bool,
    /// Do not ask
    #[arg(short, long, requires = "trust")]
    pub yes: bool,
    /// A repository of the same registry that may have layers of the image already; may be given again
    #[arg(long, value_name = "REPOSITORY")]
    pub mount_from: Vec<String>,
    /// How many layers are sent at the same time
    #[arg(long, default_value_t = 4, value_name = "N", value_parser = clap::value_parser!(u8).range(1..=32))]
    pub jobs: u8,
    /// How much of a layer goes into one request, in MiB; left out, all of it
    #[arg(long, value_name = "MIB", value_parser = clap::value_parser!(u32).range(1..))]
    pub chunk: Option<u32>,
    /// How to print what came of it
    #[arg(long, value_enum, default_value_t = Format::Human)]
    pub format: Format,
}
