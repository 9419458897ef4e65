FROM a # comment
