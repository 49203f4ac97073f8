-- The first answer to every accepted command, kept for ever: the same command again gets it again.

create table plinth.commands (
    tenant_id  uuid    not null,
    command_id uuid    not null,
    -- SHA-256 over the command's name and body: the same id with another command is refused
    body_hash  bytea   not null,
    -- of its last event, or of the end of the log when it changed nothing
    position   bigint  not null,
    -- how many events it came to: the last of them and those before it
    events     integer not null,
    -- what it answered beside that
    result     json    not null,
    constraint commands_pkey primary key (tenant_id, command_id)
);

-- The answer that a command got, put together again.
create function plinth.reply(command plinth.commands) returns json language sql stable as $$
    select json_build_object(
        'commandId', command.command_id,
        'position', command.position,
        'duplicate', false,
        'events', coalesce(
            json_agg(json_build_object('id', event_id, 'type', event_type, 'position', position) order by position), '[]'
        ),
        'result', command.result
    )
    from plinth.events
    where position > command.position - command.events and position <= command.position
$$;

-- Locks the head until the transaction ends and finds the commands among those asked for that were accepted before:
-- one round trip. The statements behind the lock have snapshots of their own, so they see what its last holder committed.
create function plinth.lock_head(
    asked_tenants uuid[], asked_commands uuid[],
    out head_position bigint, out next_recorded_at timestamptz,
    out known_tenants uuid[], out known_commands uuid[], out known_hashes bytea[], out known_replies text[]
) language plpgsql as $$
begin
    perform from plinth.log_head for update;

    select position, greatest(clock_timestamp(), recorded_at + interval '1 microsecond')
    into head_position, next_recorded_at
    from plinth.events
    order by position desc
    limit 1;
    head_position := coalesce(head_position, 0);
    next_recorded_at := coalesce(next_recorded_at, clock_timestamp());

    if cardinality(asked_commands) > 0 then
        select array_agg(tenant_id), array_agg(command_id), array_agg(body_hash), array_agg(plinth.reply(commands)::text)
        into known_tenants, known_commands, known_hashes, known_replies
        from plinth.commands
        join unnest(asked_tenants, asked_commands) as asked (tenant_id, command_id) using (tenant_id, command_id);
    end if;
end
$$;
