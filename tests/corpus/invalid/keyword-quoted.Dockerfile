FROM a
"RUN" b
