// Renders charts on Helm's own engine, as `helm upgrade --install --dry-run=server` does, for as long as somebody writes
// requests to its standard input. It has no credentials, talks to nobody, and keeps nothing but charts.
package main

import (
	"bufio"
	"io"
	"log/slog"
	"os"
)

func main() {
	// What Helm logs is no answer, and may quote values.
	slog.SetDefault(slog.New(slog.DiscardHandler))
	server := newServer(os.Stdout)
	input := bufio.NewReaderSize(os.Stdin, 64*1024)
	for {
		line, err := input.ReadBytes('\n')
		if err == io.EOF {
			// Whoever asked is gone, and with it whoever waits for what is under way.
			return
		}
		if err != nil || !server.take(line) {
			os.Exit(exitUnusable)
		}
	}
}
