-- Who holds a unique key: at most one job of a type in a tenant. Written by the writer behind the locked head.

create table plinth.job_unique (
    tenant_id  uuid        not null,
    type       text        not null,
    key        text        not null,
    job_id     uuid        not null,
    -- null: until the job ends
    held_until timestamptz,
    constraint job_unique_pkey primary key (tenant_id, type, key)
);

-- what is held no more
create index job_unique_held_until_idx on plinth.job_unique (held_until) where held_until is not null;
