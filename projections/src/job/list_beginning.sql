-- The first position with a later millisecond than the job's JobEnqueued; $2 when there is none yet.
select coalesce(
    (
        select position
        from plinth.events
        where position > enqueued.position
          and recorded_at >= date_trunc('milliseconds', enqueued.recorded_at) + interval '1 millisecond'
        order by position
        limit 1
    ),
    $2
)
from plinth.events as enqueued
where aggregate_type = 'job' and aggregate_id = $1 and sequence = 1
