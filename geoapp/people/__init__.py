"""People and organisations (maintenance owners), and the policy table.

Never here: what they keep or report.
"""
