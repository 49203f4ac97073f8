-- What the list of metrics is answered from beside "MetricDefinition", written with the events of metrics.

-- The stretches of time through which a metric stands the same way. Those of one metric partition time.
create table plinth.metric_list (
    tenant_id    uuid      not null,
    code         text      not null,
    -- -infinity and infinity: from the beginning of time, for ever
    from_at      timestamp not null,
    until_at     timestamp not null,
    standing     text      not null,
    -- the version that stands for the metric, and its name in lower case
    version      integer   not null,
    name         text      not null,
    -- the latest version
    versions     integer   not null,
    -- the version that takes over at the end; null: none
    next_version integer,
    -- with all that decides whether a metric is listed
    constraint metric_list_pkey primary key (tenant_id, code, from_at) include (until_at, standing, name)
);

-- The formulas of versions with their types spelled out, where that says more than "MetricDefinition" has.
create table plinth.metric_meaning (
    tenant_id uuid    not null,
    code      text    not null,
    version   integer not null,
    meaning   json    not null,
    constraint metric_meaning_pkey primary key (tenant_id, code, version)
);
