"""Who is asked and graded in a phase."""
