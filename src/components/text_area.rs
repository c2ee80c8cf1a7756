//! The only place with a raw text area: leptos does not escape its children when it renders on the server, so what
//! somebody typed could become markup. Here it is escaped.

use super::field::{FieldMessage, described_by, invalid};
use crate::api::form::FormState;
use leptos::prelude::*;

/// A labelled text area: label above, error between label and text.
#[component]
pub fn TextAreaField(
    /// The form's state; the text comes from it.
    form: Signal<FormState>,
    /// Name and id of the field.
    name: &'static str,
    /// Label.
    label: &'static str,
    /// Most characters.
    maxlength: u16,
) -> impl IntoView {
    let value = form.with_untracked(|form| form.value(name));
    view! {
        <div class="field" class:bad=move || form.with(|form| form.error(name).is_some())>
            <label for=name>{label}</label>
            <FieldMessage form name />
            <textarea
                class="area"
                id=name
                name=name
                maxlength=maxlength.to_string()
                aria-invalid=invalid(form, name)
                aria-describedby=described_by(form, name, false)
            >
                {escape(&value)}
            </textarea>
        </div>
    }
}

/// A text area with escaped text.
#[component]
pub fn TextArea(
    /// Name and id.
    name: &'static str,
    /// The text in it.
    #[prop(into)]
    value: String,
) -> impl IntoView {
    view! { <textarea class="area" id=name name=name>{escape(&value)}</textarea> }
}

/// Escapes what would end the text area or begin an entity.
fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_typed_never_becomes_markup() {
        let html = Owner::new()
            .with(|| view! { <TextArea name="note" value="</textarea><script>alert(1)</script>&lt;" /> }.to_html());
        assert!(html.contains("&lt;/textarea&gt;&lt;script&gt;"), "{html}");
        assert!(!html.contains("<script"), "{html}");
        assert_eq!(html.matches("</textarea>").count(), 1, "{html}");
    }
}
