"""What the network asks: one request in, one answer out.

answer       what became of a request, whatever the interface
check_imei   MAP Check-IMEI
s13          Diameter S13/S13': ME-Identity-Check
"""
