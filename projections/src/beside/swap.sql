-- Who may read the live tables may read the new ones.
do $$
declare
    granted record;
begin
    for granted in
        select live.relname, privilege.privilege_type,
               case privilege.grantee when 0 then 'public' else quote_ident(pg_get_userbyid(privilege.grantee)) end as grantee
        from pg_class as live
        join pg_namespace as space on space.oid = live.relnamespace
        cross join aclexplode(live.relacl) as privilege
        where space.nspname = 'public'
          and live.relname in ('Tenant', 'User', 'MetricDefinition', 'DashboardWidget', 'Job')
          and privilege.grantee <> live.relowner
    loop
        execute format('grant %s on plinth_beside.%I to %s', granted.privilege_type, granted.relname, granted.grantee);
    end loop;
end
$$;

drop table public."Job", public."DashboardWidget", public."MetricDefinition", public."User", public."Tenant";
alter table plinth_beside."Tenant" set schema public;
alter table plinth_beside."User" set schema public;
alter table plinth_beside."MetricDefinition" set schema public;
alter table plinth_beside."DashboardWidget" set schema public;
alter table plinth_beside."Job" set schema public;

drop table plinth.metric_timeline, plinth.dashboard_layout;
alter table plinth_beside.metric_timeline set schema plinth;
alter table plinth_beside.dashboard_layout set schema plinth;
