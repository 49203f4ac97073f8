-- Values of records as the formula language reads them: exactly what its evaluator accepts, and null for anything else.

-- a number, if it needs no more than 28 digits when it is written out
create or replace function metric_bounded(number numeric) returns numeric
    language sql immutable parallel safe
    return case when length(replace(trim_scale(abs(number))::text, '.', '')) <= 28 then number end;

create or replace function metric_decimal(value jsonb) returns numeric
    language sql immutable parallel safe
    return case when jsonb_typeof(value) = 'number' then metric_bounded(value::numeric) end;

create or replace function metric_boolean(value jsonb) returns boolean
    language sql immutable parallel safe
    return case when jsonb_typeof(value) = 'boolean' then value::boolean end;

create or replace function metric_text(value jsonb) returns text
    language sql immutable parallel safe
    return case when jsonb_typeof(value) = 'string' then value #>> '{}' end;

-- a value that counts among different ones
create or replace function metric_single(value jsonb) returns jsonb
    language sql immutable parallel safe
    return case
        when jsonb_typeof(value) in ('string', 'boolean') then value
        when metric_decimal(value) is not null then value
    end;

-- a point in time: RFC 3339 with an offset, in the years 1 to 9999 of UTC, digits finer than a microsecond cut off; or a
-- day, which stands for its midnight in the zone
create or replace function metric_instant(value jsonb, zone text) returns timestamptz
    language plpgsql immutable parallel safe
as $$
declare
    written text;
    utc timestamp;
begin
    if jsonb_typeof(value) is distinct from 'string' then
        return null;
    end if;
    written := value #>> '{}';
    if left(written, 4) = '0000'
        or written !~ ('^[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])'
            '([Tt]([01][0-9]|2[0-3])(:[0-5][0-9]){2}(\.[0-9]+)?([Zz]|[+-]([01][0-9]|2[0-3]):[0-5][0-9]))?$')
    then
        return null;
    end if;
    -- a day that its month does not have
    if substr(written, 9, 2) > '28' and substr(written, 9, 2)::integer > extract(day from
        make_date(left(written, 4)::integer, substr(written, 6, 2)::integer, 1) + interval '1 month - 1 day')
    then
        return null;
    end if;
    if length(written) = 10 then
        return written::timestamp at time zone zone;
    end if;
    utc := (left(written, 10) || ' ' || substr(written, 12, 8)
        || coalesce(substring(written from '\.[0-9]{1,6}'), ''))::timestamp;
    if right(written, 1) not in ('Z', 'z') then
        utc := utc - right(written, 6)::interval;
    end if;
    if utc < timestamp '0001-01-01 00:00:00' or utc > timestamp '9999-12-31 23:59:59.999999' then
        return null;
    end if;
    return utc at time zone 'UTC';
end
$$;

-- the point in time so long before another one: months and days by the calendar of the zone, then the time
create or replace function metric_before(as_of timestamptz, age interval, zone text) returns timestamptz
    language sql immutable parallel safe
    return ((as_of at time zone zone) - date_trunc('day', age)) at time zone zone - (age - date_trunc('day', age));

-- a quotient, rounded to 12 decimal places, halves away from zero
create or replace function metric_ratio(numerator numeric, denominator numeric) returns numeric
    language sql immutable parallel safe
    return case
        when denominator <> 0 then metric_bounded(
            sign(numerator) * sign(denominator) * 0.000000000001
            * div(abs(numerator) * 2000000000000 + abs(denominator), abs(denominator) * 2))
    end;

-- how two values compare of which nothing but the record tells the type: -1, 0, 1, or null
create or replace function metric_order(one jsonb, other jsonb, zone text) returns integer
    language sql immutable parallel safe
    return case
        when jsonb_typeof(one) <> jsonb_typeof(other) then null
        when jsonb_typeof(one) = 'number' then sign(metric_decimal(one) - metric_decimal(other))::integer
        when jsonb_typeof(one) = 'boolean' then metric_boolean(one)::integer - metric_boolean(other)::integer
        when metric_instant(one, zone) < metric_instant(other, zone) then -1
        when metric_instant(one, zone) > metric_instant(other, zone) then 1
        when metric_instant(one, zone) = metric_instant(other, zone) then 0
        when metric_text(one) collate "C" < metric_text(other) then -1
        when metric_text(one) collate "C" > metric_text(other) then 1
        when metric_text(one) collate "C" = metric_text(other) then 0
    end;
