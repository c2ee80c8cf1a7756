//! The people of the demo practice. Wren, Jonah and Marisol have fixed addresses, so that somebody who tries the
//! product can sign in as them; the others fill the seats.

use super::chance::Chance;
use crate::{
    commands::practice::named_id,
    domain::{ids::AccountId, place::UsState},
    store::demo::DemoMember,
};
use chrono::{Days, NaiveDate};

/// Somebody and where she may join.
#[derive(Clone, Debug)]
pub struct Person {
    /// What is stored of her.
    pub member: DemoMember,
    /// Her state.
    pub state: UsState,
}

/// Local part of the address, legal name, state.
const KNOWN: [(&str, &str, &str); 3] =
    [("wren", "Wren Ellery", "NY"), ("jonah", "Jonah Pratt", "FL"), ("marisol", "Marisol Vega", "NJ")];

const FIRST: [&str; 64] = [
    "Ada", "Amir", "Anneke", "Arturo", "Beatriz", "Ben", "Bridget", "Calvin", "Carmen", "Cedric", "Chloe", "Dara",
    "Delia", "Desmond", "Edith", "Elias", "Emeka", "Esther", "Farah", "Felix", "Frances", "Gideon", "Greta", "Hana",
    "Hector", "Ida", "Imran", "Ines", "Isaac", "Jade", "Jasper", "June", "Kai", "Kamala", "Keith", "Lena", "Leon",
    "Lucia", "Mabel", "Malik", "Marcus", "Mei", "Milo", "Nadia", "Nell", "Noor", "Odette", "Omar", "Opal", "Pascal",
    "Petra", "Quinn", "Rafael", "Rosa", "Rowan", "Salma", "Silas", "Tamar", "Theo", "Uma", "Viktor", "Willa", "Yusuf",
    "Zora",
];

const LAST: [&str; 13] = [
    "Abbott", "Barros", "Castle", "Dunn", "Egan", "Ferro", "Grant", "Hale", "Iverson", "Jansen", "Keane", "Lowe",
    "Marsh",
];

/// How the others are spread over states: most live where many leaders may practise, some can only join skills groups.
const STATES: [&str; 20] = [
    "NY", "NY", "FL", "NY", "NJ", "NY", "NY", "FL", "NY", "OH", "NY", "NJ", "NY", "FL", "NY", "NY", "NJ", "FL", "NY",
    "TX",
];

/// Everybody, the known ones first.
pub fn people(today: NaiveDate) -> Vec<Person> {
    let known = KNOWN.iter().map(|(local, name, state)| ((*local).to_owned(), (*name).to_owned(), *state));
    let others = FIRST.iter().zip(1_usize..).map(|(first, number)| {
        (format!("m{number:02}"), format!("{first} {}", LAST[number % LAST.len()]), STATES[number % STATES.len()])
    });
    known
        .chain(others)
        .zip(1_u32..)
        .filter_map(|((local, name, state), number)| person(today, &local, name, state, number))
        .collect()
}

/// Somebody by her address and name. `None` only if there is no such state.
pub fn person(today: NaiveDate, local: &str, name: String, state: &str, number: u32) -> Option<Person> {
    let email = format!("{local}@example.org");
    let mut chance = Chance::of(today, &email);
    let state = UsState::parse(state)?;
    let age_in_days = u64::from(21 * 366 + chance.below(45 * 365));
    let member = DemoMember {
        account: AccountId(named_id("account", &email)),
        display_name: name.split(' ').next().unwrap_or(&name).to_owned(),
        legal_name: name,
        phone: phone(number),
        state: state.code().to_owned(),
        born_on: today - Days::new(age_in_days),
        zone: if state.code() == "TX" { "America/Chicago" } else { "America/New_York" }.to_owned(),
        contact_name: format!("Sam {}", LAST[usize::try_from(chance.below(13)).unwrap_or_default()]),
        contact_phone: phone(number + 50_000),
        email,
    };
    Some(Person { member, state })
}

/// A number that belongs to nobody: there is no area code 555.
fn phone(number: u32) -> String {
    format!("+1 555 {:03} {:04}", 100 + number / 10_000 % 900, number % 10_000)
}
