//! Handing one mail over, command by command. lettre has a function for all of it, which does not say how far it came; but
//! a refusal means one thing where the recipient is named and another where the sender is, and only before the first word
//! about a mail another connection may be tried.
//!
//! Where the relay takes several commands at once (PIPELINING, RFC 2920), sender, recipient and DATA are one packet, and a
//! mail takes two round trips instead of four. Nothing of a mail is sent before all three were answered, and a connection over
//! which one was refused is not used again, so that nobody has to know what the others were answered.

use crate::mail::{About, SendError};
use lettre::{
    address::Envelope,
    transport::smtp::{
        Error,
        client::AsyncSmtpConnection,
        commands::{Data, Ehlo, Mail, Rcpt},
        extension::{ClientId, Extension, MailBodyParameter, MailParameter},
    },
};
use std::{error::Error as _, fmt, time::Duration};
use tokio::time::timeout;

/// Replies that speak of our own sign-in at the relay and not of this mail: somebody will correct the settings.
const ABOUT_US: [u16; 4] = [530, 534, 535, 538];
/// Time for a goodbye.
const GOODBYE_TIME: Duration = Duration::from_secs(2);
/// The relay has no time, or ends the conversation (RFC 5321, 4.2.2).
const CLOSING: u16 = 421;
/// Replies to the recipient's name that mean, without more words, that nobody is there: no such mailbox (550), not here
/// (551), no such name (553), a host or a domain that takes no mail (521, 556; RFC 7504). A relay that does not know us says
/// 550 as well ("relaying denied"), so a bare number proves nothing.
const NOBODY: [u16; 5] = [521, 550, 551, 553, 556];
/// The same in the enhanced codes of RFC 3463 and RFC 7505: no such mailbox, host or name, moved away, takes no mail,
/// switched off.
const NOBODY_ENHANCED: [&str; 7] = ["5.1.0", "5.1.1", "5.1.2", "5.1.3", "5.1.6", "5.1.10", "5.2.1"];

/// How the enhanced codes begin that speak of a rule or of permission (RFC 3463, 3.8).
const RULE: &str = "5.7.";

/// Where the conversation was.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Stage {
    Sender,
    Recipient,
    Message,
}

/// The relay did not take the mail.
pub(super) struct Refusal {
    stage: Stage,
    error: Error,
}

impl Refusal {
    fn code(&self) -> Option<u16> {
        self.error.status().map(u16::from)
    }

    /// Whether it speaks of the connection and of nothing that was said over it.
    pub fn is_of_the_connection(&self) -> bool {
        self.code().is_none_or(|code| code == CLOSING)
    }
}

impl From<Refusal> for SendError {
    fn from(refusal: Refusal) -> Self {
        let code = refusal.code();
        let words = refusal.error.source().map(ToString::to_string).unwrap_or_default();
        let about = match code {
            // Cut off in the middle, or sent away: nobody knows what became of this mail, and others would fare the same.
            None => About::Way,
            Some(code) => about(refusal.stage, code, &words),
        };
        // Where it may be us, somebody will correct the settings, and no mail has to be lost for it.
        let is_ours = matches!(about, About::Way | About::Unclear { nobody: false });
        Self { about, retry: is_ours || !refusal.error.is_permanent(), code, why: refusal.error.to_string() }
    }
}

/// Whom a reply speaks of. Only a final one, and only one that speaks of the recipient, says that nobody is there: a
/// refusal of the words says nothing about her, and one of the sender speaks of us. A rule (5.7.x) and a number without more
/// words may mean either.
fn about(stage: Stage, code: u16, words: &str) -> About {
    if code == CLOSING || ABOUT_US.contains(&code) {
        return About::Way;
    }
    if !(500..600).contains(&code) {
        return About::Mail;
    }
    if stage == Stage::Sender {
        return About::Way;
    }
    match words.split_whitespace().next().filter(|word| is_enhanced(word)) {
        Some(enhanced) if enhanced.starts_with(RULE) => About::Unclear { nobody: false },
        Some(enhanced) if NOBODY_ENHANCED.contains(&enhanced) => About::Address,
        None if stage == Stage::Recipient && NOBODY.contains(&code) => About::Unclear { nobody: true },
        _ => About::Mail,
    }
}

/// "5.1.1".
fn is_enhanced(word: &str) -> bool {
    let parts: Vec<_> = word.split('.').collect();
    parts.len() == 3 && parts.iter().all(|part| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit()))
}

/// Text that is sent as it stands.
struct AsIs<'a>(&'a str);

impl fmt::Display for AsIs<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}

/// Asks whether the relay takes several commands at once. lettre has asked what it offers, but keeps only what it uses itself.
pub(super) async fn takes_several(connection: &mut AsyncSmtpConnection, hello: &ClientId) -> Result<bool, Error> {
    match connection.command(Ehlo::new(hello.clone())).await {
        Ok(offers) => Ok(offers.message().any(|line| line.eq_ignore_ascii_case("PIPELINING"))),
        Err(error) if error.status().is_some() => Ok(false),
        Err(error) => Err(error),
    }
}

/// The first word about a mail: who sends it. With `several` the next two with it.
pub(super) async fn announce(
    connection: &mut AsyncSmtpConnection,
    envelope: &Envelope,
    content: &str,
    several: bool,
) -> Result<(), Refusal> {
    let mut options = Vec::new();
    // What a relay cannot take it refuses with the next word.
    let is_ascii = envelope.to().iter().all(|to| AsRef::<str>::as_ref(to).is_ascii());
    if !is_ascii && connection.server_info().supports_feature(Extension::SmtpUtfEight) {
        options.push(MailParameter::SmtpUtfEight);
    }
    if !content.is_ascii() && connection.server_info().supports_feature(Extension::EightBitMime) {
        options.push(MailParameter::Body(MailBodyParameter::EightBitMime));
    }
    let mut words = Mail::new(envelope.from().cloned(), options).to_string();
    if several {
        words.extend(envelope.to().iter().map(|to| Rcpt::new(to.clone(), Vec::new()).to_string()));
        words.push_str(&Data.to_string());
    }
    let said = connection.command(AsIs(&words)).await.map(drop);
    let outstanding = if several { envelope.to().len() + 1 } else { 0 };
    ended(connection, Stage::Sender, outstanding, said).await
}

/// Who gets it, and the mail itself, as it goes over the wire. Without an error the relay has it.
pub(super) async fn rest(
    connection: &mut AsyncSmtpConnection,
    envelope: &Envelope,
    content: &str,
    several: bool,
) -> Result<(), Refusal> {
    for (number, to) in envelope.to().iter().enumerate() {
        let said = if several {
            connection.read_response().await
        } else {
            connection.command(Rcpt::new(to.clone(), Vec::new())).await
        };
        let outstanding = if several { envelope.to().len() - number } else { 0 };
        ended(connection, Stage::Recipient, outstanding, said.map(drop)).await?;
    }
    let said = if several { connection.read_response().await } else { connection.command(Data).await };
    ended(connection, Stage::Message, 0, said.map(drop)).await?;
    let said = connection.command(AsIs(content)).await.map(drop);
    ended(connection, Stage::Message, 0, said).await
}

/// Says goodbye after a refusal: the relay must not take the next mail for a part of this one. `outstanding`: answers that are
/// still to come, the last of them to DATA.
async fn ended(
    connection: &mut AsyncSmtpConnection,
    stage: Stage,
    outstanding: usize,
    said: Result<(), Error>,
) -> Result<(), Refusal> {
    let Err(error) = said else { return Ok(()) };
    if let Some(code) = error.status() {
        // Whoever closes answers nothing more.
        let outstanding = if u16::from(code) == CLOSING { 0 } else { outstanding };
        // It is only for a goodbye: what was refused is known.
        let _ = timeout(GOODBYE_TIME, goodbye(connection, outstanding)).await;
    }
    Err(Refusal { stage, error })
}

/// Hears what else is answered, and ends the conversation. Whoever was told DATA and lets the mail come all the same (RFC 2920,
/// 3.1) waits for its end first.
async fn goodbye(connection: &mut AsyncSmtpConnection, outstanding: usize) {
    for left in (0..outstanding).rev() {
        match connection.read_response().await {
            Ok(_) if left == 0 => drop(connection.command(AsIs(".\r\n")).await),
            Err(error) if error.status().is_none() => break,
            Ok(_) | Err(_) => {}
        }
    }
    connection.abort().await;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_final_word_about_the_recipient_speaks_of_her_address() {
        let (perhaps_nobody, perhaps_a_rule) = (About::Unclear { nobody: true }, About::Unclear { nobody: false });
        for (stage, code, words, expected) in [
            (Stage::Recipient, 550, "nobody here", perhaps_nobody),
            (Stage::Recipient, 550, "relay not permitted", perhaps_nobody),
            (Stage::Recipient, 550, "5.1.1 nobody here", About::Address),
            (Stage::Recipient, 551, "not here", perhaps_nobody),
            (Stage::Recipient, 553, "no such name", perhaps_nobody),
            (Stage::Recipient, 521, "takes no mail", perhaps_nobody),
            (Stage::Recipient, 556, "5.1.10 takes no mail", About::Address),
            (Stage::Recipient, 554, "5.1.1 nobody here", About::Address),
            // Some relays name the recipient's fate only at the end; there is one recipient.
            (Stage::Message, 550, "5.1.1 nobody here", About::Address),
            (Stage::Message, 550, "looks like something nobody wants", About::Mail),
            (Stage::Message, 554, "5.7.1 looks like something nobody wants", perhaps_a_rule),
            (Stage::Recipient, 550, "5.7.1 not from you", perhaps_a_rule),
            (Stage::Recipient, 554, "refused", About::Mail),
            (Stage::Recipient, 554, "5.7.0 a policy", perhaps_a_rule),
            (Stage::Recipient, 552, "5.2.2 no room", About::Mail),
            (Stage::Recipient, 450, "4.2.1 later", About::Mail),
            (Stage::Recipient, 450, "4.7.1 later", About::Mail),
            (Stage::Recipient, 450, "5.1.1 confused", About::Mail),
            (Stage::Sender, 451, "later", About::Mail),
            (Stage::Sender, 550, "5.1.1 who are you", About::Way),
            (Stage::Sender, 553, "who are you", About::Way),
            (Stage::Sender, 550, "5.7.1 not with this sender", About::Way),
            (Stage::Recipient, 421, "too much to do", About::Way),
            (Stage::Sender, 530, "5.7.0 sign in first", About::Way),
        ] {
            assert_eq!(about(stage, code, words), expected, "{stage:?} {code} {words}");
        }
    }
}
