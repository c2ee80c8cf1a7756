//! The program, first version: when you meet, the unit of the week, your seats.

use crate::{
    api::program::{LedGroup, ProgramPage as Data, SeatShown, StripDay, get_program},
    components::{
        frame::{Around, Frame},
        holds::Holds,
        icon::{Icon, IconName},
        loaded::loaded,
        scene::{Scene, ScenePlace},
        seat_ring::{RingCenter, RingSize, SeatRing},
        zone_line::ZoneLine,
    },
    paths,
};
use leptos::prelude::*;
use leptos_meta::{Meta, Title};

/// The page.
#[component]
pub fn ProgramPage() -> impl IntoView {
    let page = Resource::new(|| (), |()| get_program());
    view! {
        <Title text="This week" />
        <Meta name="robots" content="noindex" />
        <Frame around=Around::Member current=paths::PROGRAM>{loaded(page, |page| view! { <Content page /> }.into_any())}</Frame>
    }
}

#[component]
fn Content(page: Data) -> impl IntoView {
    let Some(first) = page.seats.first().cloned() else {
        return view! { <Nothing page /> }.into_any();
    };
    let holds = page.holds.clone();
    let meets = !first.rhythm.is_empty();
    view! {
        <section class="meet">
            <div class="wrap meetgrid">
                <div class="meet-words">
                    <h1><small>{first.day.clone()}</small>{first.headline.clone()}</h1>
                    <p class="lead">{first.title.clone()} ", " {first.unit.position.clone()} "."</p>
                    {meets
                        .then(|| {
                            view! {
                                <p class="muted">
                                    {first.rhythm.clone()} {first.beside.clone().map(|beside| format!(". {beside}"))} "."
                                </p>
                                <p class="muted"><WayIn phone=page.phone.clone() /></p>
                            }
                        })}
                    {first.forming.clone().map(|forming| view! { <p class="note"><Icon name=IconName::Circle /><span>{forming}</span></p> })}
                    <div class="row acts">
                        <a class="button quiet" href=paths::reserve_calendar(&first.slug) rel="external">
                            "Add to my calendar"<Icon name=IconName::Calendar />
                        </a>
                        <a class="act" href=paths::SEATS>"I can’t come"</a>
                        <a class="act" href=paths::group(&first.slug)>"About this group"</a>
                    </div>
                </div>
                <div class="meet-ring">
                    {if meets {
                        let center = RingCenter { count: first.ring_count, word: ring_word(&first.ring_word) };
                        view! { <SeatRing counts=first.counts size=RingSize::Page center=center /> }.into_any()
                    } else {
                        view! { <SeatRing counts=first.counts size=RingSize::Page /> }.into_any()
                    }}
                    <p class="small muted">
                        {(first.ring_count > 0)
                            .then(|| view! { <span class="togo">{first.ring_count} " " {first.ring_word.clone()} ". "</span> })}
                        "The seat with the dot is yours"
                        {meets.then(|| format!("; {} expects you", first.leader_first_name))} "."
                    </p>
                </div>
            </div>
        </section>
        <div class="wrap progcols">
            <div>
                <Holds holds class="part" />
                <UnitPart seat=first.clone() />
                {page.seats.iter().skip(1).cloned().map(|seat| view! { <UnitPart seat /> }).collect_view()}
            </div>
            <div>
                <section class="part first">
                    <h2>"Your week"</h2>
                    <ol class="strip" aria-label="The next seven days">{page.strip.into_iter().map(strip_day).collect_view()}</ol>
                </section>
                <section class="part">
                    <h2>"Your seats"</h2>
                    <ul class="lines">{page.seats.iter().cloned().map(seat_line).collect_view()}</ul>
                    <p class="gap"><a class="act" href=paths::SEATS>"Seats, lines and absences"<Icon name=IconName::Arrow /></a></p>
                </section>
                <section class="part">
                    <h2>"What we agreed on"</h2>
                    <ul class="plainlist">{page.agreement.into_iter().map(|line| view! { <li>{line}</li> }).collect_view()}</ul>
                </section>
                <section class="part"><ZoneLine zone=page.zone /></section>
            </div>
        </div>
    }
    .into_any()
}

/// How she comes in: not by this site, which has no room to meet in.
#[component]
pub fn WayIn(
    /// The practice's phone, or nothing.
    phone: String,
) -> impl IntoView {
    let ask = if phone.is_empty() {
        view! { <a href=paths::CONTACT>"ask us"</a> }.into_any()
    } else {
        view! { <span>"call "<a href=paths::call(&phone)>{phone.clone()}</a></span> }.into_any()
    };
    view! {
        "You meet by video, and not on this site. The practice tells you how to join. If you have not heard yet, "
        {ask}
        "."
    }
}

/// The words under the number, as the ring draws them: it takes no text from outside.
fn ring_word(word: &str) -> &'static str {
    ["minute to go", "minutes to go", "hour to go", "hours to go", "day to go", "days to go"]
        .into_iter()
        .find(|known| *known == word)
        .unwrap_or("to go")
}

fn strip_day(day: StripDay) -> impl IntoView {
    let class = if day.today { "today" } else { "" };
    let mark = if day.meets.is_empty() { "m" } else { "m meet" };
    view! {
        <li class=class aria-current=day.today.then_some("date")>
            <span class="d">{day.name}</span>
            <span class=mark aria-hidden="true"></span>
            <span class="t">{day.meets}</span>
        </li>
    }
}

/// "Tuesdays, 7:00 to 8:15 PM Eastern, with Ruth Abara"; without a rhythm, where no meeting is planned, only with whom.
pub fn rhythm_with(rhythm: &str, leader: &str) -> String {
    if rhythm.is_empty() { format!("With {leader}") } else { format!("{rhythm}, with {leader}") }
}

fn seat_line(seat: SeatShown) -> impl IntoView {
    view! {
        <li><a href=paths::group(&seat.slug)>
            <span>
                <b>{seat.title}</b>
                <small>{rhythm_with(&seat.rhythm, &seat.leader)}</small>
                <small>"Reference "{seat.reference}</small>
            </span>
            <Icon name=IconName::Arrow go=true />
        </a></li>
    }
}

/// As everybody sees it: there is no other page of it yet.
fn led_line(group: LedGroup) -> impl IntoView {
    view! {
        <li><a href=paths::group(&group.slug)>
            <span><b>{group.title}</b> <small>{group.rhythm}</small></span>
            <Icon name=IconName::Arrow go=true />
        </a></li>
    }
}

#[component]
fn UnitPart(seat: SeatShown) -> impl IntoView {
    let unit = seat.unit;
    view! {
        <section class="part">
            <h2>"This week: " {unit.title}</h2>
            <p class="muted">{seat.title} ", " {unit.position} ". " {unit.summary}</p>
            <details class="ask">
                <summary>"Read before you meet, " {unit.reading.to_lowercase()}</summary>
                <div class="prose" inner_html=unit.html></div>
            </details>
            <h3 class="sub2">"Small things to try"</h3>
            <ul class="plainlist">{unit.homework.into_iter().map(|line| view! { <li>{line}</li> }).collect_view()}</ul>
            <h3 class="sub2">"A question to bring"</h3>
            <p>{unit.question}</p>
            {(!unit.skills.is_empty())
                .then(|| view! { <h3 class="sub2">"Skills of the week"</h3> <p class="skills-so">{unit.skills.join(", ")}</p> })}
        </section>
    }
}

/// Before the first seat.
#[component]
fn Nothing(page: Data) -> impl IntoView {
    let is_member = page.is_member;
    view! {
        <div class="wrap narrow top end flow flow-l">
            <figure class="figure"><Scene place=ScenePlace::Empty label="A circle of chairs that waits." /></figure>
            {if is_member {
                view! {
                    <h1>"Your program begins with a seat."</h1>
                    <p class="lead">"Once you have one, you find here when you meet, what the week is about and what to try."</p>
                    <Holds holds=page.holds class="part" />
                    <a class="button" href=paths::GROUPS>"Find a group"<Icon name=IconName::Arrow /></a>
                    <p><a class="act" href=paths::SEATS>"Where you wait, and what is offered to you"<Icon name=IconName::Arrow /></a></p>
                }
                .into_any()
            } else {
                view! {
                    <h1>"Your desk is not part of this version yet."</h1>
                    <p class="lead">
                        "You are signed in with your work account. It has no seat and no program: those are for members."
                    </p>
                    {(!page.leads.is_empty())
                        .then(|| {
                            view! {
                                <section class="part">
                                    <h2>"The groups you lead"</h2>
                                    <ul class="lines">{page.leads.into_iter().map(led_line).collect_view()}</ul>
                                </section>
                            }
                        })}
                    <a class="button quiet" href=paths::GROUPS>"See all groups"<Icon name=IconName::Arrow /></a>
                }
                .into_any()
            }}
        </div>
    }
}
