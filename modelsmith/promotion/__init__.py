"""Bundle, record and channel of a promotion."""
