package main

import "encoding/json"

// One line of standard input: abilities for all requests after it, or a request.
type message struct {
	Abilities *abilities `json:"abilities"`
	request
}

// What the cluster can do, as the API server's discovery has it.
type abilities struct {
	KubeVersion struct {
		Version string `json:"version"`
		Major   string `json:"major"`
		Minor   string `json:"minor"`
	} `json:"kubeVersion"`
	APIVersions []string `json:"apiVersions"`
}

type request struct {
	ID int `json:"id"`
	// A folder or an archive.
	Chart string `json:"chart"`
	// Stands for what is in it: a chart is read once for each.
	Digest    string `json:"digest"`
	Name      string `json:"name"`
	Namespace string `json:"namespace"`
	// JSON in a string, so that Helm reads the very bytes that it would read from a file.
	Values string `json:"values"`
	// The revision to follow; absent for an installation.
	Before *revision `json:"before"`
}

type revision struct {
	Revision      int    `json:"revision"`
	FirstDeployed string `json:"firstDeployed"`
	ApplyMethod   string `json:"applyMethod"`
}

// One line of standard output, with one of the four.
type answer struct {
	ID int `json:"id"`
	// The release object as Helm prints it.
	Release json.RawMessage `json:"release,omitempty"`
	// Its manifest read, where that went well.
	Documents []document `json:"documents,omitempty"`
	// What helm would print behind "Error: ".
	Error string `json:"error,omitempty"`
	// The chart asks the cluster, which this program cannot.
	Lookup bool `json:"lookup,omitempty"`
	// Nobody could take the release object.
	TooLarge bool `json:"tooLarge,omitempty"`
}
