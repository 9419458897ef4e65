FROM a
RUN echo "<<EOF" '<<EOF'
RUN b
