-- Commands from the intake that failed again and again through no fault of the caller, with their cause, until
-- somebody redrives them.

create table plinth.parked (
    id         uuid        not null,
    subject    text        not null,
    headers    jsonb       not null,
    body       bytea       not null,
    cause      text        not null,
    tries      integer     not null,
    parked_at  timestamptz not null default clock_timestamp(),
    constraint parked_pkey primary key (id)
);
create index parked_parked_at_idx on plinth.parked (parked_at);
