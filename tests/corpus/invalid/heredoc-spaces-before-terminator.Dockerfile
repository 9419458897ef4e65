FROM a
RUN <<-EOF
b
  EOF
CMD c
