"""Diameter as an EIR speaks it: RFC 6733, RFC 3539 and S13 of TS 29.272.

codes          code points, named as their specifications name them
errors         what is wrong with a request, and what each error answers
framing        whole messages out of a TCP stream
codec          octets <-> messages; the one module that knows pycrate
grammar        which AVPs a command may, must and must not carry
local          who we are to our peers
routing        is a request for us
base           answers to refuse with; DWR, DWA, DPR, DPA
capabilities   CER and CEA: who we are, what we have in common
s13            ME-Identity-Check: the request read, the answer written
refusal        how a request is refused, and a newcomer sent away
congestion     requests that are too many: their priority, and their answer, without a decode
watchdog       RFC 3539 Appendix A: is the peer alive
link           what a peer, its connections and its identifiers are
peer_table     RFC 6733 §5.6: the table of the peer state machine
peer           one peer: the machine over that table
leaves         where the values of a message stand, for the fast lane
node           all connections and peers of one Diameter node
"""
