//! Step 2: agreements, signed by typing the legal name.

use super::{brief, current_text, current_texts, ground, keep_draft, strip};
use crate::{
    api::reserve::{AgreementsPage, Pact},
    domain::{
        about::FieldError,
        agreement::{AgreementKind, signature_fits},
        line::Line,
    },
    error::AppError,
    paths::{self, ReserveStep, reserve_step},
    server::{answer, auth, content, reply, state::App, times::full_date},
    store::{
        Actor, Tx, agreements,
        drafts::{self, DraftStep},
        members,
    },
};
use serde::{Deserialize, Serialize};

/// What was ticked and typed.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub struct AgreementsTyped {
    /// Agrees with the group agreement.
    pub group: bool,
    /// Consents to telehealth.
    pub telehealth: bool,
    /// Has read the privacy notice.
    pub privacy: bool,
    /// Typed name.
    pub signature: String,
}

impl AgreementsTyped {
    /// The answers by the names of their fields.
    pub fn pairs(&self) -> [(&'static str, String); 4] {
        let tick = |ticked: bool| if ticked { "true".to_owned() } else { String::new() };
        [
            ("group", tick(self.group)),
            ("telehealth", tick(self.telehealth)),
            ("privacy", tick(self.privacy)),
            ("signature", self.signature.clone()),
        ]
    }

    fn ticked(&self, kind: AgreementKind) -> bool {
        match kind {
            AgreementKind::Group => self.group,
            AgreementKind::Telehealth => self.telehealth,
            AgreementKind::Privacy => self.privacy,
        }
    }
}

/// What step 2 shows.
pub async fn agreements_page(app: &App, slug: &str) -> Result<AgreementsPage, AppError> {
    let ground = ground(app, slug).await?;
    let hold = strip(app, &ground).await?;
    let Some(legal_name) = ground.profile.legal_name.clone().filter(|_| ground.profile.is_complete()) else {
        reply::go(&reserve_step(slug, ReserveStep::About));
        return Err(AppError::StepMissing);
    };
    let reads = app.store.reads();
    let signed = agreements::signed_at(reads, ground.member.id(), &current_texts()).await?.is_some();
    let draft = drafts::find::<AgreementsTyped>(reads, ground.member.id(), DraftStep::Agreements).await?;
    let mut form = answer::form(app, &reserve_step(slug, ReserveStep::Agreements));
    // As in step 1: the draft of the same try has everything.
    let draft = draft.filter(|(_, errors)| !form.is_wrong() || *errors == form.errors);
    let typed = if form.is_wrong() && draft.is_none() {
        let ticked = |field: &str| form.value(field) == "true";
        AgreementsTyped {
            group: ticked("group"),
            telehealth: ticked("telehealth"),
            privacy: ticked("privacy"),
            signature: form.value("signature"),
        }
    } else if let Some((typed, errors)) = draft {
        form.errors = errors;
        typed
    } else if signed {
        AgreementsTyped { group: true, telehealth: true, privacy: true, signature: legal_name.clone() }
    } else {
        AgreementsTyped::default()
    };
    let pacts = content::agreements()
        .iter()
        .map(|text| Pact {
            kind: text.kind,
            title: text.title.clone(),
            short: text.short.clone(),
            whole: text.whole.clone(),
            url: format!("{}#{}", paths::AGREEMENTS, text.kind.code()),
            label: text.label.clone(),
            version: version_words(&text.version),
            agreed: typed.ticked(text.kind),
        })
        .collect();
    Ok(AgreementsPage { group: brief(&ground), hold, pacts, signature: typed.signature, legal_name, form })
}

/// "Version of September 1, 2026".
pub fn version_words(version: &str) -> String {
    version.parse().map_or_else(|_| format!("Version {version}"), |day| format!("Version of {}", full_date(day)))
}

/// Signs the three agreements; gives the path to go to.
pub async fn sign_agreements(app: &App, slug: &str, typed: AgreementsTyped, renew: bool) -> Result<String, AppError> {
    if renew {
        keep_draft(app, DraftStep::Agreements, typed).await?;
        super::renew(app, slug).await?;
        return Ok(reserve_step(slug, ReserveStep::Agreements));
    }
    let (token, slug) = (auth::token(app), slug.to_owned());
    let work = move |mut tx: Tx| async move {
        let member = auth::prove_member(&mut tx, token).await?;
        let profile = members::profile(&mut *tx, member.id()).await?;
        let Some(legal_name) = profile.legal_name.clone().filter(|_| profile.is_complete()) else {
            return Ok((tx, Ok(reserve_step(&slug, ReserveStep::About))));
        };
        let mut errors: Vec<_> = AgreementKind::ALL
            .into_iter()
            .filter(|kind| !typed.ticked(*kind))
            .map(|kind| FieldError::new(kind.code(), "Please read it and tick it. Without it we cannot meet."))
            .collect();
        match Line::<120>::parse(&typed.signature) {
            Ok(name) if signature_fits(name.as_str(), &legal_name) => {}
            Ok(_) => errors.push(FieldError::new(
                "signature",
                format!("Please type your name as you gave it before: {legal_name}."),
            )),
            Err(_) => errors.push(FieldError::new("signature", "Please type your legal name. It is your signature.")),
        }
        if !errors.is_empty() {
            drafts::keep(&mut tx, &member, DraftStep::Agreements, &typed, &errors).await?;
            return Ok((tx, Err(AppError::Fields(errors))));
        }
        for kind in AgreementKind::ALL {
            let text = current_text(kind).ok_or(AppError::Internal)?;
            agreements::sign(&mut tx, &member, text, typed.signature.trim()).await?;
        }
        drafts::forget(&mut tx, &member, DraftStep::Agreements).await?;
        Ok((tx, Ok(reserve_step(&slug, ReserveStep::Check))))
    };
    app.store.write::<Result<String, AppError>, AppError, _, _>(Actor::Visitor, work).await?
}
