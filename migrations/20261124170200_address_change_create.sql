-- A new address for an account: confirmed at both, by links that lead to a page with a button.
create table address_changes (
  id uuid primary key,
  account_id uuid not null references accounts (id) on delete cascade,
  new_email text not null check (new_email = lower(new_email) and new_email like '%_@_%'),
  old_hash bytea not null constraint address_changes_old_key unique,  -- SHA-256 of the token mailed to the address it has
  new_hash bytea not null constraint address_changes_new_key unique,  -- SHA-256 of the token mailed to the new one
  created_at timestamptz not null default now(),
  expires_at timestamptz not null,
  old_confirmed_at timestamptz,
  new_confirmed_at timestamptz,
  ended_at timestamptz,
  end_reason text check (end_reason in ('done', 'stopped', 'replaced', 'taken')), -- taken: another account has the address
  check ((ended_at is null) = (end_reason is null)),
  constraint address_changes_done_is_confirmed
    check (end_reason <> 'done' or (old_confirmed_at is not null and new_confirmed_at is not null))
);
-- One under way for an account.
create unique index address_changes_open_key on address_changes (account_id) where ended_at is null;
create trigger account_is_living after insert on address_changes for each row execute function accounts_check_living('account_id');
