FROM registry:5000/a/b:1@sha256:00
