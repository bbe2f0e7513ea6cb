//! Who of a Zendesk account has a number, in whatever spelling?
//!
//! `cargo run -p examples --bin look-up-caller -- "0721 123456" [COUNTRY [AREA-CODE]]`

#![expect(clippy::print_stdout, reason = "a program for people")]

use bridge_core::number::NumberPlan;
use examples::{argument, zendesk};

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let country = argument(2, "the country").unwrap_or_else(|_| "DE".into());
    let plan = NumberPlan::new(&country, argument(3, "the area code").ok().as_deref())?;
    let typed = argument(1, "a telephone number")?;
    let Some(number) = plan.read_typed(&typed) else {
        anyhow::bail!("this is no number of the public network")
    };

    let zendesk = zendesk()?;
    let digits = plan.search_digits(&number);
    println!("{}: searching for *{digits}", number.international());

    // Zendesk finds whose number ends so. Whether it is the same number is for the plan to say.
    let found = zendesk.users().search_by_phone(&digits).all().await?;
    if found.is_empty() {
        println!("nobody has a number that ends so");
    }
    for user in found {
        let identities = zendesk.identities().list(user.id).all().await?;
        let phones = identities
            .iter()
            .filter(|identity| identity.is_phone_number())
            .map(|identity| &identity.value);
        let same = user
            .phone
            .iter()
            .chain(phones)
            .any(|typed| plan.read_typed(typed).as_ref() == Some(&number));
        println!(
            "{} {}: {}",
            user.id,
            user.name,
            if same { "has it" } else { "has another that ends alike" }
        );
    }
    Ok(())
}
