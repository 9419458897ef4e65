FROM a
SHELL ["powershell", "-Command"]
