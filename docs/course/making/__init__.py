"""What makes the pages of the course: figures from runs, pictures from figures, pages from words."""
