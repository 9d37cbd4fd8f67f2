-- A copy of the database must not talk to anybody's mail file or CRM.
UPDATE notes_zoho_account
   SET notes_password_cipher = NULL,
       run_requested = NULL,
       next_run = NULL,
       state = CASE WHEN state IN ('connected', 'error') THEN 'paused' ELSE state END;

UPDATE notes_zoho_org
   SET client_secret_cipher = NULL,
       refresh_token_cipher = NULL,
       access_token_cipher = NULL,
       token_expires = NULL,
       token_domain = NULL,
       state = 'draft';

DELETE FROM notes_zoho_connect_check;

DELETE FROM notes_zoho_connect;

DELETE FROM notes_zoho_self_client;

DELETE FROM ir_config_parameter
 WHERE key = 'notes_zoho_sync.key_fingerprint';
