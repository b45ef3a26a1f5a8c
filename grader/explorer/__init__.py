"""The gate explorer: one page that anybody can open, in which a small GRU reads, and its gates can be seen and held."""
