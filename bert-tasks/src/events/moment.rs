//! Moments in words.

/// `2026-11-22 23:32:05 UTC` of a moment in seconds since 1970.
pub(crate) fn utc(moment: f64) -> String {
    /// The end of the year 9999.
    const LAST: f64 = 253_402_300_799.0;
    let seconds = moment.clamp(0.0, LAST) as u64;
    let (day, second) = (seconds / 86_400, seconds % 86_400);
    // Years that begin in March end with the leap day: the months' lengths then follow one rule.
    let day = day + 719_468;
    let (era, day) = (day / 146_097, day % 146_097);
    let year = (day - day / 1460 + day / 36_524 - day / 146_096) / 365;
    let day = day - (365 * year + year / 4 - year / 100);
    let month = (5 * day + 2) / 153;
    let day = day - (153 * month + 2) / 5 + 1;
    let (year, month) = match month {
        0..10 => (400 * era + year, month + 3),
        _ => (400 * era + year + 1, month - 9),
    };
    let (hour, minute, second) = (second / 3600, second / 60 % 60, second % 60);
    format!("{year}-{month:02}-{day:02} {hour:02}:{minute:02}:{second:02} UTC")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_are_dates() {
        for (moment, date) in [
            (0.0, "1970-01-01 00:00:00 UTC"),
            (951_827_696.9, "2000-02-29 12:34:56 UTC"),
            (1_795_381_899.6, "2026-11-22 21:11:39 UTC"),
            (4_107_542_400.0, "2100-03-01 00:00:00 UTC"),
            (-5.0, "1970-01-01 00:00:00 UTC"),
            (1e300, "9999-12-31 23:59:59 UTC"),
        ] {
            assert_eq!(utc(moment), date);
        }
    }
}
