FROM a
LABEL --x a=b
EXPOSE --x 1
ENTRYPOINT --x a
VOLUME --x /a
USER --x a
WORKDIR --x /a
SHELL --x ["a"]
MAINTAINER --x a
ONBUILD --x RUN a
