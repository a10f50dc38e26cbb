"""Whole messages in and out: the only sockets, the only loop and the only clock.

driver       runs the Diameter node: a batch in, one write a connection out
reporter     what a batch leaves behind: counters, records, log lines
admission    whose connections we take, by address
listen       listening sockets, made by the supervisor
tcp          Diameter over TCP
sctp_socket  the kernel's SCTP: addresses, parameters, notifications (pysctp)
sctp         Diameter over SCTP
"""
