//! Pages of lists.

/// The rows of a list after a place in it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Page<T> {
    /// The rows, at most as many as requested.
    pub items: Vec<T>,
    /// Whether there are more.
    pub has_more: bool,
}

impl<T> Page<T> {
    /// A page of the rows, of which one more than the limit shows that there are more.
    pub(crate) fn of(mut rows: Vec<T>, limit: u32) -> Self {
        let limit = usize::try_from(limit).unwrap_or(usize::MAX);
        let has_more = rows.len() > limit;
        rows.truncate(limit);
        Self {
            items: rows,
            has_more,
        }
    }

    /// The page of other items, or the first error.
    pub(crate) fn try_map<U, E>(self, map: impl FnMut(T) -> Result<U, E>) -> Result<Page<U>, E> {
        Ok(Page {
            items: self.items.into_iter().map(map).collect::<Result<_, E>>()?,
            has_more: self.has_more,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_row_more_than_the_limit_shows_that_there_are_more() {
        let page = Page::of(vec![1, 2, 3], 2);
        assert_eq!((page.items, page.has_more), (vec![1, 2], true));
        assert!(!Page::of(vec![1, 2], 2).has_more);
    }
}
