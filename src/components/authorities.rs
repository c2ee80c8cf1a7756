//! Where a therapist may practice: the table of her authorities.

use crate::api::groups::AuthorityRow;
use leptos::prelude::*;

/// The table of authorities.
#[component]
pub fn Authorities(
    /// Its rows.
    rows: Vec<AuthorityRow>,
) -> impl IntoView {
    if rows.is_empty() {
        return view! { <p class="muted">"No license is valid at the moment."</p> }.into_any();
    }
    view! {
        <div class="scroll" tabindex="0" role="group" aria-label="Licenses">
            <table class="table">
                <caption class="hidden">"Licenses"</caption>
                <thead><tr>
                    <th scope="col">"State"</th><th scope="col">"License"</th>
                    <th scope="col">"Valid"</th><th scope="col">"We checked"</th>
                </tr></thead>
                <tbody>
                    {rows
                        .into_iter()
                        .map(|row| {
                            view! {
                                <tr>
                                    <th scope="row">{row.state}</th><td>{row.license}</td>
                                    <td>{row.valid}</td><td>{row.checked}</td>
                                </tr>
                            }
                        })
                        .collect_view()}
                </tbody>
            </table>
        </div>
    }
    .into_any()
}
