//! `report.html` as a browser shows and prints it. Needs Chromium: `chromium` on the path, or the
//! program that the variable `CHROMIUM` names.

mod browser;
mod run;

use std::collections::BTreeSet;

use browser::{Browser, PHONE, Shown};

/// Sections of a run that has everything.
const SECTIONS: [&str; 8] = [
    "scores",
    "warnings",
    "charts",
    "evaluations",
    "confusion",
    "examples",
    "time",
    "configuration",
];

/// Wider than most windows.
const DESK: usize = 1280;

#[test]
#[ignore = "needs chromium"]
fn nothing_is_wider_than_the_window() {
    let report = run::report();
    let browser = Browser::new(report.path());
    for width in [360, PHONE, 768, DESK] {
        let shown = browser.measure(width);
        assert_eq!(shown.width, width);
        assert_eq!(shown.too_wide, Vec::<String>::new(), "at {width}");
        assert!(
            shown.scroll_width <= width,
            "{} at {width}",
            shown.scroll_width
        );
        assert_eq!(shown.overlapping, Vec::<String>::new(), "at {width}");
    }
}

#[test]
#[ignore = "needs chromium"]
fn every_section_is_there_to_see_and_nothing_is_loaded() {
    let report = run::report();
    let browser = Browser::new(report.path());
    for width in [PHONE, DESK] {
        let shown = browser.measure(width);
        let ids: Vec<&str> = shown.sections.iter().map(|s| s.id.as_str()).collect();
        assert_eq!(ids, SECTIONS);
        for section in &shown.sections {
            assert!(section.visible, "{} at {width}", section.id);
            assert!(
                section.box_.width > 200.0 && section.box_.height > 60.0,
                "{section:?}"
            );
        }
        assert_eq!(shown.resources, 0);
    }
}

#[test]
#[ignore = "needs chromium"]
fn every_line_of_every_chart_is_drawn_in_its_colour() {
    let report = run::report();
    let browser = Browser::new(report.path());
    for width in [PHONE, DESK] {
        let shown = browser.measure(width);
        let titles: Vec<&str> = shown
            .charts
            .iter()
            .map(|chart| chart.title.as_str())
            .collect();
        assert_eq!(
            titles,
            [
                "Loss",
                "f1",
                "accuracy",
                "Learning rate",
                "Gradient norm before clipping",
                "Speed",
                "Memory",
                "Busiest GPU"
            ]
        );
        let picture = browser.picture(&shown);
        for chart in &shown.charts {
            let colours: BTreeSet<[u8; 3]> = chart.colours.iter().map(|c| rgb(c)).collect();
            assert!(!colours.is_empty(), "{}", chart.title);
            for colour in colours {
                // As many as a line of one pixel across half of the plot.
                let drawn = picture.count(&chart.box_, colour);
                let least = chart.box_.width as usize / 2;
                assert!(
                    drawn >= least,
                    "{} at {width}: {drawn} of {colour:?}",
                    chart.title
                );
            }
        }
    }
}

#[test]
#[ignore = "needs chromium"]
fn lines_stand_out_from_the_page_in_dark_mode_too() {
    let report = run::report();
    let browser = Browser::new(report.path()).dark();
    let shown = browser.measure(DESK);
    let page = rgb(&shown.background);
    assert!(luminance(page) < 0.05, "{page:?}");
    for chart in &shown.charts {
        for colour in chart.colours.iter().map(|colour| rgb(colour)) {
            let contrast = contrast(colour, page);
            assert!(contrast >= 3.0, "{} in {colour:?}: {contrast}", chart.title);
        }
    }
    assert!(contrast(rgb(&shown.text), page) >= 7.0);
}

#[test]
#[ignore = "needs chromium"]
fn print_has_pages_and_unfolds_what_is_folded() {
    let report = run::report();
    let browser = Browser::new(report.path());
    let pages = browser.print("report.html");
    assert!(pages > 1, "{pages}");
    let path = report.path().join("report.html");
    let html = std::fs::read_to_string(&path).unwrap();
    assert!(html.contains("<details>"));
    let unfolded = html.replace("<details>", "<details open>");
    std::fs::write(report.path().join("unfolded.html"), unfolded).unwrap();
    assert_eq!(pages, browser.print("unfolded.html"));
    let without = html.replace("<details>", "<details hidden>");
    std::fs::write(report.path().join("without.html"), without).unwrap();
    assert!(browser.print("without.html") < pages);
}

/// Of `rgb(1, 2, 3)`, as browsers give colours.
fn rgb(colour: &str) -> [u8; 3] {
    let inner = colour.trim_start_matches("rgb(").trim_end_matches(')');
    let parts: Vec<u8> = inner
        .split(", ")
        .map(|part| part.parse().expect(colour))
        .collect();
    parts.try_into().expect("three parts")
}

/// As WCAG defines it.
fn luminance(colour: [u8; 3]) -> f64 {
    let linear = colour.map(|part| match f64::from(part) / 255.0 {
        small if small <= 0.04045 => small / 12.92,
        part => ((part + 0.055) / 1.055).powf(2.4),
    });
    0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
}

/// As WCAG defines it: 1 for the same colour, 21 for black on white.
fn contrast(a: [u8; 3], b: [u8; 3]) -> f64 {
    let (a, b) = (luminance(a), luminance(b));
    (a.max(b) + 0.05) / (a.min(b) + 0.05)
}

/// What the picture shows where and in what size is only as good as what was measured.
#[test]
fn what_the_browser_measures_is_understood() {
    let shown = Shown::of(include_str!("measured.html"));
    assert_eq!((shown.width, shown.height), (PHONE, 1200));
    assert_eq!(shown.charts[0].title, "a < b & c");
    assert_eq!(rgb(&shown.charts[0].colours[0]), [0, 114, 178]);
    assert!((contrast([0; 3], [255; 3]) - 21.0).abs() < 1e-9);
}
