"""Jobs that repair a stage's search index, which run inside the stage and are watched from here."""
