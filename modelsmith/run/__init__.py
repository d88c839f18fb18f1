"""One run as a record: state machine, ledger, settings, what a phase knows."""
