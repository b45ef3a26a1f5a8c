"""The book: all lessons with their outputs as web pages, which open from the disk, and as a PDF."""
