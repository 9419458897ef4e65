FROM a
entrypiont ["a"]
