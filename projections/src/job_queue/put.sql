-- Priority, expiry and key of a row that exists are never other ones. While a job runs, due_at is when to look at its lease again.
insert into job_queue as queue (
    job_id, tenant_id, type, priority, state, due_at, urgent_at, attempt, token, worker, lease_seconds, lease_until,
    deadline, cancel_requested, expires_at, concurrency_key
)
select
    job_id, tenant_id, type, priority, state, due_at, due_at - priority * interval '1 minute', attempt, token, worker,
    lease_seconds, lease_until, deadline, cancel_requested, expires_at, concurrency_key
from unnest(
    $1::uuid[], $2::uuid[], $3::text[], $4::smallint[], $5::text[], $6::timestamptz[], $7::integer[], $8::bigint[],
    $9::text[], $10::integer[], $11::timestamptz[], $12::timestamptz[], $13::boolean[], $14::timestamptz[],
    $15::text[]
) as put (
    job_id, tenant_id, type, priority, state, due_at, attempt, token, worker, lease_seconds, lease_until, deadline,
    cancel_requested, expires_at, concurrency_key
)
on conflict (job_id) do update
set state = excluded.state,
    due_at = excluded.due_at,
    urgent_at = excluded.due_at - queue.priority * interval '1 minute',
    attempt = excluded.attempt,
    published_at = null,
    token = excluded.token,
    worker = excluded.worker,
    lease_seconds = excluded.lease_seconds,
    lease_until = excluded.lease_until,
    deadline = excluded.deadline,
    progress = null,
    progress_message = null,
    cancel_requested = excluded.cancel_requested
