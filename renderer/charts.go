package main

import (
	"errors"
	"fmt"
	"os"
	"sync"

	"helm.sh/helm/v4/pkg/chart/loader"
	"helm.sh/helm/v4/pkg/chart/loader/archive"
	chart "helm.sh/helm/v4/pkg/chart/v2"
	v2loader "helm.sh/helm/v4/pkg/chart/v2/loader"
)

const maxCharts = 64

// charts keeps the files of charts, so that each is read once. Rendering changes a chart, so every request gets its own.
type charts struct {
	mutex sync.Mutex
	files map[string][]*archive.BufferedFile
}

func newCharts() *charts {
	return &charts{files: map[string][]*archive.BufferedFile{}}
}

func (c *charts) load(path, digest string) (*chart.Chart, error) {
	key := digest + " " + path
	c.mutex.Lock()
	files, ok := c.files[key]
	c.mutex.Unlock()
	if ok {
		return v2loader.LoadFiles(files)
	}
	// As helm's command line says it.
	if _, err := os.Stat(path); err != nil {
		return nil, fmt.Errorf("path %q not found", path)
	}
	loaded, err := loader.Load(path)
	if err != nil {
		return nil, err
	}
	chrt, ok := loaded.(*chart.Chart)
	if !ok {
		return nil, errors.New("invalid chart apiVersion")
	}
	c.keep(key, chrt)
	return chrt, nil
}

func (c *charts) keep(key string, chrt *chart.Chart) {
	files := make([]*archive.BufferedFile, 0, len(chrt.Raw))
	for _, file := range chrt.Raw {
		files = append(files, &archive.BufferedFile{Name: file.Name, ModTime: file.ModTime, Data: file.Data})
	}
	c.mutex.Lock()
	defer c.mutex.Unlock()
	if len(c.files) >= maxCharts {
		clear(c.files)
	}
	c.files[key] = files
}
