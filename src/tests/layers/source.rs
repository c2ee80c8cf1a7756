//! Rust as far as the rules about layers need it: words, signs and literals with their lines, without comments.

/// What a token is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Kind {
    Word,
    Sign,
    Literal,
}

/// A token; `::` is one sign, a literal's text is what stands between its quotation marks.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Token {
    pub text: String,
    pub kind: Kind,
    pub line: usize,
    /// Whether white space stands before it.
    pub spaced: bool,
}

impl Token {
    pub fn is(&self, text: &str) -> bool {
        self.kind != Kind::Literal && self.text == text
    }
}

/// A path as the code names it, `use` trees taken apart, with the place of its first token.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Path {
    pub segments: Vec<String>,
    pub at: usize,
    pub used: bool,
}

/// Cuts a file into tokens.
pub fn tokens(text: &str) -> Vec<Token> {
    let chars: Vec<char> = text.chars().collect();
    let (mut tokens, mut at, mut line, mut spaced) = (Vec::new(), 0, 1, true);
    while at < chars.len() {
        let c = chars[at];
        let next = chars.get(at + 1).copied().unwrap_or(' ');
        let began = at;
        if c.is_whitespace() {
            line += usize::from(c == '\n');
            at += 1;
            spaced = true;
            continue;
        }
        if c == '/' && (next == '/' || next == '*') {
            at = end_of_comment(&chars, at);
            line += chars[began..at].iter().filter(|c| **c == '\n').count();
            continue;
        }
        let (kind, text) = if let Some((from, to, end)) = literal(&chars, at) {
            at = end;
            (Kind::Literal, chars[from..to].iter().collect())
        } else if is_word(c) {
            while at < chars.len() && is_word(chars[at]) {
                at += 1;
            }
            (Kind::Word, chars[began..at].iter().collect::<String>())
        } else if c == ':' && next == ':' {
            at += 2;
            (Kind::Sign, "::".to_owned())
        } else {
            at += 1;
            (Kind::Sign, c.to_string())
        };
        tokens.push(Token { text, kind, line, spaced });
        line += chars[began..at].iter().filter(|c| **c == '\n').count();
        spaced = false;
    }
    tokens
}

fn is_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

fn end_of_comment(chars: &[char], mut at: usize) -> usize {
    if chars[at + 1] == '/' {
        while at < chars.len() && chars[at] != '\n' {
            at += 1;
        }
        return at;
    }
    let mut depth = 0;
    while at < chars.len() {
        match (chars[at], chars.get(at + 1)) {
            ('/', Some('*')) => (depth, at) = (depth + 1, at + 2),
            ('*', Some('/')) => (depth, at) = (depth - 1, at + 2),
            _ => at += 1,
        }
        if depth == 0 {
            break;
        }
    }
    at
}

/// A literal that begins here: where its text begins and ends, and where it ends itself. A lifetime is none.
fn literal(chars: &[char], at: usize) -> Option<(usize, usize, usize)> {
    let mut from = at;
    if chars[from] == 'b' || chars[from] == 'c' {
        from += 1;
    }
    if chars.get(from) == Some(&'r') {
        let hashes = chars[from + 1..].iter().take_while(|c| **c == '#').count();
        let open = from + 1 + hashes;
        if chars.get(open) == Some(&'"') {
            let close = (open + 1..chars.len()).find(|end| {
                chars[*end] == '"' && chars[end + 1..].iter().take_while(|c| **c == '#').count() >= hashes
            })?;
            return Some((open + 1, close, close + 1 + hashes));
        }
        return None;
    }
    match chars.get(from) {
        Some('"') => {}
        Some('\'') if chars.get(from + 1) == Some(&'\\') || chars.get(from + 2) == Some(&'\'') => {}
        _ => return None,
    }
    let (quote, mut end) = (chars[from], from + 1);
    while end < chars.len() && chars[end] != quote {
        end += if chars[end] == '\\' { 2 } else { 1 };
    }
    Some((from + 1, end.min(chars.len()), end + 1))
}

/// Where the bracket that opens at `open` is closed; the end of the file if it is not.
pub fn closing(tokens: &[Token], open: usize) -> usize {
    let mut depth = 0_usize;
    for (at, token) in tokens.iter().enumerate().skip(open) {
        if token.is("{") || token.is("(") || token.is("[") {
            depth += 1;
        } else if token.is("}") || token.is(")") || token.is("]") {
            depth = depth.saturating_sub(1);
            if depth == 0 {
                return at;
            }
        }
    }
    tokens.len().saturating_sub(1)
}

/// The attributes of a file: where the `#` stands and where the `]`.
pub fn attributes(tokens: &[Token]) -> Vec<(usize, usize)> {
    (0..tokens.len().saturating_sub(1))
        .filter(|at| tokens[*at].is("#") && tokens[*at + 1].is("["))
        .map(|at| (at, closing(tokens, at + 1)))
        .collect()
}

/// The same tokens without the items that are compiled for unit tests only.
pub fn without_tests(tokens: &[Token]) -> Vec<Token> {
    let mut kept = Vec::with_capacity(tokens.len());
    let mut until = 0;
    let attributes = attributes(tokens);
    for (at, token) in tokens.iter().enumerate() {
        if at < until {
            continue;
        }
        match attributes.iter().find(|(begin, _)| *begin == at) {
            Some((begin, end)) if is_for_tests(&tokens[*begin..*end]) => until = end_of_item(tokens, *end + 1) + 1,
            _ => kept.push(token.clone()),
        }
    }
    kept
}

fn is_for_tests(attribute: &[Token]) -> bool {
    attribute.get(2).is_some_and(|word| word.is("cfg"))
        && attribute.iter().any(|word| word.is("test"))
        && !attribute.iter().any(|word| word.is("not"))
}

/// The last token of the item that begins here, further attributes included.
fn end_of_item(tokens: &[Token], mut at: usize) -> usize {
    let mut is_use = false;
    while at < tokens.len() {
        let token = &tokens[at];
        is_use |= token.is("use");
        if token.is(";") {
            return at;
        } else if token.is("{") {
            at = closing(tokens, at);
            if !is_use {
                return at;
            }
        } else if token.is("(") || token.is("[") {
            at = closing(tokens, at);
        }
        at += 1;
    }
    tokens.len()
}

/// Which tokens stand in the body of a function.
pub fn in_bodies(tokens: &[Token]) -> Vec<bool> {
    let mut inside = vec![false; tokens.len()];
    let mut at = 0;
    while at < tokens.len() {
        if tokens[at].is("fn") {
            while at < tokens.len() && !tokens[at].is("{") && !tokens[at].is(";") {
                at = if tokens[at].is("(") || tokens[at].is("[") { closing(tokens, at) } else { at } + 1;
            }
            if tokens.get(at).is_some_and(|token| token.is("{")) {
                let end = closing(tokens, at);
                inside[at..=end].fill(true);
                at = end;
            }
        }
        at += 1;
    }
    inside
}

/// Every path of the tokens: those of `use` items taken apart, and all that are written out in the code.
pub fn paths(tokens: &[Token]) -> Vec<Path> {
    let mut found = Vec::new();
    let mut at = 0;
    while at < tokens.len() {
        // A drawing has `<use …>`, and a type may end in `use<>`.
        let begins_item = at == 0 || [";", "{", "}", "]", ")", "pub"].iter().any(|sign| tokens[at - 1].is(sign));
        if tokens[at].is("use") && begins_item {
            at = take_tree(tokens, at + 1, &[], &mut found);
            continue;
        }
        let begins = tokens[at].kind == Kind::Word && !(at > 0 && (tokens[at - 1].is("::") || tokens[at - 1].is(".")));
        if begins {
            let (segments, end) = take_chain(tokens, at);
            if segments.len() > 1 {
                found.push(Path { segments, at, used: false });
            }
            at = end;
        } else {
            at += 1;
        }
    }
    found
}

fn take_chain(tokens: &[Token], mut at: usize) -> (Vec<String>, usize) {
    let mut segments = vec![tokens[at].text.clone()];
    while tokens.get(at + 1).is_some_and(|sign| sign.is("::"))
        && tokens.get(at + 2).is_some_and(|word| word.kind == Kind::Word)
    {
        segments.push(tokens[at + 2].text.clone());
        at += 2;
    }
    (segments, at + 1)
}

/// Takes one tree of a `use` item; gives the place after it.
fn take_tree(tokens: &[Token], mut at: usize, before: &[String], found: &mut Vec<Path>) -> usize {
    let (begin, mut segments) = (at, before.to_vec());
    while let Some(token) = tokens.get(at) {
        if token.is("{") {
            let end = closing(tokens, at);
            at += 1;
            while at < end {
                // What ends a tree is a comma here; going on in any case keeps nonsense from lasting for ever.
                at = take_tree(tokens, at, &segments, found) + 1;
            }
            return end + 1;
        }
        if token.is(",") || token.is("}") || token.is(";") {
            break;
        }
        if token.is("as") {
            at += 1;
        } else if !token.is("::") {
            segments.push(token.text.clone());
        }
        at += 1;
    }
    if segments.len() > before.len() {
        found.push(Path { segments, at: begin, used: true });
    }
    at
}
