from a
Run b
cOpY c d
