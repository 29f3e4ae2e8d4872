"""What speaks about both questions: the ledger of the reports' claims, and the gallery."""
