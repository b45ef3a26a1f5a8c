"""A lecture's slides, made from the cells of a lesson that its source marks."""
