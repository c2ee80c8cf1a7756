//! Step 3: check your answers, and confirm. The only clay button of the steps.

use super::StepNumber;
use crate::{
    api::{
        reserve::{CheckPage as Data, ConfirmSeat, get_check_page},
        waiting::{JoinLine, LineShown},
    },
    components::{
        error_summary::ErrorSummary,
        form_state::form_state,
        frame::{Around, Frame},
        hold_strip::HoldStripView,
        icon::{Icon, IconName},
        line::JoinForm,
        loaded::loaded,
        submit::Submit,
    },
    error::AppError,
    paths::{self, ReserveStep, group as group_path, reserve_step},
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
    // The seat went to somebody else: known when the page was made, or by the answer to this very button.
    let waits = page.line.position.is_some();
    // Without script the answer comes back as words alone; once the hold has lapsed it is about a seat that is gone.
    let was_gone = page.line.can_join || page.hold.lapsed && form.with_untracked(|form| form.message.is_some());
    let is_gone = Memo::new(move |_| {
        was_gone || action.value().get().and_then(Result::err).as_ref().is_some_and(AppError::is_about_no_seat)
    });
    let (line, key, slug) = (page.line, page.key.clone(), group.slug.clone());
    view! {
        <HoldStripView hold=page.hold slug=group.slug.clone() />
        <div class="wrap narrow top end">
            <StepNumber number=3 />
            <a class="back" href=reserve_step(&group.slug, ReserveStep::Agreements)><Icon name=IconName::Back />"Agreements"</a>
            <h1>"Is this right?"</h1>
            <ErrorSummary form />
            <Show when=move || is_gone.get()>
                <Line line=line.clone() slug=slug.clone() key=key.clone() />
            </Show>
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
            // In line already, and no seat: then a later try is the way, as soon as one is free for her.
            <div hidden=move || is_gone.get() && !waits>
                <ActionForm action attr:class="confirm">
                    <input type="hidden" name="slug" value=group.slug.clone() />
                    <input type="hidden" name="key" value=page.key />
                    <Submit label="Confirm my seat" class="button seat" icon=IconName::Check pending=action.pending() />
                    <p class="small muted">"Tapping twice does no harm: you get one seat."</p>
                </ActionForm>
            </div>
        </div>
    }
}

/// No seat is left, or others wait for it: one tap to the end of the line, with all answers kept.
#[component]
fn Line(line: LineShown, slug: String, key: String) -> impl IntoView {
    let join = ServerAction::<JoinLine>::new();
    if line.position.is_some() {
        return view! {
            <p class="note seat">
                <Icon name=IconName::Circle />
                <span>"Your answers are kept, and you are " <b>{line.words}</b> ". We write to you when a seat is free for you."</span>
            </p>
            <p><a class="act" href=paths::SEATS>"My seats and lines"<Icon name=IconName::Arrow /></a></p>
        }
        .into_any();
    }
    // Another action may use the same key: the server keeps them apart.
    let key = if line.key.is_empty() { key } else { line.key };
    let others = if line.words.is_empty() { String::new() } else { format!(" {}.", line.words) };
    view! {
        <p class="note">
            <Icon name=IconName::Circle />
            <span>
                "No seat is free for you now." {others}
                " Your answers are kept: one tap puts you at the end of the line, and when your turn comes you only confirm."
            </span>
        </p>
        <div class="stack"><JoinForm slug key join /></div>
    }
    .into_any()
}
