FROM a
SHELL ["c:\windows\x.exe", "-c"]
