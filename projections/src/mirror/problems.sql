with columns as (
    select nspname, relname, attname, format_type(atttypid, atttypmod) as type, attnotnull as is_required,
        atthasdef or attidentity <> '' as is_filled
    from pg_attribute
    join pg_class on pg_class.oid = attrelid
    join pg_namespace on pg_namespace.oid = relnamespace
    where attnum > 0 and not attisdropped and relname = any ($2) and nspname in ($1, 'plinth_mirror_expected')
),
expected as (select * from columns where nspname = 'plinth_mirror_expected'),
found as (select * from columns where nspname = $1),
of_columns as (
    select relname, attname, case
        when found.type is null then 'is missing'
        when found.type <> expected.type then format('is %s, must be %s', found.type, expected.type)
        when found.is_required and expected.type is null and not found.is_filled
            then 'is not one of the contract: it must allow null or have a default'
        when found.is_required and not expected.is_required then 'must allow null'
    end as problem
    from expected
    full join found using (relname, attname)
),
of_keys as (
    select name as relname
    from unnest($2) as tables (name)
    where not exists (
        select from pg_index
        join pg_attribute on pg_attribute.attrelid = indrelid and attnum = indkey[0]
        where indrelid = to_regclass(quote_ident($1) || '.' || quote_ident(name))
          and indisunique and indnkeyatts = 1 and indpred is null and attname = 'id'
    )
)
select format('column %s.%s %s', relname, attname, problem) from of_columns where problem is not null
union all
select format('table %s has no primary key on id', relname) from of_keys
order by 1
