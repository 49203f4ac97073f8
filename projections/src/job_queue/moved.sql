-- What is published for the same time stays so, and what waits for other jobs goes on waiting for them.
update job_queue as queue
set priority = coalesce(moved.priority, queue.priority),
    due_at = coalesce(moved.due_at, queue.due_at),
    urgent_at = coalesce(moved.due_at, queue.due_at)
        - coalesce(moved.priority, queue.priority) * interval '1 minute',
    attempt = coalesce(moved.attempt, queue.attempt),
    state = case when has_new_time then case when moved.is_due then 'ready' else 'scheduled' end else queue.state end,
    published_at = case when has_new_time then null else queue.published_at end
from unnest($1::uuid[], $2::smallint[], $3::timestamptz[], $4::boolean[], $5::integer[])
        as moved (job_id, priority, due_at, is_due, attempt)
    join job_queue as before on before.job_id = moved.job_id
    cross join lateral (
        select coalesce(moved.due_at <> before.due_at, false) and before.state <> 'blocked' as has_new_time
    ) as compared
where queue.job_id = moved.job_id
