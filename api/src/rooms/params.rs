//! The parameters of room searches, in words about rooms.

use std::sync::LazyLock;

use roost_collections::rooms;

use crate::collections::filters::area::{self, BoxEdges, Corners};
use crate::collections::heatmap;
use crate::collections::reach;
use crate::collections::searched::SearchedCollection;
use crate::collections::wording::{Described, Wording};
use crate::params::declaration::{Group, params};
use crate::params::presence::WithDefault;
use crate::params::scalar::Whole;
use crate::query::cursor::CursorText;
use crate::query::paging;
use crate::query::place::Length;

/// Rooms as requests search them.
pub(crate) static ROOMS: LazyLock<SearchedCollection> =
    LazyLock::new(|| SearchedCollection::new(rooms::declared(), rooms::profile(), &WORDING));

/// What the match score depends on besides the place.
pub(crate) const RANKING: Group = Group::new(|| ROOMS.ranking.group());

/// The order of the hits.
pub(crate) const ORDER: Group = Group::new(|| ROOMS.order.group());

/// Filters by a room's attributes.
pub(crate) const ATTRIBUTES: Group = Group::new(|| ROOMS.filters.attributes());

/// Filters by owner and key, and by a condition.
pub(crate) const CONDITIONS: Group = Group::new(|| ROOMS.filters.conditions());

/// The texts in which words are marked.
pub(crate) const HIGHLIGHT: Group = Group::new(|| ROOMS.highlight.group());

/// Facets, and the edges of the ranges of each number.
pub(crate) const FACETS: Group = Group::new(|| ROOMS.facets.group());

params! {
    /// How far a search reaches, in metres.
    pub(crate) const REACH;

    /// The maximum distance of a room from the place, in metres; above 0. Requires a place. With
    /// `polygon` or `bbox` there is no default.
    RADIUS_M: WithDefault<Length> = reach::RADIUS_M;

    /// The minimum distance of a room from the place, in metres; above 0 and at most `radius_m`.
    /// Requires a place.
    RADIUS_MIN_M: Length = reach::RADIUS_MIN_M;
}

params! {
    /// The area in which a room must lie.
    pub(crate) const AREA;

    /// The polygon in which a room must lie: the latitudes and longitudes of 3 to 500 corners,
    /// `lat,lng,lat,lng,...`, in either direction; the first corner need not be repeated. Edges
    /// are great circles and belong to the polygon, and its inside is the smaller part of the
    /// Earth. It may cross the antimeridian or contain a pole. No corner may be more than 8,000 km
    /// from its middle. Where it crosses itself, everything that it winds around is inside.
    POLYGON: Corners = area::POLYGON;

    /// The bounding box in which a room must lie: `south,west,north,east` in degrees, edges
    /// included. It crosses the antimeridian if west is greater than east.
    BBOX: BoxEdges = area::BBOX;
}

params! {
    /// Pages of any depth.
    pub(crate) const CURSOR_PARAMS;

    /// The `meta.next_cursor` of the previous page, with the rest of the query unchanged; `limit`,
    /// `explain`, `count`, `timeout_ms`, highlights and facets may change. Cursors reach any depth,
    /// and a room whose score has not changed is neither repeated nor skipped. Excludes `page`.
    CURSOR: CursorText = paging::CURSOR;
}

params! {
    /// The cells of the heat map.
    pub(crate) const CELLS;

    /// The H3 resolution of the cells, 0 for the largest cells; rejected if rooms lie in more than
    /// 10,000 cells. The default is one with at most 1,000 cells in the searched area.
    RESOLUTION: Whole<u8> = heatmap::RESOLUTION;
}

const WORDING: Wording = Wording {
    q: Described::new(
        "Words of the room's title, description, address, locality, city or amenities; `match` \
         says how many must match. The last word is a prefix unless a space follows. Words `\"in \
         quotes\"` must be adjacent and spelled as written. A hyphen before a word or a quoted \
         phrase excludes rooms that contain it, and `q` may consist of exclusions only. Unclosed \
         quotes and hyphens within words have no meaning, and a text without a word is the same \
         as none. At most 32 words.",
        "quiet \"private room\" -shared",
    ),
    preferred_tags: Described::new(
        "Amenities that raise the score of a room that has them: a comma-separated list, or \
         repeated.",
        "desk,quiet",
    ),
    budget: Described::new(
        "The price for one night that the student wants to pay; a room at or below it gets the \
         best price component. In a search it defaults to `price_max`.",
        "900",
    ),
    profile: Described::new(
        "The ranking profile: `room`, `landlord`, or one from the node's configuration.",
        "room",
    ),
    weights: Described::new(
        "Weights, 0 to 1000, that replace all weights of the profile.",
        "text:30,distance:40,review:10",
    ),
    highlight: Described::new(
        "The texts of each hit in which the words of `q` are marked, under `highlights`: a \
         comma-separated list, or repeated; `all` for all texts. A word is marked whole, even if `q` \
         contains a typo or only a prefix of it. Nothing is marked if left out.",
        "title,description",
    ),
    owner: Described::new(
        "Rooms of any of these landlords, at most 50: a comma-separated list, or repeated.",
        "019b76da-a82f-793a-8080-8aab80ab4714",
    ),
    exclude: Described::new(
        "None of these rooms, at most 200: a comma-separated list, or repeated.",
        "019b76da-a85e-77d1-92b0-13d485117cc7",
    ),
    filter: Described::new(
        "A condition that a room must meet as well: comparisons such as `price <= 900`, \
         `rating:4..5`, `room_type:[private_room, entire_place]` or `amenities:wifi`, combined \
         with `AND`, `OR`, `NOT` and parentheses. The fields are `price`, `rating`, \
         `review_count`, `occupancy`, `minimum_nights`, `room_type`, `amenities`, `status`, \
         `verified`, `locality`, `city`, `landlord` and `id`. An unknown price or rating meets no \
         comparison except `!=`. A filter that names `status` also finds paused rooms unless it \
         excludes them. At most 256 values, and 32 nested parentheses and negations.",
        "price <= 1200 AND (amenities:wifi OR rating >= 4) AND NOT room_type:shared_room",
    ),
    facets: "The attributes by which to count all matching rooms, whatever the page: a \
             comma-separated list, or repeated. `meta.facets` returns the counts. A facet ignores the \
             filter on its own attribute if a further value would widen the search: with \
             `price_max`, `price` still counts more expensive rooms; with `room_type`, \
             `room_type` counts the others. Every amenity narrows the search, so the count of an \
             amenity is the number of rooms if it was required as well. The radius is the filter \
             of `distance`, which requires a place.",
};
