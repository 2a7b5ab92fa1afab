package main

import (
	"encoding/json"
	"regexp"

	"sigs.k8s.io/yaml"
)

// One document of a manifest, as data.
type document struct {
	// The template that it comes from.
	Source  string          `json:"source,omitempty"`
	Content json.RawMessage `json:"content"`
}

var (
	separator   = regexp.MustCompile(`(?m)^---[ \t]*`)
	source      = regexp.MustCompile(`(?m)^# Source: (\S+)`)
	documentEnd = regexp.MustCompile(`(?m)^\.\.\.`)
)

// documents reads a manifest in its order, as the operator would, which takes several times as long for it. None where
// it cannot be read, makes more than fits into an answer, or ends documents with `...`: the operator reads it then, and says
// what is wrong.
func documents(manifest string, mostBytes int) []document {
	// Of what is behind it, nothing would be read.
	if documentEnd.MatchString(manifest) {
		return nil
	}
	var read []document
	for _, text := range separator.Split(manifest, -1) {
		content, err := yaml.YAMLToJSON([]byte(text))
		mostBytes -= len(content)
		if err != nil || mostBytes < 0 {
			return nil
		}
		if string(content) == "null" {
			continue
		}
		one := document{Content: content}
		if found := source.FindStringSubmatch(text); found != nil {
			one.Source = found[1]
		}
		read = append(read, one)
	}
	return read
}
