-- What workers wrote down about jobs while they ran.

-- How far the last attempt came that said so. Written with the events of the jobs, and gone when the job is completed or
-- archived: one that failed may be retried, and goes on from there.
create table plinth.job_checkpoint (
    job_id     uuid not null,
    tenant_id  uuid not null,
    checkpoint json not null,
    constraint job_checkpoint_pkey primary key (job_id)
);
create index job_checkpoint_tenant_id_idx on plinth.job_checkpoint (tenant_id);

-- Lines for people to read. Not events: they are kept until the job is archived, or the tenant is gone.
create table plinth.job_log (
    tenant_id uuid        not null,
    job_id    uuid        not null,
    -- the token of the attempt: numbers of attempts come again when a job is snoozed or retried
    token     bigint      not null,
    -- 1, 2, 3 … of each attempt; two requests that want to write the same line: one of them tries again
    line      integer     not null,
    attempt   integer     not null,
    at        timestamptz not null,
    level     text        not null check (level in ('debug', 'info', 'warn', 'error')),
    message   text        not null,
    constraint job_log_pkey primary key (tenant_id, job_id, token, line)
);
