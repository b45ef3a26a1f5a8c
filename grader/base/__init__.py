"""What every room may use: failures, limits, words, cards, and care with time, threads and files."""
