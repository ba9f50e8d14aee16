"""Questions of platforms to those who decide, followed until a result with reasons; and what is
brought before the mediating team because it is stuck.

Never here: reports of defects, whose life is their own.
"""
