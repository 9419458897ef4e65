from debian:12-slim
label maintainer="a <b@c>"
env LANG=C.UTF-8
run apt-get update \
 && apt-get install -y curl \
 && rm -rf /var/lib/apt/lists/*
expose 80
volume /data
cmd curl localhost
