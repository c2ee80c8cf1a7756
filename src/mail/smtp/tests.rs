use super::*;
use crate::{
    domain::letter::{PREFERENCES_MARK, Shared, UNSUBSCRIBE_MARK},
    mail::message::{sender, tests::mail},
};
use lettre::transport::smtp::client::Certificate;
use std::sync::Arc;
use tokio::{
    io::{AsyncBufReadExt as _, AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _, BufReader},
    net::TcpListener,
    sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel},
};
use tokio_rustls::{
    TlsAcceptor,
    rustls::{
        RootCertStore, ServerConfig,
        crypto::ring,
        pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer},
    },
};

/// A certificate for localhost and its key, made for these tests and trusted nowhere else.
const CERTIFICATE: &[u8] = include_bytes!("tests/localhost.cert.der");
const KEY: &[u8] = include_bytes!("tests/localhost.key.der");

/// A relay that writes down what it is told and answers `rcpt` to each RCPT.
async fn relay(rcpt: &'static str) -> (String, UnboundedReceiver<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("smtp://{}", listener.local_addr().unwrap());
    let (heard, told) = unbounded_channel();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            tokio::spawn(converse(stream, rcpt, heard.clone()));
        }
    });
    (url, told)
}

fn acceptor() -> TlsAcceptor {
    let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![CertificateDer::from(CERTIFICATE)], PrivateKeyDer::from(PrivatePkcs8KeyDer::from(KEY)))
        .unwrap();
    TlsAcceptor::from(Arc::new(config))
}

/// The same, which speaks TLS from the first byte.
async fn shielded_relay() -> (String, UnboundedReceiver<String>) {
    let acceptor = acceptor();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("smtps://localhost:{}", listener.local_addr().unwrap().port());
    let (heard, told) = unbounded_channel();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            // Whoever does not trust the certificate goes away.
            if let Ok(stream) = acceptor.accept(stream).await {
                tokio::spawn(converse(stream, "250 fine\r\n", heard.clone()));
            }
        }
    });
    (url, told)
}

/// The same, which speaks TLS as soon as it is asked to. What it hears before that begins with "clear: ".
async fn turning_relay() -> (String, UnboundedReceiver<String>) {
    let acceptor = acceptor();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("smtp://localhost:{}?tls=required", listener.local_addr().unwrap().port());
    let (heard, told) = unbounded_channel();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let mut stream = BufReader::new(stream);
            stream.write_all(b"220 relay\r\n").await.unwrap();
            let mut line = String::new();
            while !line.starts_with("STARTTLS") {
                line.clear();
                if stream.read_line(&mut line).await.is_ok_and(|read| read == 0) {
                    break;
                }
                let _ = heard.send(format!("clear: {}", line.trim_end()));
                let answer = if line.starts_with("EHLO") { "250-relay\r\n250 STARTTLS\r\n" } else { "220 go on\r\n" };
                stream.write_all(answer.as_bytes()).await.unwrap();
            }
            assert!(stream.buffer().is_empty(), "nobody speaks before the answer");
            if let Ok(stream) = acceptor.accept(stream.into_inner()).await {
                tokio::spawn(go_on(stream, "250 fine\r\n", heard.clone()));
            }
        }
    });
    (url, told)
}

async fn converse(mut stream: impl AsyncRead + AsyncWrite + Unpin, rcpt: &str, heard: UnboundedSender<String>) {
    stream.write_all(b"220 relay\r\n").await.unwrap();
    stream.flush().await.unwrap();
    go_on(stream, rcpt, heard).await;
}

async fn go_on(stream: impl AsyncRead + AsyncWrite + Unpin, rcpt: &str, heard: UnboundedSender<String>) {
    let mut stream = BufReader::new(stream);
    let _ = heard.send("connected".to_owned());
    let (mut line, mut in_data) = (String::new(), false);
    while stream.read_line(&mut line).await.is_ok_and(|read| read > 0) {
        let word = line.split_whitespace().next().unwrap_or_default().to_ascii_uppercase();
        let answer = match (in_data, word.as_str()) {
            (true, ".") => "250 kept\r\n",
            (true, _) => "",
            (_, "DATA") => "354 go on\r\n",
            (_, "RCPT") => rcpt,
            (_, "AUTH") => "535 who are you\r\n",
            (_, "EHLO") => "250-relay\r\n250 AUTH PLAIN\r\n",
            _ => "250 fine\r\n",
        };
        in_data = if in_data { word != "." } else { word == "DATA" };
        let _ = heard.send(line.trim_end().to_owned());
        line.clear();
        stream.write_all(answer.as_bytes()).await.unwrap();
        stream.flush().await.unwrap();
    }
}

fn smtp(url: &str) -> Smtp {
    Smtp::open(url, sender("Common Ground <hello@example.org>").unwrap(), "circles.example.org").unwrap()
}

fn heard(told: &mut UnboundedReceiver<String>) -> Vec<String> {
    std::iter::from_fn(|| told.try_recv().ok()).collect()
}

fn count(heard: &[String], start: &str) -> usize {
    heard.iter().filter(|line| line.starts_with(start)).count()
}

#[tokio::test]
async fn two_mails_go_over_one_connection() {
    let (url, mut told) = relay("250 fine\r\n").await;
    let smtp = smtp(&url);
    smtp.send(&mail()).await.unwrap();
    smtp.send(&mail()).await.unwrap();
    let heard = heard(&mut told);
    assert_eq!((count(&heard, "connected"), count(&heard, "DATA")), (1, 2), "{heard:?}");
    assert_eq!(count(&heard, "EHLO circles.example.org"), 2, "lettre's and ours");
    assert_eq!(count(&heard, &format!("Message-ID: {}", mail().message_id)), 2);
}

/// A relay that takes several commands at once, and writes down what came in one packet. It answers `answers` to the three
/// that name the mail, and then, where the last of them lets the mail come, "kept".
async fn pipelining_relay(answers: [&'static str; 3]) -> (String, UnboundedReceiver<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("smtp://{}", listener.local_addr().unwrap());
    let (heard, told) = unbounded_channel();
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let heard = heard.clone();
            tokio::spawn(async move {
                stream.write_all(b"220 relay\r\n").await.unwrap();
                let (mut packet, mut is_content) = (vec![0; 64 * 1024], false);
                loop {
                    let length = stream.read(&mut packet).await.unwrap_or_default();
                    if length == 0 {
                        return;
                    }
                    let said = String::from_utf8_lossy(&packet[..length]).into_owned();
                    let answer = if is_content {
                        is_content = false;
                        "250 kept\r\n".to_owned()
                    } else if said == ".\r\n" {
                        "554 nothing came\r\n".to_owned()
                    } else if said.starts_with("EHLO") {
                        "250-relay\r\n250-SIZE 1000000\r\n250 PIPELINING\r\n".to_owned()
                    } else if said.starts_with("MAIL") {
                        is_content = answers.concat() == "250 fine250 fine354 go on";
                        let given = answers.iter().filter(|answer| !answer.is_empty());
                        given.copied().flat_map(|answer| [answer, "\r\n"]).collect()
                    } else if answers[2].is_empty() {
                        String::new()
                    } else {
                        "221 bye\r\n".to_owned()
                    };
                    let _ = heard.send(said);
                    stream.write_all(answer.as_bytes()).await.unwrap();
                }
            });
        }
    });
    (url, told)
}

#[tokio::test]
async fn sender_recipient_and_data_are_one_packet_where_the_relay_takes_it() {
    let (url, mut told) = pipelining_relay(["250 fine", "250 fine", "354 go on"]).await;
    let smtp = smtp(&url);
    for _ in 0..2 {
        smtp.send(&mail()).await.unwrap();
    }
    let heard = heard(&mut told);
    let three = "MAIL FROM:<hello@example.org>\r\nRCPT TO:<wren@example.org>\r\nDATA\r\n";
    assert_eq!(heard.len(), 6, "two greetings, and two packets a mail: {heard:?}");
    assert_eq!((heard[2].as_str(), heard[4].as_str()), (three, three));
    assert!(heard[3].starts_with("From: ") && heard[3].ends_with("\r\n.\r\n"), "{heard:?}");
}

#[tokio::test]
async fn a_no_among_several_answers_ends_the_mail_and_the_connection() {
    for (answers, code, retry) in [
        (["550 5.7.1 not you", "503 no sender", "503 no sender"], 550, true),
        (["250 fine", "550 5.1.1 nobody here", "554 no recipient"], 550, false),
        (["250 fine", "450 later", "354 go on"], 450, true),
        (["250 fine", "250 fine", "451 not now"], 451, true),
    ] {
        let (url, mut told) = pipelining_relay(answers).await;
        let smtp = smtp(&url);
        for _ in 0..2 {
            let error = smtp.send(&mail()).await.unwrap_err();
            assert_eq!((error.code, error.retry), (Some(code), retry), "{answers:?}");
        }
        let heard = heard(&mut told);
        assert_eq!(count(&heard, "From"), 0, "nothing of a mail is said: {heard:?}");
        assert_eq!(count(&heard, "EHLO"), 4, "each over a connection of its own: {heard:?}");
        assert_eq!(count(&heard, ".\r\n"), if answers[2].starts_with("354") { 2 } else { 0 }, "{heard:?}");
        assert_eq!(count(&heard, "QUIT"), 2, "{heard:?}");
    }
}

/// Some relays make whom they refuse wait.
#[tokio::test]
async fn a_relay_that_refuses_and_then_says_nothing_has_refused() {
    let (url, _told) = pipelining_relay(["250 fine", "550 5.1.1 nobody here", ""]).await;
    let began = Instant::now();
    let error = smtp(&url).send(&mail()).await.unwrap_err();
    assert_eq!((error.code, error.retry, error.about), (Some(550), false, crate::mail::About::Address));
    assert!(began.elapsed() < Duration::from_secs(6), "{:?}", began.elapsed());
}

/// The words are the same, and everything that is one's own is one's own.
#[tokio::test]
async fn mails_with_the_same_words_carry_the_links_of_whom_they_go_to() {
    let (url, mut told) = pipelining_relay(["250 fine", "250 fine", "354 go on"]).await;
    let smtp = smtp(&url);
    let words = Arc::new(crate::domain::letter::SharedWords {
        id: Uuid::from_u128(5),
        text: format!("Words.\n\n{PREFERENCES_MARK}\n\n{UNSUBSCRIBE_MARK}\n"),
        html: format!("<a href=\"{PREFERENCES_MARK}\">a</a>\n<a href=\"{UNSUBSCRIBE_MARK}\">b</a>\n"),
        written_at: mail().created_at,
    });
    for name in ["wren", "ida", "robin"] {
        let mail = OutboxMail {
            to: format!("{name}@example.org"),
            message_id: format!("<{name}@circles.example.org>"),
            unsubscribe_url: Some(format!("https://circles.example.org/unsubscribe/{name}")),
            shared: Some(Shared {
                words: words.clone(),
                preferences_url: format!("https://circles.example.org/notifications/preferences/{name}"),
            }),
            ..mail()
        };
        smtp.send(&mail).await.unwrap();
    }
    assert!(smtp.stencils.lock().unwrap().values().all(Option::is_some), "all of them were filled in");
    let heard = heard(&mut told);
    let mails: Vec<_> = heard.iter().filter(|said| said.starts_with("From: ")).collect();
    assert_eq!(mails.len(), 3, "{heard:?}");
    for (said, name) in mails.into_iter().zip(["wren", "ida", "robin"]) {
        assert_eq!(said.matches(&format!("/unsubscribe/{name}")).count(), 3, "{said}");
        assert_eq!(said.matches(&format!("/preferences/{name}")).count(), 2, "{said}");
        assert!(said.contains(&format!("To: {name}@example.org\r\n")), "{said}");
        assert!(
            said.contains(&format!("Message-ID: <{name}@circles.example.org>")) && !said.contains(".invalid"),
            "{said}"
        );
        for other in ["wren", "ida", "robin"].into_iter().filter(|other| *other != name) {
            assert!(!said.contains(other), "{other} in {said}");
        }
    }
}

#[tokio::test]
async fn a_final_no_ends_the_mail_and_a_passing_one_does_not() {
    let (url, _told) = relay("550 nobody here\r\n").await;
    let error = smtp(&url).send(&mail()).await.unwrap_err();
    assert_eq!((error.retry, error.code), (false, Some(550)));

    let (url, _told) = relay("450 later\r\n").await;
    let error = smtp(&url).send(&mail()).await.unwrap_err();
    assert_eq!((error.retry, error.code), (true, Some(450)));
}

#[tokio::test]
async fn a_wrong_password_or_a_relay_that_is_away_is_tried_again() {
    let (url, _told) = relay("250 fine\r\n").await;
    let error = smtp(&url.replace("://", "://name:password@")).send(&mail()).await.unwrap_err();
    assert_eq!((error.retry, error.code), (true, Some(535)));

    let error = smtp("smtp://127.0.0.1:1").send(&mail()).await.unwrap_err();
    assert_eq!((error.retry, error.code), (true, None));
}

#[tokio::test]
async fn nothing_is_sent_in_clear_text_where_tls_was_asked_for() {
    let (url, mut told) = relay("250 fine\r\n").await;
    let error = smtp(&format!("{url}?tls=required")).send(&mail()).await.unwrap_err();
    assert!(error.retry, "{error}");
    let heard = heard(&mut told);
    assert_eq!((count(&heard, "MAIL"), count(&heard, "AUTH"), count(&heard, "DATA")), (0, 0, 0), "{heard:?}");
}

#[tokio::test]
async fn after_starttls_everything_is_said_in_secret() {
    let (url, mut told) = turning_relay().await;
    let mut smtp = smtp(&url);
    let authority = Certificate::from_der(CERTIFICATE.to_vec()).unwrap();
    let parameters = TlsParameters::builder("localhost".to_owned()).add_root_certificate(authority).build().unwrap();
    smtp.way = Way::StartTls(parameters);
    let began = Instant::now();
    for _ in 0..20 {
        smtp.send(&mail()).await.unwrap();
    }
    assert!(began.elapsed() < Duration::from_secs(1), "{:?}", began.elapsed());
    let heard = heard(&mut told);
    assert_eq!(heard[..3], ["clear: EHLO circles.example.org", "clear: STARTTLS", "connected"], "{heard:?}");
    assert_eq!((count(&heard, "clear"), count(&heard, "EHLO"), count(&heard, "DATA")), (2, 2, 20), "{heard:?}");
}

#[tokio::test]
async fn after_starttls_a_relay_has_to_prove_who_it_is_too() {
    let (url, mut told) = turning_relay().await;
    let error = smtp(&url).send(&mail()).await.unwrap_err();
    assert!(error.retry && error.why.contains("certificate"), "{error}");
    let heard = heard(&mut told);
    assert_eq!(count(&heard, "clear"), heard.len(), "{heard:?}");
}

#[tokio::test]
async fn a_line_that_begins_with_a_dot_does_not_end_the_mail() {
    let (url, mut told) = relay("250 fine\r\n").await;
    let smtp = smtp(&url);
    let text = "first\n.\n.second\n..third\nlast\n".to_owned();
    for _ in 0..2 {
        smtp.send(&OutboxMail { text: text.clone(), ..mail() }).await.unwrap();
    }
    let heard = heard(&mut told);
    assert_eq!((count(&heard, "connected"), count(&heard, "DATA")), (1, 2), "{heard:?}");
    // On the way each of them has one dot more (RFC 5321, 4.5.2).
    let at = heard.iter().position(|line| line == "first").unwrap();
    assert_eq!(heard[at..at + 5], ["first", "..", "..second", "...third", "last"], "{heard:?}");
}

#[tokio::test]
async fn mails_do_not_wait_for_acknowledgements() {
    let (url, _told) = relay("250 fine\r\n").await;
    let smtp = smtp(&url);
    let began = Instant::now();
    for _ in 0..40 {
        smtp.send(&mail()).await.unwrap();
    }
    // Without TCP_NODELAY each takes some 40 ms.
    assert!(began.elapsed() < Duration::from_secs(1), "{:?}", began.elapsed());
}

#[tokio::test]
async fn mails_over_tls_do_not_wait_for_acknowledgements_either() {
    let (url, mut told) = shielded_relay().await;
    let mut smtp = smtp(&url);
    let mut authorities = RootCertStore::empty();
    authorities.add(CertificateDer::from(CERTIFICATE)).unwrap();
    smtp.way = Way::Tls(Tls::trusting("localhost", authorities).unwrap());
    let began = Instant::now();
    for _ in 0..40 {
        smtp.send(&mail()).await.unwrap();
    }
    assert!(began.elapsed() < Duration::from_secs(1), "{:?}", began.elapsed());
    let heard = heard(&mut told);
    assert_eq!((count(&heard, "connected"), count(&heard, "DATA")), (1, 40), "{heard:?}");
}

#[tokio::test]
async fn a_relay_that_cannot_prove_who_it_is_gets_nothing() {
    let (url, mut told) = shielded_relay().await;
    let error = smtp(&url).send(&mail()).await.unwrap_err();
    assert!(error.retry && error.why.contains("certificate"), "{error}");
    assert_eq!(heard(&mut told), Vec::<String>::new());
}
