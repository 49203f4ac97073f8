-- Jobs that have not ended: when they are due, who holds them, until when. Written with the events of the jobs;
-- leases and publication are also moved on by the duties and by heartbeats, which are not events.

create table plinth.job_queue (
    job_id           uuid        not null,
    tenant_id        uuid        not null,
    type             text        not null,
    priority         smallint    not null,
    -- blocked: waits for other jobs; scheduled: for later; ready: due and not published yet; held: ready, but as many of its
    -- key run as may run at a time; published: in the work queue; running: a worker holds a lease
    state            text        not null
        check (state in ('blocked', 'scheduled', 'ready', 'held', 'published', 'running')),
    -- while running and without lease_until: when the lease was taken away, to be offered again if that was not recorded
    due_at           timestamptz not null,
    -- due_at, a minute earlier for each step of priority: what waits long overtakes what is urgent
    urgent_at        timestamptz not null,
    -- the next attempt until it is started, the current one while running
    attempt          integer     not null,
    published_at     timestamptz,
    token            bigint,
    worker           text,
    lease_seconds    integer,
    -- null while running: the lease ran out and its expiry is being recorded; heartbeats find it lost
    lease_until      timestamptz,
    -- no lease is extended beyond
    deadline         timestamptz,
    progress         smallint,
    progress_message text,
    -- there is a row in plinth.job_checkpoint: nothing looks for one otherwise
    has_checkpoint   boolean     not null default false,
    cancel_requested boolean     not null default false,
    -- what limits per key go by
    concurrency_key  text,
    -- no attempt starts from then on
    expires_at       timestamptz,
    -- false: nobody waits for its end, and it waits for nobody's, so that its end concerns nobody else
    in_flow          boolean     not null default false,
    constraint job_queue_pkey primary key (job_id)
) with (fillfactor = 70);

-- what is published first of each type and tenant, and what becomes ready next
create index job_queue_ready_idx on plinth.job_queue (type, tenant_id, urgent_at) where state = 'ready';
create index job_queue_scheduled_idx on plinth.job_queue (due_at) where state = 'scheduled';
create index job_queue_held_idx on plinth.job_queue (type, tenant_id, concurrency_key, urgent_at) where state = 'held';
create index job_queue_published_idx on plinth.job_queue (published_at) where state = 'published';
create index job_queue_lease_idx on plinth.job_queue (lease_until) where state = 'running';
create index job_queue_expires_at_idx on plinth.job_queue (expires_at)
    where expires_at is not null and state <> 'running';

-- The work queue that published rows were published to, by when it was created.
create table plinth.job_stream (
    only_row   boolean primary key default true check (only_row),
    created_at text    not null
);
