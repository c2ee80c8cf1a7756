//! For somebody under 18: nothing was kept, and there is help.

use crate::{
    components::{
        frame::{Around, Frame},
        icon::{Icon, IconName},
    },
    paths,
};
use leptos::prelude::*;
use leptos_meta::{Meta, Title};

/// The page.
#[component]
pub fn YoungPage() -> impl IntoView {
    view! {
        <Title text="Help for young people" />
        <Meta name="robots" content="noindex" />
        <Frame around=Around::Focus>
            <div class="wrap narrow top end flow flow-l">
                <h1>"These groups are for adults."</h1>
                <p class="lead">
                    "You did right to look for help. We have not kept your date of birth, and the seat is free again."
                </p>
                <section class="help-card">
                    <h2>"People who are there for you"</h2>
                    <ul class="lines-help">
                        <li><a href="tel:988" rel="external">
                            <Icon name=IconName::Phone />
                            <span><b>"Call or text 988"</b><span>"Day and night, free. You do not need to be in danger."</span></span>
                            <Icon name=IconName::Arrow />
                        </a></li>
                        <li><a href="sms:741741?body=HOME" rel="external">
                            <Icon name=IconName::Text />
                            <span><b>"Text HOME to 741741"</b><span>"Crisis Text Line, if writing is easier"</span></span>
                            <Icon name=IconName::Arrow />
                        </a></li>
                        <li><a href="tel:+18664887386" rel="external">
                            <Icon name=IconName::Phone />
                            <span><b>"Call 866 488 7386"</b><span>"The Trevor Project, for LGBTQ+ young people"</span></span>
                            <Icon name=IconName::Arrow />
                        </a></li>
                    </ul>
                </section>
                <p>
                    "A school counselor, a doctor, or a grown-up you trust can help you find a group for your age. "
                    "If you are in danger now, call " <a href="tel:911">"911"</a> "."
                </p>
                <a class="button quiet" href=paths::HELP_NOW>"All ways to get help now"<Icon name=IconName::Arrow /></a>
            </div>
        </Frame>
    }
}
