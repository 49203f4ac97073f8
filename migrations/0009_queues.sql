-- Queues of which somebody said something: all jobs of a tenant, or those of one type; those of the installation, whose id
-- is the nil UUID, are everybody's.

create table plinth.queue (
    tenant_id uuid    not null,
    -- null: all types
    type      text,
    settings  jsonb   not null,
    is_paused boolean not null,
    constraint queue_key unique nulls not distinct (tenant_id, type)
);

-- Limits of speed, as far as they are used up: when their buckets will be full again. Written with the starts that take
-- tokens.
create table plinth.queue_bucket (
    tenant_id       uuid        not null,
    type            text,
    concurrency_key text,
    full_at         timestamptz not null,
    constraint queue_bucket_key unique nulls not distinct (tenant_id, type, concurrency_key)
);
