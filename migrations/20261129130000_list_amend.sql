-- A digest whose mail failed only because she had ended it, paused or moved before it left. Its window counts as not told.
alter table digests add column ended boolean not null default false;

-- What was asked for at an address whose subscription had ended: it takes the place of what she had only with her yes.
-- Columns of this table by their names.
alter table subscribers add column asked jsonb;

-- News is stamped with the time at which its transaction began, and windows are told by that time. A long one would commit
-- after the window in which it began was told, and nobody would hear of it: so the stamp moves to the end of the transaction,
-- by as much as that has lasted. Whatever the commit itself takes is waited for (SETTLE_SECONDS in src/domain/digest.rs).
create function group_news_settle() returns trigger language plpgsql as $$
begin
  if clock_timestamp() - now() > interval '1 second' then
    update group_news set at = at + (clock_timestamp() - now()) where id = new.id;
  end if;
  return null;
end $$;
create constraint trigger group_news_settled after insert on group_news deferrable initially deferred
  for each row execute function group_news_settle();
