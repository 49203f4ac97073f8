-- How far the log was looked through for jobs that were kept for long enough after their end. Recording times strictly
-- increase with positions, so the log itself is the calendar: one place in it for each time that queues of a tenant say, or
-- for the nil UUID those of the installation.

create table plinth.retention_walk (
    tenant_id    uuid    not null,
    keep_seconds integer not null,
    -- the place in the log of the event that it began with: what queues said since is another walk
    since        bigint  not null,
    -- up to here
    position     bigint  not null default 0,
    constraint retention_walk_pkey primary key (tenant_id, keep_seconds)
);
