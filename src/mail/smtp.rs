//! To a relay by SMTP, over connections that are kept for a while.
//!
//! Not lettre's own pool: lettre never sets `TCP_NODELAY`, and the small last packet of a mail then waits for the
//! other side's delayed acknowledgement (44 ms a mail, measured). So connections get a stream of ours with that option, and
//! [`tls`] speaks over it where `smtps://` asks for TLS from the first byte.

mod hand_over;
pub mod relay;
pub mod tls;

use super::{OutboxMail, SendError, message, stencil::Stencil, wire};
use lettre::{
    Address,
    address::Envelope,
    message::Mailbox,
    transport::smtp::{
        Error,
        authentication::{Credentials, DEFAULT_MECHANISMS},
        client::{AsyncSmtpConnection, AsyncTokioStream, TlsParameters},
        extension::ClientId,
    },
};
use relay::{Relay, Security};
use std::{
    collections::HashMap,
    fmt,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};
use tls::Tls;
use tokio::{
    net::TcpStream,
    time::{Instant, timeout},
};
use uuid::Uuid;

/// Time for a connection to come about.
const CONNECT_TIME: Duration = Duration::from_secs(10);
/// A connection that was quiet for longer is not used again; relays close them after a while without a word.
const IDLE_TIME: Duration = Duration::from_secs(20);
/// Many relays take a limited number of mails over one connection.
const MAILS_PER_CONNECTION: u32 = 50;
/// Stencils that are kept; each is as long as a mail.
const STENCILS: usize = 256;

/// A relay and the connections to it that are idle.
pub struct Smtp {
    from: Mailbox,
    relay: Relay,
    way: Way,
    hello: ClientId,
    idle: Mutex<Vec<Kept>>,
    /// By the id of shared words; nothing where they have none.
    stencils: Mutex<HashMap<Uuid, Option<Arc<Stencil>>>>,
}

/// How the way to the relay is protected, with what that needs.
enum Way {
    Clear,
    StartTls(TlsParameters),
    Tls(Tls),
}

struct Kept {
    connection: AsyncSmtpConnection,
    /// Whether it takes several commands at once.
    several: bool,
    since: Instant,
    mails: u32,
}

impl fmt::Debug for Smtp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // The relay holds a password, so only where it is goes out.
        f.debug_struct("Smtp").field("host", &self.relay.host).field("port", &self.relay.port).finish_non_exhaustive()
    }
}

impl Smtp {
    /// Reads `SMTP_URL`. `own_host` is how we introduce ourselves.
    pub fn open(url: &str, from: Mailbox, own_host: &str) -> Result<Self, SendError> {
        let relay = Relay::parse(url).map_err(SendError::never)?;
        let way = match relay.security {
            Security::Clear => Way::Clear,
            Security::StartTls => Way::StartTls(TlsParameters::new(relay.host.clone()).map_err(SendError::never)?),
            Security::Tls => Way::Tls(Tls::with(&relay.host).map_err(SendError::never)?),
        };
        if relay.security == Security::Clear && !relay.is_on_this_machine() {
            tracing::warn!(host = %relay.host, "SMTP_URL asks for clear text: mails can be read on their way");
        }
        let hello = ClientId::Domain(own_host.to_owned());
        Ok(Self { from, relay, way, hello, idle: Mutex::default(), stencils: Mutex::default() })
    }

    pub(super) async fn send(&self, mail: &OutboxMail) -> Result<(), SendError> {
        let (envelope, content) = self.ready(mail)?;
        let mut kept = match self.idle() {
            Some(kept) => kept,
            None => self.fresh().await?,
        };
        if let Err(refusal) = hand_over::announce(&mut kept.connection, &envelope, &content, kept.several).await {
            // A relay may close what lay idle, or has taken enough over one connection; nothing of this mail has left then.
            if kept.mails == 0 || !refusal.is_of_the_connection() {
                return Err(refusal.into());
            }
            kept = self.fresh().await?;
            hand_over::announce(&mut kept.connection, &envelope, &content, kept.several).await?;
        }
        hand_over::rest(&mut kept.connection, &envelope, &content, kept.several).await?;
        kept.mails += 1;
        kept.since = Instant::now();
        if kept.mails < MAILS_PER_CONNECTION {
            self.idle.lock().unwrap_or_else(PoisonError::into_inner).push(kept);
        }
        Ok(())
    }

    /// The mail as it goes over the wire.
    fn ready(&self, mail: &OutboxMail) -> Result<(Envelope, String), SendError> {
        if let Some(content) = self.stencil(mail).and_then(|stencil| stencil.fill(mail)) {
            let to: Address = mail.to.parse().map_err(|error| SendError::never(format!("no address: {error}")))?;
            let envelope = Envelope::new(Some(self.from.email.clone()), vec![to]).map_err(SendError::never)?;
            return Ok((envelope, content));
        }
        let message = message::build(&self.from, mail)?;
        let envelope = message.envelope().clone();
        Ok((envelope, wire::of(message.formatted())?))
    }

    /// That of its words, if it shares them with others and they have one.
    fn stencil(&self, mail: &OutboxMail) -> Option<Arc<Stencil>> {
        let words = mail.shared.as_ref()?.words.id;
        let mut stencils = self.stencils.lock().unwrap_or_else(PoisonError::into_inner);
        if stencils.len() >= STENCILS && !stencils.contains_key(&words) {
            stencils.clear();
        }
        stencils.entry(words).or_insert_with(|| Stencil::cut(&self.from, mail).map(Arc::new)).clone()
    }

    /// A connection that was used a while ago at most.
    fn idle(&self) -> Option<Kept> {
        let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        // The one that was used last is last: where it is too old, so are all.
        let kept = idle.pop().filter(|kept| kept.since.elapsed() < IDLE_TIME);
        if kept.is_none() {
            idle.clear();
        }
        kept
    }

    /// A new connection. Whatever goes wrong before the mail is mentioned says nothing about the mail.
    async fn fresh(&self) -> Result<Kept, SendError> {
        let (connection, several) = self.connect().await.map_err(about_us)?;
        Ok(Kept { connection, several, since: Instant::now(), mails: 0 })
    }

    async fn connect(&self) -> Result<(AsyncSmtpConnection, bool), ConnectError> {
        let address = (self.relay.host.as_str(), self.relay.port);
        let stream = timeout(CONNECT_TIME, TcpStream::connect(address)).await??;
        stream.set_nodelay(true)?;
        let stream: Box<dyn AsyncTokioStream> = match &self.way {
            Way::Tls(tls) => timeout(CONNECT_TIME, tls.over(stream)).await??,
            Way::Clear | Way::StartTls(_) => Box::new(stream),
        };
        let mut connection = AsyncSmtpConnection::connect_with_transport(stream, &self.hello).await?;
        // A relay that does not offer STARTTLS, or somebody on the way who took the offer out, is an error: nothing is ever
        // sent in clear text where TLS was asked for.
        if let Way::StartTls(tls) = &self.way {
            connection.starttls(tls.clone(), &self.hello).await?;
        }
        let several = hand_over::takes_several(&mut connection, &self.hello).await?;
        if let Some((name, password)) = &self.relay.login {
            let credentials = Credentials::new(name.clone(), password.clone());
            connection.auth(DEFAULT_MECHANISMS, &credentials).await?;
        }
        Ok((connection, several))
    }
}

/// What went wrong before a mail was mentioned, with the reply code if there was one.
struct ConnectError(String, Option<u16>);

impl From<std::io::Error> for ConnectError {
    fn from(error: std::io::Error) -> Self {
        Self(error.to_string(), None)
    }
}

impl From<tokio::time::error::Elapsed> for ConnectError {
    fn from(_: tokio::time::error::Elapsed) -> Self {
        Self("the relay did not answer in time".to_owned(), None)
    }
}

impl From<Error> for ConnectError {
    fn from(error: Error) -> Self {
        Self(error.to_string(), error.status().map(u16::from))
    }
}

fn about_us(error: ConnectError) -> SendError {
    SendError { code: error.1, ..SendError::no_way(error.0) }
}

#[cfg(test)]
mod tests;
