"""An SFTP server for an outbox: asyncssh's, with a password; nothing can be changed."""

import asyncio
import secrets
from functools import partial
from pathlib import Path
from typing import BinaryIO, NoReturn

import asyncssh

from tools.registry.serving.door import ADDRESS, USER, Place, Ready, Served


def serve(place: Place, ready: Ready) -> None:
    """Serve until somebody interrupts."""
    asyncio.run(_serve(place, ready))


class _ReadOnly(asyncssh.SFTPServer):
    """Gives the files of a directory, and takes none."""

    def open(self, path: bytes, pflags: int, attrs: asyncssh.SFTPAttrs) -> BinaryIO:
        if pflags & ~asyncssh.FXF_READ:
            raise asyncssh.SFTPPermissionDenied("nothing can be written here")
        return super().open(path, pflags, attrs)  # type: ignore[return-value]

    def _refuse(self, *_: object, **__: object) -> NoReturn:
        raise asyncssh.SFTPPermissionDenied("nothing can be changed here")

    mkdir = rmdir = remove = rename = posix_rename = link = symlink = _refuse
    setstat = lsetstat = fsetstat = _refuse


class _Password(asyncssh.SSHServer):
    """Lets in whoever has the password."""

    def __init__(self, password: str) -> None:
        self._password = password

    def password_auth_supported(self) -> bool:
        return True

    def validate_password(self, username: str, password: str) -> bool:
        return username == USER and secrets.compare_digest(password, self._password)


async def _serve(place: Place, ready: Ready) -> None:
    password = place.secret("password")
    key = _host_key(place.work / "host_key")
    listener = await asyncssh.listen(
        ADDRESS,
        place.port,
        server_factory=partial(_Password, password.read_text(encoding="ascii").strip()),
        server_host_keys=[key],
        sftp_factory=partial(_ReadOnly, chroot=str(place.outbox).encode()),
        allow_scp=False,
    )
    port = listener.get_port()
    known = place.work / "known_hosts"
    public = key.export_public_key().decode()
    known.write_text(f"[{ADDRESS}]:{port} {public}", encoding="ascii")
    access = {"user": USER, "password_file": str(password), "host_keys": str(known)}
    ready(Served(f"sftp://{ADDRESS}:{port}/", access))
    await listener.wait_closed()


def _host_key(path: Path) -> asyncssh.SSHKey:
    if not path.exists():
        path.touch(mode=0o600)
        path.write_bytes(asyncssh.generate_private_key("ssh-ed25519").export_private_key())
    return asyncssh.read_private_key(path)
