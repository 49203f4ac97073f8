with found as (
    -- by what the index of the primary key holds alone: thousands of metrics are looked through in a few milliseconds
    select code, from_at
    from metric_list
    where tenant_id = $1
      and code > coalesce($2, '')
      and from_at <= $3 and until_at > $3
      and ($4::text is null or standing = $4)
      and ($5::text is null or code like (select lower($5)) or name like (select lower($5)))
    order by code
    limit $6
)
select listed.code, standing, listed.version, versions, next_version, nullif(until_at, 'infinity') as until_at,
    definition."name", "formula"::text as formula, meaning::text as meaning, "effectiveAt", "deprecatedAt"
from found
join metric_list as listed on listed.tenant_id = $1 and listed.code = found.code and listed.from_at = found.from_at
join "MetricDefinition" as definition
    on definition."tenantId" = $1 and definition."code" = listed.code and definition."version" = listed.version
left join metric_meaning
    on metric_meaning.tenant_id = $1 and metric_meaning.code = listed.code and metric_meaning.version = listed.version
order by listed.code
