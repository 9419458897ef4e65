FROM a
RUN cat <<<EOF
RUN b
