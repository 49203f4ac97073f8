-- An hour, minute by minute: a wave of work, and a few failures.
insert into plinth.job_period (
    tenant_id, type, seconds, began_at, enqueued, started, completed, failed_attempts, snoozed, failed, cancelled, retried,
    archived
)
select
    $1, type, 60, date_bin('1 minute', now() - make_interval(mins => minute), 'epoch'), ended, ended, ended - failed, failed, 0,
    failed, 0, 0, 0
from unnest(array['*', 'send_invoice', 'sync_inventory'], array[1, 0.6, 0.4]) as part (type, share)
cross join generate_series(1, 65) as minute
cross join lateral (select (share * (210 + 60 * sin(minute / 9.0) + 30 * sin(minute * 1.7)))::bigint as ended) as work
cross join lateral (select case when minute % 11 = 3 then 24 else minute % 5 * 3 end::bigint as failed) as failures
on conflict do nothing
