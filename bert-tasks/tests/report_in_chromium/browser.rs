//! A browser without a window, and what it says about a page.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde::Deserialize;

/// A common width of phones, in CSS pixels.
pub const PHONE: usize = 390;

/// Chromium's windows are never narrower: narrower pages are shown in a frame.
const NARROWEST: usize = 500;

/// A part of the page, in CSS pixels.
#[derive(Debug, Deserialize)]
pub struct Box {
    pub x: f64,
    pub y: f64,
    pub width: f64,
    pub height: f64,
}

#[derive(Debug, Deserialize)]
pub struct Section {
    pub id: String,
    #[serde(rename = "box")]
    pub box_: Box,
    pub visible: bool,
}

#[derive(Debug, Deserialize)]
pub struct Chart {
    pub title: String,
    /// Of its lines and dots.
    pub colours: Vec<String>,
    /// Of the plot without its labels.
    #[serde(rename = "box")]
    pub box_: Box,
}

/// How a page is laid out.
#[derive(Debug, Deserialize)]
pub struct Shown {
    /// Of the window.
    pub width: usize,
    /// Of what is in it.
    pub scroll_width: usize,
    pub height: usize,
    pub background: String,
    pub text: String,
    /// Files that the page asked for.
    pub resources: usize,
    /// Elements that stick out of the page.
    pub too_wide: Vec<String>,
    /// Labels of charts that lie upon each other.
    pub overlapping: Vec<String>,
    pub sections: Vec<Section>,
    pub charts: Vec<Chart>,
}

impl Shown {
    /// From the document that `measure.html` becomes.
    pub fn of(document: &str) -> Self {
        let (_, rest) = document
            .split_once("<pre id=\"measured\">")
            .expect(document);
        let (json, _) = rest.split_once("</pre>").expect(document);
        let json = json
            .replace("&lt;", "<")
            .replace("&gt;", ">")
            .replace("&amp;", "&");
        serde_json::from_str(&json).unwrap_or_else(|error| panic!("{error}: {document}"))
    }
}

/// Chromium, on the pages of a folder.
pub struct Browser<'a> {
    folder: &'a Path,
    flags: Vec<&'static str>,
}

impl<'a> Browser<'a> {
    pub fn new(folder: &'a Path) -> Self {
        let flags = vec!["--blink-settings=preferredColorScheme=1"];
        Self { folder, flags }
    }

    /// For somebody who prefers dark pages.
    pub fn dark(mut self) -> Self {
        self.flags = vec!["--blink-settings=preferredColorScheme=0"];
        self
    }

    /// Lays `report.html` out in a window of this width.
    pub fn measure(&self, width: usize) -> Shown {
        let page = self.frame(width, 900);
        let budget = "--virtual-time-budget=10000";
        Shown::of(&self.run(&["--dump-dom", budget], &page))
    }

    /// All of `report.html`, from top to bottom.
    pub fn picture(&self, shown: &Shown) -> Picture {
        let page = self.frame(shown.width, shown.height);
        let path = self.folder.join(format!("picture-{}.png", shown.width));
        let screenshot = format!("--screenshot={}", path.display());
        // A part of the window's height is not the page's.
        let (width, height) = (shown.width.max(NARROWEST), shown.height + 200);
        let size = format!("--window-size={width},{height}");
        self.run(&[&screenshot, &size], &page);
        Picture::read(&path)
    }

    /// Prints a page and counts the sheets.
    pub fn print(&self, page: &str) -> usize {
        let path = self.folder.join(page).with_extension("pdf");
        let print = format!("--print-to-pdf={}", path.display());
        self.run(&[&print, "--no-pdf-header-footer"], &self.folder.join(page));
        let pdf = fs::read(&path).expect("a printed page");
        assert!(pdf.starts_with(b"%PDF-"));
        let text = String::from_utf8_lossy(&pdf);
        let pages = text.split("/Type /Page").skip(1);
        pages.filter(|rest| !rest.starts_with('s')).count()
    }

    /// A page with `report.html` in a frame of this size.
    fn frame(&self, width: usize, height: usize) -> PathBuf {
        let page = include_str!("measure.html")
            .replace("WIDTH", &width.to_string())
            .replace("HEIGHT", &height.to_string());
        let path = self.folder.join(format!("frame-{width}.html"));
        fs::write(&path, page).unwrap();
        path
    }

    /// What it writes to standard output. A page that complains fails the test.
    fn run(&self, flags: &[&str], page: &Path) -> String {
        let program = std::env::var("CHROMIUM").unwrap_or_else(|_| "chromium".to_owned());
        let profile = tempfile::tempdir().unwrap();
        let output = Command::new(&program)
            .args([
                "--headless",
                "--no-sandbox",
                "--disable-gpu",
                "--hide-scrollbars",
            ])
            .args(["--enable-logging=stderr", "--allow-file-access-from-files"])
            .arg(format!("--user-data-dir={}", profile.path().display()))
            .args(&self.flags)
            .args(flags)
            .arg(format!("file://{}", page.display()))
            .output()
            .unwrap_or_else(|error| {
                panic!("cannot start {program}: {error}. Install Chromium, or set CHROMIUM to it.")
            });
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{said}");
        let complaints: Vec<&str> = said
            .lines()
            .filter(|line| line.contains("CONSOLE"))
            .collect();
        assert!(complaints.is_empty(), "{complaints:?}");
        String::from_utf8(output.stdout).unwrap()
    }
}

/// A screenshot.
pub struct Picture {
    width: usize,
    /// Red, green, blue.
    pixels: Vec<[u8; 3]>,
}

impl Picture {
    fn read(path: &Path) -> Self {
        let file = std::io::BufReader::new(fs::File::open(path).expect("a screenshot"));
        let mut reader = png::Decoder::new(file).read_info().unwrap();
        let mut bytes = vec![0; reader.output_buffer_size().unwrap()];
        let info = reader.next_frame(&mut bytes).unwrap();
        let samples = info.color_type.samples();
        assert!(samples >= 3 && info.bit_depth == png::BitDepth::Eight);
        let pixels = bytes[..info.buffer_size()].chunks_exact(samples);
        Self {
            width: info.width as usize,
            pixels: pixels.map(|pixel| [pixel[0], pixel[1], pixel[2]]).collect(),
        }
    }

    /// Pixels of about this colour in a part of the page.
    pub fn count(&self, part: &Box, colour: [u8; 3]) -> usize {
        let near = |pixel: &&[u8; 3]| {
            let differences = pixel.iter().zip(colour).map(|(&a, b)| a.abs_diff(b));
            differences.max() <= Some(12)
        };
        let rows = part.y as usize..(part.y + part.height) as usize;
        let row = |y: usize| {
            let begin = y * self.width + part.x as usize;
            self.pixels[begin..begin + part.width as usize]
                .iter()
                .filter(near)
                .count()
        };
        rows.map(row).sum()
    }
}
