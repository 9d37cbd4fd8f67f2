"""Secrets at rest: encrypted under a key that is not in the database.

The key comes from the environment variable ``NOTES_ZOHO_SYNC_KEY``, else from the
option ``notes_zoho_sync_key`` of odoo.conf, else from a file of Odoo's data folder.
The database holds the key's fingerprint, so that a copy on another host says what is
missing instead of making a key that opens nothing.
"""

import hashlib
import os
from pathlib import Path

from cryptography.fernet import Fernet, InvalidToken

from odoo import api, fields, models
from odoo.tools import SQL, config

from ..services.reasons import _lt, reason, register
from .words import Told

FINGERPRINT = "notes_zoho_sync.key_fingerprint"
VARIABLE = "NOTES_ZOHO_SYNC_KEY"
OPTION = "notes_zoho_sync_key"

register(
    {
        "secret_key_missing": _lt(
            "The passwords in this database were encrypted with another key than this "
            "host has. Set %(variable)s (or %(option)s in odoo.conf) to that key, or "
            "copy its key file into the folder notes_zoho_sync of Odoo's data folder. "
            "Nothing is synced until then."
        ),
        "secret_no_key": _lt(
            "%(variable)s (or %(option)s in odoo.conf) is no key. Make one "
            'with: python3 -c "from cryptography.fernet import Fernet; '
            'print(Fernet.generate_key().decode())"'
        ),
        "secret_unreadable": _lt(
            "A stored secret of %(record)s cannot be opened with this host's key. "
            "Enter it again."
        ),
    }
)
_KEY_MISSING = reason("secret_key_missing", variable=VARIABLE, option=OPTION)


class SecretKeyError(Told):
    """The key is missing, unusable, or not the one the secrets were made with."""


def fingerprint(key: bytes) -> str:
    """What the database may know of a key."""
    return hashlib.sha256(b"notes_zoho_sync " + key).hexdigest()[:24]


def key_file(mark: str) -> Path:
    """Where a key lies that we made ourselves."""
    return Path(config["data_dir"]) / "notes_zoho_sync" / f"{mark}.key"


def configured_key() -> bytes | None:
    """The key that the host's administrator set, if one did."""
    text = os.environ.get(VARIABLE) or config.get(OPTION)
    return str(text).strip().encode() if text else None


def remove_key_file(env: api.Environment) -> None:
    """Take away the key that this database made, with the commit: what is rolled back
    has to be opened again. A copy's uninstall leaves it."""
    mark = env["ir.config_parameter"].sudo().get_param(FINGERPRINT)
    path = key_file(mark) if mark else None
    if path is None or not path.exists():
        return
    owner = path.read_text().splitlines()[1:2]
    if owner == [env["ir.config_parameter"].sudo().get_param("database.uuid")]:
        env.cr.postcommit.add(lambda: path.unlink(missing_ok=True))


class SecretMixin(models.AbstractModel):
    """Fields that can be written and never read.

    A model names its secrets in ``_secrets``; for each it has a field ``<name>``
    (``compute="_compute_secrets"``, ``inverse="_inverse_secrets"``, not stored) and a
    column ``<name>_cipher`` that nobody may read. Empty input changes nothing.
    """

    _name = "notes.zoho.secret.mixin"
    _description = "Write-only secrets"
    _allow_sudo_commands = False

    _secrets: tuple[str, ...] = ()

    def _compute_secrets(self):
        for name in self._secrets:
            self[name] = False

    def _inverse_secrets(self):
        for record in self:
            for name in self._secrets:
                if record[name]:
                    record._set_secret(name, record[name])
        self.invalidate_recordset(list(self._secrets), flush=False)

    def _set_secret(self, name: str, value: str) -> None:
        self.ensure_one()
        token = self._fernet(may_create=True).encrypt(value.encode()).decode()
        self.sudo().write({f"{name}_cipher": token})

    def _get_secret(self, name: str) -> str:
        """The secret in clear; empty when there is none.

        :raises SecretKeyError: it cannot be opened on this host.
        """
        self.ensure_one()
        token = self.sudo()[f"{name}_cipher"]
        if not token:
            return ""
        try:
            return self._fernet().decrypt(token.encode()).decode()
        except InvalidToken:
            why = reason("secret_unreadable", record=self.sudo().display_name)
            raise SecretKeyError(self.env, why) from None

    def _forget_secrets(self, *names: str) -> None:
        self.sudo().write({f"{name}_cipher": False for name in names or self._secrets})

    def _fernet(self, may_create: bool = False) -> Fernet:
        parameters = self.env["ir.config_parameter"].sudo()
        known = parameters.get_param(FINGERPRINT)
        key = configured_key() or self._key_of_file(known)
        if key is None:
            if not may_create or self._ciphertexts_exist():
                raise SecretKeyError(self.env, _KEY_MISSING)
            key = self._make_key_file()
            known = False
        try:
            fernet = Fernet(key)
        except ValueError:
            why = reason("secret_no_key", variable=VARIABLE, option=OPTION)
            raise SecretKeyError(self.env, why) from None
        mark = fingerprint(key)
        if mark != known:
            if self._ciphertexts_exist():
                raise SecretKeyError(self.env, _KEY_MISSING)
            parameters.set_param(FINGERPRINT, mark)
        return fernet

    @staticmethod
    def _key_of_file(mark: str | bool) -> bytes | None:
        path = key_file(mark) if mark else None
        if path is None or not path.exists():
            return None
        return path.read_text().split()[0].encode()

    def _make_key_file(self) -> bytes:
        key = Fernet.generate_key()
        owner = self.env["ir.config_parameter"].sudo().get_param("database.uuid")
        path = key_file(fingerprint(key))
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "w") as stream:
            stream.write(f"{key.decode()}\n{owner}\n")
        return key

    def _ciphertexts_exist(self) -> bool:
        """Whether any model of this database holds an encrypted secret."""
        for model in self.env.registry.values():
            names = getattr(model, "_secrets", ())
            if not names or model._abstract:
                continue
            columns = [f"{name}_cipher" for name in names]
            self.env[model._name].flush_model(columns)
            found = self.env.execute_query(
                SQL(
                    "SELECT 1 FROM %s WHERE %s LIMIT 1",
                    SQL.identifier(model._table),
                    SQL(" OR ").join(
                        SQL("%s IS NOT NULL", SQL.identifier(column))
                        for column in columns
                    ),
                )
            )
            if found:
                return True
        return False


def secret_field(label: str) -> fields.Char:
    """A field that takes a secret and never shows it."""
    return fields.Char(
        label,
        compute="_compute_secrets",
        inverse="_inverse_secrets",
        store=False,
        readonly=False,
        copy=False,
        prefetch=False,
        exportable=False,
    )


def cipher_field() -> fields.Char:
    """The column behind a secret field."""
    return fields.Char(
        groups=fields.NO_ACCESS,
        copy=False,
        prefetch=False,
        exportable=False,
        export_string_translation=False,
    )
