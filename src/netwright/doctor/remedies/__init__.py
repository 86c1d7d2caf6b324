"""What can cure it, one file each."""
