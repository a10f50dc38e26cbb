"""osmo-stp, a signalling transfer point that we did not write, in the kernel-SCTP bed.

Debian's 1.6 routes on point codes only; it translates no global titles.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from tests.interop.peers import START_SECONDS, Peer

EIR_CONTEXT, MSC_CONTEXT = 100, 200
MSC_ADDRESS = "127.0.0.21"  # by which static keys tell the ASPs apart
PORT = 2905

_COMMON = """
log stderr
 logging filter all 1
 logging color 0
 logging print category 1
 logging level set-all info
line vty
 no login
 bind {address}
cs7 instance 0
 network-indicator national
"""
_STATIC = """ point-code 1.1.1
 asp eir-asp 0 2905 m3ua
  local-ip {address}
  remote-ip 127.0.0.1
  role sg
  sctp-role server
 asp msc-asp 0 2905 m3ua
  local-ip {address}
  remote-ip {msc}
  role sg
  sctp-role server
 as eir m3ua
  asp eir-asp
  routing-key {eir_context} 2.10.4
  traffic-mode loadshare
 as msc m3ua
  asp msc-asp
  routing-key {msc_context} 2.10.5
  traffic-mode loadshare
 route-table system
  update route 2.10.4 7.255.7 linkset eir
  update route 2.10.5 7.255.7 linkset msc
 listen m3ua 2905
  local-ip {address}
  accept-asp-connections pre-configured
"""
_DYNAMIC = """ xua rkm routing-key-allocation dynamic-permitted
 listen m3ua 2905
  local-ip {address}
  accept-asp-connections dynamic-permitted
"""


@dataclass(frozen=True, slots=True)
class Stp:
    """One signalling gateway: its address, and whether routing keys are configured or asked for."""

    address: str = "127.0.0.1"
    keys: Literal["static", "dynamic"] = "static"

    @property
    def endpoint(self) -> str:
        return f"{self.address}:{PORT}"

    def start(self, directory: Path) -> Peer:
        """Start it; it listens when this returns."""
        text = _COMMON + (_STATIC if self.keys == "static" else _DYNAMIC)
        path = directory / f"stp-{self.address}.cfg"
        path.write_text(
            text.format(
                address=self.address,
                msc=MSC_ADDRESS,
                eir_context=EIR_CONTEXT,
                msc_context=MSC_CONTEXT,
            )
        )
        peer = Peer(["osmo-stp", "-c", path.name], directory, leaves_on="signal")
        peer.await_line("Available via telnet", within=START_SECONDS)
        return peer

    def gateway(self, name: str) -> str:
        """Write the EIR's configuration of this gateway."""
        key = "register = true" if self.keys == "dynamic" else f"routing_context = {EIR_CONTEXT}"
        where = f'addresses = ["{self.address}"]\nport = {PORT}\ntransport = "sctp"'
        return f'[[m3ua.gateway]]\nname = "{name}"\n{where}\n{key}\n'

    @property
    def options(self) -> tuple[str, ...]:
        """Tell the options with which the simulated MSC reaches this gateway."""
        key = ("--register",) if self.keys == "dynamic" else ("--routing-context", str(MSC_CONTEXT))
        return ("--connect", self.endpoint, *key)


OVER_SCTP = ("--transport", "sctp", "--bind", MSC_ADDRESS)
