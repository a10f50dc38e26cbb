"""The fast lane: what the slow path answers, learned from it.

Pycrate decodes and encodes every message, and is slow. Most requests of a peer differ in a few
values only, so the lane learns from the slow path what the answers to such requests look like,
and answers the next ones by itself. It knows no protocol: where values stand is found by a walk
over tags and lengths, what they are for by asking the slow path about messages with other values.

    syntax    where the values of a message stand: each protocol brings its own
    standing  what answers on a connection depend on beside the request
    teacher   the slow path as the lane asks it
    digits    values that are digits
    form      what was learned of a kind of request
    middle    the part of it that may be of any length
    akin      what is not asked about again
    changes   other values to try, and where they come out in answers
    learning  learns it, by asking about requests that differ a little
    layout    the fields of its requests
    family    what all lengths of it share: who was met, how answers are joined
    shape     a form made ready: requests taken apart
    shelf     the examples that are kept, and how many
    finding   finds the shape of a request
    batch     runs of requests of one shape, and their answers
    kinds     which requests are worth a study
    lane      answers, and says what is to be studied
"""
