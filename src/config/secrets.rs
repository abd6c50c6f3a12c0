//! Hides passwords in values that are printed or logged.

/// Returns the value of a key with its password hidden.
pub(super) fn redacted(key: &str, text: &str) -> String {
    match key {
        "database_url" | "smtp_url" => without_password(text),
        "nats_url" => {
            let servers: Vec<String> = text.split(',').map(without_password).collect();
            servers.join(",")
        }
        _ => text.to_owned(),
    }
}

/// Returns a URL with its password hidden, in the user part or in a parameter.
pub(crate) fn without_password(url: &str) -> String {
    let Some((scheme, rest)) = url.split_once("://") else {
        // A text that is not a URL may itself be a password.
        return "***".to_owned();
    };
    let (address, query) = match rest.split_once('?') {
        Some((address, query)) => (address, Some(query)),
        None => (rest, None),
    };
    let address = match address.rsplit_once('@') {
        Some((user, host)) => match user.split_once(':') {
            Some((name, _)) => format!("{name}:***@{host}"),
            None => format!("{user}@{host}"),
        },
        None => address.to_owned(),
    };
    let query = query.map(|query| {
        let hidden: Vec<String> = query.split('&').map(without_password_parameter).collect();
        format!("?{}", hidden.join("&"))
    });
    format!("{scheme}://{address}{}", query.unwrap_or_default())
}

fn without_password_parameter(parameter: &str) -> String {
    match parameter.split_once('=') {
        Some((name, _)) if name.to_lowercase().contains("password") => format!("{name}=***"),
        _ => parameter.to_owned(),
    }
}
