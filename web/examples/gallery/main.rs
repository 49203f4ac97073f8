//! Writes every page with sample data into a folder, in light and dark, to be looked at in a browser without a service.

#![allow(clippy::unwrap_used, clippy::expect_used)]

mod pages;

use std::{env, fs, path::Path};

use plinth_web::{assets, routes, shell::Theme};

fn main() {
    let folder = env::args().nth(1).expect("the folder to write to");
    let folder = Path::new(&folder);
    write_assets(folder);
    for sample in pages::all() {
        for (suffix, theme) in [("", Theme::Light), ("-dark", Theme::Dark)] {
            let html = sample.render(theme).replace(routes::ASSETS, "assets/");
            fs::write(folder.join(format!("{}{suffix}.html", sample.name)), html).unwrap();
        }
    }
}

fn write_assets(folder: &Path) {
    let place = folder.join("assets").join(&*assets::EDITION);
    fs::create_dir_all(&place).unwrap();
    for asset in assets::ALL {
        fs::write(place.join(asset.name), asset.bytes).unwrap();
    }
}
