"""`python -m shared.ledger`, as the command was once called, runs `python -m publish.ledger`.

It is run by name, since shared/ imports no question.
"""

import runpy

if __name__ == "__main__":
    runpy.run_module("publish.ledger", run_name="__main__", alter_sys=True)
