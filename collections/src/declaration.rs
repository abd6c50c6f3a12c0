//! The declaration of a collection.

use roost_engine::{Collection, FieldId, Schema, SchemaBuilder, SchemaError, SignalId};

use crate::field::{FieldDeclaration, Role};
use crate::signal::{DeclaredSignal, SignalDeclaration, SignalSource};

/// A collection: the table that its documents come from, and their fields.
#[derive(Debug)]
pub struct Declaration {
    /// The name of the collection.
    pub name: &'static str,
    /// What its documents are, for the OpenAPI document.
    pub doc: &'static str,
    /// The table, each row of which becomes a document.
    pub table: &'static str,
    /// The fields, the key first. Their order is that of the members in JSON.
    pub fields: &'static [FieldDeclaration],
    /// The values of documents that change without a commit of the index.
    pub signals: &'static [SignalDeclaration],
}

/// A declaration with the collection that it declares. Cheap to copy.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Declared {
    /// Where the documents come from.
    pub declaration: &'static Declaration,
    /// The collection in the index.
    pub collection: Collection,
}

impl Declared {
    /// The signals of the documents.
    pub fn signals(self) -> impl Iterator<Item = DeclaredSignal> {
        let signals = self
            .declaration
            .signals
            .iter()
            .zip((0..).map(SignalId::new));
        signals.map(move |(declaration, id)| DeclaredSignal {
            declaration,
            collection: self.collection,
            id,
        })
    }
}

impl Declaration {
    /// Creates the collection. Call it once, since its schema stays in memory until the program
    /// ends.
    ///
    /// # Errors
    /// If the schema is invalid.
    pub fn declare(&'static self) -> Result<Declared, SchemaError> {
        Ok(Declared {
            declaration: self,
            collection: Collection::new(self.schema()?),
        })
    }

    fn schema(&self) -> Result<Schema, SchemaError> {
        let mut schema = SchemaBuilder::new(self.name);
        let (mut locality, mut city) = (None, None);
        let (mut rating, mut rating_count) = (None, None);
        for declared in self.fields {
            let Some(field) = declared.field() else {
                continue;
            };
            let id = schema.add(field);
            match declared.role {
                None => {}
                Some(Role::Visibility) => {
                    schema.visibility(id);
                }
                Some(Role::Locality) => locality = Some(id),
                Some(Role::City) => city = Some(id),
                Some(Role::PreferredTags(component)) => {
                    schema.preferred_tags(component, id);
                }
                Some(Role::Rating(component, max)) => rating = Some((component, id, max)),
                Some(Role::RatingCount) => rating_count = Some(id),
                Some(Role::Budget(component)) => {
                    schema.budget(component, id);
                }
            }
        }
        if let Some(city) = city {
            schema.place_names(locality, city);
        }
        if let (Some((component, mean, max)), Some(count)) = (rating, rating_count) {
            schema.rating(component, mean, count, max);
        }
        for signal in self.signals {
            let id = schema.add_signal(signal.name, signal.kind());
            if let SignalSource::Number {
                exposure: Some(component),
                ..
            } = signal.source
            {
                schema.exposure(component, id);
            }
        }
        schema.build()
    }

    /// All fields; those that become values of documents with their ids.
    pub fn fields_by_id(
        &self,
    ) -> impl Iterator<Item = (Option<FieldId>, &'static FieldDeclaration)> {
        let mut ids = (0..).map(FieldId::new);
        self.fields.iter().map(move |field| {
            let id = field.source.is_value().then(|| ids.next());
            (id.flatten(), field)
        })
    }

    /// The columns that are read, each with its field, the key first.
    pub fn columns(&self) -> impl Iterator<Item = (&'static FieldDeclaration, &'static str)> {
        let fields = self.fields.iter();
        fields.flat_map(|field| field.columns().map(move |column| (field, column)))
    }

    /// The fields that become values of documents, with their ids.
    pub fn values(&self) -> impl Iterator<Item = (FieldId, &'static FieldDeclaration)> {
        self.fields_by_id()
            .filter_map(|(id, field)| Some((id?, field)))
    }

    /// The name of a field in queries; empty for the id of another collection.
    pub fn query_name(&self, id: FieldId) -> &'static str {
        let mut values = self.values();
        let field = values.find(|(other, _)| *other == id);
        field.map_or("", |(_, field)| field.query_name)
    }

    /// The field of this name. As a constant it does not compile if there is none.
    ///
    /// # Panics
    /// If there is no such field.
    pub const fn field(&self, name: &str) -> &'static FieldDeclaration {
        let mut at = 0;
        while at < self.fields.len() {
            if is_same(self.fields[at].name, name) {
                return &self.fields[at];
            }
            at += 1;
        }
        panic!("there is no such field")
    }

    /// The id of a field of this name that becomes a value of documents. As a constant it does not
    /// compile if there is none.
    ///
    /// # Panics
    /// If there is no such field.
    pub const fn id(&self, name: &str) -> FieldId {
        let (mut at, mut index) = (0, 0);
        while at < self.fields.len() {
            let field = &self.fields[at];
            if field.source.is_value() {
                if is_same(field.name, name) {
                    return FieldId::new(index);
                }
                index += 1;
            }
            at += 1;
        }
        panic!("there is no such field")
    }
}

/// Whether two texts are the same, in constants too.
const fn is_same(a: &str, b: &str) -> bool {
    let (a, b) = (a.as_bytes(), b.as_bytes());
    if a.len() != b.len() {
        return false;
    }
    let mut at = 0;
    while at < a.len() {
        if a[at] != b[at] {
            return false;
        }
        at += 1;
    }
    true
}

/// Two declarations are the same if their collections have the same name.
impl PartialEq for Declaration {
    fn eq(&self, other: &Declaration) -> bool {
        self.name == other.name
    }
}

impl Eq for Declaration {}
