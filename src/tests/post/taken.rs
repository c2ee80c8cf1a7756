//! A mail server that others wrote, `PyPI`'s `aiosmtpd`: what we hand over arrives there unchanged, and what it refuses for now
//! comes again as the same mail.

use super::{calendars::python, change, count, read, subscribe, weekly};
use crate::{
    outbox::{enqueue, letter},
    seats::{House, assert_confirmed, confirm},
};
use common_ground::{
    domain::letter::Letter,
    jobs::{self, Worker},
    server::{
        digests::{self, Mode},
        settings::MailTarget,
        state::App,
    },
    store::Actor,
};
use serde_json::Value;
use std::{
    io::{BufRead as _, BufReader},
    process::{Child, Command, Stdio},
    sync::{
        Arc, Mutex,
        mpsc::{Receiver, channel},
    },
    time::{Duration, Instant},
};

/// Takes mails at a port of its own choice, which is its first line; then a line for each mail. What says "later" is
/// refused the first time.
const SERVER: &str = r#"
import asyncio, email, email.policy, json
from aiosmtpd.controller import UnthreadedController

class Handler:
    refused = set()
    async def handle_DATA(self, server, session, envelope):
        mail = email.message_from_bytes(envelope.content, policy=email.policy.default)
        name = mail["message-id"]
        later = "later" in mail["subject"] and name not in self.refused
        if later:
            self.refused.add(name)
        say({"from": envelope.mail_from, "to": envelope.rcpt_tos, "id": name, "taken": not later,
             "raw": envelope.content.decode("latin-1")})
        return "451 4.3.0 not now" if later else "250 kept"

def say(what):
    print(json.dumps(what), flush=True)

loop = asyncio.new_event_loop()
asyncio.set_event_loop(loop)
controller = UnthreadedController(Handler(), hostname="127.0.0.1", port=0, loop=loop)
controller.begin()
say(controller.server.sockets[0].getsockname()[1])
loop.run_forever()
"#;

/// The server and what it has said.
struct Server {
    process: Child,
    port: u64,
    said: Arc<Mutex<Vec<Value>>>,
}

impl Server {
    fn start() -> Option<Self> {
        let mut process = Command::new(python()?)
            .args(["-I", "-c", SERVER])
            .stdout(Stdio::piped())
            .spawn()
            .expect("the Python of the tests");
        let lines = BufReader::new(process.stdout.take().unwrap()).lines();
        let said = Arc::<Mutex<Vec<Value>>>::default();
        let (tell, first): (_, Receiver<Value>) = channel();
        let kept = said.clone();
        std::thread::spawn(move || {
            let mut values = lines.map_while(Result::ok).map(|line| serde_json::from_str(&line).expect("a line of it"));
            let _ = values.next().map(|port| tell.send(port));
            values.for_each(|value| kept.lock().unwrap().push(value));
        });
        let port = first.recv_timeout(Duration::from_secs(20)).expect("it is up").as_u64().expect("its port");
        Some(Self { process, port, said })
    }

    /// What it has said, once that are so many mails.
    async fn said(&self, count: usize) -> Vec<Value> {
        let began = Instant::now();
        while self.said.lock().unwrap().len() < count {
            assert!(began.elapsed() < Duration::from_secs(10), "{:?}", self.said.lock().unwrap());
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        self.said.lock().unwrap().clone()
    }

    /// A worker of this application that sends there.
    fn worker(&self, app: &App) -> Worker {
        let mut settings = (*app.settings).clone();
        settings.mail = MailTarget::Smtp(format!("smtp://127.0.0.1:{}", self.port));
        Worker::new(App { settings: Arc::new(settings), ..app.clone() }).unwrap()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// Lines as each program ends them.
fn lines(text: &str) -> String {
    text.replace("\r\n", "\n").trim_end().to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_we_hand_over_arrives_unchanged() {
    let Some(server) = Server::start() else { return };
    let house = House::new().await;
    house.change("update groups set cycle_began_on = '2099-01-01'").await;
    // A notice with a calendar file, a digest, and words that the protocol could take for its own.
    let mut robin = house.ready("robin", "g0").await;
    assert_confirmed(&confirm(&mut robin, "g0").await, "g0");
    let test = &house.test;
    let wren = subscribe(test, "wren@example.org").await;
    house
        .change(
            "update subscribers set confirmed_at = now() - interval '3 days',
               weekday = extract(isodow from (now() - interval '1 day') at time zone zone)",
        )
        .await;
    digests::run(&test.app, &Mode::Write(Actor::Worker), &|_| ()).await.unwrap();
    let dots = ".\n..\n.begins with a dot\nŽofia, 李 🌊 at the end.\n.\nQUIT\n";
    enqueue(test.store(), Letter { text: dots.to_owned(), html: "<p>\n.\n.dot\n</p>".to_owned(), ..letter("dots") })
        .await
        .unwrap();
    let ida = subscribe(test, "ida@example.org").await;
    let later = Letter { subject: "Not now, later".to_owned(), ..weekly(test, "digest:later", "ida@example.org", ida) };
    enqueue(test.store(), later).await.unwrap();
    let written: Vec<(String, String, String, String, Option<String>)> = sqlx::query_as(
        "select message_id, to_address, words.text_body, words.html_body, calendar
         from outbox join outbox_words words using (id) order by created_at",
    )
    .fetch_all(&house.owner)
    .await
    .unwrap();
    assert_eq!(written.len(), 4, "{written:?}");
    assert_eq!(written.iter().filter(|mail| mail.4.is_some()).count(), 1);
    assert!(written.iter().any(|mail| mail.1 == "wren@example.org" && mail.2.contains("/groups/")), "{wren:?}");

    let worker = server.worker(&test.app);
    jobs::outbox::run(worker.clone()).await.unwrap();
    jobs::outbox_list::run(worker.clone()).await.unwrap();
    assert_eq!(server.said(4).await.iter().filter(|mail| mail["taken"] == true).count(), 3);
    let waits = "select count(*) from outbox where sent_at is null and failed_at is null and attempts = 1
                 and last_error like '%451%' and send_after > now()";
    assert_eq!(count(test, waits).await, 1, "what it has no time for comes again");
    change(test, "update outbox set send_after = now() where sent_at is null").await;
    jobs::outbox_list::run(worker).await.unwrap();
    assert_eq!(count(test, "select count(*) from outbox where sent_at is null").await, 0);

    let said = server.said(5).await;
    assert_eq!(said.len(), 5);
    let refused: Vec<_> = said.iter().filter(|mail| mail["taken"] == false).map(|mail| &mail["id"]).collect();
    for (id, to, text, html, calendar) in &written {
        let arrived: Vec<_> = said.iter().filter(|mail| mail["id"] == id.as_str()).collect();
        assert_eq!(arrived.len(), 1 + usize::from(refused.contains(&&arrived[0]["id"])), "{id}");
        let mail = arrived.last().unwrap();
        assert_eq!((mail["taken"].as_bool(), &mail["to"]), (Some(true), &serde_json::json!([to])));
        assert_eq!(mail["from"], "hello@example.org");
        let raw: Vec<u8> = mail["raw"].as_str().unwrap().chars().map(|c| u8::try_from(c).expect("a byte")).collect();
        let found = read::whole(&raw);
        let parts: Vec<_> =
            found["texts"].as_array().unwrap().iter().map(|part| lines(part.as_str().unwrap())).collect();
        let expected = [Some(text), Some(html), calendar.as_ref()];
        assert_eq!(parts, expected.into_iter().flatten().map(|part| lines(part)).collect::<Vec<_>>());
    }
}
