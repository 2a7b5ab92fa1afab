package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"sync"
)

// As much as the operator takes of a helm process.
const maxAnswerBytes = 32 << 20

// server answers requests in the order in which they are done. One that takes its time holds up no other.
type server struct {
	known  *abilities
	charts *charts
	guard  *guard

	writing sync.Mutex
	out     io.Writer
}

func newServer(out io.Writer) *server {
	return &server{out: out, charts: newCharts(), guard: newGuard()}
}

// take says whether the line was one that can be understood.
func (s *server) take(line []byte) bool {
	var said message
	if err := json.Unmarshal(line, &said); err != nil {
		return false
	}
	if said.Abilities != nil {
		s.known = said.Abilities
		return true
	}
	if s.known == nil {
		return false
	}
	known := s.known
	s.guard.begin()
	go func() {
		defer s.guard.end()
		s.say(answerTo(said.request, known, s.charts))
	}()
	return true
}

func answerTo(ask request, known *abilities, charts *charts) (said answer) {
	said.ID = ask.ID
	defer func() {
		if trouble := recover(); trouble != nil {
			said = answer{ID: ask.ID, Error: fmt.Sprintf("rendering failed: %v", trouble)}
		}
	}()
	rendered, err := render(ask, known, charts)
	if errors.Is(err, errLookup) {
		said.Lookup = true
		return said
	}
	if err == nil {
		said.Release, err = json.Marshal(rendered)
	}
	switch room := maxAnswerBytes - len(said.Release); {
	case err != nil:
		said.Error = err.Error()
	case room < 0:
		said.Release, said.TooLarge = nil, true
	default:
		said.Documents = documents(rendered.Manifest, room)
	}
	return said
}

func (s *server) say(said answer) {
	line, err := json.Marshal(said)
	if err != nil {
		line, _ = json.Marshal(answer{ID: said.ID, Error: err.Error()})
	}
	s.writing.Lock()
	defer s.writing.Unlock()
	// Nobody reads any more: standard input will end as well.
	_, _ = s.out.Write(append(line, '\n'))
}
