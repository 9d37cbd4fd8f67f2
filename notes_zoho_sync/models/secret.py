"""Secrets at rest: encrypted under a key that is not in the database.

Keys come from the environment variable ``NOTES_ZOHO_SYNC_KEY``, else from ``key`` in
the section ``notes_zoho_sync`` of odoo.conf (Odoo warns of options that it does not
know in its own section), else from a file of Odoo's data folder. There may be several,
with blanks between them: the first is the one to use, the others open what was
encrypted before.

The database holds the fingerprint of the key that all its secrets are under, so that a
copy on another host says what is missing instead of making a key that opens nothing.
"""

import hashlib
import logging
import os
from configparser import Error as ConfigError
from configparser import RawConfigParser
from pathlib import Path

from cryptography.fernet import Fernet, InvalidToken

from odoo import api, fields, models
from odoo.tools import SQL, config

from ..services.reasons import _lt, reason, register
from .words import Told

FINGERPRINT = "notes_zoho_sync.key_fingerprint"
VARIABLE = "NOTES_ZOHO_SYNC_KEY"
SECTION, OPTION = "notes_zoho_sync", "key"

register(
    {
        "secret_key_missing": _lt(
            "The passwords in this database were encrypted with another key than this "
            "host has. Set %(variable)s (or %(option)s in the section %(section)s of "
            "odoo.conf) to that key, or copy its key file into the folder "
            "notes_zoho_sync of Odoo's data folder. If it is lost, a system "
            "administrator forgets the passwords under Configuration, Key of the "
            "secrets. Nothing is synced until then."
        ),
        "secret_no_key": _lt(
            "%(variable)s (or %(option)s in the section %(section)s of odoo.conf) is "
            "no key. Make one "
            'with: python3 -c "from cryptography.fernet import Fernet; '
            'print(Fernet.generate_key().decode())"'
        ),
        "secret_unreadable": _lt(
            "A stored secret of %(record)s cannot be opened with this host's key. "
            "Enter it again."
        ),
    }
)
_PLACES = {"variable": VARIABLE, "option": OPTION, "section": SECTION}
_KEY_MISSING = reason("secret_key_missing", **_PLACES)
_NO_KEY = reason("secret_no_key", **_PLACES)


class SecretKeyError(Told):
    """The key is missing, unusable, or not the one the secrets were made with."""


def fingerprint(key: bytes) -> str:
    """What the database may know of a key."""
    return hashlib.sha256(b"notes_zoho_sync " + key).hexdigest()[:24]


def key_file(mark: str) -> Path:
    """Where a key lies that we made ourselves."""
    return Path(config["data_dir"]) / "notes_zoho_sync" / f"{mark}.key"


def configured_keys() -> list[bytes]:
    """The keys that the host's administrator set, the one to use first."""
    text = os.environ.get(VARIABLE) or _option()
    return [key.encode() for key in text.replace(",", " ").split()]


def _option() -> str:
    """The keys in odoo.conf."""
    path = config.get("config")
    parser = RawConfigParser()
    try:
        parser.read([path] if path else [])
        return parser.get(SECTION, OPTION, fallback="")
    except (ConfigError, UnicodeDecodeError):
        return ""  # Odoo itself says what is wrong with the file


class _NoArguments(logging.Filter):
    """Odoo logs what is called with which values at the level debug: of our models
    without the values, for there may be a password among them."""

    def filter(self, record: logging.LogRecord) -> bool:
        args = record.args
        if isinstance(args, tuple) and len(args) == 3:
            name = getattr(args[0], "_name", "")
            if isinstance(name, str) and name.startswith("notes.zoho."):
                record.args = (*args[:2], "...")
        return True


logging.getLogger("odoo.service.model").addFilter(_NoArguments())


def may_move(env: api.Environment) -> bool:
    """Whether one may say where stored secrets go: who may not read them must not lead
    them elsewhere."""
    return env.su or env.user.has_group("base.group_system")


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
        """What encrypts and opens.

        :param may_create: whether a first key may be made or taken into use.
        :raises SecretKeyError: this host does not have the key.
        """
        parameters = self.env["ir.config_parameter"].sudo()
        known = parameters.get_param(FINGERPRINT)
        keys = self._keys()
        for key in keys:
            if known and fingerprint(key) == known:
                return self._usable(key)
        if keys:
            self._usable(keys[0])  # a word on what is no key comes first
        if self._ciphertexts_exist() or not (keys or may_create):
            raise SecretKeyError(self.env, _KEY_MISSING)
        key = keys[0] if keys else self._make_key_file()
        parameters.set_param(FINGERPRINT, fingerprint(key))
        return self._usable(key)

    def _keys(self) -> list[bytes]:
        """All keys of this host, the one to use first."""
        known = self.env["ir.config_parameter"].sudo().get_param(FINGERPRINT)
        made = self._key_of_file(known)
        return [*configured_keys(), *([made] if made else [])]

    def _usable(self, key: bytes) -> Fernet:
        """:raises SecretKeyError: it is none."""
        try:
            return Fernet(key)
        except ValueError:
            raise SecretKeyError(self.env, _NO_KEY) from None

    @api.model
    def _encrypt_again(self) -> int:
        """Put all secrets under the host's first key, or a new one where the host's
        administrator set none; all or nothing.

        :returns: how many.
        :raises SecretKeyError: what there is cannot be opened.
        """
        parameters = self.env["ir.config_parameter"].sudo()
        old = self._fernet(may_create=True)
        known = parameters.get_param(FINGERPRINT)
        configured = configured_keys()
        key = configured[0] if configured else self._make_key_file()
        if fingerprint(key) == known:
            return 0
        new = self._usable(key)
        number = 0
        for record, name in self._encrypted():
            try:
                clear = old.decrypt(record[name].encode())
            except InvalidToken:
                why = reason("secret_unreadable", record=record.display_name)
                raise SecretKeyError(self.env, why) from None
            record[name] = new.encrypt(clear).decode()
            number += 1
        remove_key_file(self.env)
        parameters.set_param(FINGERPRINT, fingerprint(key))
        return number

    @api.model
    def _encrypted(self):
        """Each record that holds a secret, with the name of its column."""
        for model in self._with_secrets():
            records = self.env[model._name].sudo().with_context(active_test=False)
            for name in model._secrets:
                column = f"{name}_cipher"
                for record in records.search([(column, "!=", False)]):
                    yield record, column

    def _with_secrets(self):
        """The models that hold secrets."""
        return [
            model
            for model in self.env.registry.values()
            if getattr(model, "_secrets", ()) and not model._abstract
        ]

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
        for model in self._with_secrets():
            columns = [f"{name}_cipher" for name in model._secrets]
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
