//! What a page says of itself to search engines and to whoever shares its address.

use crate::api::text::HeadText;
use leptos::prelude::*;
use leptos_meta::{Link, Meta, Title};

/// The address of the site without a slash at its end: the server provides it, because a request may have come by another name.
#[derive(Clone, Debug)]
pub struct SiteAddress(pub String);

/// The pictures that are shown where a page is shared: `public/pictures/<name>.png`, 1200 × 630.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Picture {
    /// The circle of chairs: home, groups.
    Circle,
    /// The wave that comes to rest: topics.
    Topics,
    /// The steps: the DBT skills group.
    Steps,
    /// Still water: articles.
    Learn,
    /// The wave, the disc and the smaller wave: skill cards.
    Skills,
    /// The faces above their horizons: therapists.
    Therapists,
}

impl Picture {
    /// All of them.
    pub const ALL: [Self; 6] = [Self::Circle, Self::Topics, Self::Steps, Self::Learn, Self::Skills, Self::Therapists];

    /// Its path.
    pub const fn path(self) -> &'static str {
        match self {
            Self::Circle => "/pictures/circle.png",
            Self::Topics => "/pictures/topics.png",
            Self::Steps => "/pictures/steps.png",
            Self::Learn => "/pictures/learn.png",
            Self::Skills => "/pictures/skills.png",
            Self::Therapists => "/pictures/therapists.png",
        }
    }

    /// What it shows, in words.
    pub const fn words(self) -> &'static str {
        match self {
            Self::Circle => "Chairs in a circle on a horizon, some of them free.",
            Self::Topics => "A line that swings and comes to rest beside a low sun.",
            Self::Steps => "Twelve low steps that lead to a low sun.",
            Self::Learn => "Rings on still water around a light.",
            Self::Skills => "A steep wave, a light, and a small wave after it.",
            Self::Therapists => "Five horizons, each under its own sky.",
        }
    }
}

/// Title, description, the one address of the page, and how it looks where it is shared. In the browser, after the first page,
/// the address of the site is that of the window.
#[component]
pub fn PageHead(
    /// What is said.
    head: HeadText,
    /// The picture.
    picture: Picture,
) -> impl IntoView {
    let site = use_context::<SiteAddress>().map_or_else(
        || if is_browser() { window().location().origin().unwrap_or_default() } else { String::new() },
        |site| site.0,
    );
    let url = format!("{site}{}", head.path);
    view! {
        <Title text=head.title.clone() />
        <Meta name="description" content=head.description.clone() />
        <Link rel="canonical" href=url.clone() />
        <Meta property="og:site_name" content="Common Ground" />
        <Meta property="og:type" content="website" />
        <Meta property="og:title" content=head.title />
        <Meta property="og:description" content=head.description />
        <Meta property="og:url" content=url />
        <Meta property="og:image" content=format!("{site}{}", picture.path()) />
        <Meta property="og:image:width" content="1200" />
        <Meta property="og:image:height" content="630" />
        <Meta property="og:image:alt" content=picture.words() />
        <Meta name="twitter:card" content="summary_large_image" />
    }
}

/// Structured data. Only the document that the server renders has it: after the first page no machine reads on.
#[component]
pub fn LinkedData(
    /// The data, as [`HeadText::data`] has it.
    data: String,
) -> impl IntoView {
    // A block of data, no script: it is not run, whatever stands in it.
    view! { <script type="application/ld+json" inner_html=data></script> }
}

#[cfg(test)]
mod tests {
    use super::Picture;
    use std::{fs, path::Path};

    #[test]
    fn every_picture_is_there_and_small() {
        let public = Path::new(env!("CARGO_MANIFEST_DIR")).join("public");
        for picture in Picture::ALL {
            let bytes = fs::read(public.join(picture.path().trim_start_matches('/'))).unwrap();
            // A PNG says its width and height in the bytes from 16 on.
            assert_eq!(bytes[16..24], [0, 0, 0x04, 0xb0, 0, 0, 0x02, 0x76], "{}", picture.path());
            assert!(bytes.len() < 80_000, "{}: {} bytes", picture.path(), bytes.len());
        }
    }
}
