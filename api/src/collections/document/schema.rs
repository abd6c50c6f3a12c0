//! The OpenAPI schema of a document, from the declaration of its collection.

use roost_collections::{Declaration, FieldDeclaration, Source};
use roost_engine::Radius;
use serde_json::Value;
use utoipa::PartialSchema;
use utoipa::openapi::schema::{
    ArrayBuilder, KnownFormat, ObjectBuilder, Schema, SchemaFormat, SchemaType, Type,
};
use utoipa::openapi::{RefOr, schema};

use crate::query::place::Location;

/// The schema of the documents of a collection.
pub(crate) fn document_schema(declaration: &Declaration) -> RefOr<Schema> {
    of_fields(declaration, declaration.fields.iter())
}

/// The same without the owner, of documents that do not say who that is.
pub(crate) fn ownerless_document_schema(declaration: &Declaration) -> RefOr<Schema> {
    let fields = declaration.fields.iter();
    of_fields(declaration, fields.filter(|it| it.source != Source::Owner))
}

fn of_fields<'a>(
    declaration: &Declaration,
    fields: impl Iterator<Item = &'a FieldDeclaration>,
) -> RefOr<Schema> {
    let object = ObjectBuilder::new().description(Some(declaration.doc));
    let object = fields.fold(object, |object, field| {
        object
            .property(field.name, field_schema(field))
            .required(field.name)
    });
    object.into()
}

fn field_schema(field: &FieldDeclaration) -> RefOr<Schema> {
    let example = serde_json::from_str::<Value>(field.example).ok();
    let description = Some(field.doc).filter(|doc| !doc.is_empty());
    let of = |kind, is_nullable| {
        ObjectBuilder::new()
            .schema_type(or_null(kind, is_nullable))
            .description(description)
            .examples(example.clone())
    };
    let names = |names: &'static [&'static str]| {
        ObjectBuilder::new()
            .schema_type(Type::String)
            .enum_values(Some(names.iter().copied()))
    };
    match field.source {
        Source::Place => Location::schema(),
        Source::Key | Source::Owner => of(Type::String, field.source == Source::Owner)
            .format(Some(SchemaFormat::KnownFormat(KnownFormat::Uuid)))
            .into(),
        Source::Text { is_nullable } => of(Type::String, is_nullable).into(),
        Source::Name { is_nullable } => of(Type::String, is_nullable).into(),
        Source::Texts => ArrayBuilder::new()
            .items(ObjectBuilder::new().schema_type(Type::String))
            .description(description)
            .examples(example.clone())
            .into(),
        Source::Number {
            min,
            max,
            is_whole,
            is_nullable,
        } => {
            let kind = if is_whole {
                Type::Integer
            } else {
                Type::Number
            };
            of(kind, is_nullable)
                .minimum(Some(min))
                .maximum(Some(max))
                .into()
        }
        Source::Time => of(Type::String, false)
            .format(Some(SchemaFormat::KnownFormat(KnownFormat::DateTime)))
            .into(),
        Source::Reach { is_nullable } => of(Type::Number, is_nullable)
            .exclusive_minimum(Some(0.0))
            .maximum(Some(Radius::MAX_M))
            .into(),
        Source::DateRange { is_nullable, .. } => {
            let range = of(Type::Object, is_nullable);
            field.columns().fold(range, add_date).into()
        }
        Source::Category(_) => names(field.names())
            .description(description)
            .examples(example.clone())
            .into(),
        Source::Tags(of) => ArrayBuilder::new()
            .items(names(of))
            .description(description)
            .examples(example.clone())
            .into(),
        Source::IsSet | Source::IsTrue => of(Type::Boolean, false).into(),
    }
}

/// Adds a date to the schema of a date range.
fn add_date(range: ObjectBuilder, name: &'static str) -> ObjectBuilder {
    let date = ObjectBuilder::new()
        .schema_type(Type::String)
        .format(Some(SchemaFormat::KnownFormat(KnownFormat::Date)));
    range.property(name, date).required(name)
}

fn or_null(kind: Type, is_nullable: bool) -> SchemaType {
    match is_nullable {
        false => schema::SchemaType::Type(kind),
        true => schema::SchemaType::from_iter([kind, Type::Null]),
    }
}
