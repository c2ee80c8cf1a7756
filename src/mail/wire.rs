//! A message as it goes over the wire behind DATA: a line that begins with a dot has one more, and a dot alone ends it (RFC
//! 5321, 4.5.2). lettre does that byte by byte for each mail and sends the last dot in a packet of its own.

use super::SendError;

/// What is sent of a formatted message.
pub fn of(message: Vec<u8>) -> Result<String, SendError> {
    let mut text = String::from_utf8(message).map_err(|_| SendError::never("the message is not UTF-8"))?;
    if text.contains("\n.") {
        text = text.replace("\n.", "\n..");
    }
    if text.starts_with('.') {
        text.insert(0, '.');
    }
    text.push_str(if text.ends_with("\r\n") { ".\r\n" } else { "\r\n.\r\n" });
    Ok(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_that_begin_with_a_dot_have_one_more() {
        for (message, sent) in [
            ("a: b\r\n\r\n.\r\n..x\r\n", "a: b\r\n\r\n..\r\n...x\r\n.\r\n"),
            (".a: b\r\n\r\nx.", "..a: b\r\n\r\nx.\r\n.\r\n"),
            ("\r\n.\r\n.\r\n", "\r\n..\r\n..\r\n.\r\n"),
        ] {
            assert_eq!(of(message.as_bytes().to_vec()).unwrap(), sent);
        }
        assert!(!of(vec![0xff]).unwrap_err().retry);
    }
}
