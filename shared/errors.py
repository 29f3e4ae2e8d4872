"""The one exception a user's mistake raises."""


class BadInput(ValueError):
    """Something the user gave cannot be used.

    The message says in one line what was given and what is accepted. Library code
    raises it; `shared.cli.run` prints it and exits with status 2.
    """
