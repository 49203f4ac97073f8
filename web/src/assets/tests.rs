//! What was vendored is what the manifest says, and all of it together is small.

#![allow(clippy::unwrap_used, clippy::expect_used)]

use std::{collections::BTreeSet, fs, io::Write, path::Path};

use flate2::{Compression, write::GzEncoder};

use super::*;

/// Own and vendored scripts together, compressed as they travel.
const SCRIPTS_GZIPPED_BYTES: usize = 45_000;

fn sha256(bytes: &[u8]) -> String {
    hex::encode(Sha256::digest(bytes))
}

fn vendored() -> Vec<Vec<String>> {
    let manifest = include_str!("../../assets/vendor/MANIFEST");
    let lines = manifest.lines().filter(|line| !line.starts_with('#'));
    lines.map(|line| line.split_whitespace().map(str::to_owned).collect()).collect()
}

#[test]
fn vendored_files_are_those_of_the_manifest() {
    for line in vendored() {
        let [file, name, version, license, digest, origin] = line.as_slice() else {
            panic!("{line:?} has not six words")
        };
        let asset = ALL.iter().find(|asset| asset.name == file).unwrap_or_else(|| panic!("{file} is not served"));
        assert_eq!(sha256(asset.bytes), *digest, "{name} {version} ({license}) from {origin}");
    }
}

#[test]
fn every_vendored_file_is_in_the_manifest_and_has_its_licence() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("assets/vendor");
    let files = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let expected = vendored().into_iter().flat_map(|line| {
        let stem = line[0].split(['.', '-']).next().unwrap().to_owned();
        [line[0].clone(), format!("{stem}.LICENSE")]
    });
    let expected: BTreeSet<_> = expected.chain(["MANIFEST".to_owned()]).collect();
    assert_eq!(files.collect::<BTreeSet<_>>(), expected);
}

#[test]
fn all_scripts_together_are_small() {
    let scripts = ALL.iter().filter(|asset| asset.content_type == JAVASCRIPT);
    let sizes = scripts.map(|script| {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
        encoder.write_all(script.bytes).unwrap();
        encoder.finish().unwrap().len()
    });
    let sum: usize = sizes.sum();
    assert!(sum < SCRIPTS_GZIPPED_BYTES, "{sum} bytes");
}

#[test]
fn an_asset_is_found_under_its_own_address() {
    let url = url("plinth.css");
    let found = find(url.strip_prefix(routes::ASSETS).unwrap()).unwrap();
    assert_eq!(found.asset.name, "plinth.css");
    assert!(found.is_immutable);
}

#[test]
fn an_asset_of_another_edition_is_found_but_not_for_ever() {
    assert!(!find("0123456789abcdef/plinth.css").unwrap().is_immutable);
    assert!(find("plinth.css").is_none());
    assert!(find("x/../plinth.css").is_none());
}

#[test]
fn styles_and_scripts_name_only_what_is_served_beside_them() {
    let own = ALL
        .iter()
        .filter(|asset| asset.name.ends_with(".css") || asset.name.ends_with(".js") && !asset.name.contains("min"));
    let texts: String = own.map(|asset| std::str::from_utf8(asset.bytes).unwrap()).collect();
    for before in ["url(\"", "from \"./", "import(\"./"] {
        for rest in texts.split(before).skip(1) {
            let name = rest.split('"').next().unwrap();
            assert!(ALL.iter().any(|asset| asset.name == name), "{name} is not served");
        }
    }
}
