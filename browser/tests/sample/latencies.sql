-- The durations of the same hour.
insert into plinth.job_latency (tenant_id, type, seconds, began_at, bucket, waits, runs)
select
    $1, '*', 60, date_bin('1 minute', now() - make_interval(mins => minute), 'epoch'), bucket,
    (40 * exp(power(bucket - 7 - sin(minute / 7.0), 2) / -3))::bigint,
    (40 * exp(power(bucket - 12 - cos(minute / 11.0), 2) / -4))::bigint
from generate_series(0, 65) as minute
cross join generate_series(2, 18) as bucket
on conflict do nothing
