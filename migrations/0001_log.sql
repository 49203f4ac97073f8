-- The log: every event of every tenant in one order. `position` is 1, 2, 3 … without gaps and in the order of commits,
-- because every append holds the lock of plinth.log_head. A follower reads `position > n order by position`.

create table plinth.events (
    position       bigint      not null,
    aggregate_type text        not null,
    aggregate_id   text        not null,
    sequence       bigint      not null check (sequence > 0),
    event_type     text        not null,
    event_version  text        not null,
    payload        json        not null,
    metadata       json        not null,
    event_id       uuid        not null,
    tenant_id      uuid        not null,
    -- the subject of the event behind the tenant: <aggregate>.<key>.<event>
    subject_tail   text        not null,
    command_id     uuid        not null,
    recorded_at    timestamptz not null,
    -- decides every race: between replicas, between workers, between a completion and the end of a lease
    constraint events_pkey primary key (aggregate_type, aggregate_id, sequence),
    constraint events_position_key unique (position)
);

-- for auditors, who read one tenant's events in order
create index events_tenant_id_position_idx on plinth.events (tenant_id, position);

-- The lock of the log's end: whoever appends holds its one row. It is never updated: every batch would leave a dead version
-- behind, and a transaction that another session holds open keeps them all.
create table plinth.log_head (
    only_row boolean primary key default true check (only_row)
);
insert into plinth.log_head (only_row) values (true);

-- Nobody rewrites history, the service's own role included. One thing alone can be done to an event, once, by who says so for
-- the transaction: what it says, and the names that it was said of, are replaced by a digest.
create function plinth.refuse_rewriting_the_log() returns trigger language plpgsql as $$
begin
    if tg_op = 'UPDATE'
        and current_setting('plinth.erasing', true) = 'on'
        and old.payload::text not like '{"erased":"%'
        and new.payload::text ~ '^\{"erased":"[A-Za-z0-9+/]{43}="\}$'
        and new.metadata::text = '{}'
        and new.aggregate_id = old.tenant_id || '/' || old.event_id
        and new.subject_tail = old.aggregate_type || '.' || old.event_id || '.erased'
        and (
            new.position, new.aggregate_type, new.sequence, new.event_type, new.event_version, new.event_id, new.tenant_id,
            new.command_id, new.recorded_at
        ) = (
            old.position, old.aggregate_type, old.sequence, old.event_type, old.event_version, old.event_id, old.tenant_id,
            old.command_id, old.recorded_at
        )
    then
        return new;
    end if;
    raise exception 'plinth.events is append-only: % is refused', tg_op using errcode = 'restrict_violation';
end
$$;

create trigger events_are_append_only before update or delete on plinth.events
    for each row execute function plinth.refuse_rewriting_the_log();
create trigger events_are_never_truncated before truncate on plinth.events
    for each statement execute function plinth.refuse_rewriting_the_log();
