-- What an interrupted run left is dropped. The state of the projections has the same shape as the live one; the read
-- tables are made by their own migration, which is told where.
drop schema if exists plinth_beside cascade;
create schema plinth_beside;
create table plinth_beside.metric_timeline (like plinth.metric_timeline including all);
create table plinth_beside.dashboard_layout (like plinth.dashboard_layout including all);
set plinth.read_schema = 'plinth_beside';
