#![allow(clippy::unwrap_used)]

use std::ops::Range;

use proptest::prelude::*;
use serde_json::Value;
use tlog_tiles::{Error, HashReader, stored_hash_index, stored_hashes, tree_hash};

use super::{
    super::{
        NotaryKey,
        key::tests::key,
        leaf::tests::{CONTENT, frame},
        subtrees::between,
    },
    *,
};

/// The log of a test: which tenant each event is of, and who signs.
struct Log {
    notary: NotaryKey,
    public: PublicKey,
    tenants: Vec<u128>,
    stored: Stored,
}

#[derive(Default)]
struct Stored(Vec<Hash>);

impl HashReader for Stored {
    fn read_hashes(&self, indexes: &[u64]) -> Result<Vec<Hash>, Error> {
        Ok(indexes.iter().map(|index| self.0[*index as usize]).collect())
    }
}

const SALT: Salt = [3; SALT_BYTES];

fn event_line(line: &EventLine<'_>) -> String {
    serde_json::to_string(&Line::Event(Box::new(line.clone()))).unwrap()
}

impl Log {
    fn new(tenants: &[u128]) -> Self {
        let (notary, public) = key("example.com/log");
        Self { notary, public, tenants: tenants.to_vec(), stored: Stored::default() }
    }

    /// The lines of the file of a tenant; `erased` are positions.
    fn file(&mut self, tenant: u128, erased: &Range<u64>) -> Vec<String> {
        let tenant = TenantId(uuid::Uuid::from_u128(tenant));
        let mut events: Vec<EventLine<'static>> = Vec::new();
        let mut last = std::collections::HashMap::new();
        self.stored = Stored::default();
        for (position, of) in (1..).zip(self.tenants.clone()) {
            let of = TenantId(uuid::Uuid::from_u128(of));
            let (tenant_sequence, previous) = *last.get(&of).unwrap_or(&(0, NOTHING));
            let link = Link { tenant_sequence: tenant_sequence + 1, previous };
            let payload = format!("{{\"n\": {position}}}");
            let content = leaf::Content { payload: &payload, ..CONTENT };
            let whole = leaf::Frame { tenant_id: of, ..frame(position) };
            let commitment = whole.commitment(&link, &content.digest(&SALT));
            last.insert(of, (link.tenant_sequence, commitment));
            self.stored.0.extend(stored_hashes(position - 1, &commitment.0, &self.stored).unwrap());
            if of != tenant {
                continue;
            }
            let is_erased = erased.contains(&position);
            let shown = ContentLine {
                aggregate_id: CONTENT.aggregate_id.into(),
                subject_tail: CONTENT.subject_tail.into(),
                payload: payload.clone().into(),
                metadata: CONTENT.metadata.into(),
                salt: STANDARD.encode(SALT).into(),
            };
            events.push(EventLine {
                position,
                aggregate_type: whole.aggregate_type.into(),
                sequence: whole.sequence,
                event_type: whole.event_type.into(),
                event_version: whole.event_version.into(),
                event_id: whole.event_id,
                command_id: whole.command_id,
                recorded_at: chrono::DateTime::from_timestamp_micros(whole.recorded_at_micros).unwrap().into(),
                content: (!is_erased).then_some(shown),
                erased: is_erased.then(|| content.digest(&SALT).to_string().into()),
                tenant_sequence: link.tenant_sequence,
                previous: None,
                commitment: commitment.to_string().into(),
                between: Vec::new(),
            });
        }
        self.written(tenant, events)
    }

    fn written(&self, tenant: TenantId, mut events: Vec<EventLine<'static>>) -> Vec<String> {
        let size = self.tenants.len() as u64;
        let hidden = |start, end| -> Vec<String> {
            let indexes: Vec<u64> = between(start, end).map(|of| stored_hash_index(of.level, of.number)).collect();
            self.stored.read_hashes(&indexes).unwrap().iter().map(ToString::to_string).collect()
        };
        let head = TreeHead { size, root: tree_hash(size, &self.stored).unwrap() };
        let header = Header {
            format: FORMAT.to_owned(),
            origin: "example.com/log".to_owned(),
            tenant,
            code: None,
            as_known_at: size,
            checkpoint: head.sign(&self.notary).unwrap(),
        };
        let mut end = 0;
        for event in &mut events {
            event.between = hidden(end, event.position - 1).into_iter().map(Into::into).collect();
            end = event.position;
        }
        let mut lines = vec![serde_json::to_string(&Line::Header(header)).unwrap()];
        lines.extend(events.iter().map(event_line));
        let count = events.len() as u64;
        lines.push(serde_json::to_string(&Line::End(End { events: count, between: hidden(end, size) })).unwrap());
        self.sign(&mut lines, tenant, count, events.last().and_then(|event| hash(&event.commitment)));
        lines
    }

    /// Puts a manifest under the lines, as somebody who has the key.
    fn sign(&self, lines: &mut Vec<String>, tenant: TenantId, events: u64, last: Option<Hash>) {
        let digest = lines.iter().fold(Sha256::new(), |sha, line| sha.chain_update(line).chain_update("\n"));
        let manifest = Manifest {
            origin: "example.com/log".to_owned(),
            tenant,
            code: None,
            as_known_at: self.tenants.len() as u64,
            events,
            last,
            digest: Hash(digest.finalize().into()),
        };
        let note = self.notary.sign(&manifest.to_text()).unwrap();
        lines.push(serde_json::to_string(&Line::Manifest(note)).unwrap());
    }

    fn verify(&self, lines: &[String]) -> Report {
        verify(text(lines).as_bytes(), &self.public).unwrap()
    }
}

fn text(lines: &[String]) -> String {
    lines.iter().map(|line| format!("{line}\n")).collect()
}

/// What is found, without the places.
fn found(report: &Report) -> Vec<&str> {
    report.findings.iter().map(|finding| finding.what.as_str()).collect()
}

const NONE: Range<u64> = 0..0;

#[test]
fn a_true_file_is_true() {
    let mut log = Log::new(&[1, 2, 1, 1, 3, 2, 1]);
    let lines = log.file(1, &NONE);
    let report = log.verify(&lines);
    assert_eq!((found(&report), report.events, report.erased), (vec![], 4, 0));
    assert_eq!(report.checkpoint.unwrap().size, 7);
}

#[test]
fn a_tenant_without_events_has_a_true_file() {
    let mut log = Log::new(&[1, 1]);
    let lines = log.file(9, &NONE);
    assert!(log.verify(&lines).is_true());
}

#[test]
fn erased_events_are_counted_and_true() {
    let mut log = Log::new(&[1, 2, 1, 1]);
    let lines = log.file(1, &(1..4));
    let report = log.verify(&lines);
    assert_eq!((found(&report), report.events, report.erased), (vec![], 3, 2));
    assert!(!text(&lines[..3]).contains("\"n\\\""), "{lines:?}");
}

#[test]
fn a_changed_event_is_found_at_its_place() {
    let mut log = Log::new(&[1, 2, 1]);
    let mut lines = log.file(1, &NONE);
    lines[2] = lines[2].replace("3}", "4}");
    let report = log.verify(&lines);
    assert_eq!(report.findings[0].line, 3);
    assert!(report.findings[0].what.starts_with("event 3 is not what the log has a commitment to"), "{report:?}");
    assert_eq!(report.findings[1].what, "the file is not the one that the notary signed");
}

#[test]
fn a_cut_tail_is_found() {
    let mut log = Log::new(&[1, 2, 1, 1]);
    let lines = log.file(1, &NONE);
    for end in 0..lines.len() {
        let report = log.verify(&lines[..end]);
        assert_eq!(found(&report).last(), Some(&"the file ends before its manifest: something is cut off"), "{end}");
    }
    let mut shorter = lines.clone();
    shorter.remove(3);
    assert!(!log.verify(&shorter).is_true());
}

#[test]
fn what_is_removed_moved_or_put_in_is_found_even_if_the_notary_signs_it() {
    let mut log = Log::new(&[1, 2, 1, 1, 1]);
    let tenant = TenantId(uuid::Uuid::from_u128(1));
    let lines = log.file(1, &NONE);
    let events = |lines: &[String]| -> Vec<EventLine<'static>> {
        lines
            .iter()
            .filter_map(|line| {
                let value: Value = serde_json::from_str(line).unwrap();
                let event = value.get("event")?.to_string().leak();
                Some(serde_json::from_str(event).unwrap())
            })
            .collect()
    };
    let whole = events(&lines);
    let missing = |at: usize| {
        let mut events = whole.clone();
        events.remove(at);
        log.written(tenant, events)
    };
    for at in 0..3 {
        let report = log.verify(&missing(at));
        assert!(found(&report).iter().any(|what| what.ends_with("is missing")), "{report:?}");
    }
    let mut swapped = lines.clone();
    swapped.swap(2, 3);
    assert!(found(&log.verify(&swapped)).iter().any(|what| what.contains("stands behind")));
    let mut twice = lines.clone();
    twice.insert(3, lines[2].clone());
    assert!(found(&log.verify(&twice)).iter().any(|what| what.contains("stands behind")));
}

#[test]
fn an_event_that_the_log_does_not_have_is_found_even_if_the_notary_signs_it() {
    let mut log = Log::new(&[1, 1, 2]);
    let mut lines = log.file(1, &NONE);
    let other = Log::new(&[1, 1, 2]).file(1, &(2..3));
    // the same event, said to be erased, with another digest and the commitment to that
    let digest = Hash([9; 32]);
    let line: Value = serde_json::from_str(&other[2]).unwrap();
    let mut event: EventLine<'static> = serde_json::from_str(line["event"].to_string().leak()).unwrap();
    let first: Value = serde_json::from_str(&lines[1]).unwrap();
    let previous = hash(first["event"]["commitment"].as_str().unwrap()).unwrap();
    let tenant = TenantId(uuid::Uuid::from_u128(1));
    let commitment = event.frame(tenant).commitment(&Link { tenant_sequence: 2, previous }, &digest);
    event.erased = Some(digest.to_string().into());
    event.commitment = commitment.to_string().into();
    lines[2] = event_line(&event);
    lines.pop();
    log.sign(&mut lines, tenant, 2, Some(commitment));
    let report = log.verify(&lines);
    assert_eq!(
        found(&report),
        ["the events do not come to the root of the tree that the checkpoint says: they are not those of the log"]
    );
}

#[test]
fn another_key_and_another_log_are_found() {
    let mut log = Log::new(&[1, 2]);
    let lines = log.file(1, &NONE);
    let (_, other) = key("example.com/log");
    assert!(!verify(text(&lines).as_bytes(), &other).unwrap().is_true());
    let (_, other) = key("example.com/other");
    assert!(!verify(text(&lines).as_bytes(), &other).unwrap().is_true());
}

#[test]
fn one_changed_byte_anywhere_is_found() {
    let mut log = Log::new(&[1, 2, 1]);
    let whole = text(&log.file(1, &(3..4)));
    for at in 0..whole.len() {
        let mut bytes = whole.clone().into_bytes();
        bytes[at] ^= 1;
        let report = verify(bytes.as_slice(), &log.public).unwrap();
        assert!(!report.is_true(), "byte {at}: {:?}", &whole[at.saturating_sub(20)..(at + 20).min(whole.len())]);
    }
}

proptest! {
    // signatures are slow without optimisation
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn the_file_of_any_tenant_of_any_log_is_true_and_a_shorter_one_is_not(
        tenants in proptest::collection::vec(1_u128..5, 1..80),
        erased in 0_u64..80,
    ) {
        let mut log = Log::new(&tenants);
        let mut lines = log.file(tenants[0], &(1..erased));
        prop_assert_eq!(log.verify(&lines).findings, []);
        lines.remove(lines.len() / 2);
        prop_assert!(!log.verify(&lines).is_true());
    }

    #[test]
    fn no_file_makes_checking_it_panic(bytes in ".{0,300}", position in any::<u64>(), sequence in any::<u64>()) {
        let mut log = Log::new(&[1, 2, 1]);
        let mut lines = log.file(1, &NONE);
        lines[2] = lines[2].replace("\"position\":3", &format!("\"position\":{position}"));
        lines[1] = lines[1].replace("\"tenantSequence\":1", &format!("\"tenantSequence\":{sequence}"));
        lines.insert(1, bytes);
        log.verify(&lines);
    }
}
