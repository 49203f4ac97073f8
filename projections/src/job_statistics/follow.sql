-- Counts the events behind position $1 up to $2, unless somebody else has: then the position is another one, and nothing
-- happens. Latencies are looked up for one of $3 events, which counts as so many. $4 and $5: how long periods are, and for how
-- long they are kept; those that are older are left out.
with moved as (
    update statistics_position set position = $2 where position = $1 returning position
), meaning (event, outcome, pending, processing, completed, failed) as (
    -- what an event does to how many jobs have which status
    values
        ('enqueued', '', 1, 0, 0, 0),
        ('started', '', -1, 1, 0, 0),
        ('completed', '', 0, -1, 1, 0),
        ('snoozed', '', 1, -1, 0, 0),
        ('failed', 'to be tried again', 1, -1, 0, 0),
        ('failed', 'for good', 0, -1, 0, 1),
        ('lease-expired', 'to be tried again', 1, -1, 0, 0),
        ('lease-expired', 'for good', 0, -1, 0, 1),
        ('cancelled', '', -1, 0, 0, 1),
        ('dependency-failed', '', -1, 0, 0, 1),
        ('expired', '', -1, 0, 0, 1),
        ('retried', '', 1, 0, 0, -1),
        ('archived', 'completed', 0, 0, -1, 0),
        ('archived', 'failed', 0, 0, 0, -1)
), happened as materialized (
    -- nothing else looks at all events; most of what they say is not read
    select
        event.tenant_id, event.subject_tail, date_bin('1 minute', event.recorded_at, 'epoch') as minute,
        case
            when event.event_type in ('JobFailed', 'JobLeaseExpired')
                then case when event.payload -> 'retryAt' is null then 'for good' else 'to be tried again' end
            when event.event_type = 'JobArchived'
                then (
                    select case event_type when 'JobCompleted' then 'completed' else 'failed' end
                    from plinth.events
                    where aggregate_type = 'job' and aggregate_id = event.aggregate_id and sequence = event.sequence - 1
                )
            else ''
        end as outcome,
        count(*) as events
    from moved
    cross join plinth.events as event
    where event.position > $1 and event.position <= $2
      and (event.aggregate_type = 'job' or event.event_type = 'TenantDeleted')
    group by event.tenant_id, event.subject_tail, minute, outcome
), gone as materialized (
    -- nothing happens to the jobs of a tenant after its deletion
    select tenant_id from happened where subject_tail like 'tenant.%'
), counted as materialized (
    -- what is erased or means nothing to the counts has no meaning here
    select
        tenant_id, split_part(subject_tail, '.', 2) as type, minute, events, meaning.event, meaning.outcome, pending,
        processing, completed, failed
    from happened
    join meaning on meaning.event = split_part(subject_tail, '.', 3) and meaning.outcome = happened.outcome
    where subject_tail like 'job.%' and tenant_id not in (select tenant_id from gone)
), latency as materialized (
    select
        event.tenant_id, split_part(event.subject_tail, '.', 2) as type, event.recorded_at,
        event.event_type = 'JobStarted' as waited,
        floor(2 * ln(greatest(1000 * extract(epoch from event.recorded_at - before.since)::float8, 1)) / ln(2::float8))
            as bucket
    from moved
    cross join generate_series($1::bigint + 1, $2) as sampled (position)
    join plinth.events as event on event.position = sampled.position
    cross join lateral (
        -- of a start, what said when it could be; of an end, its start
        select
            case
                when event.event_type <> 'JobStarted' then recorded_at
                else coalesce(payload ->> 'runAt', payload ->> 'retryAt')::timestamptz
            end as since
        from plinth.events
        where aggregate_type = 'job' and aggregate_id = event.aggregate_id and sequence < event.sequence
          and event_type not in ('JobPrioritized', 'JobCheckpointed', 'JobCancelRequested')
        order by sequence desc
        limit 1
    ) as before
    where mod(hashint8(sampled.position), $3::integer) = 0
      and event.event_type in ('JobStarted', 'JobCompleted', 'JobFailed', 'JobLeaseExpired', 'JobSnoozed')
      and event.tenant_id not in (select tenant_id from gone)
), kept as materialized (
    select seconds, statement_timestamp() - make_interval(secs => kept_seconds) as since
    from unnest($4::integer[], $5::integer[]) as period (seconds, kept_seconds)
), written_counts as (
    insert into job_count (tenant_id, type, pending, processing, completed, failed)
    select tenant_id, type, sum(events * pending), sum(events * processing), sum(events * completed), sum(events * failed)
    from counted
    group by tenant_id, type
    on conflict on constraint job_count_pkey do update
    set pending = job_count.pending + excluded.pending, processing = job_count.processing + excluded.processing,
        completed = job_count.completed + excluded.completed, failed = job_count.failed + excluded.failed
), written_periods as (
    insert into job_period (
        tenant_id, type, seconds, began_at, enqueued, started, completed, failed_attempts, snoozed, failed, cancelled, retried,
        archived
    )
    select
        tenant_id, coalesce(type, '*'), seconds, date_bin(make_interval(secs => seconds), minute, 'epoch') as began_at,
        coalesce(sum(events) filter (where event = 'enqueued'), 0),
        coalesce(sum(events) filter (where event = 'started'), 0),
        coalesce(sum(events) filter (where event = 'completed'), 0),
        coalesce(sum(events) filter (where event in ('failed', 'lease-expired')), 0),
        coalesce(sum(events) filter (where event = 'snoozed'), 0),
        coalesce(sum(events) filter (where outcome = 'for good' or event in ('dependency-failed', 'expired')), 0),
        coalesce(sum(events) filter (where event = 'cancelled'), 0),
        coalesce(sum(events) filter (where event = 'retried'), 0),
        coalesce(sum(events) filter (where event = 'archived'), 0)
    from counted
    join kept on minute >= since
    group by grouping sets ((tenant_id, type, seconds, began_at), (tenant_id, seconds, began_at))
    on conflict on constraint job_period_pkey do update
    set enqueued = job_period.enqueued + excluded.enqueued, started = job_period.started + excluded.started,
        completed = job_period.completed + excluded.completed,
        failed_attempts = job_period.failed_attempts + excluded.failed_attempts,
        snoozed = job_period.snoozed + excluded.snoozed, failed = job_period.failed + excluded.failed,
        cancelled = job_period.cancelled + excluded.cancelled, retried = job_period.retried + excluded.retried,
        archived = job_period.archived + excluded.archived
), written_latencies as (
    insert into job_latency (tenant_id, type, seconds, began_at, bucket, waits, runs)
    select
        tenant_id, coalesce(type, '*'), seconds, date_bin(make_interval(secs => seconds), recorded_at, 'epoch') as began_at,
        bucket, $3 * count(*) filter (where waited), $3 * count(*) filter (where not waited)
    from latency
    join kept on recorded_at >= since
    where bucket is not null
    group by grouping sets ((tenant_id, type, seconds, began_at, bucket), (tenant_id, seconds, began_at, bucket))
    on conflict on constraint job_latency_pkey do update
    set waits = job_latency.waits + excluded.waits, runs = job_latency.runs + excluded.runs
), noted as (
    insert into statistics_gone (tenant_id) select tenant_id from gone on conflict do nothing
)
select position from moved
