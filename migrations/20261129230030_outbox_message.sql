-- A Message-ID is made from the row's id, which is its key.
alter table outbox drop constraint outbox_message_key;
