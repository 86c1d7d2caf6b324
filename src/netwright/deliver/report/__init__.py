"""The report: data first, one HTML file second."""
