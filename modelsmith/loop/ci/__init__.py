"""What CI asks of a run: plan, dispatch, pull requests."""
