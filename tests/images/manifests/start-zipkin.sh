#!/bin/sh
# Starts Zipkin in its unpacked archive, with spans in memory, as the real image's script does.
set -eu
: "${JAVA_OPTS:=-Xms160m -Xmx160m -XX:+ExitOnOutOfMemoryError}"
# shellcheck disable=SC2086 # several options in one variable
exec java $JAVA_OPTS -cp '.:BOOT-INF/lib/*:BOOT-INF/classes' zipkin.server.ZipkinServer "$@"
