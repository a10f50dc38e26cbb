"""The protocols an EIR speaks, as pure functions and state machines.

Octets and the time come in; messages, effects and typed errors go out. Nothing here knows a
socket, a clock, a file, a log or the network element that uses it: `eir` drives these machines.

    errors      what a peer can do wrong, and what each error asks us to answer
    effects     what a machine asks its driver to do
    framing     whole messages out of a stream
    octets      a reader of bounded fields
    addresses   IP addresses as they are meant
    identities  IMEI, IMSI (TS 23.003)
    timers      the timers of many targets, and which expires next
    probes      how often a peer was asked whether it lives
    share       what one of several workers does
    diameter    RFC 6733, RFC 3539 and S13 of TS 29.272
    mtp         what SCCP is given by M3UA: point codes, MTP-TRANSFER
    m3ua        RFC 4666
    sccp        ITU-T Q.711 to Q.714, connectionless
    tcap        ITU-T Q.771 to Q.774
    gsm_map     Check-IMEI of TS 29.002
    ss7         M3UA, SCCP, TCAP and MAP put together
    ss7_syntax  where the values of an SS7 message stand
    passing     what workers of an SS7 node pass on to each other
    lane        answers like those of the machines, learned from them
"""
