//! What was typed into a form travels to the next page in a sealed cookie, once.
//!
//! A form that is posted without script is answered with a redirect, and the page that follows knows nothing of what
//! was typed. It must not go into the URL, and nothing may be kept in the process: so it goes to the browser and back,
//! encrypted, for five minutes. The flow: the server function calls [`keep`] and `reply::go` to the form's own path; the
//! page calls [`take`] while it renders.

use super::{
    reply, seal,
    settings::Settings,
    state::{self, App},
};
use crate::error::AppError;
use base64::{Engine as _, prelude::BASE64_URL_SAFE_NO_PAD};
use cookie::{Cookie, SameSite, time::Duration};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Seconds after which it is worth nothing.
const LIFETIME: i64 = 300;
/// Bytes of a cookie's value; browsers take 4096 for name, value and attributes together.
const PIECE: usize = 3000;
/// What is longer than one cookie goes into a second one: a question of a thousand letters of any script fits.
const NAMES: [&str; 2] = ["flash", "flash-2"];
/// The same with https, bound to this host.
pub const HOST_NAMES: [&str; 2] = ["__Host-flash", "__Host-flash-2"];
/// Bytes that can be carried in all.
const MOST: usize = PIECE * NAMES.len();
/// Bound into the seal: a later format with the same key cannot be mistaken for this one.
const FORMAT: &[u8] = b"flash 1";

/// What a form's page needs in order to show the form again.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Flash {
    /// Which form: a page takes only what is meant for it.
    pub form: String,
    /// What was typed, by field.
    pub values: BTreeMap<String, String>,
    /// What was wrong with it.
    pub error: Option<AppError>,
}

#[derive(Serialize, Deserialize)]
struct Sealed {
    at: i64,
    flash: Flash,
}

/// Sends what was typed to the next page.
pub fn keep(app: &App, flash: &Flash) {
    let sealed = seal(&app.keys.flash, flash, state::machine_time().timestamp());
    let sealed = sealed.unwrap_or_default();
    let mut pieces = sealed.as_bytes().chunks(PIECE).map(String::from_utf8_lossy);
    for name in names(&app.settings) {
        match pieces.next() {
            Some(piece) => reply::set_cookie(&own_cookie(&app.settings, name, piece.into_owned(), LIFETIME)),
            None => clear(&app.settings, name),
        }
    }
}

/// What was typed, if it was typed into this form; the cookie is cleared with the answer.
pub fn take(app: &App, form: &str) -> Option<Flash> {
    let text: String = names(&app.settings).into_iter().map_while(reply::cookie).collect();
    if text.is_empty() {
        return None;
    }
    let flash = open(&app.keys.flash, &text, state::machine_time().timestamp());
    // What cannot be opened is cleared too; what belongs to another form waits for its page.
    if flash.as_ref().is_none_or(|flash| flash.form == form) {
        for name in names(&app.settings) {
            clear(&app.settings, name);
        }
    }
    flash.filter(|flash| flash.form == form)
}

fn names(settings: &Settings) -> [&'static str; 2] {
    if settings.is_https() { HOST_NAMES } else { NAMES }
}

/// Clears a cookie that the browser has brought.
fn clear(settings: &Settings, name: &'static str) {
    if reply::cookie(name).is_some() {
        reply::set_cookie(&own_cookie(settings, name, String::new(), 0));
    }
}

fn own_cookie(settings: &Settings, name: &'static str, value: String, seconds: i64) -> Cookie<'static> {
    Cookie::build((name, value))
        .path("/")
        .http_only(true)
        .secure(settings.is_https())
        .same_site(SameSite::Lax)
        .max_age(Duration::seconds(seconds))
        .build()
}

/// Seals what was typed. Where it does not fit, the longest values are left out first, and the error last.
pub fn seal(key: &[u8; 32], flash: &Flash, now: i64) -> Option<String> {
    let mut sealed = Sealed { at: now, flash: flash.clone() };
    loop {
        let text = seal_whole(key, &sealed)?;
        if text.len() <= MOST {
            return Some(text);
        }
        let values = &mut sealed.flash.values;
        match values.iter().max_by_key(|(_, value)| value.len()).map(|(field, _)| field.clone()) {
            Some(longest) => drop(values.remove(&longest)),
            None if sealed.flash.error.is_some_and(|error| error != AppError::BadRequest) => {
                sealed.flash.error = Some(AppError::BadRequest);
            }
            None => return None,
        }
    }
}

fn seal_whole(key: &[u8; 32], sealed: &Sealed) -> Option<String> {
    let plain = serde_json::to_vec(sealed).ok()?;
    Some(BASE64_URL_SAFE_NO_PAD.encode(seal::seal(key, FORMAT, &plain)?))
}

/// Opens the seal, unless it was tampered with, made with another key, or is older than five minutes.
pub fn open(key: &[u8; 32], text: &str, now: i64) -> Option<Flash> {
    if text.len() > MOST {
        return None;
    }
    let bytes = BASE64_URL_SAFE_NO_PAD.decode(text).ok()?;
    let sealed: Sealed = serde_json::from_slice(&seal::open(key, FORMAT, &bytes)?).ok()?;
    // Another instance's clock may be a little ahead of this one's.
    (-60..=LIFETIME).contains(&(now - sealed.at)).then_some(sealed.flash)
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: [u8; 32] = [7; 32];
    const NOW: i64 = 1_800_000_000;

    fn flash(values: &[(&str, &str)]) -> Flash {
        Flash {
            form: "sign-in".to_owned(),
            values: values.iter().map(|(field, value)| ((*field).to_owned(), (*value).to_owned())).collect(),
            error: Some(AppError::field("email", "This is no address: “ü”.")),
        }
    }

    #[test]
    fn what_was_typed_comes_back() {
        let flash = flash(&[("email", "wren@exämple\u{1F600}"), ("name", "")]);
        let text = seal(&KEY, &flash, NOW).unwrap();
        assert!(
            !text.contains("wren") && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte))
        );
        assert_eq!(open(&KEY, &text, NOW + 300), Some(flash.clone()));
        assert_ne!(seal(&KEY, &flash, NOW).unwrap(), text, "each seal has a nonce of its own");
    }

    #[test]
    fn what_was_tampered_with_does_not_open() {
        let text = seal(&KEY, &flash(&[("email", "wren@example.org")]), NOW).unwrap();
        for at in 0..text.len() {
            let mut bytes = text.clone().into_bytes();
            bytes[at] = if bytes[at] == b'A' { b'B' } else { b'A' };
            assert_eq!(open(&KEY, &String::from_utf8(bytes).unwrap(), NOW), None, "byte {at}");
        }
        assert_eq!(open(&[8; 32], &text, NOW), None);
        for wrong in ["", "AAAA", "%", &text[..text.len() - 4]] {
            assert_eq!(open(&KEY, wrong, NOW), None, "{wrong}");
        }
    }

    #[test]
    fn it_is_over_after_five_minutes() {
        let text = seal(&KEY, &flash(&[]), NOW).unwrap();
        assert!(open(&KEY, &text, NOW + 301).is_none());
        assert!(open(&KEY, &text, NOW - 61).is_none());
    }

    #[test]
    fn what_does_not_fit_is_left_out_and_the_error_stays() {
        let long = "x".repeat(8000);
        let flash = flash(&[("about", &long), ("email", "wren@example.org")]);
        let text = seal(&KEY, &flash, NOW).unwrap();
        assert!(text.len() <= MOST);
        let opened = open(&KEY, &text, NOW).unwrap();
        assert_eq!(opened.values.len(), 1);
        assert_eq!(opened.values["email"], "wren@example.org");
        assert_eq!(opened.error, flash.error);

        let mut flash = flash;
        flash.error = Some(AppError::NotEligible(long));
        let opened = open(&KEY, &seal(&KEY, &flash, NOW).unwrap(), NOW).unwrap();
        assert_eq!((opened.values.len(), opened.error), (0, Some(AppError::BadRequest)));
    }

    fn app() -> App {
        let settings = Settings::from_sources("", |_| None).unwrap();
        let store = crate::store::Store::open("postgres://nobody@localhost/nothing").unwrap();
        App::over(store, settings, state::Keys::derive(b"a secret of a test"))
    }

    /// The `Set-Cookie` headers that `work` leaves, in a request that brings one cookie.
    fn cookies(brought: &str, work: impl FnOnce()) -> Vec<String> {
        use leptos::prelude::{Owner, provide_context};
        let response = leptos_axum::ResponseOptions::default();
        let request = axum::http::Request::builder().header("cookie", brought).body(()).unwrap();
        Owner::new().with(|| {
            provide_context(request.into_parts().0);
            provide_context(response.clone());
            work();
        });
        let parts = response.0.read().unwrap();
        parts.headers.get_all("set-cookie").iter().map(|value| value.to_str().unwrap().to_owned()).collect()
    }

    #[tokio::test]
    async fn what_is_longer_than_one_cookie_travels_in_two() {
        let app = app();
        let flash = flash(&[("question", &"\u{5C71}".repeat(1000)), ("email", "wren@example.org")]);
        let kept = cookies("", || keep(&app, &flash));
        assert_eq!(kept.len(), 2);
        assert!(kept.iter().all(|cookie| cookie.len() < 4096), "{kept:?}");
        let values: Vec<_> = kept.iter().map(|cookie| cookie.split(';').next().unwrap()).collect();
        let cleared = cookies(&values.join("; "), || assert_eq!(take(&app, "sign-in"), Some(flash.clone())));
        assert_eq!(cleared.len(), 2);
        // One half says nothing, and the rest of an older answer does not stay behind a short one.
        cookies(values[0], || assert_eq!(take(&app, "sign-in"), None));
        let short = Flash { values: BTreeMap::new(), ..flash };
        let kept = cookies(&values.join("; "), || keep(&app, &short));
        assert!(kept[1].starts_with("flash-2=; ") && kept[1].ends_with("Max-Age=0"), "{kept:?}");
    }

    #[tokio::test]
    async fn a_page_takes_what_is_meant_for_its_form_and_only_once() {
        let app = app();
        let flash = flash(&[("email", "wren@example.org")]);
        let kept = cookies("", || keep(&app, &flash)).remove(0);
        assert!(kept.ends_with("; HttpOnly; SameSite=Lax; Path=/; Max-Age=300"), "{kept}");
        let brought = kept.split(';').next().unwrap();

        assert_eq!(cookies(brought, || assert_eq!(take(&app, "about you"), None)), Vec::<String>::new());
        let cleared = cookies(brought, || assert_eq!(take(&app, "sign-in"), Some(flash)));
        assert_eq!(cleared, ["flash=; HttpOnly; SameSite=Lax; Path=/; Max-Age=0"]);
        assert_eq!(cookies("flash=nonsense", || assert_eq!(take(&app, "sign-in"), None)), cleared);
        assert_eq!(cookies("", || assert_eq!(take(&app, "sign-in"), None)), Vec::<String>::new());
    }
}
