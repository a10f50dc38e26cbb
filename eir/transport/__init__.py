"""Whole messages in and out: the only sockets, the only loop and the only clock.

machine      what is driven: a protocol's node, and the interface that answers
service      one protocol in service: its listeners, connections and driver
driver       runs a machine: a batch in, one write a connection out
hand         the message at hand, and what became of the checks that it asks
intake       what came of a connection and is not answered yet
backlog      what waits of a connection, and what of it is refused
link         what the driver knows of a connection
lanes        the fast lanes: what they answer, when they learn
teaching     the slow path as the lanes ask it
studying     when the lanes learn
tracing      what a driver does, told to whoever traces it
turns        how all drivers share the loop
waking       wakes a driver up in time
neighbours   the other workers: connections and messages that are theirs
parcel       what workers give each other, as octets
outbox       what a batch brought to be sent and closed
reporter     what a batch leaves behind: counters, records, log lines
tallies      what each verdict counts as
admission    whose connections we take, by address
listen       listening sockets, made by the supervisor
wire         how the messages of each protocol travel
tcp          messages over TCP
sctp_socket  the kernel's SCTP: addresses, parameters, notifications (pysctp)
sctp         messages over SCTP
"""
