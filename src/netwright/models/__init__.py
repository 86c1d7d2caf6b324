"""Network families, one file each, written with the member axis."""
