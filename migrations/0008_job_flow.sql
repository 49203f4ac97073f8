-- Jobs that wait for other jobs, and those that others wait for. There are rows only for jobs that ask for it. They are
-- written with the events of the jobs, one transaction at a time behind the locked head of the log; nobody else writes.

create table plinth.job_flow (
    job_id            uuid    not null,
    tenant_id         uuid    not null,
    -- the event that the wait began with: its place in the job's history, and its place in the log
    wait              bigint  not null,
    position          bigint  not null,
    -- the line in which it stands until it ends; null: none
    sequence_key      text,
    -- whether it stands before all others in its line; always, when there is none
    is_first          boolean not null,
    -- how the jobs that it depends on ended so far, and how many have not
    open_count        integer not null check (open_count >= 0),
    completed_count   integer not null,
    failed_count      integer not null,
    -- set when the job is to fail because this one did
    failed_dependency uuid,
    -- whether the failure of one is the failure of this
    fails_with_others boolean not null,
    -- false: it was released, and still stands in its line
    is_blocked        boolean not null,
    -- the place in the log where its wait was over, until that is recorded
    settled_position  bigint,
    constraint job_flow_pkey primary key (job_id)
);

-- whom the end of a job in a line lets go on
create index job_flow_line_idx on plinth.job_flow (tenant_id, sequence_key, position) where sequence_key is not null;
-- those whose wait is over: read from a place on, so that nobody walks again over what was released
create index job_flow_settled_idx on plinth.job_flow (settled_position) where settled_position is not null;

-- Who waits for the end of whom.
create table plinth.job_dependency (
    depends_on uuid not null,
    job_id     uuid not null,
    constraint job_dependency_pkey primary key (depends_on, job_id)
);

create index job_dependency_job_id_idx on plinth.job_dependency (job_id);
