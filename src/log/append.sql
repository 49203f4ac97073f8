-- Appends events behind the locked head and keeps the answers to the commands: one round trip.
with
kept_answers as (
    insert into plinth.commands (tenant_id, command_id, body_hash, position, events, result)
    select tenant_id, command_id, body_hash, position, events, result::json
    from unnest($14::uuid[], $15::uuid[], $16::bytea[], $17::bigint[], $18::integer[], $19::text[])
        as answer (tenant_id, command_id, body_hash, position, events, result)
)
insert into plinth.events (
    position, aggregate_type, aggregate_id, sequence, event_type, event_version, payload, metadata, event_id,
    tenant_id, subject_tail, command_id, recorded_at
)
select
    $1 + event.ordinal, event.aggregate_type, event.aggregate_id, event.sequence, event.event_type, $13,
    event.payload::json, event.origin::json, event.event_id, event.tenant_id, event.subject_tail,
    event.command_id, $2 + (event.ordinal - 1) * interval '1 microsecond'
from unnest(
    $3::text[], $4::text[], $5::bigint[], $6::text[], $7::text[], $8::text[], $9::uuid[], $10::uuid[], $11::text[],
    $12::uuid[]
) with ordinality as event (
    aggregate_type, aggregate_id, sequence, event_type, payload, origin, event_id, tenant_id, subject_tail, command_id,
    ordinal
)
