select listed.code, listed.standing, listed.version, listed.versions, listed.next_version,
    nullif(listed.until_at, 'infinity') as until_at, definition."name", "formula"::text as formula, meaning::text as meaning,
    "effectiveAt", "deprecatedAt"
from unnest($2::text[]) as asked (code)
join metric_list as listed
    on listed.tenant_id = $1 and listed.code = asked.code and listed.from_at <= $3 and listed.until_at > $3
join "MetricDefinition" as definition
    on definition."tenantId" = $1 and definition."code" = listed.code and definition."version" = listed.version
left join metric_meaning
    on metric_meaning.tenant_id = $1 and metric_meaning.code = listed.code and metric_meaning.version = listed.version
