//! JSON as server functions answer it.
//!
//! The same as the library's own, but for reading: what a page was rendered with is read from text, so an answer is read
//! from text as well. Read from bytes, everything that can come both ways would be in the browser's program twice.

use leptos::{
    serde_json::{Error, from_str},
    server_fn::{
        Bytes, ContentType, Decodes, Encodes, Format, FormatType,
        codec::{JsonEncoding, Post},
    },
};
use serde::{Serialize, de::DeserializeOwned, de::Error as _};

/// The body of an answer.
#[derive(Debug)]
pub struct Body;

/// What `#[server(output = …)]` wants to know.
pub type Json = Post<Body>;

impl ContentType for Body {
    const CONTENT_TYPE: &'static str = JsonEncoding::CONTENT_TYPE;
}

impl FormatType for Body {
    const FORMAT_TYPE: Format = Format::Text;
}

impl<T: Serialize> Encodes<T> for Body {
    type Error = Error;

    fn encode(value: &T) -> Result<Bytes, Self::Error> {
        <JsonEncoding as Encodes<T>>::encode(value)
    }
}

impl<T: DeserializeOwned> Decodes<T> for Body {
    type Error = Error;

    fn decode(bytes: Bytes) -> Result<T, Self::Error> {
        from_str(std::str::from_utf8(&bytes).map_err(Error::custom)?)
    }
}
