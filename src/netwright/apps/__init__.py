"""What people call: the command line, Python calls, scikit-learn estimators. Thin: they only call what is below."""
