-- Who was signed in when she asked: her data and her deletion find a question by this. The address of a question is typed, and
-- anybody can type hers.
alter table contact_questions add column account_id uuid references accounts (id);
create trigger account_is_living after insert on contact_questions for each row when (new.account_id is not null)
  execute function accounts_check_living('account_id');
