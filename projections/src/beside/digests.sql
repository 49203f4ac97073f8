select count(*) as rows, coalesce(sum(hashtextextended(t::text, 0)::numeric), 0)::text as checksum from "Tenant" as t
union all
select count(*), coalesce(sum(hashtextextended(t::text, 0)::numeric), 0)::text from "User" as t
union all
select count(*), coalesce(sum(hashtextextended(t::text, 0)::numeric), 0)::text from "MetricDefinition" as t
union all
select count(*), coalesce(sum(hashtextextended(t::text, 0)::numeric), 0)::text from "DashboardWidget" as t
union all
select count(*), coalesce(sum(hashtextextended(t::text, 0)::numeric), 0)::text from "Job" as t
