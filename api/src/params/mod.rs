//! Query parameters: each is declared once, with its name, type, range, default, example and
//! description. Requests are read by the declaration, and the OpenAPI document is written from it.

pub(crate) mod declaration;
pub(crate) mod json;
pub(crate) mod kind;
pub(crate) mod list;
pub(crate) mod members;
pub(crate) mod object;
pub(crate) mod patch;
pub(crate) mod path_id;
pub(crate) mod presence;
pub(crate) mod scalar;
pub(crate) mod spelling;
#[cfg(test)]
mod tests;
pub(crate) mod values;
