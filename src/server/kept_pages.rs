//! Public pages, kept for a moment: whoever opens one within a second of somebody else gets what was rendered then, with a
//! nonce of her own. A link that goes around asks the database once a second, not once a reader.
//!
//! Kept is only what is the same for everybody who asks the same: opened (GET), public, without any cookie besides the zone
//! and light or dark, with no query that our own links and forms would not write, answered with 200, no cookie set, no form with a key of
//! its own. Whoever is signed in, or comes back from a form, is never answered from here. Of those who ask at once for what is
//! not there one renders it and the others wait for her. Where there is no room, the page goes that nobody has asked for
//! longest: whoever asks for odd pages over and over drives out her own.

use super::{
    headers::is_public,
    preferences::{SCHEME_COOKIE, parse_scheme},
    reader::ZONE_COOKIE,
    times::parse_zone,
};
use crate::{api::groups::read_query, paths};
use axum::{
    body::{Body, Bytes, to_bytes},
    extract::{Request, State},
    http::{
        HeaderMap, HeaderName, HeaderValue, Method, StatusCode, Uri,
        header::{ACCEPT, CONTENT_LENGTH, CONTENT_SECURITY_POLICY, COOKIE, SET_COOKIE, TRANSFER_ENCODING},
    },
    middleware::Next,
    response::{IntoResponse as _, Response},
};
use chrono_tz::Tz;
use cookie::Cookie;
use leptos::nonce::Nonce;
use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};
use tokio::{sync::OnceCell, time::Instant};

/// How old a page may be, from the moment at which its rendering began.
const AGE: Duration = Duration::from_secs(1);
/// Pages at a time.
const MOST: usize = 256;
/// Bytes of a page that is kept.
const LARGEST: usize = 128 * 1024;

/// The controls of the finder's form in which nothing is chosen, and a query with nothing in it.
const UNCHOSEN: [&str; 6] = ["state=", "topic=", "day=", "time=", "q=", ""];

/// Stands in a page with a form that counts once: its key was drawn for one reader, and two who have the same would be one.
const KEY: &str = "name=\"key\"";

/// The pages; cheap to clone.
#[derive(Clone, Default)]
pub struct KeptPages(Option<Arc<Mutex<Table>>>);

struct Table {
    slots: HashMap<Key, Kept>,
    /// When the old ones were cleared away.
    cleared_at: Instant,
}

struct Kept {
    slot: Arc<Slot>,
    /// When it was last asked for.
    used_at: Instant,
}

/// What a page depends on, besides the database.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
struct Key {
    /// With the query, as our own links write it.
    path: String,
    zone: Option<Tz>,
    scheme: Option<&'static str>,
    /// What is accepted decides what an error looks like, and what is answered with a redirect.
    accept: Option<HeaderValue>,
}

/// One page: being rendered, or there. Empty where what was rendered cannot be kept.
struct Slot {
    began: Instant,
    page: OnceCell<Option<Page>>,
}

impl Slot {
    fn is_young(&self) -> bool {
        self.began.elapsed() < AGE
    }
}

/// A page without its nonce.
struct Page {
    headers: Vec<(HeaderName, HeaderValue)>,
    /// The policy, in the pieces around the nonce.
    policy: Vec<String>,
    /// The text, in the pieces around the nonce.
    text: Vec<Bytes>,
    length: usize,
}

impl KeptPages {
    /// Keeps pages for a moment. The default keeps none.
    pub fn for_a_moment() -> Self {
        Self(Some(Arc::new(Mutex::new(Table { slots: HashMap::new(), cleared_at: Instant::now() }))))
    }

    /// The slot of a page: one that is young, else a new one.
    fn slot(&self, key: Key) -> Option<Arc<Slot>> {
        let mut table = locked(self.0.as_ref()?);
        let now = Instant::now();
        if let Some(kept) = table.slots.get_mut(&key).filter(|kept| kept.slot.is_young()) {
            kept.used_at = now;
            return Some(Arc::clone(&kept.slot));
        }
        if table.cleared_at.elapsed() >= AGE {
            table.slots.retain(|_, kept| kept.slot.is_young());
            table.cleared_at = now;
        }
        if table.slots.len() >= MOST {
            table.drop_idlest();
        }
        let slot = Arc::new(Slot { began: now, page: OnceCell::new() });
        table.slots.insert(key, Kept { slot: Arc::clone(&slot), used_at: now });
        Some(slot)
    }
}

impl Table {
    /// Drops the page that nobody has asked for longest. Whoever waits for it still gets it.
    fn drop_idlest(&mut self) {
        let idlest = self.slots.iter().min_by_key(|(_, kept)| kept.used_at).map(|(key, _)| key.clone());
        if let Some(key) = idlest {
            self.slots.remove(&key);
        }
    }
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    // Nothing panics half-way through a change of the table.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The layer.
pub async fn keep_pages(State(kept): State<KeptPages>, mut request: Request, next: Next) -> Response {
    let key = Key::of(&request);
    let address = key.as_ref().and_then(|key| written_as(request.uri(), &key.path));
    let (Some(slot), Some(address)) = (key.and_then(|key| kept.slot(key)), address) else {
        return next.run(request).await;
    };
    // What is rendered is the page of the address it is kept under: those who get it may have asked in other words.
    *request.uri_mut() = address;
    let (mut request, mut rendered) = (Some(request), None);
    let page = slot
        .page
        .get_or_init(async || {
            let request = request.take()?;
            let (page, response) = Page::read(next.clone().run(request).await).await;
            rendered = Some(response);
            page
        })
        .await;
    match (rendered, page, request) {
        // Whoever rendered it has it already, with the nonce that it was rendered with.
        (Some(response), ..) => response,
        (None, Some(page), _) => page.response(),
        // What somebody else got cannot be kept (an error, most likely), so everybody asks for herself.
        (None, None, Some(request)) => next.run(request).await,
        (None, None, None) => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
    }
}

impl Key {
    /// What the request's page depends on; `None` where it may depend on who asks.
    fn of(request: &Request) -> Option<Self> {
        let uri = request.uri();
        if *request.method() != Method::GET || !is_public(uri.path()) {
            return None;
        }
        let path = plain(uri.path(), uri.query())?;
        let cookies = cookies(request.headers())?;
        // As the page reads them: the first of a name counts, and a zone that is none is as good as no cookie.
        let first = |name| cookies.iter().find(|cookie| cookie.name() == name).map(Cookie::value);
        let is_known = |cookie: &Cookie<'_>| [ZONE_COOKIE, SCHEME_COOKIE].contains(&cookie.name());
        cookies.iter().all(is_known).then(|| Self {
            path,
            zone: first(ZONE_COOKIE).and_then(parse_zone),
            scheme: first(SCHEME_COOKIE).and_then(parse_scheme),
            accept: request.headers().get(ACCEPT).cloned(),
        })
    }
}

/// The address of a page that knows its whole query, as our own links write it: the finder's, which pages of groups take as
/// well; the other public pages have none. A form that is sent without script has an order of its own and names also what was
/// not chosen. What else stands there is the reader's own: the page may repeat it, and nobody else should get that.
fn plain(path: &str, query: Option<&str>) -> Option<String> {
    let Some(query) = query else { return Some(path.to_owned()) };
    if !path.strip_prefix(paths::GROUPS).is_some_and(|rest| rest.is_empty() || rest.starts_with('/')) {
        return None;
    }
    let sorted = |query: &str| {
        let mut pairs: Vec<_> =
            query.split('&').filter(|pair| !UNCHOSEN.contains(pair)).map(ToOwned::to_owned).collect();
        pairs.sort_unstable();
        pairs
    };
    let written = read_query(query).to_query();
    let is_known = sorted(&written) == sorted(query);
    is_known.then(|| if written.is_empty() { path.to_owned() } else { format!("{path}?{written}") })
}

/// The same page under the address that it is kept under.
fn written_as(uri: &Uri, path: &str) -> Option<Uri> {
    let mut parts = uri.clone().into_parts();
    parts.path_and_query = Some(path.parse().ok()?);
    Uri::from_parts(parts).ok()
}

/// The request's cookies; `None` where they cannot be read.
fn cookies(headers: &HeaderMap) -> Option<Vec<Cookie<'_>>> {
    let mut cookies = Vec::new();
    for header in headers.get_all(COOKIE) {
        for cookie in Cookie::split_parse_encoded(header.to_str().ok()?) {
            cookies.push(cookie.ok()?);
        }
    }
    Some(cookies)
}

impl Page {
    /// Reads what was rendered; gives it back, and beside it what can be kept of it.
    async fn read(response: Response) -> (Option<Self>, Response) {
        let nonce = nonce_of(response.headers());
        let is_kept = response.status() == StatusCode::OK && !response.headers().contains_key(SET_COOKIE);
        let Some(nonce) = nonce.filter(|_| is_kept) else { return (None, response) };
        let (mut parts, body) = response.into_parts();
        let Ok(text) = to_bytes(body, usize::MAX).await else {
            return (None, StatusCode::INTERNAL_SERVER_ERROR.into_response());
        };
        let page = Self::without(&nonce, &parts.headers, &text);
        parts.headers.remove(TRANSFER_ENCODING);
        parts.headers.insert(CONTENT_LENGTH, HeaderValue::from(text.len()));
        (page, Response::from_parts(parts, Body::from(text)))
    }

    fn without(nonce: &str, headers: &HeaderMap, text: &Bytes) -> Option<Self> {
        if text.len() > LARGEST {
            return None;
        }
        let policy = headers.get(CONTENT_SECURITY_POLICY)?.to_str().ok()?;
        let whole = std::str::from_utf8(text).ok().filter(|text| !text.contains(KEY))?;
        let mut at = 0;
        let mut pieces = Vec::new();
        for piece in whole.split(nonce) {
            pieces.push(text.slice(at..at + piece.len()));
            at += piece.len() + nonce.len();
        }
        let others = [CONTENT_SECURITY_POLICY, CONTENT_LENGTH, TRANSFER_ENCODING];
        let headers = headers.iter().filter(|(name, _)| !others.contains(name));
        Some(Self {
            headers: headers.map(|(name, value)| (name.clone(), value.clone())).collect(),
            policy: policy.split(nonce).map(ToOwned::to_owned).collect(),
            length: text.len(),
            text: pieces,
        })
    }

    /// The page with a nonce that no other answer has.
    fn response(&self) -> Response {
        let nonce = Nonce::new();
        let nonce = nonce.as_inner();
        let mut text = Vec::with_capacity(self.length + self.text.len() * nonce.len());
        for (number, piece) in self.text.iter().enumerate() {
            if number > 0 {
                text.extend_from_slice(nonce.as_bytes());
            }
            text.extend_from_slice(piece);
        }
        let Ok(policy) = HeaderValue::try_from(self.policy.join(nonce)) else {
            return StatusCode::INTERNAL_SERVER_ERROR.into_response();
        };
        let mut response = Body::from(text).into_response();
        let headers = response.headers_mut();
        for (name, value) in &self.headers {
            headers.append(name.clone(), value.clone());
        }
        headers.insert(CONTENT_SECURITY_POLICY, policy);
        response
    }
}

/// The nonce that the policy of an answer allows.
fn nonce_of(headers: &HeaderMap) -> Option<String> {
    let policy = headers.get(CONTENT_SECURITY_POLICY)?.to_str().ok()?;
    let nonce = policy.split_once("'nonce-")?.1.split_once('\'')?.0;
    (!nonce.is_empty()).then(|| nonce.to_owned())
}

#[cfg(test)]
mod tests;
