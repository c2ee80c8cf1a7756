-- no-transaction
-- Her own data, her deletion and a changed address find the codes that were mailed to an address.
create index concurrently if not exists sign_in_codes_email_idx on sign_in_codes (email);
