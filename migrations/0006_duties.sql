-- Duties that one replica has at a time: a lease with an epoch that grows from holder to holder.

create table plinth.duties (
    name       text        not null,
    holder     uuid        not null,
    epoch      bigint      not null,
    held_until timestamptz not null,
    constraint duties_pkey primary key (name)
);
