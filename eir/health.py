"""How the node is, in a line: what `systemctl status` shows."""

from eir.status.models import Snapshot


def status_line(snapshot: Snapshot) -> str:
    """Say how a node is, what it does, and the worst of the reasons why it is not fine."""
    version = snapshot.lists.version
    links = sum(interface.links for interface in snapshot.interfaces)
    up = sum(interface.links_up for interface in snapshot.interfaces)
    rate = sum(interface.rate for interface in snapshot.interfaces)
    facts = [
        "no lists" if version is None else f"lists version {version}",
        f"{up} of {links} peers up",
        f"{rate:,.0f} checks/s",
    ]
    line = f"{snapshot.state}: {', '.join(facts)}"
    if not snapshot.reasons:
        return line
    more = len(snapshot.reasons) - 1
    return f"{line}; {snapshot.reasons[0].text}{f'; and {more} more' if more else ''}"
