//! The files of the site: what cargo-leptos built under `/pkg`, and everything from `public/`.

use super::headers::IsFile;
use axum::{
    body::Body,
    extract::Request,
    http::{HeaderValue, StatusCode, header::CACHE_CONTROL, request::Parts},
    response::{IntoResponse as _, Response},
};
use leptos::config::LeptosOptions;
use std::path::{Path, PathBuf};
use tower::ServiceExt as _;
use tower_http::services::ServeDir;

const A_YEAR: HeaderValue = HeaderValue::from_static("public, max-age=31536000, immutable");
const A_DAY: HeaderValue = HeaderValue::from_static("public, max-age=86400");
const ASK_AGAIN: HeaderValue = HeaderValue::from_static("public, no-cache");

/// The folder of the site.
#[derive(Clone, Debug)]
pub struct Files {
    folder: ServeDir,
    pkg: String,
    hashed: bool,
}

impl Files {
    /// The site's folder as leptos knows it. A file with `.br` or `.gz` beside it is sent as that.
    pub fn new(options: &LeptosOptions) -> Self {
        let folder = ServeDir::new(&*options.site_root)
            .append_index_html_on_directories(false)
            .redirect_to_trailing_slash(false)
            .precompressed_br()
            .precompressed_gzip();
        Self { folder, pkg: options.site_pkg_dir_route_base(), hashed: options.hash_files }
    }

    /// Whether a path can only be a built file: one that is missing needs no page to say so.
    pub fn is_built(&self, path: &str) -> bool {
        path.starts_with(&self.pkg)
    }

    /// The file that a request asks for, if there is one.
    pub async fn find(&self, request: Parts) -> Option<Response> {
        let path = request.uri.path().to_owned();
        let Ok(found) = self.folder.clone().oneshot(Request::from_parts(request, Body::empty())).await;
        let kept = if self.is_built(&path) {
            // The name holds the content's hash, so that another content is another file.
            if self.hashed { A_YEAR } else { ASK_AGAIN }
        } else if path.starts_with("/fonts/") {
            A_YEAR
        } else {
            A_DAY
        };
        match found.status() {
            status if status.is_success() || status == StatusCode::NOT_MODIFIED => {
                let mut response = found.into_response();
                response.headers_mut().insert(CACHE_CONTROL, kept);
                response.extensions_mut().insert(IsFile);
                Some(response)
            }
            StatusCode::RANGE_NOT_SATISFIABLE | StatusCode::PRECONDITION_FAILED => Some(found.into_response()),
            _ => None,
        }
    }
}

/// The file with the hashes of the built files' names, beside the executable.
pub fn hash_file(options: &LeptosOptions) -> Option<PathBuf> {
    let executable = std::env::current_exe().ok()?;
    Some(executable.parent().unwrap_or(Path::new("")).join(&*options.hash_file))
}

/// Where the files that every page needs are, read once.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Built {
    /// The style sheet.
    pub style: String,
    /// What loads the program.
    pub script: String,
    /// The program.
    pub program: String,
}

impl Built {
    /// Reads the hashes that stand in the names.
    pub fn find(options: &LeptosOptions) -> Self {
        let hashes = options
            .hash_files
            .then(|| hash_file(options))
            .flatten()
            .and_then(|path| std::fs::read_to_string(path).ok())
            .unwrap_or_default();
        let at = |kind| {
            let hash = hash_of(&hashes, kind).map(|hash| format!(".{hash}")).unwrap_or_default();
            format!("{}{}{hash}.{kind}", options.site_pkg_dir_route_base(), options.output_name)
        };
        Self { style: at("css"), script: at("js"), program: at("wasm") }
    }
}

/// Reads `css: 8xk2…`, one line a kind.
fn hash_of<'a>(text: &'a str, kind: &str) -> Option<&'a str> {
    text.lines()
        .filter_map(|line| line.split_once(':'))
        .find(|(name, _)| name.trim() == kind)
        .map(|(_, hash)| hash.trim())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_style_sheet_is_found_by_its_hash() {
        assert_eq!(hash_of("js: abc\nwasm: def\ncss: ghi\n", "css"), Some("ghi"));
        assert_eq!(hash_of("js: abc\n", "css"), None);
        let plain = LeptosOptions::builder().output_name("common-ground").build();
        let built = Built::find(&plain);
        assert_eq!(built.style, "/pkg/common-ground.css");
        assert_eq!(built.program, "/pkg/common-ground.wasm");
    }

    async fn find(path: &str, hashed: bool) -> Option<Response> {
        let options = LeptosOptions::builder().output_name("x").site_root("public").hash_files(hashed).build();
        let mut files = Files::new(&options);
        files.pkg = "/fonts/".to_owned();
        if !hashed {
            files.pkg = "/pkg/".to_owned();
        }
        files.find(Request::builder().uri(path).body(()).unwrap().into_parts().0).await
    }

    #[tokio::test]
    async fn each_file_is_kept_as_long_as_its_name_allows() {
        let font = "/fonts/brygada-1918-latin-wght-normal.woff2";
        assert_eq!(find(font, false).await.unwrap().headers()[CACHE_CONTROL], A_YEAR);
        assert_eq!(find("/favicon.svg", false).await.unwrap().headers()[CACHE_CONTROL], A_DAY);
        assert_eq!(find(font, true).await.unwrap().headers()[CACHE_CONTROL], A_YEAR);
        for missing in ["/", "/fonts", "/fonts/", "/nothing.txt", "/../Cargo.toml", "/%2e%2e/Cargo.toml", "/%00"] {
            assert!(find(missing, false).await.is_none(), "{missing}");
        }
    }
}
