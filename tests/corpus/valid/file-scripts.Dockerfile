FROM alpine
RUN <<EOF sh -ex
  apk add curl
  # a comment of the script
EOF
COPY <<-"nginx.conf" <<motd /etc/
	server { listen $port; }
nginx.conf
welcome to $HOSTNAME
motd
CMD ["sh"]
