//! The table of layers, kept by reading the code: what each layer may name, and the few things that stand in one place
//! only. Every rule is fed a bad snippet as well, which shows that it would notice.

mod source;

use self::source::{Kind, Path, Token, attributes, in_bodies, paths, tokens, without_tests};
use std::{collections::BTreeMap, fs, path::Path as FilePath};

/// A file is read in one go; longer ones are two concepts.
const LINES: usize = 400;

/// Which modules of this crate and which packages a layer may name; `std` may be named everywhere.
struct Layer {
    name: &'static str,
    modules: &'static [&'static str],
    packages: &'static [&'static str],
}

const LAYERS: &[Layer] = &[
    Layer { name: "domain", modules: &["domain"], packages: &["serde", "chrono", "thiserror", "uuid"] },
    Layer {
        name: "store",
        modules: &["domain", "store", "error"],
        packages: &[
            "sqlx",
            "serde",
            "serde_json",
            "chrono",
            "chrono_tz",
            "uuid",
            "thiserror",
            "tracing",
            "tokio",
            "futures",
        ],
    },
    Layer {
        name: "api",
        modules: &["domain", "error", "paths", "api"],
        packages: &["leptos", "serde", "chrono", "uuid"],
    },
    Layer {
        name: "pages",
        modules: &["domain", "error", "paths", "api", "components", "pages"],
        packages: &[
            "leptos",
            "leptos_meta",
            "leptos_router",
            "serde",
            "chrono",
            "uuid",
            "web_sys",
            "js_sys",
            "wasm_bindgen",
        ],
    },
    Layer {
        name: "components",
        modules: &["domain", "error", "paths", "api", "components"],
        packages: &[
            "leptos",
            "leptos_meta",
            "leptos_router",
            "serde",
            "chrono",
            "uuid",
            "web_sys",
            "js_sys",
            "wasm_bindgen",
        ],
    },
    // Whatever is left may name every package but these layers not.
    Layer { name: "jobs", modules: &["domain", "error", "paths", "store", "server", "mail", "jobs"], packages: &[] },
    Layer { name: "mail", modules: &["domain", "error", "paths", "store", "server", "mail"], packages: &[] },
];

/// What the body of a server function may name besides.
const IN_BODIES: &[&str] = &["server", "store"];

/// What is wrong with a file of `src/`, one line each. `file` is its path below `src/`.
fn violations(file: &str, text: &str, packages: &[String]) -> Vec<String> {
    let mut found = Vec::new();
    let all = tokens(text);
    let is_test = file.starts_with("tests/") || file.ends_with("/tests.rs");
    let code = if is_test { Vec::new() } else { without_tests(&all) };
    layer_of(file, &code, packages, &mut found);
    everywhere(file, &all, &mut found);
    views(file, &code, &mut found);
    server_functions(file, &code, text, &mut found);
    if text.lines().count() > LINES {
        found.push(format!("{file}: {} lines, {LINES} at most", text.lines().count()));
    }
    found
}

fn layer_of(file: &str, code: &[Token], packages: &[String], found: &mut Vec<String>) {
    let top = file.split('/').next().unwrap_or_default().trim_end_matches(".rs");
    let Some(layer) = LAYERS.iter().find(|layer| layer.name == top) else { return };
    let inside = in_bodies(code);
    for Path { segments, at, used } in paths(code) {
        let line = code[at].line;
        let segments = absolute(file, &segments);
        let (first, second) = (segments[0].as_str(), segments.get(1).map_or("", String::as_str));
        if first == "crate" {
            let is_module = second.starts_with(char::is_lowercase);
            let fits = layer.modules.contains(&second) || (top == "api" && inside[at] && IN_BODIES.contains(&second));
            if is_module && !fits {
                found.push(format!("{file}:{line}: {top} names {}", segments.join("::")));
            }
        } else if packages.iter().any(|package| package == first) {
            let named = !layer.packages.is_empty() && !layer.packages.contains(&first);
            // `form::value()` may be a module of ours that bears a package's name; a `use` never is.
            let ours = !used && layer.modules.contains(&first);
            if (named && !ours) || (["jobs", "mail"].contains(&top) && ["leptos", "axum"].contains(&first)) {
                found.push(format!("{file}:{line}: {top} names {}", segments.join("::")));
            }
        }
    }
}

/// `super::` and `self::` written out; `src/pages/group.rs` is `crate::pages::group`.
fn absolute(file: &str, segments: &[String]) -> Vec<String> {
    let mut here: Vec<String> = vec!["crate".to_owned()];
    here.extend(file.trim_end_matches(".rs").split('/').map(ToOwned::to_owned));
    let mut rest = segments;
    if rest.first().is_none_or(|first| first != "super" && first != "self") {
        return segments.to_vec();
    }
    while let Some((first, others)) = rest.split_first() {
        match first.as_str() {
            "super" => drop(here.pop()),
            "self" => {}
            _ => break,
        }
        rest = others;
    }
    here.extend_from_slice(rest);
    here
}

/// Rules for every file, tests included.
fn everywhere(file: &str, all: &[Token], found: &mut Vec<String>) {
    for (begin, end) in attributes(all) {
        let words = &all[begin..=end];
        let gates = words.iter().any(|word| word.is("cfg") || word.is("cfg_attr"));
        if gates && words.iter().any(|word| word.is("feature")) && !["lib.rs", "main.rs"].contains(&file) {
            found.push(format!("{file}:{}: a feature gate; they stand in lib.rs and main.rs", all[begin].line));
        }
    }
    for (at, token) in all.iter().enumerate().filter(|(_, token)| token.kind == Kind::Word) {
        let next = |ahead: usize, text: &str| all.get(at + ahead).is_some_and(|token| token.is(text));
        let clock =
            ["Utc", "Local", "SystemTime"].iter().any(|clock| token.is(clock)) && next(1, "::") && next(2, "now");
        // A socket has a `new_v4` as well, which leaves nothing to chance.
        let of_socket = at >= 2 && all[at - 2].is("TcpSocket");
        let chance = !of_socket && ["new_v4", "now_v7"].iter().any(|draw| token.is(draw));
        if (clock || chance) && file != "server/state.rs" {
            found.push(format!("{file}:{}: time and chance come from server/state.rs", token.line));
        }
        if ["todo", "unimplemented", "dbg"].iter().any(|name| token.is(name)) && next(1, "!") {
            found.push(format!("{file}:{}: {}!", token.line, token.text));
        }
        if token.is("GetUrl") {
            found.push(format!("{file}:{}: server functions are POST only", token.line));
        }
        let macro_gate = token.is("cfg") && next(1, "!") && all[at..].iter().take(12).any(|word| word.is("feature"));
        if macro_gate && !["lib.rs", "main.rs"].contains(&file) {
            found.push(format!("{file}:{}: a feature gate; they stand in lib.rs and main.rs", token.line));
        }
    }
}

/// Rules for what browsers see. Mails are no part of it: they are read where there is no style sheet.
fn views(file: &str, code: &[Token], found: &mut Vec<String>) {
    let top = file.split('/').next().unwrap_or_default().trim_end_matches(".rs");
    if !["pages", "components", "app", "server"].contains(&top) {
        return;
    }
    for (at, token) in code.iter().enumerate() {
        let before = |sign: &str| at > 0 && code[at - 1].is(sign);
        let next = code.get(at + 1);
        let close = |ahead: usize| code.get(at + ahead).is_some_and(|token| !token.spaced);
        let sign = next.is_some_and(|sign| sign.is("=") || (sign.is(":") && close(2)));
        let attribute = token.spaced && close(1) && sign;
        let written = token.kind == Kind::Literal
            && token.text.split_once("style=").is_some_and(|(start, _)| start.ends_with([' ', '\n']));
        if (token.is("style") && (attribute || (before(".") && next.is_some_and(|sign| sign.is("("))))) || written {
            found.push(format!("{file}:{}: a style attribute, which the CSP refuses", token.line));
        }
        let area =
            (token.is("textarea") && before("<")) || (token.kind == Kind::Literal && token.text.contains("<textarea"));
        if area && file != "components/text_area.rs" {
            found.push(format!("{file}:{}: a raw textarea; leptos does not escape it", token.line));
        }
    }
}

fn server_functions(file: &str, code: &[Token], text: &str, found: &mut Vec<String>) {
    let lines: Vec<&str> = text.lines().collect();
    for (begin, end) in attributes(code) {
        let words = &code[begin..=end];
        let follows = code.get(end + 1);
        let is_function = follows.is_some_and(|word| ["pub", "async", "fn", "#"].iter().any(|begin| word.is(begin)));
        if !words.get(2).is_some_and(|word| word.is("server")) || !is_function {
            continue;
        }
        let line = words[0].line;
        if !words.windows(2).any(|pair| pair[0].is("endpoint") && pair[1].is("=")) {
            found.push(format!("{file}:{line}: a server function without an endpoint of its own"));
        }
        let above = lines[..line - 1].iter().rev().find(|line| !line.trim_start().starts_with("#["));
        if !above.is_some_and(|line| line.trim_start().starts_with("///")) {
            found.push(format!("{file}:{line}: a server function without a word about what it does"));
        }
    }
}

/// The packages of Cargo.toml, as code names them.
fn packages() -> Vec<String> {
    let manifest: toml::Table = include_str!("../../Cargo.toml").parse().expect("Cargo.toml");
    let table = manifest["dependencies"].as_table().expect("dependencies");
    table.keys().map(|name| name.replace('-', "_")).collect()
}

/// Every file below `src/` with its text.
fn files() -> BTreeMap<String, String> {
    let root = FilePath::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let (mut folders, mut files) = (vec![root.clone()], BTreeMap::new());
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("an entry").path()) {
            if entry.is_dir() {
                folders.push(entry);
            } else if entry.extension().is_some_and(|extension| extension == "rs") {
                let name = entry.strip_prefix(&root).expect("below src").to_str().expect("a name").to_owned();
                files.insert(name, fs::read_to_string(&entry).expect("a file"));
            }
        }
    }
    files
}

#[test]
fn every_layer_names_only_what_it_may() {
    let (packages, files) = (packages(), files());
    assert!(files.len() > 100 && files.contains_key("store/seats.rs") && files.contains_key("api/reserve.rs"));
    let found: Vec<_> = files.iter().flat_map(|(file, text)| violations(file, text, &packages)).collect();
    assert!(found.is_empty(), "{} violations:\n{}", found.len(), found.join("\n"));
}

#[test]
fn every_endpoint_is_its_own() {
    let mut endpoints = BTreeMap::new();
    for (file, text) in files().iter().filter(|(file, _)| file.starts_with("api/")) {
        let tokens = tokens(text);
        for words in tokens.windows(3).filter(|words| words[0].is("endpoint") && words[1].is("=")) {
            let other = endpoints.insert(words[2].text.clone(), file.clone());
            assert_eq!(other, None, "{} stands twice, also in {file}", words[2].text);
        }
    }
    assert!(endpoints.len() > 15 && endpoints.contains_key("seats/hold"), "{endpoints:?}");
}

#[test]
fn the_checker_notices() {
    let packages = packages();
    let bad = [
        ("domain/a.rs", "use leptos::prelude::*;", "leptos"),
        ("domain/a.rs", "use serde::Serialize;\nfn a() { let b = sqlx::query(\"\"); }", "sqlx"),
        ("domain.rs", "use crate::{domain::seat, store::Failure}};", "crate::store"),
        ("domain/a/b.rs", "use super::super::super::server::state;", "crate::server"),
        ("domain/a.rs", "fn a() { crate::error::b() }", "crate::error"),
        ("domain/a.rs", "use chrono_tz::Tz;\n#[cfg(test)]\nmod tests { use chrono_tz::Tz; }", "a.rs:1"),
        ("domain/a.rs", "#[cfg(test)]\nuse tokio::{a, b};\nuse tokio::c;", "a.rs:3"),
        ("domain/a.rs", "#[cfg(not(test))]\nuse tokio::c;", "a.rs:2"),
        ("store/a.rs", "use axum::Router;", "axum"),
        ("store/a.rs", "use crate::mail::Letter;", "crate::mail"),
        ("store/a.rs", "pub use crate::api as b;", "crate::api"),
        ("api/a.rs", "use crate::server::state::App;\npub async fn a() { use crate::server::answer; }", "a.rs:1"),
        ("api/a.rs", "pub fn a(x: crate::store::Conn) -> [u8; 3] { crate::store::b(x) }", "crate::store::Conn"),
        ("api/a.rs", "fn a() { sqlx::query(\"\") }", "sqlx"),
        ("pages/a.rs", "use crate::{api::b, server::c};", "crate::server"),
        ("components/a.rs", "fn a() { crate::store::seats::hold() }", "crate::store"),
        ("components/a.rs", "use crate::pages::b;", "crate::pages"),
        ("jobs/a.rs", "use crate::api::b;", "crate::api"),
        ("mail/a.rs", "use crate::pages::b;", "crate::pages"),
        ("pages/a.rs", "#[cfg(feature = \"ssr\")]\nfn a() {}", "gate"),
        ("server/a.rs", "fn a() { if cfg!(feature = \"ssr\") {} }", "gate"),
        ("pages/a.rs", "fn a() { view! { <textarea name=\"b\"></textarea> } }", "textarea"),
        ("components/a.rs", "fn a() { view! { <p style=\"color: red\">\"b\"</p> } }", "style"),
        ("components/a.rs", "fn a() { view! { <p style:width=b>\"b\"</p> } }", "style"),
        ("components/a.rs", "fn a() -> &'static str { r#\"<p style=\"color: red\">\"# }", "style"),
        ("jobs/a.rs", "fn a() { chrono::Utc::now(); }", "time and chance"),
        ("store/a.rs", "#[cfg(test)]\nmod tests { fn a() { Uuid::new_v4(); } }", "time and chance"),
        ("api/a.rs", "/// B.\n#[server(input = GetUrl, endpoint = \"a\")]\npub async fn a() {}", "POST"),
        ("api/a.rs", "/// B.\n#[server]\npub async fn a() {}", "endpoint"),
        ("api/a.rs", "/// B.\n#[server(A, \"/api\")]\npub async fn a() {}", "endpoint"),
        ("api/a.rs", "use std::fmt;\n\n#[server(endpoint = \"a\")]\npub async fn a() {}", "without a word"),
        ("server/a.rs", "fn a() { todo!() }", "todo!"),
        ("server/a.rs", "fn a() { dbg!(1); }", "dbg!"),
        ("tests/a.rs", "fn a() { unimplemented!() }", "unimplemented!"),
    ];
    for (file, text, word) in bad {
        let found = violations(file, text, &packages);
        assert_eq!(found.len(), 1, "{file}: {text}\n{found:?}");
        assert!(found[0].contains(word), "{word} is not in {found:?}");
    }
    let long = "\n".repeat(LINES + 1);
    assert_eq!(violations("pages/a.rs", &long, &packages).len(), 1);
}

#[test]
fn the_checker_refuses_nothing_that_is_allowed() {
    let packages = packages();
    let good = [
        (
            "domain/a.rs",
            "//! use leptos::prelude::*;\n/* sqlx::query */ use super::b; const C: &str = \"leptos::x {\";",
        ),
        ("domain/a.rs", "#[cfg(test)]\nmod tests {\n use chrono_tz::Tz;\n fn a<'a>(b: &'a str) -> char { '{' }\n}"),
        ("domain/a.rs", "fn uuid(store: u8) { let axum = store; }"),
        ("store/a.rs", "use super::{Conn, Failure};\nfn a() { crate::domain::b(); r#\"crate::mail::c\"#; }"),
        (
            "api/a.rs",
            "/// B.\n#[server(endpoint = \"a\")]\npub async fn a(#[server(default)] b: bool) { use crate::store::c; }",
        ),
        ("pages/a.rs", "fn a() { let style = 1; let b = B { style: 2 }; view! { <p class=\"style=\">\"b\"</p> } }"),
        ("components/text_area.rs", "fn a() { view! { <textarea>{b}</textarea> } }"),
        ("lib.rs", "#[cfg(feature = \"ssr\")]\npub mod store;"),
        ("server/state.rs", "fn a() { Utc::now() }"),
        ("mail/a.rs", "fn a() { \"<p style=\\\"x\\\">\" }"),
    ];
    for (file, text) in good {
        assert_eq!(violations(file, text, &packages), Vec::<String>::new(), "{text}");
    }
    assert_eq!(violations("pages/a.rs", &"\n".repeat(LINES), &packages).len(), 0);
}
