"""The exceptions that end a program in one line: a user's mistake, and a signal."""


class BadInput(ValueError):
    """Something the user gave cannot be used.

    The message says in one line what was given and what is accepted. Library code
    raises it; `shared.cli.run` prints it and exits with status 2.
    """


class Interrupted(KeyboardInterrupt):
    """A signal asked the program to stop, and it did where nothing is lost.

    The message says what was kept. `shared.cli.run` prints it and exits with 128 + `signal`.
    """

    def __init__(self, message: str, signal: int):
        super().__init__(message)
        self.signal = signal
