-- Questions to the practice from its public contact page. They are mailed to the office and kept for a year.
create table contact_questions (
  id uuid primary key,                 -- drawn when the page was rendered, so that a form that is sent twice asks once
  name text not null check (char_length(name) between 1 and 80),
  email text not null check (char_length(email) between 3 and 254),    -- where the answer goes; it may be no account's
  question text not null check (char_length(question) between 1 and 1000),
  asked_at timestamptz not null default now()
);
create index contact_questions_age_idx on contact_questions (asked_at);
