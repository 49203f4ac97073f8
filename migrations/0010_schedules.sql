-- Schedules as they are now, for those who fire them and those who list them.

create table plinth.schedule (
    tenant_id      uuid        not null,
    name           text        not null,
    -- the data of the last ScheduleDefined, word for word
    definition     json        not null,
    is_paused      boolean     not null,
    pause_reason   text,
    -- null: not before an event says so
    next_fire_at   timestamptz,
    last_fire_time timestamptz,
    last_job_id    uuid,
    created_at     timestamptz not null,
    updated_at     timestamptz not null,
    constraint schedule_pkey primary key (tenant_id, name)
);

-- what is due next
create index schedule_next_fire_at_idx on plinth.schedule (next_fire_at) where next_fire_at is not null;
