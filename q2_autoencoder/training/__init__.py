"""How the networks are trained, kept and gone on with."""
