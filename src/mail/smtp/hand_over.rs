//! Handing one mail over, command by command. lettre has a function for all of it, which does not say how far it came; but
//! a refusal means one thing where the recipient is named and another where the sender is, and only before the first word
//! about a mail another connection may be tried.

use crate::mail::{About, SendError};
use lettre::{
    address::Envelope,
    transport::smtp::{
        Error,
        client::AsyncSmtpConnection,
        commands::{Data, Mail, Rcpt},
        extension::{Extension, MailBodyParameter, MailParameter},
    },
};
use std::error::Error as _;

/// Replies that speak of our own sign-in at the relay and not of this mail: somebody will correct the settings.
const ABOUT_US: [u16; 4] = [530, 534, 535, 538];
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

/// The first word about a mail: who sends it.
pub(super) async fn announce(
    connection: &mut AsyncSmtpConnection,
    envelope: &Envelope,
    bytes: &[u8],
) -> Result<(), Refusal> {
    let mut options = Vec::new();
    // What a relay cannot take it refuses with the next word.
    let is_ascii = envelope.to().iter().all(|to| AsRef::<str>::as_ref(to).is_ascii());
    if !is_ascii && connection.server_info().supports_feature(Extension::SmtpUtfEight) {
        options.push(MailParameter::SmtpUtfEight);
    }
    if !bytes.is_ascii() && connection.server_info().supports_feature(Extension::EightBitMime) {
        options.push(MailParameter::Body(MailBodyParameter::EightBitMime));
    }
    let said = connection.command(Mail::new(envelope.from().cloned(), options)).await.map(drop);
    ended(connection, Stage::Sender, said).await
}

/// Who gets it, and the mail itself. Without an error the relay has it.
pub(super) async fn rest(
    connection: &mut AsyncSmtpConnection,
    envelope: &Envelope,
    bytes: &[u8],
) -> Result<(), Refusal> {
    for to in envelope.to() {
        let said = connection.command(Rcpt::new(to.clone(), Vec::new())).await.map(drop);
        ended(connection, Stage::Recipient, said).await?;
    }
    let said = connection.command(Data).await.map(drop);
    ended(connection, Stage::Message, said).await?;
    let said = connection.message(bytes).await.map(drop);
    ended(connection, Stage::Message, said).await
}

/// Says goodbye after a refusal: the relay must not take the next mail for a part of this one.
async fn ended(connection: &mut AsyncSmtpConnection, stage: Stage, said: Result<(), Error>) -> Result<(), Refusal> {
    let Err(error) = said else { return Ok(()) };
    if error.status().is_some() {
        connection.abort().await;
    }
    Err(Refusal { stage, error })
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
