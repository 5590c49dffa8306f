//! The pages, each a function from a run and a view to a picture.
//!
//! - `plots`: curves.
//! - `scores`: evaluations and the confusion matrix.
//! - `examples`: predictions, the wrong ones first.
//! - `setup`: configuration, environment, load report.
//! - `log`: warnings and what the process has printed.
//! - `header`, `footer`: around every page; `help`: over it; `text`: what may be longer than it.

mod examples;
mod footer;
mod header;
mod help;
mod log;
mod plots;
mod scores;
mod setup;
#[cfg(test)]
mod tests;
mod text;

use ratatui::Frame;
use ratatui::layout::{Constraint, Layout};

use super::app::App;
use super::view::Page;

/// The whole picture.
pub(super) fn draw(frame: &mut Frame<'_>, app: &mut App) {
    let area = frame.area();
    let [top, page, bottom] = Layout::vertical([
        Constraint::Length(header::height(app, area)),
        Constraint::Min(0),
        Constraint::Length(1),
    ])
    .areas(area);
    app.view.places = Default::default();
    header::draw(frame, top, app);
    match app.view.page {
        Page::Plots => plots::draw(frame, page, app),
        Page::Scores => scores::draw(frame, page, app),
        Page::Examples => examples::draw(frame, page, app),
        Page::Run => setup::draw(frame, page, app),
        Page::Log => log::draw(frame, page, app),
    }
    if app.view.help {
        help::draw(frame, page, app);
    }
    footer::draw(frame, bottom, app);
}
