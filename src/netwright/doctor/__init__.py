"""Reading curves and curing what they show."""
