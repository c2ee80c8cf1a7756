//! A folder of `.eml` files: what development, tests and demonstrations read.

use super::{OutboxMail, SendError, message};
use lettre::message::Mailbox;
use std::{
    fs,
    io::{self, Write as _},
    path::{Path, PathBuf},
};

/// The folder.
#[derive(Debug)]
pub struct Directory {
    path: PathBuf,
    from: Mailbox,
}

impl Directory {
    /// A folder; it is made with the first mail.
    pub fn new(path: PathBuf, from: Mailbox) -> Self {
        Self { path, from }
    }

    pub(super) async fn send(&self, mail: &OutboxMail) -> Result<(), SendError> {
        let bytes = message::build(&self.from, mail)?.formatted();
        let (folder, name) = (self.path.clone(), file_name(mail));
        tokio::task::spawn_blocking(move || write(&folder, &name, &bytes))
            .await
            .map_err(SendError::later)?
            .map_err(SendError::later)
    }
}

/// Names sort by the time at which the mail was written, newest last, and are the same each time it is sent: a mail
/// that went out twice is one file.
fn file_name(mail: &OutboxMail) -> String {
    format!("{}-{}.eml", mail.created_at.format("%Y%m%dT%H%M%S%.6fZ"), mail.id)
}

/// Whoever watches the folder sees the whole file or none: it is written under a hidden name and then renamed.
fn write(folder: &Path, name: &str, bytes: &[u8]) -> io::Result<()> {
    fs::create_dir_all(folder)?;
    let unfinished = folder.join(format!(".{name}.part"));
    let mut file = fs::File::create(&unfinished)?;
    file.write_all(bytes)?;
    file.sync_all()?;
    fs::rename(&unfinished, folder.join(name))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mail::{eml::Eml, message::tests::mail};

    #[tokio::test]
    async fn files_sort_by_time_and_a_second_copy_replaces_the_first() {
        let folder = std::env::temp_dir().join(format!("common-ground-mail-{}", std::process::id()));
        let directory = Directory::new(folder.clone(), message::sender("Common Ground <hello@example.org>").unwrap());
        let later = OutboxMail {
            created_at: mail().created_at + chrono::Duration::microseconds(1),
            id: uuid::Uuid::nil(),
            ..mail()
        };
        for mail in [&later, &mail(), &mail()] {
            directory.send(mail).await.unwrap();
        }
        let mut names: Vec<_> =
            fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        assert_eq!(names, [file_name(&mail()), file_name(&later)]);
        let read = Eml::parse(&fs::read(folder.join(&names[1])).unwrap());
        assert_eq!(read.header("subject"), Some("Your sign-in code"));
        fs::remove_dir_all(&folder).unwrap();
    }
}
