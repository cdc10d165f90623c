"""The command line: one module per verb."""

from reeltui.doctor.origin import insist

# Before any verb imports from `core`: another program's package of that name would end in a traceback.
insist()
