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

-- Nor does it ask people for anything.
DELETE FROM mail_activity
 WHERE activity_type_id IN (
       SELECT res_id
         FROM ir_model_data
        WHERE module = 'notes_zoho_sync' AND model = 'mail.activity.type');

UPDATE notes_zoho_account SET asked = NULL;

UPDATE notes_zoho_org SET asked = NULL;

UPDATE notes_zoho_domino_server SET asked = NULL;

DELETE FROM notes_zoho_connect_check;

DELETE FROM notes_zoho_connect;

DELETE FROM notes_zoho_self_client;

DELETE FROM ir_config_parameter
 WHERE key = 'notes_zoho_sync.key_fingerprint';
