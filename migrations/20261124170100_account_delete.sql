-- A deleted account is a row without an address: the practice's record of care hangs on it and must be kept, the address is
-- free for a new account. Nobody can sign in to it, and nothing new can be written for it.
alter table accounts add column deleted_at timestamptz;
alter table accounts add constraint accounts_deleted_has_no_address
  check ((deleted_at is not null) = (email like '%@deleted.invalid')) not valid;
-- Read whole without locking anybody out.
alter table accounts validate constraint accounts_deleted_has_no_address;

-- Something that began before the deletion and waited for it must not write afterwards. The lock makes the one wait for the
-- other: deleting changes the address, which is a key, and so needs the row for itself.
create function accounts_check_living() returns trigger language plpgsql as $$
declare
  of_account uuid := (to_jsonb(new) ->> tg_argv[0])::uuid;
begin
  perform 1 from accounts where id = of_account and deleted_at is null for key share;
  if not found then
    raise exception 'the account is deleted' using errcode = 'check_violation', constraint = 'account_is_living';
  end if;
  return null;
end $$;
-- After the statement, so that one statement may make an account and what belongs to it.
create trigger account_is_living after insert on sessions for each row execute function accounts_check_living('account_id');
create trigger account_is_living after insert on members for each row execute function accounts_check_living('account_id');
create trigger account_is_living after insert on agreements for each row execute function accounts_check_living('member_id');
create trigger account_is_living after insert on drafts for each row execute function accounts_check_living('member_id');
create trigger account_is_living after insert on reservations for each row execute function accounts_check_living('member_id');
create trigger account_is_living after insert on waiting_entries for each row execute function accounts_check_living('member_id');
create trigger account_is_living after insert on absences for each row execute function accounts_check_living('member_id');

-- A deed waits for its member's row; one that had to wait for her deletion ends as if she were not signed in.
create or replace function begin_deed(of_token bytea, of_action text, of_key uuid, key_lock bigint, of_slug text,
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
  perform 1 from accounts a where a.id = begin_deed.account_id and a.deleted_at is null for no key update;
  if not found then begin_deed.session_id := null; end if;
end $$;
