#!/bin/sh
# How long this client takes to compile from nothing, and of how many crates, with and without TLS, beside a client by
# progenitor's macro. Needs the crates' sources (`cargo fetch`), no network.
#
#     sh generated-client/benches/compile.sh [--release] [--count]
#
# `--count` counts the crates only.
set -eu
cd "$(dirname "$0")/../.."
release= count=
for word; do
    case $word in
        --release) release=--release ;;
        --count) count=yes ;;
        *) echo "what is $word?" >&2; exit 2 ;;
    esac
done
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
peer=generated-client/benches/peers/progenitor/Cargo.toml

measure() {
    name=$1
    shift
    # Crates that are compiled, those of build scripts and macros with them.
    crates=$(cargo tree "$@" --edges normal,build --prefix none --format '{p}' | sed 's/ (\*)$//' | sort -u | wc -l)
    linked=$(cargo tree "$@" --edges normal,no-proc-macro --prefix none --format '{p}' | sed 's/ (\*)$//' | sort -u | wc -l)
    seconds=
    if [ -z "$count" ]; then
        rm -rf "$folder/target"
        begun=$(date +%s%N)
        cargo build $release --quiet --offline --target-dir "$folder/target" "$@" >&2
        seconds=$(awk "BEGIN { printf \"%.1f s\", ($(date +%s%N) - $begun) / 1e9 }")
    fi
    echo "| $name | $crates | $linked | $seconds |"
}

rustc --version
echo "| client | crates | of them linked | clean build |"
echo "| --- | --- | --- | --- |"
measure "infrai, rustls" -p infrai
measure "infrai, no TLS" -p infrai --no-default-features
measure "progenitor, rustls" --manifest-path "$peer"
measure "progenitor, no TLS" --manifest-path "$peer" --no-default-features
