//! Her account: what we know of her, where she is signed in, her calendar, her data. What her state or a licence does to a
//! seat stands first, because it wants an answer.

use crate::{
    api::account::{AccountPage as Data, HurtSeat, get_account},
    components::{
        frame::{Around, Frame},
        group_row::GroupRowView,
        icon::{Icon, IconName},
        loaded::loaded,
    },
    paths,
};
use leptos::prelude::*;
use leptos_meta::{Meta, Title};

mod address;
mod address_link;
mod calendar;
mod code;
mod data;
mod delete;
mod mails;
mod profile;
mod sessions;
mod sign_out;

pub use address::AddressPage;
pub use address_link::AddressLinkPage;
pub use calendar::CalendarPage;
pub use code::CodePage as FreshCodePage;
pub use data::DataPage;
pub use delete::{DeletePage, DeletedPage};
pub use mails::MailsPage;
pub use profile::ProfilePage;
pub use sessions::SessionsPage;
pub use sign_out::SignOutPage;

/// The page.
#[component]
pub fn AccountPage() -> impl IntoView {
    let page = Resource::new(|| (), |()| get_account());
    view! {
        <Title text="Your account" />
        <Meta name="robots" content="noindex" />
        <Frame around=Around::Member current=paths::ACCOUNT>{loaded(page, |page| view! { <Content page /> }.into_any())}</Frame>
    }
}

#[component]
fn Content(page: Data) -> impl IntoView {
    let is_member = page.is_member;
    view! {
        <div class="wrap top end account">
            <h1>"Your account"</h1>
            <Said words=page.said />
            {page.hurt.into_iter().map(|seat| view! { <Hurt seat /> }).collect_view()}
            {is_member
                .then(|| {
                    view! {
                        <section class="part margin">
                            <h2>"About you"</h2>
                            <dl class="facts">
                                {page
                                    .about
                                    .into_iter()
                                    .map(|(name, value)| view! { <div><dt>{name}</dt><dd>{value}</dd></div> })
                                    .collect_view()}
                            </dl>
                            <p><a class="act" href=paths::ACCOUNT_PROFILE>"Change what we know of you"<Icon name=IconName::Arrow /></a></p>
                        </section>
                    }
                })}
            <section class="part margin">
                <h2>"Signing in"</h2>
                <dl class="facts edit">
                    <div>
                        <dt>"Your address"</dt>
                        <dd>
                            {page.email}
                            {page.new_email.map(|new| view! { <small>{new} " is to follow, once both have said yes."</small> })}
                            {(!is_member).then(|| view! { <small>"The practice keeps it. Ask the office to change it."</small> })}
                        </dd>
                        {is_member.then(|| view! { <Go path=paths::ACCOUNT_ADDRESS words="Change" of=" your address" /> })}
                    </div>
                    <div>
                        <dt>"Signed in on"</dt>
                        <dd>{page.devices}</dd>
                        <Go path=paths::ACCOUNT_SESSIONS words="See" of=" where you are signed in" />
                    </div>
                </dl>
            </section>
            {is_member
                .then(|| {
                    view! {
                        <section class="part margin">
                            <h2>"Yours to take along"</h2>
                            <dl class="facts edit">
                                <div>
                                    <dt>"Your meetings in your own calendar"</dt>
                                    <dd>{if page.has_feed { "A secret address is on" } else { "Off" }}</dd>
                                    <Go path=paths::ACCOUNT_CALENDAR words="Set up" of=" the calendar" />
                                </div>
                                <div>
                                    <dt>"A weekly mail of new meeting times"</dt>
                                    <dd>{page.weekly}</dd>
                                    <Go path=paths::ACCOUNT_NOTIFICATIONS words="See" of=" your weekly mail" />
                                </div>
                                <div>
                                    <dt>"Mails we send you"</dt>
                                    <dd>"Reminders and changes"</dd>
                                    <Go path=paths::ACCOUNT_MAILS words="Choose" of=" which mails we send you" />
                                </div>
                                <div>
                                    <dt>"Everything that is stored about you"</dt>
                                    <dd>"To read, or as a file"</dd>
                                    <Go path=paths::ACCOUNT_DATA words="See" of=" what is stored about you" />
                                </div>
                            </dl>
                            <p class="small muted">
                                "You can also " <a href=paths::ACCOUNT_DELETE>"delete your account"</a>
                                ". The page says first what goes and what the practice has to keep."
                            </p>
                        </section>
                    }
                })}
        </div>
    }
}

/// The way to a page, with words that say which one.
#[component]
fn Go(path: &'static str, words: &'static str, of: &'static str) -> impl IntoView {
    view! { <dd class="go"><a href=path>{words}<span class="hidden">{of}</span></a></dd> }
}

/// What was done just now; nothing where nothing was.
#[component]
fn Said(words: String) -> impl IntoView {
    (!words.is_empty()).then(|| {
        view! {
            <p class="note plain said" role="status">
                <Icon name=IconName::Check />
                <span>{words}</span>
            </p>
        }
    })
}

/// A seat that does not fit where she is, or that the leader may not go on with: it stays, and there are three ways on.
#[component]
fn Hurt(seat: HurtSeat) -> impl IntoView {
    let rows = seat.fitting.into_iter().map(|row| view! { <GroupRowView row /> }).collect::<Vec<_>>();
    view! {
        <section class="part margin">
            <h2>{seat.title}</h2>
            <div class="flow">
                <p class="note caution">
                    <Icon name=IconName::Clock />
                    <span>
                        {seat.reason} " Your seat stays yours. You cannot join from the meeting on " <b>{seat.from}</b> " on."
                    </span>
                </p>
                <p>"There are three ways on. Nothing happens by itself."</p>
                <ol class="ways">
                    <li>
                        <h3>"You come back"</h3>
                        <p>
                            "Keep the seat. Tell us on " <a href=paths::SEATS>"My seats"</a>
                            " which meetings you miss, and change your state here when you are back."
                        </p>
                    </li>
                    <li>
                        <h3>"A group that fits where you are"</h3>
                        {if rows.is_empty() {
                            view! { <p>"None has a seat free at the moment."</p> }.into_any()
                        } else {
                            view! { <ul class="slots">{rows}</ul> }.into_any()
                        }}
                        <p><a class="act" href=seat.finder>"See all that fit"<Icon name=IconName::Arrow /></a></p>
                    </li>
                    <li>
                        <h3>"Give the seat back"</h3>
                        <p>"It goes to the next in line. " <a href=seat.release>"What that means"</a></p>
                    </li>
                </ol>
            </div>
        </section>
    }
}

/// The way back to the account.
#[component]
fn Back() -> impl IntoView {
    view! { <a class="back" href=paths::ACCOUNT><Icon name=IconName::Back />"Your account"</a> }
}
