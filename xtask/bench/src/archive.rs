//! Copies of recordings to a Samba on loopback that requires signing: how fast, beside `smbclient`, and in how much memory.

use std::ffi::OsStr;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::bail;
use recording_archive::Sha256Sum;
use recording_archive::archive::{Account, Item, Location, Place, Share, Sink, Source};
use tokio::io::AsyncReadExt;

use crate::peak;
use crate::report::{Row, timed};
use crate::samba::{PASSWORD, Samba, smbclient, user};

const GROUP: &str = "archive";
const MEGABYTE: f64 = 1_000_000.0;

#[derive(Clone, clap::Args)]
pub(crate) struct Options {
    /// Megabytes (of 1,048,576 bytes) of the large file
    #[arg(long, default_value_t = Options::default().size)]
    size: u64,
    /// How often each copy is made; the median counts
    #[arg(long, default_value_t = Options::default().rounds)]
    rounds: usize,
}

impl Default for Options {
    fn default() -> Self {
        Self { size: 100, rounds: 5 }
    }
}

#[derive(clap::Args)]
pub(crate) struct CopyOnce {
    /// The share
    url: String,
    /// The file to copy
    file: PathBuf,
}

/// All figures. What is compared is measured in turns, so that whatever else the machine does meets both.
pub(crate) async fn measure(options: &Options) -> anyhow::Result<Vec<Row>> {
    let samba = Samba::start("");
    let dir = tempfile::tempdir()?;
    let Options { size, rounds } = *options;
    let large = dir.path().join("large.wav");
    let sum = made(&large, size)?;
    let bytes = size << 20;
    let per_second = |took: Duration| bytes as f64 / took.as_secs_f64();
    let mut rates: [Vec<f64>; 5] = Default::default();
    for round in 0..rounds {
        let put = format!("put large.wav put-{round}.wav");
        rates[0].push(smbclient(&samba, dir.path(), &put).await?);
        let share = connected(&samba.url("share")).await?;
        let source = large.open(0).await?;
        let (took, written) = timed(share.write(&format!("write-{round}.wav"), 0, source, &|_| {})).await;
        written?;
        rates[1].push(per_second(took));
        let get = format!("get put-{round}.wav got.wav");
        rates[2].push(smbclient(&samba, dir.path(), &get).await?);
        let (took, read) = timed(read(&share, &format!("put-{round}.wav"))).await;
        if read? != bytes {
            bail!("the share told another file than was written");
        }
        rates[3].push(per_second(took));
        let item = Item {
            name: &format!("store-{round}.wav"),
            size: bytes,
            sha256: sum,
        };
        let (took, stored) = timed(share.store(&[], item, &large, &|_| {})).await;
        stored?;
        rates[4].push(per_second(took));
        // Disks fill, and what is on its way to them is not to slow the next round.
        for name in ["put", "write", "store"] {
            share.delete(&format!("{name}-{round}.wav")).await?;
        }
    }
    let row = |name: &str, rates: &[f64]| {
        let rates: Vec<f64> = rates.iter().map(|rate| rate / MEGABYTE).collect();
        Row::new(GROUP, format!("{name} of {size} MiB"), "MB/s", &rates)
    };
    let put = row("smbclient put", &rates[0]);
    let get = row("smbclient get", &rates[2]);
    let mut rows = vec![
        // Whether `smbclient` has its server flush is not known here.
        row("write (flushed at its end)", &rates[1]).beside(&put),
        row("read", &rates[3]).beside(&get),
        row("copy (written, read back, compared, named)", &rates[4]).beside(&put),
    ];
    rows.splice(0..0, [put, get]);
    let sizes = [1, size, 3 * size];
    rows.extend(memory(&samba, dir.path(), sizes, rounds).await?);
    Ok(rows)
}

/// Copies one file and tells the peak memory of this process.
pub(crate) async fn copy_once(copy: &CopyOnce) -> anyhow::Result<()> {
    let share = connected(&copy.url).await?;
    let item = Item {
        name: "memory.wav",
        size: std::fs::metadata(&copy.file)?.len(),
        sha256: read_sum(&copy.file)?,
    };
    let stored = share.store(&["memory"], item, &copy.file, &|_| {}).await?;
    if stored.was_there {
        bail!("this copy was there already");
    }
    share
        .remove(&["memory"], &stored.name, item.sha256, jiff::Timestamp::UNIX_EPOCH)
        .await?;
    peak::tell()
}

/// What processes need that copy files of these sizes. The windows of the SMB library are full from the second size on: the
/// third shows whether more is needed for more.
async fn memory(samba: &Samba, dir: &Path, sizes: [u64; 3], rounds: usize) -> anyhow::Result<Vec<Row>> {
    let mut rows: Vec<Row> = Vec::new();
    for size in sizes {
        let file = dir.join("memory.wav");
        made(&file, size)?;
        let mut peaks = Vec::new();
        for _ in 0..rounds {
            let url = samba.url("share");
            let copy = [OsStr::new("copy-once"), OsStr::new(&url), file.as_os_str()];
            peaks.push(peak::of(&copy).await? / MEGABYTE);
        }
        let row = Row::new(
            GROUP,
            format!("peak memory (VmHWM) of a copy of {size} MiB"),
            "MB",
            &peaks,
        );
        rows.push(match rows.last() {
            Some(smaller) => row.beside(smaller),
            None => row,
        });
    }
    Ok(rows)
}

/// A share with a connection that stands.
async fn connected(url: &str) -> anyhow::Result<Share> {
    let share = Share::new(Location::parse(url)?, Account::new(&user(), PASSWORD.into()));
    Place::size(&share, "nothing").await?;
    Ok(share)
}

async fn read(share: &Share, name: &str) -> anyhow::Result<u64> {
    let mut reader = share.read(name, 0).await?;
    let (mut piece, mut read) = (vec![0; 1 << 18], 0);
    loop {
        match reader.read(&mut piece).await? {
            0 => return Ok(read),
            n => read += n as u64,
        }
    }
}

/// Makes a file of bytes that no compression makes small, and tells its checksum.
fn made(path: &Path, megabytes: u64) -> anyhow::Result<Sha256Sum> {
    let mut state = 0x9E37_79B9_7F4A_7C15_u64;
    let mut file = std::fs::File::create(path)?;
    for _ in 0..megabytes {
        let mut piece = Vec::with_capacity(1 << 20);
        while piece.len() < 1 << 20 {
            // Xorshift, by Marsaglia.
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            piece.extend(state.to_le_bytes());
        }
        file.write_all(&piece)?;
    }
    file.sync_all()?;
    read_sum(path)
}

fn read_sum(path: &Path) -> anyhow::Result<Sha256Sum> {
    Ok(Sha256Sum::of_reader(std::fs::File::open(path)?)?)
}
