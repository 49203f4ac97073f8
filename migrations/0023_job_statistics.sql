-- How many jobs there are, and how they fared: so that nobody has to count jobs. The duty `statistics` follows the log and
-- brings all of this up to date in one statement, together with the position that it is at.

-- exactly the rows of "Job" at that position
create table plinth.job_count (
    tenant_id  uuid   not null,
    type       text   not null,
    pending    bigint not null,
    processing bigint not null,
    completed  bigint not null,
    failed     bigint not null,
    constraint job_count_pkey primary key (tenant_id, type)
) with (fillfactor = 50);

-- What happened to jobs in a minute, ten minutes, an hour or a day. The type `*`, which no job has, is all types of the tenant
-- together: what is asked is one row for each period, whatever there is.
create table plinth.job_period (
    tenant_id       uuid        not null,
    type            text        not null,
    seconds         integer     not null,
    began_at        timestamptz not null,
    enqueued        bigint      not null,
    started         bigint      not null,
    completed       bigint      not null,
    -- whether or not their jobs are tried again
    failed_attempts bigint      not null,
    snoozed         bigint      not null,
    -- for good, but for those that were cancelled before they began
    failed          bigint      not null,
    cancelled       bigint      not null,
    retried         bigint      not null,
    archived        bigint      not null,
    constraint job_period_pkey primary key (tenant_id, type, seconds, began_at)
) with (fillfactor = 50);

-- those that were kept for long enough
create index job_period_began_at_idx on plinth.job_period (seconds, began_at);

-- How many of the attempts that began in a period had waited for so long, and how many of those that ended in it had run for so
-- long: 2^(bucket / 2) ms at least, and less than the next bucket says; bucket 0 has all that is shorter, too.
create table plinth.job_latency (
    tenant_id uuid        not null,
    type      text        not null,
    seconds   integer     not null,
    began_at  timestamptz not null,
    bucket    smallint    not null,
    waits     bigint      not null,
    runs      bigint      not null,
    constraint job_latency_pkey primary key (tenant_id, type, seconds, began_at, bucket)
) with (fillfactor = 50);

-- up to where the log is counted
create table plinth.statistics_position (
    only_row boolean primary key default true check (only_row),
    position bigint  not null default 0
) with (fillfactor = 10);
insert into plinth.statistics_position (only_row) values (true);

-- tenants that are gone, and of which there is still something above: it goes a part at a time
create table plinth.statistics_gone (
    tenant_id uuid not null,
    constraint statistics_gone_pkey primary key (tenant_id)
);
