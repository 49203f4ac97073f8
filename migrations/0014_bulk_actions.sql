-- Bulk actions, written with their events; the counts are moved on by the duty that works them off.

create table plinth.bulk_action (
    tenant_id  uuid        not null,
    action_id  uuid        not null,
    -- of the event that started it
    position   bigint      not null,
    action     json        not null,
    filter     json        not null,
    reason     text        not null,
    started_by uuid,
    started_at timestamptz not null,
    ended_at   timestamptz,
    status     text        not null default 'running' check (status in ('running', 'finished', 'cancelled')),
    -- whether its jobs are in plinth.bulk_action_job
    is_listed  boolean     not null default false,
    matched    bigint      not null default 0,
    changed    bigint      not null default 0,
    refused    bigint      not null default 0,
    constraint bulk_action_pkey primary key (tenant_id, action_id)
);

create index bulk_action_tenant_id_position_idx on plinth.bulk_action (tenant_id, position);
-- those with something left to do
create index bulk_action_open_idx on plinth.bulk_action (position) where status = 'running' or is_listed;

-- The jobs that a bulk action has not come to yet: those that its filter matched when it began.
create table plinth.bulk_action_job (
    tenant_id uuid not null,
    action_id uuid not null,
    job_id    uuid not null,
    constraint bulk_action_job_pkey primary key (tenant_id, action_id, job_id)
);
