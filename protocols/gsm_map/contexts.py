"""Which application contexts are accepted: equipmentMngtContext (TS 29.002 §17.3.2.14)."""

from collections.abc import Collection

from protocols.gsm_map.codec import abnormal_dialogue
from protocols.gsm_map.codes import Operation
from protocols.tcap.primitives import ApplicationContext, ContextError, Negotiate, Version

EQUIPMENT_MNGT = (0, 4, 0, 0, 1, 0, 13)  # map-ac 13; the version follows


def equipment_mngt(version: Version) -> ApplicationContext:
    """Name the context of a version."""
    return (*EQUIPMENT_MNGT, version)


def negotiator(versions: Collection[Version]) -> Negotiate:
    """Make what accepts the contexts of these versions, 1 to 3, and refuses all others."""

    def negotiate(context: ApplicationContext | None, operation: int | None) -> Version:
        if context is None:
            return _derive(operation, versions)
        if context[:-1] != EQUIPMENT_MNGT:
            raise ContextError(f"application context {'.'.join(map(str, context))}")
        version = context[-1]
        if version == 1:  # TS 29.002 §15.2.2
            reason = "a version 1 context in an AARQ"
            raise ContextError(reason, abnormal=True, information=abnormal_dialogue())
        if version not in versions:
            raise ContextError(f"version {version}", alternative=_best(versions))
        return version

    return negotiate


def _derive(operation: int | None, versions: Collection[Version]) -> Version:
    """Derive a context from the operation: a version 1 one (TS 29.002 §15.2.2, table 15.2/1)."""
    if operation is None:
        raise ContextError("neither application context nor operation", abnormal=True)
    if operation != Operation.CHECK_IMEI or 1 not in versions:
        raise ContextError(f"operation {operation} without an application context")
    return 1


def _best(versions: Collection[Version]) -> ApplicationContext | None:
    """Name the best context that can be named, which version 1 never is."""
    best = max(versions)
    return equipment_mngt(best) if best > 1 else None
