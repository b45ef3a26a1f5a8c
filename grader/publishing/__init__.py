"""The course on pages: the book, and the slides for a lecture."""
