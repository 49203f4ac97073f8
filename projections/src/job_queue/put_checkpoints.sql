-- The row of the queue knows that there is one.
with put as (
    select job_id, tenant_id, checkpoint
    from unnest($1::uuid[], $2::uuid[], $3::text[]) as put (job_id, tenant_id, checkpoint)
), known as (
    update job_queue as queue
    set has_checkpoint = true
    from put
    where queue.job_id = put.job_id and not queue.has_checkpoint
)
insert into job_checkpoint (job_id, tenant_id, checkpoint)
select job_id, tenant_id, checkpoint::json
from put
on conflict (job_id) do update
set checkpoint = excluded.checkpoint
