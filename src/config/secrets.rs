//! How is the configuration shown to a person without its secrets?

use std::fmt;

use super::layers::Layers;
use super::profiles::{SECTION, Section};

/// As TOML that can be saved as `roost.toml`, each value with the layer that it comes from.
impl fmt::Display for Layers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (key, value) in self.iter() {
            match value {
                Some(value) => {
                    let text = shown(key.name, &value.text);
                    let toml = match text.parse::<i64>() {
                        Ok(number) => toml::Value::Integer(number),
                        Err(_) => toml::Value::String(text),
                    };
                    writeln!(f, "{} = {toml}  # {}", key.name, value.source)?;
                }
                None => writeln!(f, "# {} is not set", key.name)?,
            }
        }
        match self.profiles() {
            Some(section) => write_profiles(f, section),
            None => Ok(()),
        }
    }
}

/// The section goes last, since a TOML file's own keys end where its first table begins.
fn write_profiles(f: &mut fmt::Formatter<'_>, section: &Section) -> fmt::Result {
    for (name, settings) in section.value.as_table().into_iter().flatten() {
        writeln!(f, "\n[{SECTION}.{name}]  # {}", section.file.display())?;
        for (key, value) in settings.as_table().into_iter().flatten() {
            writeln!(f, "{key} = {value}")?;
        }
    }
    Ok(())
}

/// A value as it may appear on a screen or in a log.
pub(super) fn shown(key: &str, text: &str) -> String {
    match key {
        "database_url" => without_password(text),
        "nats_url" => {
            let servers: Vec<String> = text.split(',').map(without_password).collect();
            servers.join(",")
        }
        _ => text.to_owned(),
    }
}

/// A database URL with its password hidden, wherever in the URL it stands.
pub(crate) fn without_password(url: &str) -> String {
    let Some((scheme, rest)) = url.split_once("://") else {
        // What is not a URL may be anything, a password included.
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
