"""What is traced: every message about an equipment or a subscriber, or of a peer, as it was.

An operator asks at the prompt (`eir trace`), the supervisor tells all workers, each worker sends
what matches back, and the supervisor gives it to whoever asked. Whole identities stand here: they
go to that prompt by the local socket, and nowhere else.

wanted     what is asked for, and what matches it
exchange   what is told: messages that came and went, and what was decided
threads    which messages of SS7 belong to one dialogue, or are one message in segments
tracer     in a worker: what matches, within bounds
layers     what a message is, in one line
shown      an exchange for people
pcap       a capture file for Wireshark
desk       in the supervisor: who traces what, and until when
"""
