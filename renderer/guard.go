package main

import (
	"math"
	"os"
	"runtime/debug"
	"runtime/metrics"
	"sync"
	"time"
)

// Exit codes that say what has happened.
const (
	exitUnusable = 4
	exitMemory   = 5
)

const lookEvery = 20 * time.Millisecond

// guard ends the program when it takes twice the memory of GOMEMLIMIT, which itself only makes Go collect more often: a
// chart may ask for any amount. It looks while something is rendered, so that an idle program sleeps.
type guard struct {
	mutex    sync.Mutex
	underWay int
	watching bool
	most     uint64
}

func newGuard() *guard {
	limit := debug.SetMemoryLimit(-1)
	if limit == math.MaxInt64 {
		return &guard{most: math.MaxUint64}
	}
	return &guard{most: 2 * uint64(limit)}
}

func (g *guard) begin() {
	g.mutex.Lock()
	defer g.mutex.Unlock()
	g.underWay++
	if !g.watching {
		g.watching = true
		go g.watch()
	}
}

func (g *guard) end() {
	g.mutex.Lock()
	defer g.mutex.Unlock()
	g.underWay--
}

func (g *guard) watch() {
	for {
		time.Sleep(lookEvery)
		if takenBytes() > g.most {
			os.Exit(exitMemory)
		}
		g.mutex.Lock()
		if g.underWay == 0 {
			g.watching = false
			g.mutex.Unlock()
			return
		}
		g.mutex.Unlock()
	}
}

func takenBytes() uint64 {
	samples := []metrics.Sample{{Name: "/memory/classes/total:bytes"}, {Name: "/memory/classes/heap/released:bytes"}}
	metrics.Read(samples)
	return samples[0].Value.Uint64() - samples[1].Value.Uint64()
}
