//! Step 3: check your answers, and confirm. The only clay button of the steps.

use super::StepNumber;
use crate::{
    api::reserve::{CheckPage as Data, ConfirmSeat, get_check_page},
    components::{
        error_summary::ErrorSummary,
        form_state::form_state,
        frame::{Around, Frame},
        hold_strip::HoldStripView,
        icon::{Icon, IconName},
        loaded::loaded,
        submit::Submit,
    },
    paths::{ReserveStep, group as group_path, reserve_step},
};
use leptos::{form::ActionForm, prelude::*};
use leptos_meta::{Meta, Title};

/// The page.
#[component]
pub fn CheckPage() -> impl IntoView {
    let page = Resource::new(super::slug(), get_check_page);
    view! {
        <Title text="Is this right?" />
        <Meta name="robots" content="noindex" />
        <Frame around=Around::Focus>{loaded(page, |page| view! { <Content page /> }.into_any())}</Frame>
    }
}

#[component]
fn Content(page: Data) -> impl IntoView {
    let action = ServerAction::<ConfirmSeat>::new();
    let form = form_state(page.form, move || action.value().get());
    let group = page.group;
    let back = group_path(&group.slug);
    let about = reserve_step(&group.slug, ReserveStep::About);
    view! {
        <HoldStripView hold=page.hold slug=group.slug.clone() />
        <div class="wrap narrow top end">
            <StepNumber number=3 />
            <a class="back" href=reserve_step(&group.slug, ReserveStep::Agreements)><Icon name=IconName::Back />"Agreements"</a>
            <h1>"Is this right?"</h1>
            <ErrorSummary form />
            <Show when=move || form.with(|form| form.message.is_some())>
                <p><a class="act" href=back.clone()>"See the group, and what is free"<Icon name=IconName::Arrow /></a></p>
            </Show>
            <h2 class="sub2">"The group"</h2>
            <dl class="facts">
                <div><dt>"Group"</dt><dd><b>{group.title.clone()}</b>" with "{group.leader.name.clone()}</dd></div>
                <div><dt>"Every week"</dt><dd>{group.rhythm.clone()}</dd></div>
                <div><dt>"First meeting"</dt><dd>{group.first_day.clone()}</dd></div>
                <div><dt>"Price"</dt><dd>{group.price.clone()}" "<small>{page.billing}" Nothing is charged here."</small></dd></div>
            </dl>
            <h2 class="sub2">"You"</h2>
            <dl class="facts edit">
                {page
                    .answers
                    .into_iter()
                    .map(|(question, answer)| {
                        let of = format!(" {}", question.to_lowercase());
                        view! {
                            <div>
                                <dt>{question}</dt>
                                <dd>{answer}</dd>
                                <dd class="go"><a href=about.clone()>"Change"<span class="hidden">{of}</span></a></dd>
                            </div>
                        }
                    })
                    .collect_view()}
            </dl>
            <h2 class="sub2">"Agreements"</h2>
            <p class="muted">{page.agreements}</p>
            <ActionForm action attr:class="confirm">
                <input type="hidden" name="slug" value=group.slug.clone() />
                <input type="hidden" name="key" value=page.key />
                <Submit label="Confirm my seat" class="button seat" icon=IconName::Check pending=action.pending() />
                <p class="small muted">"Tapping twice does no harm: you get one seat."</p>
            </ActionForm>
        </div>
    }
}
