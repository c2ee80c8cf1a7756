-- The advisory lock of a group, as src/store/locks.rs computes it: the exclusive or of the id's halves.
create function group_lock_key(of_group uuid) returns bigint language sql immutable strict as $$
  select ('x' || left(replace(of_group::text, '-', ''), 16))::bit(64)::bigint
       # ('x' || right(replace(of_group::text, '-', ''), 16))::bit(64)::bigint
$$;

-- What every deed of a member in a group begins with, in one round trip: the proof from her session, her name for the audit
-- rows, the wait for a twin of the same form and the twin's answer, the group's lock (shared), and her own, which makes her
-- requests wait for each other. Each step reads what the one before has waited for: in a function that is volatile every
-- statement has a snapshot of its own. Stops at the first step that ends it; what comes after is null then.
create function begin_deed(of_token bytea, of_action text, of_key uuid, key_lock bigint, of_slug text,
  out session_id uuid, out account_id uuid, out email text, out role text, out stale boolean, out answer jsonb, out group_id uuid)
language plpgsql volatile as $$
#variable_conflict use_column
begin
  select s.id, s.account_id, a.email, a.role, s.used_at < now() - interval '1 minute'
    into begin_deed.session_id, begin_deed.account_id, begin_deed.email, begin_deed.role, begin_deed.stale
    from sessions s join accounts a on a.id = s.account_id
    where s.token_hash = of_token and s.revoked_at is null and s.expires_at > now()
      and s.used_at > now() - make_interval(secs => s.idle_seconds);
  if not found or begin_deed.role <> 'member' then return; end if;
  perform set_config('app.actor', begin_deed.account_id::text, true);
  perform pg_advisory_xact_lock(key_lock);
  select k.answer into begin_deed.answer from idempotency_keys k
    where k.member_id = begin_deed.account_id and k.action = of_action and k.key = of_key
      and k.created_at > now() - interval '48 hours';
  if found then return; end if;
  select g.id into begin_deed.group_id from groups g where g.slug = of_slug;
  if not found then return; end if;
  perform pg_advisory_xact_lock_shared(group_lock_key(begin_deed.group_id));
  perform 1 from accounts a where a.id = begin_deed.account_id for no key update;
end $$;
