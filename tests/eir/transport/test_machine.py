import inspect

import pytest

from eir.interfaces.answer import Reply
from eir.interfaces.check_imei import CheckImeiInterface
from eir.interfaces.s13 import S13Interface
from eir.transport.machine import Interface, Machine
from protocols.diameter.node import NodeMachine
from protocols.effects import Request
from protocols.ss7 import Ss7Node


def contract(protocol: type) -> dict[str, list[str]]:
    """Name the methods of a protocol and their parameters."""
    return {
        name: parameters(method)
        for name, method in vars(protocol).items()
        if inspect.isfunction(method) and not name.startswith("_")
    }


def parameters(method: object) -> list[str]:
    assert callable(method)
    return [
        f"{name}{'' if kind.default is kind.empty else '='}"
        for name, kind in inspect.signature(method).parameters.items()
        if kind.kind is not kind.POSITIONAL_ONLY
    ]


@pytest.mark.parametrize("node", [NodeMachine, Ss7Node])
def test_a_node_has_every_method_that_a_driver_calls(node: type) -> None:
    wanted = contract(Machine)
    assert "receive" in wanted
    for name, taken in wanted.items():
        assert set(taken) <= set(parameters(getattr(node, name))), name
    assert isinstance(inspect.getattr_static(node, "deadline"), property)


def test_an_interface_answers_what_its_machine_delivers() -> None:
    """Let the type checker see that the parts of each protocol fit."""

    def fit(machine: Machine[Request, Reply], interface: Interface[Request, Reply]) -> None:
        del machine, interface

    def diameter(node: NodeMachine, s13: S13Interface) -> None:
        fit(node, s13)

    def ss7(node: Ss7Node, check_imei: CheckImeiInterface) -> None:
        fit(node, check_imei)

    assert contract(Interface) == {"answer": [], "read": []}
