"""The mistakes, by part of the library."""
