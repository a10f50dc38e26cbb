"""SCCP as an EIR speaks it: the connectionless service of ITU-T Q.711 to Q.714.

codes        code points, named as their Recommendation names them
primitives   what SCCP gives its user: addresses and N-UNITDATA
errors       octets that are no message, and messages that cannot be delivered
local        who we are to our peers
signals      address signals <-> digits
layout       where the parts of a message and of an address begin and end
codec        octets <-> messages, addresses, SCMG messages; the one module that knows pycrate
routing      is a message for us; how an answer and a returned message are addressed
reassembly   whole messages out of segments
management   SCMG: which subsystems are allowed, ours and others'
machine      everything put together
"""
