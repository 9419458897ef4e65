# escape=`
FROM mcr.microsoft.com/windows/nanoserver
SHELL ["powershell", "-Command"]
COPY app.exe C:\app\
RUN New-Item `
    C:\data
ENV P=C:\x Q="C:\y z"
