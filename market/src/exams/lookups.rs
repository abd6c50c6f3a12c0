//! The lookups of a row by its id, which universities, sessions and venues have alike.

/// Defines the lookups of a type by the macro that selects its rows.
macro_rules! lookups {
    ($visibility:vis $select:ident) => {
        /// The one of an id; `None` if there is none.
        $visibility async fn of_id(
            pool: &sqlx::PgPool,
            id: uuid::Uuid,
        ) -> Result<Option<Self>, $crate::action::error::ActionError> {
            let row = $select!("WHERE id = $1", id);
            let row = row.fetch_optional(pool).await?;
            row.map(Self::try_from).transpose()
        }

        /// The same, locked until the transaction ends.
        $visibility async fn locked(
            transaction: &mut $crate::action::transaction::Transaction,
            id: uuid::Uuid,
        ) -> Result<Option<Self>, $crate::action::error::ActionError> {
            let row = $select!("WHERE id = $1 FOR NO KEY UPDATE", id);
            let row = row.fetch_optional(transaction.sql()).await?;
            row.map(Self::try_from).transpose()
        }
    };
}

pub(super) use lookups;
