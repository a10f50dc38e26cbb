"""MAP as an EIR speaks it: Check-IMEI of version 1 to 3, TS 29.002.

codes        code points, named as the specification names them
errors       requests that are answered with an error or a Reject
contexts     which application contexts are accepted
identity     digits in TBCD
imsi         where vendors put the IMSI
codec        parameters <-> values; the one module that knows pycrate
check_imei   one request read, one outcome written
"""
