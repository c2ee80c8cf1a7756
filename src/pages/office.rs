//! Pages of the office.

use crate::{
    api::office::{DigestsPage as Data, MailShown, RunShown, WeekShown, get_digests},
    components::{
        frame::{Around, Frame},
        loaded::loaded,
    },
    paths,
};
use leptos::prelude::*;
use leptos_meta::{Meta, Title};

/// The weekly mails: what went out, what is next, what it looks like.
#[component]
pub fn DigestsPage() -> impl IntoView {
    let page = Resource::new(|| (), |()| get_digests());
    view! {
        <Title text="Weekly mails" />
        <Meta name="robots" content="noindex" />
        <Frame around=Around::Public current=paths::OFFICE_DIGESTS>
            {loaded(page, |page| view! { <Content page /> }.into_any())}
        </Frame>
    }
}

#[component]
fn Content(page: Data) -> impl IntoView {
    view! {
        <div class="wrap top end">
            <h1>"Weekly mails"</h1>
            <p class="lead">{page.sentence}</p>
            <Runs runs=page.runs zone_words=page.zone_words />
            <Weeks weeks=page.weeks sentence=page.weeks_sentence chart=page.chart />
            <Next next=page.next />
            {page.mails.into_iter().map(|mail| view! { <Preview mail /> }).collect_view()}
        </div>
    }
}

#[component]
fn Runs(runs: Vec<RunShown>, zone_words: String) -> impl IntoView {
    (!runs.is_empty()).then(|| {
        view! {
            <section class="part">
                <h2>"The last rounds"</h2>
                <div class="scroll" role="region" aria-label="The last rounds" tabindex="0">
                    <table class="table">
                        <caption>{zone_words}</caption>
                        <thead>
                            <tr>
                                <th scope="col">"Began"</th>
                                <th scope="col" class="r">"Sent"</th>
                                <th scope="col" class="r">"Waiting"</th>
                                <th scope="col" class="r">"Failed"</th>
                                <th scope="col" class="r">"Ended before it left"</th>
                                <th scope="col" class="r">"Skipped, nothing new"</th>
                            </tr>
                        </thead>
                        <tbody>
                            {runs
                                .into_iter()
                                .map(|run| {
                                    let note = (!run.note.is_empty()).then(|| view! { <br /><small class="muted">{run.note}</small> });
                                    view! {
                                        <tr>
                                            <th scope="row">{run.when} {note}</th>
                                            {run.counts.into_iter().map(|count| view! { <td class="r num">{count}</td> }).collect_view()}
                                        </tr>
                                    }
                                })
                                .collect_view()}
                        </tbody>
                    </table>
                </div>
            </section>
        }
    })
}

#[component]
fn Weeks(weeks: Vec<WeekShown>, sentence: String, chart: String) -> impl IntoView {
    let rows = weeks
        .into_iter()
        .map(|week| {
            view! {
                <tr>
                    <th scope="row">{week.monday}</th>
                    <td class="r num">{week.mails}</td>
                    <td class="r num">{week.skipped}</td>
                </tr>
            }
        })
        .collect_view();
    view! {
        <section class="part">
            <h2>"By week"</h2>
            <p class="prose gapped">{sentence}</p>
            {(!chart.is_empty())
                .then(|| {
                    view! {
                        <figure class="figure">
                            // The table below says the same.
                            <svg class="chart" viewBox="0 0 640 200" aria-hidden="true" inner_html=chart></svg>
                            <figcaption>"Each bar is a week. The dark part is mails, the pale part is subscribers for whom nothing was new."</figcaption>
                        </figure>
                        <div class="scroll gap" role="region" aria-label="By week" tabindex="0">
                            <table class="table">
                                <thead>
                                    <tr>
                                        <th scope="col">"Week of"</th>
                                        <th scope="col" class="r">"Mails"</th>
                                        <th scope="col" class="r">"Skipped, nothing new"</th>
                                    </tr>
                                </thead>
                                <tbody>{rows}</tbody>
                            </table>
                        </div>
                    }
                })}
        </section>
    }
}

#[component]
fn Next(next: Vec<(String, String)>) -> impl IntoView {
    (!next.is_empty()).then(|| {
        view! {
            <section class="part margin">
                <h2>"What is next"</h2>
                <dl class="facts">
                    {next.into_iter().map(|(when, count)| view! { <div><dt>{when}</dt><dd>{count}</dd></div> }).collect_view()}
                </dl>
            </section>
        }
    })
}

#[component]
fn Preview(mail: MailShown) -> impl IntoView {
    view! {
        <section class="part">
            <h2>{mail.title}</h2>
            {(!mail.subject.is_empty()).then(|| view! { <p>"Subject: " <b>{mail.subject}</b></p> })}
            <pre class="mailframe">{mail.text}</pre>
            // It is no page of ours, so the browser has to ask for it anew.
            {(!mail.html.is_empty()).then(|| view! { <p class="gap"><a href=mail.html rel="external">"Look at the HTML mail"</a></p> })}
        </section>
    }
}
