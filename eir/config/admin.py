"""`[admin]`: where operations look, and who may."""

from pathlib import Path
from typing import Annotated, Self

from pydantic import Field, model_validator

from eir.config.fields import Endpoint, Section, TcpEndpoint
from protocols.addresses import plain

PathText = Annotated[Path, Field(strict=False)]


class Admin(Section):
    """`[admin]`: metrics, health and the page."""

    listen: TcpEndpoint = Endpoint(addresses=("127.0.0.1",), port=9468)
    socket: PathText = Path("var/eir/control.sock")
    token_file: PathText | None = None  # who has the token may look
    certificate_file: PathText | None = None  # ours, PEM: https instead of http
    key_file: PathText | None = None  # its key
    client_ca_file: PathText | None = None  # PEM: who has a certificate of these may look

    @model_validator(mode="after")
    def _is_not_open_to_everybody(self) -> Self:
        if (self.certificate_file is None) != (self.key_file is None):
            raise ValueError("certificate_file and key_file go together")
        if self.client_ca_file is not None and self.certificate_file is None:
            raise ValueError("client_ca_file needs our own certificate_file and key_file")
        if not (self.is_local or self.token_file or self.client_ca_file):
            raise ValueError(
                f"listen = {str(self.listen)!r} lets others than this machine ask: say who may,"
                " by token_file, or by certificate_file, key_file and client_ca_file"
            )
        return self

    @property
    def is_local(self) -> bool:
        """Whether only this machine reaches it."""
        return all(plain(address).is_loopback for address in self.listen.addresses)
