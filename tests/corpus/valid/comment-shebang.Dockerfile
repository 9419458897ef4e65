#!/usr/bin/env docker build
FROM a
