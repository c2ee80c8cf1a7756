-- A form that waited for a deletion must not write into the profile that the deletion left: not a new row, and not the old one.
create or replace trigger account_is_living after insert or update on members
  for each row execute function accounts_check_living('account_id');
