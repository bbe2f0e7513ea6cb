//! Who is in which group of a STARFACE?
//!
//! `cargo run -p examples --bin list-groups`

#![expect(clippy::print_stdout, reason = "a program for people")]

use std::collections::BTreeMap;

use examples::starface;
use starface_client::rest::Rest;

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let (server, login, password) = starface()?;
    let rest = Rest::new(&server, login, password)?;

    let users: BTreeMap<_, _> = rest.users().await?.into_iter().map(|user| (user.id, user)).collect();
    for summary in rest.groups().await? {
        let group = rest.group(summary.id).await?;
        let numbers: Vec<String> = group.numbers().map(|number| number.as_shown()).collect();
        println!("{} ({})", group.name, numbers.join(", "));
        for member in group.members() {
            match users.get(&member) {
                Some(user) => println!(
                    "  {} {} {} <{}>",
                    user.login, user.first_name, user.family_name, user.email
                ),
                None => println!("  account {member}, which this login may not see"),
            }
        }
    }
    rest.log_out().await?;
    Ok(())
}
