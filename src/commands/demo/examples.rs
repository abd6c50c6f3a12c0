//! The requests that the demo prints, to be copied into a shell.

use std::net::SocketAddr;

use anyhow::Context;
use roost_market::Role;
use sqlx::PgPool;

use super::accounts::Accounts;

/// A room, in a place where the demo has others. Only this one has a lighthouse.
const ROOM: &str = r#"{
  "title": "Room below the lighthouse", "city": "Mumbai", "locality": "Powai",
  "country_code": "IN", "location": {"lat": 19.1334, "lng": 72.9133},
  "price": 850, "currency": "INR", "occupancy": 2, "room_type": "private_room",
  "amenities": ["desk", "wifi"]}"#;

/// Prints searches to try, and how a landlord lets a room, if the passwords are known.
pub(super) async fn print(
    pool: &PgPool,
    address: SocketAddr,
    accounts: &Accounts,
) -> anyhow::Result<()> {
    let (id, name) = example_venue(pool).await?;
    let base = format!("http://{address}/api/v1");
    say!(
        "\nRoost serves on http://{address}. Try, in another terminal:\n\n\
         # Quiet rooms within 5 km of {name}\n\
         curl '{base}/rooms/search?venue={id}&radius_m=5000&q=quiet&limit=3'\n\n\
         # Venues by a name people use\n\
         curl '{base}/venues/search?q=iit+bombay'\n\n\
         # The best room with wifi and a desk, with its score explained\n\
         curl '{base}/rooms/search?venue={id}&amenities=wifi,desk&limit=1&explain=true'\n"
    );
    if let Some(secret) = accounts.secret() {
        say!(
            "# The same as a service, whose key has a limit of requests (see the headers)\n\
             curl -i '{base}/rooms/search?venue={id}&radius_m=5000&q=quiet&limit=1' \\\n    \
                 -H 'authorization: Bearer {secret}'\n"
        );
    }
    let landlord = accounts.credentials(Role::Landlord);
    if let (Some(landlord), Some(admin)) = (landlord, accounts.credentials(Role::Admin)) {
        print_new_room(&base, landlord, admin);
    }
    Ok(())
}

fn print_new_room(base: &str, landlord: (&str, &str), admin: (&str, &str)) {
    say!(
        "# Sign in as the landlord and as the admin\n\
         {}\n\
         {}\n\n\
         # Create a room, submit it, and have the admin list it\n\
         room=$(curl -s {base}/rooms -H \"authorization: Bearer $landlord\" \\\n    \
             -H 'content-type: application/json' -d '{ROOM}' |\n    \
             sed 's/.*\"data\":{{\"id\":\"\\([^\"]*\\)\".*/\\1/')\n\
         curl -s -X POST {base}/rooms/$room/submit -H \"authorization: Bearer $landlord\"\n\
         position=$(curl -s -i -X POST {base}/rooms/$room/verify -H \"authorization: Bearer $admin\" |\n    \
             sed -n 's/^roost-position: \\([0-9A-F/]*\\).*/\\1/p')\n\n\
         # Find it, within a second of the admin's click\n\
         curl -s \"{base}/rooms/search?q=lighthouse&at_least=$position\"\n",
        sign_in(base, "landlord", landlord),
        sign_in(base, "admin", admin),
    );
}

/// A command that keeps an access token in a variable.
fn sign_in(base: &str, variable: &str, (email, password): (&str, &str)) -> String {
    format!(
        "{variable}=$(curl -s {base}/auth/login -H 'content-type: application/json' \\\n    \
         -d '{{\"email\": \"{email}\", \"password\": \"{password}\"}}' |\n    \
         sed 's/.*\"access_token\":\"\\([^\"]*\\)\".*/\\1/')"
    )
}

/// Returns id and name of a well-known venue, or of any venue.
async fn example_venue(pool: &PgPool) -> anyhow::Result<(String, String)> {
    let found = sqlx::query!(
        r#"SELECT id::text AS "id!", name FROM exam_venues
           ORDER BY 'IIT Bombay' = ANY (aliases) DESC, id LIMIT 1"#
    )
    .fetch_optional(pool)
    .await
    .context("cannot read the venues")?;
    let venue = found.context("the table exam_venues is empty")?;
    Ok((venue.id, venue.name))
}
