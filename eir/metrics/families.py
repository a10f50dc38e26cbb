"""Every metric that workers count: a slot of their pages for each row of labels.

Labels come from closed sets; nothing personal is one.
"""

from eir.metrics.checks import CHECK_FAMILIES, CHECK_FAMILIES_OF_PEERS
from eir.metrics.lane import LANE_FAMILIES
from eir.metrics.traffic import TRAFFIC_FAMILIES, TRAFFIC_FAMILIES_OF_PEERS

FAMILIES = (*CHECK_FAMILIES, *TRAFFIC_FAMILIES, *LANE_FAMILIES)
# Each peer has slots of its own for these.
PEER_FAMILIES = (*CHECK_FAMILIES_OF_PEERS, *TRAFFIC_FAMILIES_OF_PEERS)
