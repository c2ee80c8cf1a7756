-- no-transaction
-- Her own data, her deletion and a changed address find what was asked with an address.
create index concurrently if not exists contact_questions_email_idx on contact_questions (email);
