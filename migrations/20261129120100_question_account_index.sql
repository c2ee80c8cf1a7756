-- no-transaction
-- Her own data and her deletion find what she asked.
create index concurrently if not exists contact_questions_account_idx on contact_questions (account_id)
  where account_id is not null;
