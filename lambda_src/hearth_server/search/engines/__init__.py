"""The engines that searches run on; each compiles the same `Query` tree."""
