"""The protocols an EIR speaks, as pure functions and state machines.

Octets and the time come in; messages, effects and typed errors go out. Nothing here knows a
socket, a clock, a file, a log or the network element that uses it: `eir` drives these machines.

    errors      what a peer can do wrong, and what each error asks us to answer
    effects     what a machine asks its driver to do
    framing     whole messages out of a stream
    octets      a reader of bounded fields
    addresses   IP addresses as they are meant
    identities  IMEI, IMSI (TS 23.003)
    diameter    RFC 6733, RFC 3539 and S13 of TS 29.272
"""
