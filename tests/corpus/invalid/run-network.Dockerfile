FROM a
RUN --network=bridge b
RUN --network=Host b
