-- The first answer to every accepted command, kept for ever: the same command again gets it again.

create table plinth.commands (
    tenant_id  uuid  not null,
    command_id uuid  not null,
    -- SHA-256 over the command's name and body: the same id with another command is refused
    body_hash  bytea not null,
    reply      json  not null,
    constraint commands_pkey primary key (tenant_id, command_id)
);
