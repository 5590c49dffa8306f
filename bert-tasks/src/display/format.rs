//! Numbers and times as people read them, on every display.

use std::time::Duration;

/// `m:ss`, or `h:mm:ss` from an hour on.
pub fn clock(time: Duration) -> String {
    let seconds = time.as_secs();
    let (hours, minutes, seconds) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
    if hours > 0 {
        format!("{hours}:{minutes:02}:{seconds:02}")
    } else {
        format!("{minutes}:{seconds:02}")
    }
}

/// Seconds out of a file, which may be any number.
pub(crate) fn duration(seconds: f64) -> Duration {
    Duration::try_from_secs_f64(seconds).unwrap_or_default()
}

/// `hh:mm:ss` UTC of a moment in seconds since 1970.
pub(crate) fn time_of_day(moment: f64) -> String {
    let seconds = moment.max(0.0) as u64 % 86_400;
    format!(
        "{:02}:{:02}:{:02}",
        seconds / 3600,
        seconds / 60 % 60,
        seconds % 60
    )
}

/// A whole number with its thousands apart: `109,483,778`.
pub(crate) fn thousands(number: usize) -> String {
    let digits = number.to_string();
    let mut text = String::with_capacity(digits.len() * 4 / 3);
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// A number in about six characters, whatever its size.
pub(crate) fn short(value: f64) -> String {
    let size = value.abs();
    if value == 0.0 {
        "0".to_owned()
    } else if !value.is_finite() {
        value.to_string()
    } else if size < 1e-3 {
        format!("{value:.1e}")
    } else if size < 10.0 {
        format!("{value:.4}")
    } else if size < 1000.0 {
        format!("{value:.1}")
    } else if size < 1e6 {
        let sign = if value < 0.0 { "-" } else { "" };
        format!("{sign}{}", thousands(size.round() as usize))
    } else {
        format!("{value:.2e}")
    }
}

/// Bytes in the unit that fits: `512 MB`, `3.4 GB`.
pub(crate) fn bytes(bytes: u64) -> String {
    match bytes as f64 / 1e6 {
        megabytes if megabytes < 1000.0 => format!("{megabytes:.0} MB"),
        megabytes => format!("{:.1} GB", megabytes / 1000.0),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn any_number_is_a_time() {
        assert_eq!(clock(duration(75.5)), "1:15");
        for wrong in [f64::NAN, -1.0, f64::INFINITY, f64::MAX] {
            assert_eq!(clock(duration(wrong)), "0:00");
        }
    }

    #[test]
    fn numbers_are_short_and_readable() {
        for (value, text) in [
            (0.0, "0"),
            (2e-5, "2.0e-5"),
            (0.654_321, "0.6543"),
            (-1.5, "-1.5000"),
            (31.24, "31.2"),
            (1234.5, "1,235"),
            (-1234.5, "-1,235"),
            (2.5e7, "2.50e7"),
            (f64::NAN, "NaN"),
        ] {
            assert_eq!(short(value), text);
        }
        assert_eq!(thousands(109_483_778), "109,483,778");
        assert_eq!(thousands(12), "12");
        assert_eq!(bytes(512_000_000), "512 MB");
        assert_eq!(bytes(3_400_000_000), "3.4 GB");
        assert_eq!(clock(Duration::from_secs(3725)), "1:02:05");
        assert_eq!(clock(Duration::from_secs(65)), "1:05");
        assert_eq!(time_of_day(86_400.0 + 3723.9), "01:02:03");
    }
}
