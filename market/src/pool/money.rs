//! Amounts of money in the minor unit of their currency.

/// The number of decimals of a currency (ISO 4217). Two for one that is not listed here.
pub fn decimals(currency: &str) -> u32 {
    match currency {
        "BIF" | "CLP" | "DJF" | "GNF" | "ISK" | "JPY" | "KMF" | "KRW" | "PYG" | "RWF" | "UGX"
        | "UYI" | "VND" | "VUV" | "XAF" | "XOF" | "XPF" => 0,
        "BHD" | "IQD" | "JOD" | "KWD" | "LYD" | "OMR" | "TND" => 3,
        "CLF" | "UYW" => 4,
        _ => 2,
    }
}

/// Hundredths of a currency in its minor unit, rounded down.
pub(super) fn of_hundredths(hundredths: i64, currency: &str) -> i64 {
    hundredths.saturating_mul(10_i64.pow(decimals(currency))) / 100
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hundredths_become_minor_units_by_the_decimals_of_the_currency() {
        for (hundredths, currency, minor) in [
            (90_050, "INR", 90_050),
            (90_050, "JPY", 900),
            (90_050, "KWD", 900_500),
            (999_999_999_999, "CLF", 99_999_999_999_900),
        ] {
            assert_eq!(of_hundredths(hundredths, currency), minor, "{currency}");
        }
    }
}
