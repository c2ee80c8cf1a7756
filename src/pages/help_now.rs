//! Help now: works without script, database or sign-in, and asks nothing of anybody.

use crate::{
    api::text::HeadText,
    components::{
        frame::{Around, Frame},
        head::{PageHead, Picture},
        icon::{Icon, IconName},
    },
    paths,
};
use leptos::prelude::*;

/// The page.
#[component]
pub fn HelpNowPage() -> impl IntoView {
    let head = HeadText {
        title: "Help now".to_owned(),
        description: "In danger call 911. To talk with somebody now, call or text 988. Day and night, free.".to_owned(),
        path: paths::HELP_NOW.to_owned(),
        data: String::new(),
    };
    view! {
        <PageHead head picture=Picture::Circle />
        <Frame around=Around::Still current=paths::HELP_NOW>
            <section class="helpnow">
                <div class="wrap narrow">
                    <h1>"Help now"</h1>
                    <p class="lead">"You do not need an account, a reason, or the right words."</p>
                    <ul class="lines-help">
                        <HelpLine url="tel:988" icon=IconName::Phone what="Call 988" why="Suicide and Crisis Lifeline, free, day and night" />
                        <HelpLine url="sms:988" icon=IconName::Text what="Text 988" why="If speaking is too much" />
                        <HelpLine
                            url="https://988lifeline.org/chat/"
                            icon=IconName::Chat
                            what="Chat at 988lifeline.org"
                            why="Opens the Lifeline’s own site"
                        />
                        <HelpLine url="tel:911" icon=IconName::Alert what="Call 911" why="If your life is in danger now" />
                    </ul>
                </div>
            </section>
            <div class="wrap narrow end">
                <section class="part">
                    <h2>"If you can wait ten minutes"</h2>
                    <ol class="steps">
                        <li><div><h3>"Put both feet on the ground"</h3><p>"Press them down. Name five things you can see."</p></div></li>
                        <li><div>
                            <h3>"Cold water"</h3>
                            <p>"Hold your wrists under it, or a cold cloth to your eyes, while you breathe out slowly."</p>
                        </div></li>
                        <li><div>
                            <h3>"Move away from what could hurt you"</h3>
                            <p>"Another room, another person, a locked cupboard. It only has to be for now."</p>
                        </div></li>
                    </ol>
                </section>
                <section class="part">
                    <h2>"Somebody you love is in danger?"</h2>
                    <p>
                        "Stay with them if you can. Call 988 together, or 911. You may ask them straight out whether they think of suicide: asking does not put the thought there."
                    </p>
                </section>
                <section class="part">
                    <h2>"Outside the United States"</h2>
                    <p>
                        "Call the emergency number of the country you are in. In the European Union that is 112, in the United Kingdom 999. "
                        <a href="https://findahelpline.com/" rel="noreferrer">"findahelpline.com"</a>
                        " lists people to talk with, country by country."
                    </p>
                </section>
                <section class="part">
                    <h2>"Not an emergency, but hard"</h2>
                    <ul class="lines">
                        <li><a href="/groups?open=true">
                            <span><b>"Groups with free seats"</b><small>"Led by a licensed therapist, from home"</small></span>
                            <Icon name=IconName::Arrow go=true />
                        </a></li>
                    </ul>
                </section>
            </div>
        </Frame>
    }
}

#[component]
fn HelpLine(url: &'static str, icon: IconName, what: &'static str, why: &'static str) -> impl IntoView {
    view! {
        <li><a href=url rel="external">
            <Icon name=icon />
            <span><b>{what}</b><span>{why}</span></span>
            <Icon name=IconName::Arrow />
        </a></li>
    }
}
